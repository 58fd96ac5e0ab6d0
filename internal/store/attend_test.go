package store_test

import (
	"testing"
	"time"

	"naru/internal/booking"
	"naru/internal/clinic"
	"naru/internal/fault"
	"naru/internal/person"
	"naru/internal/staff"
	"naru/internal/store"
)

// patient is an owner as the clinic's day list shows them.
func (h *house) patient(o *owner) store.Comer {
	h.t.Helper()
	day, err := h.Day(h.t.Context(), clinicNurse("one"), "one", oneDay)
	must(h.t, err)
	for _, one := range day {
		if one.Number == o.booked.Number {
			return one
		}
	}
	h.t.Fatalf("%s is not on the list of %d", o.booked.Number, len(day))
	return store.Comer{}
}

func (h *house) attend(who store.Comer, k string, step clinic.Step, at time.Time) (clinic.Attendance, error) {
	return h.Attend(h.t.Context(), clinicNurse("one"), store.AttendRequest{
		Key: key(k), Clinic: "one", Person: who.Person, Number: who.Number, Dose: who.Dose, Step: step, At: at,
		Shot: clinic.Shot{Vaccine: "PFZ", Lot: "FE8206", Site: "left_arm", Watch: 15},
	})
}

// A dose that was given stays given, with its true time, whatever is sent again; the
// citizen cancels and moves only what is still to come (rules B19, K28).
func TestADoseIsGivenOnce(t *testing.T) { onBoth(t, testADoseIsGivenOnce) }

func testADoseIsGivenOnce(t *testing.T) {
	t.Parallel()
	h := newHouseOf(t, t.TempDir(), clinicsOf(t, 2, 4))
	h.openGate()
	o := h.owner(1, "one")
	who := h.patient(o)
	if who.Claim != o.claim || who.Dose != 1 || who.State != booking.Booked || who.Outside {
		t.Errorf("the list says %+v", who)
	}
	_, err := h.attend(who, "early", clinic.Arrived, h.clock.Now())
	wantCode(t, err, fault.Conflict) // another day
	h.clock.Add(o.start(1, 20*time.Minute).Sub(h.clock.Now()))
	came := h.clock.Now().Add(-15 * time.Minute) // while the network was away
	for range 2 {
		a, err := h.attend(who, "arrived", clinic.Arrived, came)
		must(t, err)
		if !a.Arrived.Equal(came) {
			t.Errorf("arrived at %s, want %s", a.Arrived, came)
		}
	}
	_, err = h.attend(who, "missed", clinic.Missed, h.clock.Now())
	wantCode(t, err, fault.Conflict) // they are here
	given := h.clock.Now().Add(-5 * time.Minute)
	for range 2 {
		a, err := h.attend(who, "given", clinic.Given, given)
		must(t, err)
		if !a.Given.Equal(given) || !a.Watched(15).Equal(given.Add(15*time.Minute)) {
			t.Errorf("given at %s", a.Given)
		}
	}
	_, err = h.attend(who, "given twice", clinic.Given, h.clock.Now())
	wantCode(t, err, fault.Conflict)
	_, err = h.attend(who, "given", clinic.Arrived, h.clock.Now())
	wantCode(t, err, fault.KeyReused)
	_, err = h.attend(who, "back", clinic.Back, h.clock.Now())
	wantCode(t, err, fault.Conflict)
	if now := h.patient(o); now.State != booking.Used || now.Shot.Lot != "FE8206" || now.Vaccine != "MOD" {
		t.Errorf("the list says %+v", now)
	}
	written, err := h.RecordOf(t.Context(), who.Person)
	must(t, err)
	if all := written.Standing(); len(all) != 1 || all[0].Fact.Dose == nil || all[0].Fact.Dose.Lot != "FE8206" || !all[0].Fact.Dose.At.Equal(given) || all[0].Fact.Dose.Clinic != "one" || all[0].Fact.Dose.Of != 2 {
		t.Errorf("the record says %+v", all)
	}
	must(t, h.RecordGiven(t.Context()))
	h.sound()
	citizenAfterTheFirst(t, h, o)
}

// citizenAfterTheFirst moves and cancels only the second dose.
func citizenAfterTheFirst(t *testing.T, h *house, o *owner) {
	t.Helper()
	o.lookUp()
	_, err := o.change("move the first", 1, o.start(1, 24*time.Hour))
	wantCode(t, err, fault.Conflict)
	_, err = o.change("too near", 2, o.start(2, -24*time.Hour)) // the interval counts from what was given
	wantCode(t, err, fault.Invalid)
	r, err := o.change("move the second", 2, o.start(2, 24*time.Hour))
	must(t, err)
	is(t, "the second dose moved", r, booking.Booked, o.start(1, 0), o.start(2, 24*time.Hour))
	for range 2 {
		_, err = o.cancelOn(h, "cancel")
		must(t, err)
	}
	h.clock.Add(time.Hour)
	must(t, h.Sweep(t.Context()))
	if now := h.patient(o); now.State != booking.Used {
		t.Errorf("after the second was cancelled the first is %s", now.State)
	}
	h.sound()
}

func TestWhoMissedMayComeBack(t *testing.T) { onBoth(t, testWhoMissedMayComeBack) }

func testWhoMissedMayComeBack(t *testing.T) { // rule K26
	t.Parallel()
	h := newHouseOf(t, t.TempDir(), clinicsOf(t, 2, 4))
	h.openGate()
	o := h.owner(1, "one")
	who := h.patient(o)
	h.clock.Add(o.start(1, 10*time.Minute).Sub(h.clock.Now()))
	_, err := h.attend(who, "too soon", clinic.Missed, h.clock.Now())
	wantCode(t, err, fault.Conflict)
	h.clock.Add(10 * time.Minute)
	_, err = h.attend(who, "missed", clinic.Missed, h.clock.Now())
	must(t, err)
	h.sound()
	o.lookUp()
	_, err = o.change("after that", 1, o.start(1, 24*time.Hour))
	wantCode(t, err, fault.NotFound)
	_, err = h.attend(who, "came late", clinic.Arrived, h.clock.Now())
	must(t, err)
	if now := h.patient(o); now.State != booking.Booked || !now.Missed.IsZero() {
		t.Errorf("who came late is %s", now.State)
	}
	h.sound()
	stranger := who
	stranger.Person = person.NewID(7, h.clock.Now())
	_, err = h.attend(stranger, "a stranger", clinic.Arrived, h.clock.Now())
	wantCode(t, err, fault.NotFound)
	_, err = h.Attend(t.Context(), clinicNurse("two"), store.AttendRequest{Key: key("elsewhere"), Clinic: "one", Person: who.Person, Number: who.Number, Dose: 1, Step: clinic.Arrived, At: h.clock.Now()})
	wantCode(t, err, fault.Forbidden)
	_, err = h.Attend(t.Context(), clinicNurse("two"), store.AttendRequest{Key: key("elsewhere"), Clinic: "two", Person: who.Person, Number: who.Number, Dose: 1, Step: clinic.Arrived, At: h.clock.Now()})
	wantCode(t, err, fault.NotFound) // not booked there
	if got := h.audited(staff.CheckIn); len(got) < 8 {
		t.Errorf("the audit says %q", got)
	}
}
