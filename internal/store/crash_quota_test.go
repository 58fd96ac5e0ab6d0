package store_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"naru/internal/booking"
	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/store"
)

// quotaCrash is a request that moves a part of a quota of one dose; begin makes it.
type quotaCrash struct {
	name  string
	steps []string
	begin func(h *house, who []gate.Session) func() error
}

var quotaCrashes = []quotaCrash{
	{
		"hand out",
		[]string{"reserve", "take", "grant", "receive", "take"},
		func(h *house, who []gate.Session) func() error { return h.holdsAt(who[0], "k-1") },
	},
	{
		"bring back from another clinic and hand out",
		[]string{"reserve", "take", "grant", "receive", "handBack", "takeBack", "grant", "receive", "take"},
		func(h *house, who []gate.Session) func() error {
			h.looksAround(who[3], "k-0")
			return h.holdsAt(who[0], "k-1")
		},
	},
	{
		"let go and take at another clinic",
		[]string{"reserve", "free", "take", "grant", "receive", "handBack", "takeBack", "grant", "receive", "take"},
		func(h *house, who []gate.Session) func() error {
			must(h.t, h.holdsAt(who[0], "k-0")())
			return h.holdsAt(who[0], "k-1")
		},
	},
}

// holdsAt is a request for a place at a clinic, each time with the same key.
func (h *house) holdsAt(ses gate.Session, clinicID string) func() error {
	q := store.HoldRequest{Key: key("hold at " + clinicID), Clinic: clinicID, Start: h.firstTime(clinicID).Start}
	return func() error { _, err := h.Hold(h.t.Context(), ses, q); return err }
}

// looksAround lets somebody hold a place and give it back: the clinic's part of the
// quota is then there, and nobody uses it.
func (h *house) looksAround(ses gate.Session, clinicID string) {
	h.t.Helper()
	r, err := h.Hold(h.t.Context(), ses, store.HoldRequest{Key: key("look"), Clinic: clinicID, Start: h.firstTime(clinicID).Start})
	must(h.t, err)
	must(h.t, h.Release(h.t.Context(), ses, r.HoldID))
}

// TestCrashBetweenEachTwoStepsOfAQuota stops what moves the one dose of a quota after
// each of its steps. Whoever asked gets it by asking again, the next one does not, and
// when it is given back the next one does: it is never there twice, and never gone
// (rule C21).
func TestCrashBetweenEachTwoStepsOfAQuota(t *testing.T) {
	onBoth(t, testCrashBetweenEachTwoStepsOfAQuota)
}

func testCrashBetweenEachTwoStepsOfAQuota(t *testing.T) {
	t.Parallel()
	all := quotaCrashes
	if onPostgres(t) {
		all = all[len(all)-1:] // it has the steps of the others; a database for each takes long
	}
	for _, k := range all {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			for after := range len(k.steps) + 1 {
				t.Run(strconv.Itoa(after), func(t *testing.T) {
					t.Parallel()
					k.crash(t, after)
				})
			}
		})
	}
}

func (k quotaCrash) crash(t *testing.T, after int) {
	t.Helper()
	h := newLimitedHouse(t, 1, 3)
	who := h.crowd(0, 4)
	do := k.begin(h, who)
	var ran []string
	left := after
	h.BeforeAct(func(name string) error {
		if left--; left < 0 {
			return store.ErrStopped
		}
		ran = append(ran, name)
		return nil
	})
	_ = do() // nobody hears the answer
	if !slices.Equal(ran, k.steps[:after]) {
		t.Fatalf("the steps were %v, want %v", ran, k.steps[:after])
	}
	h.restart()
	h.soundSeated()
	for range 2 {
		if err := do(); err != nil {
			t.Fatalf("stopped after %v, the repeat answers %v", strings.Join(ran, " "), err)
		}
		h.soundSeated()
	}
	for _, clinicID := range []string{"k-0", "k-1", "k-2"} {
		if err := h.holdsAt(who[1], clinicID)(); fault.CodeOf(err) != fault.Full {
			t.Fatalf("stopped after %v, the one dose is at %s too: %v", ran, clinicID, err)
		}
	}
	h.clock.Add(booking.HoldLife + booking.SweepGrace)
	must(t, h.Sweep(t.Context()))
	h.soundSeated()
	if err := h.holdsAt(who[2], "k-2")(); err != nil {
		t.Fatalf("stopped after %v, the dose that came back is gone: %v", ran, err)
	}
	h.soundSeated()
}
