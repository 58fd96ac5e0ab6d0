package store_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"naru/internal/booking"
	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/store"
)

// newCrowdedHouse is a house where people have joined, proved and booked; some
// cancelled, some hold a place and have not confirmed, some came late.
func newCrowdedHouse(t testing.TB, people int) (*house, []*citizen) {
	t.Helper()
	h := newHouse(t)
	must(t, h.SetCap(t.Context(), campaignID, 2*people))
	crowd := make([]*citizen, people)
	for n := range crowd {
		crowd[n] = h.citizen(n)
	}
	h.lead(1)
	allOf(t, crowd[:people*9/10], func(_ int, c *citizen) error { return c.join() })
	h.openGate()
	allOf(t, crowd[people*9/10:], func(_ int, c *citizen) error { return c.join() })
	h.enterAll(crowd)
	h.proveAll(crowd)
	clinics := h.Directory().Clinics()
	allOf(t, crowd, func(n int, c *citizen) error { return c.bookAt(string(clinics[n%len(clinics)].ID), n) })
	return h, crowd
}

// allOf runs an act for many people, many at once.
func allOf(t testing.TB, crowd []*citizen, act func(n int, c *citizen) error) {
	t.Helper()
	var wg sync.WaitGroup
	errs := make([]error, len(crowd))
	turns := make(chan struct{}, 256)
	for n, c := range crowd {
		turns <- struct{}{}
		wg.Go(func() {
			errs[n] = act(n, c)
			<-turns
		})
	}
	wg.Wait()
	for n, err := range errs {
		if err != nil {
			t.Fatalf("person %d: %v", n, err)
		}
	}
}

func (h *house) enterAll(crowd []*citizen) {
	h.t.Helper()
	for range 200 {
		h.serve(1)
		waiting := 0
		var mu sync.Mutex
		allOf(h.t, crowd, func(_ int, c *citizen) error {
			if c.session != "" {
				return nil
			}
			err := c.enter()
			if fault.CodeOf(err) == fault.Wait {
				mu.Lock()
				waiting++
				mu.Unlock()
				return nil
			}
			return err
		})
		if waiting == 0 {
			return
		}
	}
	h.t.Fatal("not everybody was called")
}

func (h *house) proveAll(crowd []*citizen) {
	h.t.Helper()
	ctx := context.Background()
	allOf(h.t, crowd, func(_ int, c *citizen) error { return h.SendCode(ctx, c.ses(), c.claim, "ko") })
	queued, err := h.Queued(ctx, 100_000)
	must(h.t, err)
	codes := map[string]string{}
	for _, m := range queued {
		codes[m.To] = m.Values["Code"]
	}
	must(h.t, h.Delivered(ctx, queued, nil))
	allOf(h.t, crowd, func(_ int, c *citizen) (err error) {
		c.session, err = h.Prove(ctx, c.ses(), c.claim, codes[c.claim.Mobile])
		return err
	})
}

// bookAt books at a clinic; every tenth does not confirm, every seventh cancels.
func (c *citizen) bookAt(clinicID string, n int) error {
	ctx := context.Background()
	r, err := c.holdSomewhere(clinicID, n)
	if err != nil || n%10 == 0 {
		return err
	}
	if r, err = c.confirm(fmt.Sprintf("confirm-%d", n), r.HoldID); err != nil || n%7 != 0 {
		return err
	}
	return c.cancel(ctx, r.Number, fmt.Sprintf("cancel-%d", n))
}

// holdSomewhere holds the first time with room, at the clinic or the next ones.
func (c *citizen) holdSomewhere(clinicID string, n int) (booking.Reservation, error) {
	p, err := c.h.Campaign(campaignID)
	if err != nil {
		return booking.Reservation{}, err
	}
	for _, k := range append([]string{clinicID}, c.h.clinicIDs()...) {
		times, _, err := c.h.Times(p, gate.Web, k)
		if err != nil {
			return booking.Reservation{}, err
		}
		for try, at := range times {
			if at.Left == 0 {
				continue
			}
			r, err := c.hold(fmt.Sprintf("hold-%d-%s-%d", n, k, try), k, at.Start)
			if fault.CodeOf(err) != fault.Full {
				return r, err
			}
		}
	}
	return booking.Reservation{}, fault.New(fault.Full, "booking.slot_full")
}

func (h *house) clinicIDs() (ids []string) {
	for _, k := range h.Directory().Clinics() {
		ids = append(ids, string(k.ID))
	}
	return ids
}

func (c *citizen) cancel(ctx context.Context, n booking.Number, k string) error {
	token, err := c.h.LookUp(ctx, c.claim, n, c.browser)
	if err != nil {
		return err
	}
	_, err = c.h.Cancel(ctx, token, c.browser, n, key(k), "ko")
	return err
}

// crowdedFolder is a crowded house whose folder is closed: what a move begins with.
func crowdedFolder(t *testing.T, people int) *house {
	t.Helper()
	h, _ := newCrowdedHouse(t, people)
	h.clock.Add(time.Minute)
	must(t, h.Close())
	return h
}

// openMoved opens a house's data where it was moved to.
func (h *house) openMoved(url string) (*store.Store, error) {
	return store.Open(context.Background(), store.Options{
		Dir: h.dir, DB: url, Now: h.clock.Now, Agency: h.a, Log: h.log, Fatal: func(err error) { panic(err) },
	})
}
