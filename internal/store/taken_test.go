package store_test

import (
	"errors"
	"testing"

	"naru/internal/booking"
	"naru/internal/fhir"
)

// Whoever exports sees the doses people have places for, and not whose they are.
func TestEachTaken(t *testing.T) { onBoth(t, testEachTaken) }

func testEachTaken(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.openGate()
	clinicID := h.anyClinic()
	at := h.firstTime(clinicID)
	one, two := h.citizen(1).admit(), h.citizen(2).admit()
	r, err := one.hold("hold-1", clinicID, at.Start)
	must(t, err)
	_, err = one.confirm("confirm-1", r.HoldID)
	must(t, err)
	_, err = two.hold("hold-2", clinicID, at.Start)
	must(t, err)
	var all []fhir.Taken
	must(t, h.EachTaken(t.Context(), func(t fhir.Taken) error { all = append(all, t); return nil }))
	states := map[booking.State]int{}
	for _, one := range all {
		states[one.State]++
		if string(one.Clinic) != clinicID || one.Hold == "" || one.Dose == 1 && !one.Start.Equal(at.Start) {
			t.Errorf("taken %+v", one)
		}
	}
	if states[booking.Booked] != 2 || states[booking.Pending] != 1 || len(all) != 3 {
		t.Errorf("states %v, want two doses booked and a hold", states)
	}
	enough := errors.New("enough")
	if err := h.EachTaken(t.Context(), func(fhir.Taken) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("the reader's error came back as %v", err)
	}
}

// What the counts hold for sure is as old as the part read longest ago, where others
// book too; alone, nothing is missing.
func TestCountsAsOf(t *testing.T) { onBoth(t, testCountsAsOf) }

func testCountsAsOf(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	before := h.CountsAsOf()
	if before.IsZero() {
		t.Fatal("the counts were never read")
	}
	h.clock.Add(booking.HoldLife) // later than counts may be
	if late := h.CountsAsOf(); !late.Equal(before) {
		t.Errorf("late counts are said to be of %s, they were read at %s", late, before)
	}
}
