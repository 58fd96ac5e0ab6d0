package bench

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"naru/internal/booking"
	"naru/internal/caldate"
	"naru/internal/gate"
	"naru/internal/person"
	"naru/internal/store"
)

// mailRound is how many messages are taken from the outbox at once.
const mailRound = 1000

// guest is a proven person with a live session, who has not booked.
type guest struct {
	claim   person.Claim
	cookie  string
	ticket  string
	token   string
	session gate.Session
	seat    seat
	keys    [2]booking.Key // of the hold and of the confirm
	hold    booking.HoldID // of those who hold
}

// seat is one first dose.
type seat struct {
	clinic string
	start  time.Time
}

// offer is a seat without a pointer: there are more than a million, and whoever
// is measured shall not pay for sweeping them.
type offer struct {
	clinic int32 // of the town's
	start  int64 // unix seconds
}

// offers are half of all first doses, so that every second dose finds room too,
// in random order: people choose clinics and times all over the country.
func (t *town) offers() []offer {
	var all []offer
	for _, k := range t.Directory().Clinics() {
		t.clinics = append(t.clinics, string(k.ID))
		times, _, err := t.Times(t.published, gate.Web, string(k.ID))
		if err != nil {
			continue // it offers none
		}
		for _, at := range times {
			for range at.Capacity / 2 {
				all = append(all, offer{int32(len(t.clinics) - 1), at.Start.Unix()}) //nolint:gosec // a few thousand clinics
			}
		}
	}
	rnd := rand.New(rand.NewPCG(townSeed, 1)) //nolint:gosec // the same each time, no secret
	rnd.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// nextSeat is a place nobody was given before.
func (t *town) nextSeat() seat {
	o := t.offered[0]
	t.offered = t.offered[1:]
	return seat{t.clinics[o.clinic], time.Unix(o.start, 0).UTC()}
}

// admit brings n new people through the gate: joined, entered, proven.
func (t *town) admit(ctx context.Context, n int) ([]guest, error) {
	if t.offered == nil {
		t.offered = t.offers()
	}
	if n > len(t.offered) {
		return nil, fmt.Errorf("%d people, but the clinics have only %d places left; make the runs shorter", n, len(t.offered))
	}
	guests := make([]guest, n)
	for i := range guests {
		guests[i] = t.newGuest()
		guests[i].seat = t.nextSeat()
	}
	join := func(g *guest) (err error) {
		g.ticket, _, err = t.Join(ctx, t.id(), g.claim)
		return err
	}
	if err := t.b.each(guests, join); err != nil {
		return nil, fmt.Errorf("join: %w", err)
	}
	if err := t.callAll(ctx); err != nil {
		return nil, err
	}
	if err := t.b.each(guests, func(g *guest) error { return t.enter(ctx, g) }); err != nil {
		return nil, fmt.Errorf("enter: %w", err)
	}
	codes, err := t.codes(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the codes: %w", err)
	}
	prove := func(g *guest) error { return t.prove(ctx, g, codes[g.claim.Mobile]) }
	if err := t.b.each(guests, prove); err != nil {
		return nil, fmt.Errorf("prove: %w", err)
	}
	return guests, nil
}

func (t *town) newGuest() guest {
	t.people++
	return guest{
		claim: person.Claim{
			Name: "가상사람", Born: caldate.Date{Year: 1965, Month: time.March, Day: 9},
			Mobile: fmt.Sprintf("010%08d", t.people),
		},
		cookie: fmt.Sprintf("%022d", t.people),
		keys:   [2]booking.Key{booking.Key(fmt.Sprintf("hold-%017d", t.people)), booking.Key(fmt.Sprintf("book-%017d", t.people))},
	}
}

func (t *town) enter(ctx context.Context, g *guest) error {
	e, err := t.Enter(ctx, t.id(), g.ticket, gate.BrowserHash(g.cookie))
	if err != nil {
		return err
	}
	if g.session, err = t.Session(t.id(), e.Session, g.cookie); err != nil {
		return err
	}
	return t.SendCode(ctx, g.session, g.claim, "ko")
}

func (t *town) prove(ctx context.Context, g *guest, code string) (err error) {
	if g.token, err = t.Prove(ctx, g.session, g.claim, code); err != nil {
		return err
	}
	g.session, err = t.Session(t.id(), g.token, g.cookie)
	return err
}

// codes empties the outbox and returns the codes in it by phone.
func (t *town) codes(ctx context.Context) (map[string]string, error) {
	codes := map[string]string{}
	for {
		queued, err := t.Queued(ctx, mailRound)
		if err != nil {
			return nil, err
		}
		if len(queued) == 0 {
			return codes, nil
		}
		for _, m := range queued {
			codes[m.To] = m.Values["Code"]
		}
		if err := t.Delivered(ctx, queued, nil); err != nil {
			return nil, err
		}
	}
}

// book holds and confirms, as a person does.
func (t *town) book(ctx context.Context, g *guest) error {
	if err := t.takeHold(ctx, g); err != nil {
		return err
	}
	r, err := t.Confirm(ctx, g.session, store.ConfirmRequest{Key: g.keys[1], Hold: g.hold, Lang: "ko"})
	if err == nil && r.State != booking.Booked {
		err = fmt.Errorf("confirmed, and %s", r.State)
	}
	return err
}

func (t *town) takeHold(ctx context.Context, g *guest) error {
	r, err := t.Hold(ctx, g.session, store.HoldRequest{Key: g.keys[0], Clinic: g.seat.clinic, Start: g.seat.start})
	g.hold = r.HoldID
	return err
}

// each does something for everybody, Callers at once; the first failure ends it.
func (b *bench) each(guests []guest, do func(*guest) error) error {
	var next atomic.Int64
	var failed atomic.Bool
	var wg sync.WaitGroup
	errs := make([]error, min(b.Callers, len(guests)))
	for w := range errs {
		wg.Go(func() {
			for !failed.Load() {
				i := next.Add(1) - 1
				if i >= int64(len(guests)) {
					return
				}
				if errs[w] = do(&guests[i]); errs[w] != nil {
					failed.Store(true)
				}
			}
		})
	}
	wg.Wait()
	return cmp.Or(errs...) // the rest would say the same
}
