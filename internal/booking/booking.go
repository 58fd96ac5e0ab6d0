// Package booking decides about slots, holds and reservations.
//
// A booking is two small steps: the person's row takes a pending reservation,
// then the clinic's slots are counted up; confirming needs no capacity any
// more (docs/adr/0005). This package holds the decisions, pure: facts and now
// in, decision out. It promises one live reservation per person, disease and
// dose, and never talks to a store. Rules B1-B16 in docs/rules/booking.md.
package booking

import (
	"time"

	"naru/internal/fault"
)

// Times of the protocol.
const (
	HoldLife      = 5 * time.Minute  // a hold lasts this long (rule B4)
	HoldExtension = 5 * time.Minute  // an extension lasts this long from when it is asked (rule B6)
	HoldExtends   = 3                // a hold can be extended this often
	SweepGrace    = 5 * time.Second  // a hold is swept this long after its end (rule B7)
	CancelUntil   = 30 * time.Minute // a reservation can be cancelled until this long before its last dose (rule B9)
)

// State is where a reservation stands.
type State string

// The states. Pending and Booked are live; a live one blocks another for the
// same person, disease and dose (rule B1). While a dose is changed it is twice
// there: Booked at its old time and Moving at its new one (rule B16).
const (
	Pending   State = "pending"
	Booked    State = "booked"
	Expired   State = "expired"
	Released  State = "released" // given back before confirming, or a change that found no place
	Cancelled State = "cancelled"
	Moving    State = "moving"    // a place for a change that is not made yet
	Moved     State = "moved"     // a time that was changed
	Overtaken State = "overtaken" // a change that another act of the person made void
	Used      State = "used"      // the dose was given: nothing changes it any more (rule B19)
	Missed    State = "missed"    // nobody came (rule B19)
)

// Live says whether the state blocks another reservation.
func (s State) Live() bool { return s == Pending || s == Booked }

// Ended says whether the state keeps no place: what it had is given back.
func (s State) Ended() bool { return !s.Live() && s != Moving && !s.Attended() }

// Attended says whether the day of the dose is over: its place stays taken.
func (s State) Attended() bool { return s == Used || s == Missed }

// Slot is one time at one clinic. Start is the beginning, in UTC.
type Slot struct {
	Clinic string    `json:"clinic"`
	Start  time.Time `json:"start"`
}

// Dose is one dose of a reservation.
type Dose struct {
	Number int       `json:"dose"` // 1 or 2
	Start  time.Time `json:"start"`
	HoldID HoldID    `json:"-"` // under which its place is kept; after a change each dose has its own
	Given  bool      `json:"given,omitempty"`
}

// Reservation is what a person holds or has booked: one or two doses at one clinic.
type Reservation struct {
	Number    Number    `json:"number"`
	HoldID    HoldID    `json:"-"`
	Campaign  string    `json:"campaign"`
	Disease   string    `json:"disease"`
	Clinic    string    `json:"clinic"`
	Doses     []Dose    `json:"doses"`
	State     State     `json:"state"`
	Expires   time.Time `json:"expires,omitzero"` // of a pending one
	Extends   int       `json:"-"`
	Changes   int       `json:"-"` // tries to change it, where they count
	CreatedAt time.Time `json:"created_at"`
}

// MayReserve decides whether a new pending reservation may be made, given the
// person's live ones for the same disease (rules B1, B2). A pending one is
// given back first: choosing another slot replaces the choice.
func MayReserve(live []Reservation) error {
	for _, r := range live {
		if r.State == Booked {
			return fault.New(fault.Conflict, "booking.already_booked")
		}
	}
	return nil
}

// Bounds of choosing again and again (rule B17): every hold leaves a row that all
// later acts of the person read.
const (
	MaxHolds    = 200
	HoldsWithin = time.Hour
)

// MayHoldAgain refuses somebody who has held so many times within HoldsWithin.
func MayHoldAgain(holds int) error {
	if holds >= MaxHolds {
		return fault.New(fault.TooMany, "booking.too_many_holds")
	}
	return nil
}

// MayConfirm decides whether a pending reservation may be confirmed at now (rule B5).
func (r Reservation) MayConfirm(now time.Time) error {
	switch {
	case r.State == Booked:
		return fault.New(fault.Conflict, "booking.already_booked")
	case r.State != Pending:
		return fault.New(fault.Expired, "booking.hold_ended")
	case !now.Before(r.Expires):
		return fault.New(fault.Expired, "booking.hold_ended")
	}
	return nil
}

// MayExtend decides whether a hold may be extended, and to when (rule B6).
func (r Reservation) MayExtend(now time.Time) (time.Time, error) {
	if err := r.MayConfirm(now); err != nil {
		return time.Time{}, err
	}
	if r.Extends >= HoldExtends {
		return time.Time{}, fault.New(fault.TooMany, "booking.hold_extended_enough")
	}
	return now.Add(HoldExtension), nil
}

// MayCancel decides whether a booked reservation may be cancelled: as a whole,
// while one of its doses is still to come (rule B9).
func (r Reservation) MayCancel(now time.Time) error {
	if r.State != Booked {
		return fault.New(fault.Conflict, "booking.not_booked")
	}
	for _, d := range r.Doses {
		if now.Before(d.Start.Add(-CancelUntil)) {
			return nil
		}
	}
	return fault.New(fault.Expired, "booking.cancel_too_late")
}

// Swept says whether a hold, of a reservation or of a change, is to be expired by
// the sweeper (rule B7).
func (r Reservation) Swept(now time.Time) bool {
	return (r.State == Pending || r.State == Moving) && !now.Before(r.Expires.Add(SweepGrace))
}

// Draft is what a person has chosen so far, kept on the server so that no
// failed step loses it (rule B12).
type Draft struct {
	Region string    `json:"region,omitempty"`
	Clinic string    `json:"clinic,omitempty"`
	Start  time.Time `json:"start,omitzero"`
}
