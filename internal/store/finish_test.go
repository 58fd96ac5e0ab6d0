package store_test

import (
	"sync/atomic"
	"testing"
	"time"

	"naru/internal/fault"
)

// The store of the gate is away right after somebody has booked: nobody waits for it,
// and the seat is given back when it is there again.
func TestASeatIsGivenBackWhenTheStoreIsBack(t *testing.T) {
	onBoth(t, testASeatIsGivenBackWhenTheStoreIsBack)
}

func testASeatIsGivenBackWhenTheStoreIsBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.openGate()
	must(t, h.SetCap(t.Context(), campaignID, 1))
	c, next := h.citizen(1).admit(), h.citizen(2)
	must(t, next.join())
	clinicID := h.anyClinic()
	r, err := c.hold("hold", clinicID, h.firstTime(clinicID).Start)
	must(t, err)
	var away atomic.Bool
	var tried atomic.Int64
	h.BeforeSeatEnds(func() error {
		if tried.Add(1); away.Load() {
			return fault.New(fault.Unavailable, "store.unavailable")
		}
		return nil
	})
	away.Store(true)
	start := time.Now()
	_, err = c.confirm("confirm", r.HoldID)
	must(t, err)
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("who books waits %v for a seat to be given back", took)
	}
	waitUntil(t, "a second try", func() bool { return tried.Load() >= 2 })
	h.serve(1)
	wantCode(t, next.enter(), fault.Wait)
	away.Store(false)
	waitUntil(t, "the seat", func() bool {
		h.serve(1)
		return next.enter() == nil
	})
	h.sound()
}

// A session that has ended by itself meanwhile is not tried for ever, and closing does
// not wait for a store that does not come back.
func TestSeatsThatCannotBeGivenBackAreLeft(t *testing.T) {
	onBoth(t, testSeatsThatCannotBeGivenBackAreLeft)
}

func testSeatsThatCannotBeGivenBackAreLeft(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.openGate()
	c := h.citizen(1).admit()
	clinicID := h.anyClinic()
	r, err := c.hold("hold", clinicID, h.firstTime(clinicID).Start)
	must(t, err)
	var tried atomic.Int64
	h.BeforeSeatEnds(func() error {
		tried.Add(1)
		return fault.New(fault.Unavailable, "store.unavailable")
	})
	_, err = c.confirm("confirm", r.HoldID)
	must(t, err)
	waitUntil(t, "a try", func() bool { return tried.Load() >= 1 })
	h.clock.Add(2 * time.Hour)
	waitUntil(t, "the end of trying", func() bool { return h.SeatsToEnd() == 0 })
	start := time.Now()
	must(t, h.Close())
	if took := time.Since(start); took > 8*time.Second {
		t.Errorf("closing took %v", took)
	}
}

// waitUntil waits for what another goroutine does.
func waitUntil(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !so(); <-time.After(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s did not come", what)
		}
	}
}
