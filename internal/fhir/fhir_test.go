package fhir_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"naru/examples"
	"naru/internal/agency"
	"naru/internal/booking"
	"naru/internal/campaign"
	"naru/internal/clinic"
	"naru/internal/fhir"
)

var idForm = regexp.MustCompile(`^[A-Za-z0-9.-]{1,64}$`)

func TestIDsFitAndAreApart(t *testing.T) { // rule X2
	t.Parallel()
	campaigns := rapid.StringMatching(`[a-z0-9][a-z0-9-]{0,31}`)
	clinics := rapid.StringMatching(`[A-Za-z0-9][A-Za-z0-9._-]{0,39}`)
	rapid.Check(t, func(rt *rapid.T) {
		c, k := campaign.ID(campaigns.Draw(rt, "campaign")), clinic.ID(clinics.Draw(rt, "clinic"))
		other := clinic.ID(clinics.Draw(rt, "other"))
		at := time.Unix(rapid.Int64Range(0, 1<<33).Draw(rt, "at"), 0).UTC()
		status := rapid.SampledFrom([]fhir.Status{fhir.Free, fhir.Busy}).Draw(rt, "status")
		schedule := fhir.ScheduleID(c, k)
		slot := fhir.SlotID(schedule, at, status)
		for _, id := range []string{fhir.LocationID(k), schedule, slot} {
			if !idForm.MatchString(id) {
				rt.Fatalf("%q is no id of FHIR", id)
			}
		}
		if k != other && (fhir.LocationID(k) == fhir.LocationID(other) || schedule == fhir.ScheduleID(c, other)) {
			rt.Fatalf("%s and %s share an id", k, other)
		}
		if s, start, st, ok := fhir.ParseSlotID(slot); !ok || s != schedule || !start.Equal(at) || st != status {
			rt.Fatalf("%s is read as %s %s %s %v", slot, s, start, st, ok)
		}
	})
}

func FuzzParseSlotID(f *testing.F) {
	f.Add("covid19-2021-07-12.D00001.qwdvggf")
	f.Add(".-1f")
	f.Add("a.+1f")
	f.Fuzz(func(t *testing.T, id string) {
		if schedule, start, s, ok := fhir.ParseSlotID(id); ok && fhir.SlotID(schedule, start, s) != id {
			t.Errorf("%q is taken, and is written otherwise", id)
		}
	})
}

func TestSlotsTellPlacesApart(t *testing.T) { // rule X3
	t.Parallel()
	start := time.Date(2021, 7, 26, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		capacity, taken int
		want            string
	}{
		"all free":          {10, 0, "free 10"},
		"some taken":        {10, 4, "free 6, busy 4"},
		"full":              {10, 10, "busy 10"},
		"fuller than there": {10, 12, "busy 10"},
		"nothing":           {0, 0, ""},
	} {
		var got []string
		for _, s := range fhir.NewSlots("s", "https://x/c/1", fhir.Places{Start: start, End: start.Add(time.Hour), Capacity: c.capacity, Taken: c.taken}) {
			text, _ := json.Marshal(*s.Extension[0].Count)
			got = append(got, string(s.Status)+" "+string(text))
			if linked := strings.Contains(mustJSON(t, s), "booking-deep-link"); linked != (s.Status == fhir.Free) {
				t.Errorf("%s: a %s slot with a link to book: %v", name, s.Status, linked)
			}
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestHoursOfAWeek(t *testing.T) {
	t.Parallel()
	a, err := agency.Load(examples.AgencyYAML)
	if err != nil {
		t.Fatal(err)
	}
	k := &clinic.Clinic{ID: "A", Kind: clinic.Centre, Lunch: clinic.Span{From: 720, To: 780}}
	for day := 1; day <= 5; day++ {
		k.Hours[day] = clinic.Day{Open: 540, Close: 1440}
	}
	k.Hours[6] = clinic.Day{Open: 540, Close: 750}
	got := mustJSON(t, fhir.NewLocation(a, k, nil).Hours)
	want := `[{"daysOfWeek":["mon","tue","wed","thu","fri","sat"],"openingTime":"09:00:00","closingTime":"12:00:00"},` +
		`{"daysOfWeek":["mon","tue","wed","thu","fri"],"openingTime":"13:00:00","closingTime":"23:59:59"}]`
	if got != want {
		t.Errorf("hours\n%s, want\n%s", got, want)
	}
}

func TestAppointmentsNameNobody(t *testing.T) { // rule X4
	t.Parallel()
	c := &campaign.Campaign{ID: "c", Disease: "covid-19"}
	hold := booking.NewHoldID(7, time.Unix(1, 0))
	got := fhir.NewAppointment(c, fhir.Taken{Hold: hold, Dose: 2, Clinic: "A", State: booking.Cancelled}, time.Hour)
	text := mustJSON(t, got)
	if got.Status != "cancelled" || strings.Contains(text, string(hold)) || strings.Contains(text, "Patient") || len(got.Participant) != 1 {
		t.Errorf("appointment %s", text)
	}
	if fhir.AppointmentID(hold, 1) == fhir.AppointmentID(hold, 2) {
		t.Error("two doses share an id")
	}
	if fhir.Shown(booking.Moving) || !fhir.Shown(booking.Pending) {
		t.Error("a change under way is an appointment of its own, or a hold is none")
	}
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
