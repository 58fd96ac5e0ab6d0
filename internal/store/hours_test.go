package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"naru/internal/booking"
	"naru/internal/caldate"
	"naru/internal/clinic"
	"naru/internal/fault"
	"naru/internal/staff"
	"naru/internal/store"
)

// oneDay is the first day of first doses in the clinics of clinicsOf.
var oneDay = caldate.MustParse("2021-07-26")

func (h *house) clinicOne() *clinic.Clinic {
	h.t.Helper()
	k, err := h.Directory().Clinic("one")
	must(h.t, err)
	return k
}

// closed is a clinic's schedule with a part of a day taken out.
func (h *house) closed(date caldate.Date, from, to int) store.HoursChange {
	schedule, version := h.Hours("one")
	return store.HoursChange{
		Clinic: "one", Version: version, Remedy: store.RemedyMove, Why: "staff",
		Schedule: schedule.Closed(h.clinicOne(), date, clinic.Span{From: from * 60, To: to * 60}, h.a.HolidayDates()),
	}
}

func clinicNurse(id string) staff.Caller {
	return staff.Caller{Account: staff.Account{ID: "nurse", Name: "간호사", Grants: []staff.Grant{{Role: staff.Clinic, Scope: staff.Scope{Clinic: id}}}}}
}

// What a clinic closes is offered by no node and held on none, at once (rule K24).
func TestClosedHoursAreNotHeld(t *testing.T) { onBoth(t, testClosedHoursAreNotHeld) }

func testClosedHoursAreNotHeld(t *testing.T) {
	t.Parallel()
	h := newHouseOf(t, t.TempDir(), clinicsOf(t, 2, 4))
	h.openGate()
	nodes := h.nodes()
	other := nodes[len(nodes)-1]
	first := h.firstTime("one")
	c := h.citizen(1).admit()
	q := h.closed(oneDay, 9, 11)
	_, err := h.SetHours(t.Context(), clinicNurse("two"), q)
	wantCode(t, err, fault.Forbidden)
	_, err = h.SetHours(t.Context(), clinicNurse("one"), q)
	must(t, err)
	if got := h.firstTime("one").Start; !got.Equal(first.Start.Add(2 * time.Hour)) {
		t.Errorf("the first time is %s, it was %s", got, first.Start)
	}
	_, err = other.Hold(t.Context(), c.ses(), store.HoldRequest{Key: key("hold"), Clinic: "one", Start: first.Start}) // it has not looked yet
	wantCode(t, err, fault.Invalid)
	if got := other.firstTime("one").Start; got.Equal(first.Start) {
		t.Error("the other node still offers what it was told is closed")
	}
	_, err = h.SetHours(t.Context(), clinicNurse("one"), q)
	wantCode(t, err, fault.Conflict) // somebody else was first
	schedule, version := h.Hours("one")
	_, err = h.SetHours(t.Context(), clinicNurse("one"), store.HoursChange{
		Clinic: "one", Version: version, Schedule: schedule.Without(oneDay), Remedy: store.RemedyTell, Why: "hours",
	})
	must(t, err)
	_, err = c.hold("again", "one", first.Start)
	must(t, err)
	h.restart()
	if _, version := h.Hours("one"); version != 2 {
		t.Errorf("after a restart the version is %d", version)
	}
	h.sound()
}

// People book while the clinic closes under them: whoever got a place in what was
// closed is found and moved, at every interleaving (rule K24).
func TestHammerClosingAgainstHolds(t *testing.T) { onBoth(t, testHammerClosingAgainstHolds) }

func testHammerClosingAgainstHolds(t *testing.T) {
	t.Parallel()
	h := newHouseOf(t, t.TempDir(), clinicsOf(t, 5, 6))
	h.openGate()
	nodes, times := h.nodes(), h.times("one")
	people := h.crowd(0, 40)
	var wg sync.WaitGroup
	var booked, refused atomic.Int64
	for i, ses := range people {
		wg.Go(func() {
			full, err := nodes[i%len(nodes)].book(ses, "one", times[i%8].Start) // the first four hours
			switch {
			case fault.CodeOf(err) == fault.Invalid, fault.CodeOf(err) == fault.Conflict, full:
				refused.Add(1)
			case err != nil:
				t.Errorf("person %d: %v", i, err)
			default:
				booked.Add(1)
			}
		})
	}
	for n := range 4 {
		wg.Go(func() {
			for {
				_, err := h.SetHours(context.Background(), clinicNurse("one"), h.closed(oneDay, 9+n, 10+n))
				if fault.CodeOf(err) != fault.Conflict {
					if err != nil {
						t.Errorf("closing %d: %v", n, err)
					}
					return
				}
			}
		})
	}
	wg.Wait()
	must(t, h.CarryOutClosings(t.Context()))
	t.Logf("%d booked while it closed, %d were refused", booked.Load(), refused.Load())
	all, err := h.Concerned(t.Context(), clinicNurse("one"), "one", first2(h.Hours("one")))
	must(t, err)
	if len(all) > 0 {
		t.Errorf("%d are booked when the clinic is closed", len(all))
	}
	day, err := h.Day(t.Context(), clinicNurse("one"), "one", oneDay)
	must(t, err)
	for _, one := range day {
		if one.Outside || one.Start.Before(times[8].Start) {
			t.Errorf("dose %d at %s, which is closed", one.Dose, one.Start)
		}
	}
	if r := h.soundSeated(); r.Booked != int(booked.Load()) {
		t.Errorf("%d booked in the database, %d were told so", r.Booked, booked.Load())
	}
}

func first2[A, B any](a A, _ B) A { return a }

// Who is moved keeps the interval, is told once with old, new and why, and is in
// the receipt; what was begun before a crash goes on after it (rule K25).
func TestClosingMovesPeople(t *testing.T) { onBoth(t, testClosingMovesPeople) }

func testClosingMovesPeople(t *testing.T) {
	t.Parallel()
	h := newHouseOf(t, t.TempDir(), clinicsOf(t, 1, 4))
	var owners []*owner
	h.openGate()
	for n := range 4 { // the first four half hours
		owners = append(owners, h.owner(n, "one"))
	}
	preview, err := h.Concerned(t.Context(), clinicNurse("one"), "one", h.closed(oneDay, 9, 13).Schedule)
	must(t, err)
	if len(preview) != 4 || preview[0].Claim.Name != owners[0].claim.Name {
		t.Fatalf("the preview lists %+v", preview)
	}
	id, err := h.SetHours(t.Context(), clinicNurse("one"), h.closed(oneDay, 9, 13))
	must(t, err)
	for range 3 { // again and again: nobody is moved twice
		must(t, h.CarryOutClosings(t.Context()))
	}
	told := h.told()
	for _, o := range owners {
		r := o.now()
		gap := caldate.Of(r.Doses[0].Start, h.a.Zone).DaysUntil(caldate.Of(r.Doses[1].Start, h.a.Zone))
		if r.State != booking.Booked || caldate.Of(r.Doses[0].Start, h.a.Zone) != oneDay.AddDays(1) || gap < 21 {
			t.Errorf("%s is %s at %v, %d days apart", o.claim.Name, r.State, r.Doses, gap)
		}
	}
	if told["clinic_moved"] != 8 { // the second dose goes along
		t.Errorf("messages %v, want two for each of four people", told)
	}
	all, err := h.Closings(t.Context(), clinicNurse("one"), "one")
	must(t, err)
	if len(all) != 1 || all[0].ID != id || len(all[0].Concerns) != 4 || all[0].Done {
		t.Fatalf("receipts %+v", all)
	}
	for i, one := range all[0].Concerns {
		if one.Outcome != "moved" || !one.Before.Equal(owners[i].booked.Doses[0].Start) || !one.After.Equal(owners[i].now().Doses[0].Start) {
			t.Errorf("the receipt says %+v", one)
		}
	}
	h.clock.Add(25 * time.Minute)
	must(t, h.Sweep(t.Context()))
	must(t, h.CarryOutClosings(t.Context()))
	if all, err = h.Closings(t.Context(), clinicNurse("one"), "one"); err != nil || !all[0].Done {
		t.Errorf("nobody can be found any more, and it is not done: %v", err)
	}
	h.sound()
}

// A closing that a crash stops anywhere goes on: everybody is dealt with, once.
func TestClosingSurvivesACrash(t *testing.T) { onBoth(t, testClosingSurvivesACrash) }

func testClosingSurvivesACrash(t *testing.T) {
	t.Parallel()
	for n := range 8 {
		t.Run(fmt.Sprintf("after %d acts", 2*n), func(t *testing.T) {
			t.Parallel()
			h := newHouseOf(t, t.TempDir(), clinicsOf(t, 1, 4))
			h.openGate()
			a, b := h.owner(1, "one"), h.owner(2, "one")
			h.CrashAfter(2 * n)
			if _, err := h.SetHours(t.Context(), clinicNurse("one"), h.closed(oneDay, 9, 13)); err != nil && !errors.Is(err, store.ErrStopped) {
				t.Fatal(err)
			}
			h.restart()
			must(t, h.CarryOutClosings(t.Context()))
			all, err := h.Closings(t.Context(), clinicNurse("one"), "one")
			must(t, err)
			if n > 1 && len(all) == 0 {
				t.Error("it was begun and is not there")
			}
			for _, o := range []*owner{a, b} {
				want := 2
				if len(all) == 0 { // the closing itself was not written
					want = 0
				}
				o.lookUp()
				moved := 0
				queued, err := h.Queued(t.Context(), 1000)
				must(t, err)
				for _, m := range queued {
					if m.Kind == "clinic_moved" && m.To == o.claim.Mobile {
						moved++
					}
				}
				if moved != want || (want > 0) == o.now().Doses[0].Start.Equal(o.start(1, 0)) {
					t.Errorf("%s was told %d times, want %d; first dose %s", o.claim.Name, moved, want, o.now().Doses[0].Start)
				}
			}
			h.clock.Add(time.Hour)
			must(t, h.Sweep(t.Context()))
			h.sound()
		})
	}
}

// Where there is no other time, and where people are to choose, they are told once
// and keep their reservation; who is due in half an hour is telephoned (rule K25).
func TestClosingTellsPeople(t *testing.T) { onBoth(t, testClosingTellsPeople) }

func testClosingTellsPeople(t *testing.T) {
	t.Parallel()
	h := newHouseOf(t, t.TempDir(), clinicsOf(t, 1, 4))
	h.openGate()
	o, late := h.owner(2, "one"), h.owner(1, "one")
	h.clock.Add(o.start(1, 0).Add(-10 * time.Minute).Sub(h.clock.Now()))
	q := h.closed(oneDay, 9, 13)
	q.Remedy = store.RemedyTell
	_, err := h.SetHours(t.Context(), clinicNurse("one"), q)
	must(t, err)
	must(t, h.CarryOutClosings(t.Context()))
	if got := h.told(); got["clinic_closed"] != 1 || got["clinic_moved"] != 0 {
		t.Errorf("messages %v, want one", got)
	}
	all, err := h.Closings(t.Context(), clinicNurse("one"), "one")
	must(t, err)
	if len(all) != 1 || len(all[0].Concerns) != 2 || all[0].Concerns[0].Outcome != "by_hand" || all[0].Concerns[1].Outcome != "told" {
		t.Errorf("receipt %+v", all)
	}
	late.lookUp()
	if r := late.now(); r.State != booking.Booked || !r.Doses[0].Start.Equal(late.start(1, 0)) {
		t.Errorf("who was told has %+v", r)
	}
	h.lead(1)
	if _, err := late.change("choose", 1, late.start(1, 24*time.Hour)); fault.CodeOf(err) != fault.Invalid { // too near the second dose, as always
		t.Errorf("the next day: %v", err)
	}
	h.sound()
}
