package store_test

import (
	"context"
	"testing"

	"naru/internal/booking"
	"naru/internal/fault"
)

func beginChange(c *citizen) *request {
	return c.changeRequest(func(*owner) {})
}

func beginChangeAnew(c *citizen) *request {
	return c.changeRequest(func(o *owner) {
		stopped := o.h.CrashAfter(2)
		if _, err := o.change("left", 2, o.start(2, 2*week)); err == nil || !stopped() {
			o.h.t.Fatalf("the change was not left: %v", err)
		}
	})
}

// changeRequest moves the second dose by a week.
func (c *citizen) changeRequest(before func(*owner)) *request {
	o := c.h.ownerOf(c)
	before(o)
	want := o.start(2, week)
	var last booking.Reservation
	return &request{
		do: func() (err error) {
			last, err = o.change("change", 2, want)
			return err
		},
		check: func(t *testing.T) {
			is(t, "the answer", last, booking.Booked, o.start(1, 0), want)
			is(t, "the reservation", o.now(), booking.Booked, o.start(1, 0), want)
			told := 0
			queued, err := c.h.Queued(context.Background(), 1000)
			must(t, err)
			for _, m := range queued {
				if m.Kind == "changed" && m.To == c.claim.Mobile {
					told++
				}
			}
			if told != 1 {
				t.Errorf("told %d times", told)
			}
		},
	}
}

func beginChangeFull(c *citizen) *request {
	o := c.h.ownerOf(c)
	other := c.h.owner(5000+int(c.claim.Mobile[len(c.claim.Mobile)-1]), o.booked.Clinic)
	return &request{
		do: func() error {
			_, err := o.change("change", 1, other.start(1, 0))
			return err
		},
		codes: []fault.Code{fault.Full},
		check: func(t *testing.T) {
			is(t, "the reservation", o.now(), booking.Booked, o.start(1, 0), o.start(2, 0))
			_, err := other.cancelOn(other.h, "cancel") // its slot is given back for the next round
			must(t, err)
		},
	}
}

func beginCancelChanged(c *citizen) *request {
	o := c.h.ownerOf(c)
	_, err := o.change("change", 2, o.start(2, week))
	must(c.h.t, err)
	var last booking.Reservation
	return &request{
		do: func() (err error) {
			last, err = o.cancelOn(o.h, "cancel")
			return err
		},
		check: func(t *testing.T) {
			is(t, "the answer", last, booking.Cancelled, o.start(1, 0), o.start(2, week))
		},
	}
}

// beginSameAgain is another press on the same time, whose one place the person holds.
func beginSameAgain(c *citizen) *request {
	c.h.serve(1)
	c.admit()
	clinicID, start := c.h.anyTime()
	_, err := c.hold("first choice", clinicID, start)
	must(c.h.t, err)
	var last booking.Reservation
	return &request{
		do: func() (err error) {
			last, err = c.hold("the same again", clinicID, start)
			return err
		},
		check: func(t *testing.T) { c.mustConfirm(t, last) },
	}
}
