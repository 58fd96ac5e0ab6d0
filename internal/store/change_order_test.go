package store_test

import (
	"context"
	"testing"
	"time"

	"naru/internal/booking"
	"naru/internal/fault"
	"naru/internal/store"
)

// Many keys keep one place: a change of the same dose makes the one before void.
func TestOneChangeOfADoseAtATime(t *testing.T) { onBoth(t, testOneChangeOfADoseAtATime) } // rule B16

func testOneChangeOfADoseAtATime(t *testing.T) {
	t.Parallel()
	h := newTinyHouse(t)
	o := h.owner(1, h.anyClinic())
	stop := func(k string, start time.Time) {
		t.Helper()
		h.BeforeAct(func(name string) error {
			if name == "settle" {
				return store.ErrStopped
			}
			return nil
		})
		if _, err := o.change(k, 1, start); err == nil {
			t.Fatal("the change was not stopped")
		}
		h.BeforeAct(func(string) error { return nil })
	}
	free := h.left()
	for n, k := range []string{"change-1", "change-2", "change-3"} {
		stop(k, o.start(1, time.Duration(n+1)*30*time.Minute))
		if h.left() != free-1 {
			t.Fatalf("%d changes under way keep %d places", n+1, free-h.left())
		}
		h.sound()
	}
	_, err := o.change("change-1", 1, o.start(1, 30*time.Minute))
	wantCode(t, err, fault.Conflict)
	r, err := o.change("change-3", 1, o.start(1, 90*time.Minute))
	must(t, err)
	is(t, "the last one", r, booking.Booked, o.start(1, 90*time.Minute), o.start(2, 0))
	h.sound()
}

// A change that was left alone is ended by the sweeper; its key says so (rule B7).
func TestSweeperEndsAChangeThatWasLeft(t *testing.T) { onBoth(t, testSweeperEndsAChangeThatWasLeft) }

func testSweeperEndsAChangeThatWasLeft(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	h := newTinyHouse(t)
	o := h.owner(1, h.anyClinic())
	free := h.left()
	stopped := h.CrashAfter(2) // moved and taken
	_, err := o.change("change", 1, o.start(1, time.Hour))
	if err == nil || !stopped() {
		t.Fatalf("the change was not stopped: %v", err)
	}
	h.restart()
	h.clock.Add(booking.HoldLife)
	must(t, h.Sweep(ctx))
	if r := h.sound(); r.Pending != 1 || h.left() != free-1 {
		t.Fatalf("before its end: %d wait, %d free, before %d", r.Pending, h.left(), free)
	}
	h.clock.Add(booking.SweepGrace)
	must(t, h.Sweep(ctx))
	if r := h.sound(); r.Pending != 0 || h.left() != free {
		t.Fatalf("after its end: %d wait, %d free, before %d", r.Pending, h.left(), free)
	}
	_, err = o.change("change", 1, o.start(1, time.Hour))
	wantCode(t, err, fault.Expired)
	is(t, "the reservation", o.now(), booking.Booked, o.start(1, 0), o.start(2, 0))
}

// A late second step of a change that is void since takes a place; it is given
// back (rule B7).
func TestLateStepOfAChangeLeavesNoPlaceBehind(t *testing.T) {
	onBoth(t, testLateStepOfAChangeLeavesNoPlaceBehind)
}

func testLateStepOfAChangeLeavesNoPlaceBehind(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	h := newTinyHouse(t)
	o := h.owner(1, h.anyClinic())
	late := true
	h.BeforeAct(func(name string) error {
		if name == "take" && late {
			late = false
			_, err := o.cancelOn(h, "cancel")
			must(t, err)
			must(t, h.Sweep(ctx))
		}
		return nil
	})
	_, err := o.change("change", 1, o.start(1, time.Hour))
	wantCode(t, err, fault.Conflict)
	h.sound()
	h.clock.Add(booking.HoldLife + booking.SweepGrace)
	must(t, h.Sweep(ctx))
	if h.sound(); h.left() != h.capacity() {
		t.Errorf("%d of %d places are free", h.left(), h.capacity())
	}
}

// While the sweeper is between freeing one old time and noting it, the other
// dose of the same hold moves: its place is not taken for freed (rule B13).
func TestSweeperNotesOnlyWhatItFreed(t *testing.T) { onBoth(t, testSweeperNotesOnlyWhatItFreed) }

func testSweeperNotesOnlyWhatItFreed(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	h := newTinyHouse(t)
	o := h.owner(1, h.anyClinic())
	lost := func(name string) error { // nobody gives the old place back at once
		if name == "free" {
			return store.ErrStopped
		}
		return nil
	}
	h.BeforeAct(lost)
	_, err := o.change("change-2", 2, o.start(2, week))
	must(t, err)
	h.clock.Add(booking.HoldLife + booking.SweepGrace)
	between := true
	h.BeforeAct(func(name string) error {
		if name == "freed" && between {
			between = false
			h.BeforeAct(lost)
			_, err := o.change("change-1", 1, o.start(1, time.Hour))
			must(t, err)
			h.BeforeAct(func(string) error { return nil })
		}
		return nil
	})
	must(t, h.Sweep(ctx))
	h.sound()
	must(t, h.Sweep(ctx))
	if h.sound(); h.left() != h.capacity()-1 || between {
		t.Errorf("%d of %d places are free", h.left(), h.capacity())
	}
}

// An old page of somebody who has changed the first dose since gives nothing
// back: the second is still under the hold (rule B13).
func TestAChangedReservationIsNotReleased(t *testing.T) {
	onBoth(t, testAChangedReservationIsNotReleased)
}

func testAChangedReservationIsNotReleased(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	h := newTinyHouse(t)
	o := h.owner(1, h.anyClinic())
	_, err := o.change("change", 1, o.start(1, time.Hour))
	must(t, err)
	tablet := o.onOtherDevice("tablet")
	must(t, tablet.join())
	h.clock.Add(time.Minute)
	must(t, tablet.enter())
	must(t, tablet.prove())
	wantCode(t, h.Release(ctx, tablet.ses(), o.booked.HoldID), fault.Expired)
	h.sound()
	_, err = tablet.confirm("confirm-2", o.booked.HoldID)
	wantCode(t, err, fault.Conflict) // it is booked, at whatever time
	r, err := h.Current(ctx, tablet.ses())
	must(t, err)
	is(t, "the page", *r, booking.Booked, o.start(1, time.Hour), o.start(2, 0))
}

// A change under way is void once the reservation is cancelled, and whoever
// looks at the order of the two finds one (rules B9, B16).
func TestCancelMakesAChangeVoid(t *testing.T) { onBoth(t, testCancelMakesAChangeVoid) }

func testCancelMakesAChangeVoid(t *testing.T) {
	t.Parallel()
	h := newTinyHouse(t)
	o := h.owner(1, h.anyClinic())
	h.BeforeAct(func(name string) error {
		if name == "settle" {
			h.BeforeAct(func(string) error { return nil })
			_, err := o.cancelOn(h, "cancel")
			must(t, err)
			if h.left() != h.capacity() {
				t.Errorf("%d of %d places are free at once", h.left(), h.capacity())
			}
		}
		return nil
	})
	_, err := o.change("change", 1, o.start(1, time.Hour))
	wantCode(t, err, fault.Conflict)
	if got := h.told(); got["changed"] != 0 || got["cancelled"] != 1 {
		t.Errorf("messages %v, want one of the cancelling", got)
	}
	if h.sound(); h.left() != h.capacity() {
		t.Errorf("%d of %d places are free", h.left(), h.capacity())
	}
}

// Changes of both doses began from the old times, each right alone. The one that
// is made second sees the first; at most a valid pair is left (rule B16).
func TestChangeOfBothDosesLeavesAValidPair(t *testing.T) {
	onBoth(t, testChangeOfBothDosesLeavesAValidPair)
}

func testChangeOfBothDosesLeavesAValidPair(t *testing.T) {
	t.Parallel()
	for _, k := range []struct {
		what   string
		second time.Duration // where dose 2 goes, from its first time
		code   fault.Code    // of the change of dose 1
	}{
		{"too near together", 2 * 24 * time.Hour, fault.Conflict},
		{"far enough together", 8 * 24 * time.Hour, ""},
	} {
		t.Run(k.what, func(t *testing.T) {
			t.Parallel()
			h := newTinyHouse(t)
			o := h.owner(1, h.anyClinic())
			_, err := o.change("change-0", 2, o.start(2, week))
			must(t, err)
			h.BeforeAct(func(name string) error {
				if name == "settle" {
					h.BeforeAct(func(string) error { return nil })
					_, err := o.change("change-2", 2, o.start(2, k.second))
					must(t, err)
				}
				return nil
			})
			r, err := o.change("change-1", 1, o.start(1, 4*24*time.Hour))
			wantCode(t, err, k.code)
			first := o.start(1, 0)
			if k.code == "" {
				first = o.start(1, 4*24*time.Hour)
				is(t, "the answer", r, booking.Booked, first, o.start(2, k.second))
			}
			is(t, "the pair", o.now(), booking.Booked, first, o.start(2, k.second))
			h.clock.Add(time.Minute) // the letters tell it in the same order
			queued, err := h.Queued(context.Background(), 100)
			must(t, err)
			for _, m := range queued {
				if m.Kind == "changed" && m.Values["Dose1"] == first.Format(time.RFC3339) && k.code == "" && m.Values["Dose2"] != o.start(2, k.second).Format(time.RFC3339) {
					t.Errorf("the letter tells %v", m.Values)
				}
			}
			h.sound()
		})
	}
}
