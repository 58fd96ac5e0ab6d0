package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"naru/internal/booking"
	"naru/internal/fault"
)

const week = 7 * 24 * time.Hour

// owner is a citizen who has booked, with a look-up.
type owner struct {
	*citizen
	booked booking.Reservation
	token  string
}

// owner books the first time that is free at a clinic and looks it up.
func (h *house) owner(n int, clinicID string) *owner {
	h.t.Helper()
	return h.bookAt(h.citizen(n), clinicID)
}

// ownerOf books anywhere.
func (h *house) ownerOf(c *citizen) *owner {
	h.t.Helper()
	h.serve(1)
	clinicID, _ := h.anyTime()
	return h.bookAt(c, clinicID)
}

func (h *house) bookAt(c *citizen, clinicID string) *owner {
	h.t.Helper()
	c.admit()
	held, err := c.hold("hold", clinicID, h.freeTime(clinicID).Start)
	must(h.t, err)
	booked, err := c.confirm("confirm", held.HoldID)
	must(h.t, err)
	o := &owner{citizen: c, booked: booked}
	o.lookUp()
	return o
}

func (o *owner) lookUp() {
	o.h.t.Helper()
	var err error
	o.token, err = o.h.LookUp(context.Background(), o.claim, o.booked.Number, o.browser)
	must(o.h.t, err)
}

func (o *owner) change(k string, dose int, start time.Time) (booking.Reservation, error) {
	return o.changeOn(o.h, k, dose, start)
}

// changeOn is change through another node.
func (o *owner) changeOn(h *house, k string, dose int, start time.Time) (booking.Reservation, error) {
	return h.Change(context.Background(), o.token, o.browser, o.booked.Number, dose, start, key(k), "ko")
}

func (o *owner) cancelOn(h *house, k string) (booking.Reservation, error) {
	return h.Cancel(context.Background(), o.token, o.browser, o.booked.Number, key(k), "ko")
}

// start is where a dose was when it was booked, and later.
func (o *owner) start(dose int, later time.Duration) time.Time {
	return o.booked.Doses[dose-1].Start.Add(later)
}

// now is what the look-up shows of the reservation.
func (o *owner) now() booking.Reservation {
	o.h.t.Helper()
	all, _, err := o.h.Reservations(context.Background(), o.token, o.browser)
	must(o.h.t, err)
	for _, r := range all {
		if r.Number == o.booked.Number {
			return r
		}
	}
	o.h.t.Fatalf("%s is gone: %+v", o.booked.Number, all)
	return booking.Reservation{}
}

// is compares a reservation with a state and the times of its doses.
func is(t testing.TB, what string, r booking.Reservation, state booking.State, starts ...time.Time) {
	t.Helper()
	same := r.State == state && len(r.Doses) == len(starts)
	for i := range starts {
		same = same && r.Doses[i].Number == i+1 && r.Doses[i].Start.Equal(starts[i])
	}
	if !same {
		t.Errorf("%s: %s %v, want %s %v", what, r.State, r.Doses, state, starts)
	}
}

// told counts the messages that wait, by kind.
func (h *house) told() map[string]int {
	h.t.Helper()
	all := map[string]int{}
	queued, err := h.Queued(context.Background(), 1000)
	must(h.t, err)
	for _, m := range queued {
		all[m.Kind]++
	}
	return all
}

func TestChangeMovesOneDose(t *testing.T) { onBoth(t, testChangeMovesOneDose) } // rule B15

func testChangeMovesOneDose(t *testing.T) {
	t.Parallel()
	h := newTinyHouse(t)
	clinicID := h.anyClinic()
	o := h.owner(1, clinicID)
	free := h.left()
	first, second := o.start(1, 0), o.start(2, week)
	r, err := o.change("change-1", 2, second)
	must(t, err)
	is(t, "the second dose moved", r, booking.Booked, first, second)
	is(t, "the look-up", o.now(), booking.Booked, first, second)
	h.sound() // the first dose is still under the hold that the second has left
	first = o.start(1, 24*time.Hour)
	r, err = o.change("change-2", 1, first)
	must(t, err)
	is(t, "the first dose moved too", r, booking.Booked, first, second)
	if h.left() != free {
		t.Errorf("%d first doses are free, before %d", h.left(), free)
	}
	if got := h.told(); got["changed"] != 2 || got["booked"] != 1 {
		t.Errorf("messages %v, want two of a change", got)
	}
	// The old times are free again: somebody else takes both.
	other := h.owner(2, clinicID)
	is(t, "who comes after", other.booked, booking.Booked, o.start(1, 0), o.start(2, 0))
	h.sound()
	r, err = o.cancelOn(h, "cancel")
	must(t, err)
	is(t, "cancelled", r, booking.Cancelled, first, second)
	h.clock.Add(time.Hour)
	must(t, h.Sweep(context.Background()))
	if got := h.sound(); h.left() != h.capacity()-1 || got.Booked != 1 {
		t.Errorf("%d free of %d, %+v", h.left(), h.capacity(), got)
	}
}

// Who is refused keeps what is booked (rule B15).
func TestChangeRefused(t *testing.T) { onBoth(t, testChangeRefused) }

func testChangeRefused(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	h := newTinyHouse(t)
	o := h.owner(1, h.anyClinic())
	other := h.owner(2, h.anyClinic())
	refuse := func(what string, dose int, start time.Time, code fault.Code, message string) {
		t.Helper()
		_, err := o.change("key "+what, dose, start)
		if fault.CodeOf(err) != code || fault.Of(err).Message != message {
			t.Errorf("%s: %v, want %s %s", what, err, code, message)
		}
	}
	refuse("a full time", 1, other.start(1, 0), fault.Full, "booking.slot_full")
	refuse("a full time, the same key", 1, other.start(1, 0), fault.Full, "booking.slot_full")
	refuse("a time nobody offers", 2, o.start(2, 7*time.Minute), fault.Invalid, "booking.no_such_time")
	refuse("outside the days of first doses", 1, o.start(1, 4*week), fault.Invalid, "booking.no_such_time")
	refuse("too near", 1, o.start(1, 24*time.Hour), fault.Invalid, "booking.change_too_near")
	refuse("too near, the second", 2, o.start(2, -3*24*time.Hour), fault.Invalid, "booking.change_too_near")
	refuse("a third dose", 3, o.start(2, week), fault.NotFound, "booking.not_found")
	refuse("nothing new", 2, o.start(2, 0), fault.Invalid, "booking.change_same_time")
	_, err := o.change("key too near", 2, o.start(2, week)) // a refusal that began nothing binds no key
	must(t, err)
	_, err = o.change("key too near", 2, o.start(2, 2*week))
	wantCode(t, err, fault.KeyReused)
	_, err = h.Change(ctx, o.token, o.browser, other.booked.Number, 1, o.start(1, time.Hour), key("not mine"), "ko")
	wantCode(t, err, fault.NotFound)
	_, err = h.Change(ctx, o.token, other.browser, o.booked.Number, 1, o.start(1, time.Hour), key("not here"), "ko")
	wantCode(t, err, fault.Unauthenticated)
	is(t, "after all that", o.now(), booking.Booked, o.start(1, 0), o.start(2, week))
	for n := range booking.ChangesMost { // full again and again, each with a new key
		if _, err = o.change(fmt.Sprintf("again-%d", n), 1, other.start(1, 0)); fault.CodeOf(err) == fault.TooMany {
			break
		}
	}
	wantCode(t, err, fault.TooMany)
	h.sound()
	_, err = o.cancelOn(h, "cancel")
	must(t, err)
	refuse("what is cancelled", 2, o.start(2, 3*week), fault.Conflict, "booking.not_booked")
}

// A refusal stays the answer of its key, also when there is room since (rule B11).
func TestAFullChangeStaysRefused(t *testing.T) { onBoth(t, testAFullChangeStaysRefused) }

func testAFullChangeStaysRefused(t *testing.T) {
	t.Parallel()
	h := newTinyHouse(t)
	o, other := h.owner(1, h.anyClinic()), h.owner(2, h.anyClinic())
	_, err := o.change("change", 1, other.start(1, 0))
	wantCode(t, err, fault.Full)
	_, err = other.cancelOn(h, "cancel")
	must(t, err)
	_, err = o.change("change", 1, other.start(1, 0))
	wantCode(t, err, fault.Full)
	_, err = o.change("another key", 1, other.start(1, 0))
	must(t, err)
	h.sound()
}
