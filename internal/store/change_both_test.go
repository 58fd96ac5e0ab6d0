package store_test

import (
	"context"
	"testing"
	"time"

	"naru/internal/booking"
	"naru/internal/fault"
	"naru/internal/store"
)

func (o *owner) changeBoth(k string, start time.Time) (booking.Reservation, error) {
	return o.h.Change(context.Background(), o.token, o.browser, o.booked.Number, booking.BothDoses, start, key(k), "ko")
}

// What dose 1 alone may not, because dose 2 would be too near, both do together: the
// second is as far from the first as before, the old places are free, the person is
// told once, and a repeat gets the same answer (rule B61).
func TestBothDosesMoveTogether(t *testing.T) { onBoth(t, testBothDosesMoveTogether) }

func testBothDosesMoveTogether(t *testing.T) {
	t.Parallel()
	h := newTinyHouse(t)
	o := h.owner(1, h.anyClinic())
	free := h.left()
	later := o.start(1, week)
	_, err := o.change("alone", 1, later)
	wantCode(t, err, fault.Invalid)
	var made booking.Reservation
	for range 2 {
		made, err = o.changeBoth("both", later)
		must(t, err)
		is(t, "both", made, booking.Booked, later, o.start(2, week))
	}
	is(t, "the look-up", o.now(), booking.Booked, later, o.start(2, week))
	if got := h.told(); got["changed"] != 1 {
		t.Errorf("messages %v, want one of the change", got)
	}
	if h.sound(); h.left() != free {
		t.Errorf("%d places are free, before %d", h.left(), free)
	}
	_, err = o.change("both", 1, later)
	wantCode(t, err, fault.KeyReused)
	_, err = o.change("back", 2, o.start(2, week+time.Hour)) // each alone again
	must(t, err)
	_, err = o.cancelOn(h, "cancel")
	must(t, err)
	if h.sound(); h.left() != h.capacity() {
		t.Errorf("%d of %d places are free after cancelling", h.left(), h.capacity())
	}
}

// Wherever a node dies, both doses have moved or none, and no place is lost (rule B61).
func TestBothDosesMoveOrNone(t *testing.T) { onBoth(t, testBothDosesMoveOrNone) }

func testBothDosesMoveOrNone(t *testing.T) {
	t.Parallel()
	for steps := range 4 {
		h := newTinyHouse(t)
		o := h.owner(1, h.anyClinic())
		later := o.start(1, week)
		stopped := h.CrashAfter(steps)
		_, err := o.changeBoth("both", later)
		h.restart()
		if steps < 3 && (err == nil || !stopped()) {
			t.Fatalf("after %d steps: %v", steps, err)
		}
		h.sound()
		first, second := o.start(1, 0), o.start(2, 0)
		if steps == 3 {
			first, second = later, o.start(2, week)
		}
		is(t, "after the crash", o.now(), booking.Booked, first, second)
		if steps%2 == 0 { // somebody asks again
			o.lookUp()
			r, err := o.changeBoth("both", later)
			must(t, err)
			is(t, "the repeat", r, booking.Booked, later, o.start(2, week))
		}
		h.clock.Add(booking.HoldLife + booking.SweepGrace)
		must(t, h.Sweep(t.Context()))
		if h.sound(); h.left() != h.capacity()-1 {
			t.Errorf("%d steps: %d of %d places are free", steps, h.left(), h.capacity())
		}
	}
}

// A change of the second alone that is under way is void when both move; a change of
// both that is overtaken gives both its places back (rules B16, B61).
func TestBothDosesAndOtherChanges(t *testing.T) { onBoth(t, testBothDosesAndOtherChanges) }

func testBothDosesAndOtherChanges(t *testing.T) {
	t.Parallel()
	h := newTinyHouse(t)
	o := h.owner(1, h.anyClinic())
	free := h.left()
	during := func(other func()) {
		h.BeforeAct(func(name string) error {
			if name == "settle" {
				h.BeforeAct(func(string) error { return nil })
				other()
			}
			return nil
		})
	}
	during(func() {
		_, err := o.changeBoth("both", o.start(1, week))
		must(t, err)
	})
	_, err := o.change("second", 2, o.start(2, 24*time.Hour))
	wantCode(t, err, fault.Conflict)
	is(t, "both came first", o.now(), booking.Booked, o.start(1, week), o.start(2, week))
	during(func() {
		_, err := o.change("first", 1, o.start(1, week+time.Hour))
		must(t, err)
	})
	_, err = o.changeBoth("back", o.start(1, time.Hour))
	wantCode(t, err, fault.Conflict)
	is(t, "the first alone came first", o.now(), booking.Booked, o.start(1, week+time.Hour), o.start(2, week))
	if h.sound(); h.left() != free {
		t.Errorf("%d places are free, before %d", h.left(), free)
	}
	h.BeforeAct(func(name string) error {
		if name == "settle" {
			return store.ErrStopped
		}
		return nil
	})
	if _, err := o.changeBoth("stopped", o.start(1, 2*time.Hour)); err == nil {
		t.Fatal("it was not stopped")
	}
	h.BeforeAct(func(string) error { return nil })
	_, err = o.cancelOn(h, "cancel")
	must(t, err)
	if h.sound(); h.left() != h.capacity() {
		t.Errorf("%d of %d places are free after cancelling", h.left(), h.capacity())
	}
}
