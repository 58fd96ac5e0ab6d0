package store_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"naru/internal/booking"
	"naru/internal/caldate"
	"naru/internal/fault"
	"naru/internal/person"
	"naru/internal/record"
	"naru/internal/staff"
)

const doseKey = booking.Key("0123456789abcdef")

// vaccinated makes a person who exists and a dose for them at a clinic.
func (h *house) vaccinated() (person.ID, record.Dose) {
	h.t.Helper()
	ses, err := h.Seat(h.t.Context(), campaignID, []person.Claim{h.citizen(1).claim})
	must(h.t, err)
	clinics := h.Directory().Clinics()
	return person.ID(ses[0].Person), record.Dose{Product: "MOD", Number: 1, Of: 2, Day: caldate.MustParse("2021-07-11"), Lot: "L4711", Clinic: string(clinics[0].ID)}
}

func TestADoseIsRecordedOnce(t *testing.T) { onBoth(t, testADoseIsRecordedOnce) }

func testADoseIsRecordedOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, c := h.signedIn()
	id, d := h.vaccinated()
	ids := make([]record.ID, 8)
	var wg sync.WaitGroup
	for i := range ids {
		wg.Go(func() {
			e, err := h.RecordDose(t.Context(), c, id, d, doseKey)
			if err != nil {
				t.Error(err)
			}
			ids[i] = e.ID
		})
	}
	wg.Wait()
	r, err := h.RecordOf(t.Context(), id)
	must(t, err)
	if len(r.Lines) != 1 || r.Lines[0].ID != ids[0] || r.Lines[0].Dose.Lot != "L4711" || r.Lines[0].Author.Staff != string(c.ID) {
		t.Fatalf("record %+v", r)
	}
	other := d
	other.Lot = "L4712"
	if _, err := h.RecordDose(t.Context(), c, id, other, doseKey); fault.CodeOf(err) != fault.KeyReused {
		t.Errorf("another dose with the key: %v", err)
	}
	if _, err := h.RecordDose(t.Context(), c, id, other, doseKey+"2"); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("the same dose with another key: %v", err)
	}
	if _, err := h.RecordDose(t.Context(), c, person.NewID(3, h.clock.Now()), d, doseKey); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("of nobody: %v", err)
	}
}

func TestACorrectionKeepsWhatWasThere(t *testing.T) { onBoth(t, testACorrectionKeepsWhatWasThere) }

func testACorrectionKeepsWhatWasThere(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, c := h.signedIn()
	id, d := h.vaccinated()
	first, err := h.RecordDose(t.Context(), c, id, d, doseKey)
	must(t, err)
	right := d
	right.Product = "PFZ"
	second, err := h.CorrectRecord(t.Context(), c, id, first.ID, record.Fact{Dose: &right}, record.WrongProduct, doseKey+"2")
	must(t, err)
	again, err := h.CorrectRecord(t.Context(), c, id, first.ID, record.Fact{Dose: &right}, record.WrongProduct, doseKey+"2")
	if err != nil || again.ID != second.ID {
		t.Errorf("again: %v %v", again.ID, err)
	}
	_, err = h.CorrectRecord(t.Context(), c, id, second.ID, record.Fact{}, record.NotGiven, doseKey+"3")
	must(t, err)
	h.restart()
	r, err := h.RecordOf(t.Context(), id)
	must(t, err)
	if len(r.Lines) != 3 || len(r.Standing()) != 0 || r.Lines[0].Dose.Product != "MOD" || r.Lines[1].Reason != record.WrongProduct {
		t.Errorf("record %+v", r)
	}
}

func TestAClinicWritesAndCorrectsItsOwn(t *testing.T) { onBoth(t, testAClinicWritesAndCorrectsItsOwn) }

func testAClinicWritesAndCorrectsItsOwn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, admin := h.signedIn()
	id, d := h.vaccinated()
	at := func(clinic string) staff.Caller {
		c := admin
		c.Grants = []staff.Grant{{Role: staff.Clinic, Scope: staff.Scope{Clinic: clinic}}}
		return c
	}
	elsewhere := string(h.Directory().Clinics()[1].ID)
	if _, err := h.RecordDose(t.Context(), at(elsewhere), id, d, doseKey); fault.CodeOf(err) != fault.Forbidden {
		t.Errorf("for another clinic: %v", err)
	}
	e, err := h.RecordDose(t.Context(), at(d.Clinic), id, d, doseKey)
	must(t, err)
	if _, err := h.CorrectRecord(t.Context(), at(elsewhere), id, e.ID, record.Fact{}, record.NotGiven, doseKey+"2"); fault.CodeOf(err) != fault.Forbidden {
		t.Errorf("another clinic corrects: %v", err)
	}
	if _, err := h.RecordFor(t.Context(), at(elsewhere), h.PlaceOf(d.Clinic), id); fault.CodeOf(err) != fault.Forbidden {
		t.Errorf("another clinic looks: %v", err)
	}
	if _, err := h.CorrectRecord(t.Context(), at(d.Clinic), id, e.ID, record.Fact{}, record.NotGiven, doseKey+"3"); err != nil {
		t.Errorf("its own: %v", err)
	}
	got := strings.Join(h.audited(staff.RecordDose), ",")
	if want := "refused forbidden,asked,done,refused forbidden,refused forbidden,asked,done"; got != want {
		t.Errorf("the audit says %q, want %q", got, want)
	}
}

func TestHealthFactsAreSealed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, c := h.signedIn()
	id, d := h.vaccinated()
	_, err := h.RecordDose(t.Context(), c, id, d, doseKey)
	must(t, err)
	must(t, h.Close())
	files, err := filepath.Glob(filepath.Join(h.dir, "record.db*"))
	must(t, err)
	seen := false
	for _, f := range files {
		raw, err := os.ReadFile(f)
		must(t, err)
		seen = seen || bytes.Contains(raw, []byte(id))
		for _, secret := range []string{"L4711", "MOD", "2021-07-11", d.Clinic} {
			if bytes.Contains(raw, []byte(secret)) {
				t.Errorf("%s holds %q in clear", filepath.Base(f), secret)
			}
		}
	}
	if !seen {
		t.Error(fmt.Sprint("the person is in none of ", files))
	}
}
