// Package record is the immunisation record of a person: doses, tests, recoveries and
// exemptions, and what of them stands.
//
// It promises that nothing is ever taken out: a correction is an entry of its own that
// supersedes one before it, with its reason and its author, so that everybody can read
// what was believed when. It never reads who a person is; people are random ids. Rules
// D1-D10 in docs/rules/record.md.
package record

import (
	"slices"
	"time"

	"naru/internal/fault"
)

// ID names an entry of a person. It is made of the key with which the entry was asked
// for, so that the same request is the same entry.
type ID string

// Entry is one line of a record. Entries are never changed. As JSON it is what is sealed:
// id, number and time are kept beside it.
type Entry struct {
	ID         ID        `json:"-"`
	Seq        int       `json:"-"` // from 1, in the order in which they were written
	At         time.Time `json:"-"` // when it was written
	Author     Author    `json:"author"`
	Supersedes ID        `json:"supersedes,omitzero"` // of a correction
	Reason     Reason    `json:"reason,omitzero"`     // of a correction
	Fact
}

// Author is who wrote an entry.
type Author struct {
	Staff  string `json:"staff,omitzero"`  // id of a member of staff
	Clinic string `json:"clinic,omitzero"` // where they wrote it
	Source string `json:"source,omitzero"` // of what came from elsewhere: "import:" and the digest of the file
}

// Reason is why an entry is corrected.
type Reason string

// The reasons.
const (
	WrongPerson  Reason = "wrong_person"  // it is somebody else's
	WrongProduct Reason = "wrong_product" // another vaccine or test
	WrongDate    Reason = "wrong_date"    // another day
	WrongDetail  Reason = "wrong_detail"  // lot, site, number, clinic
	NotGiven     Reason = "not_given"     // it did not happen
	WrittenTwice Reason = "written_twice" // another entry says the same
	NewResult    Reason = "new_result"    // a laboratory reported again
)

// Reasons lists every reason, as pages show them.
var Reasons = []Reason{WrongPerson, WrongProduct, WrongDate, WrongDetail, NotGiven, WrittenTwice, NewResult}

// Line is an entry and what became of it.
type Line struct {
	Entry
	By ID // the correction that superseded it, "" while it stands
}

// Record is all entries of a person, in the order in which they were written.
type Record struct{ Lines []Line }

// Of folds entries into a record (rule D2).
func Of(entries []Entry) Record {
	entries = slices.Clone(entries)
	slices.SortFunc(entries, func(a, b Entry) int { return a.Seq - b.Seq })
	var r Record
	for _, e := range entries {
		if i := r.index(e.Supersedes); i >= 0 {
			r.Lines[i].By = e.ID
		}
		r.Lines = append(r.Lines, Line{Entry: e})
	}
	return r
}

// Standing are the entries that say what is so today: not superseded, and no
// withdrawals; by the day they are about, then as they were written.
func (r Record) Standing() []Entry {
	var all []Entry
	for _, l := range r.Lines {
		if l.By == "" && l.Kind() != Withdrawn {
			all = append(all, l.Entry)
		}
	}
	slices.SortStableFunc(all, func(a, b Entry) int { return a.OfDay().Compare(b.OfDay()) })
	return all
}

// Doses are the standing entries of doses against a disease, by day.
func (r Record) Doses(disease string) []Entry {
	return slices.DeleteFunc(r.Standing(), func(e Entry) bool { return e.Dose == nil || e.Dose.Disease != disease })
}

// Find reads an entry.
func (r Record) Find(id ID) (Line, bool) {
	if i := r.index(id); i >= 0 {
		return r.Lines[i], true
	}
	return Line{}, false
}

func (r Record) index(id ID) int {
	if id == "" {
		return -1
	}
	return slices.IndexFunc(r.Lines, func(l Line) bool { return l.ID == id })
}

// May decides whether an entry may be written (rules D3-D5): what it corrects must be
// there and stand, and no two standing entries may say the same dose. Codes: NotFound,
// Conflict, Invalid (the reason).
func (r Record) May(e Entry) error {
	if e.Supersedes == "" && e.Kind() == Withdrawn {
		return fault.New(fault.Invalid, "record.nothing_said").With("Field", "kind")
	}
	if e.Supersedes != "" {
		if !slices.Contains(Reasons, e.Reason) {
			return fault.New(fault.Invalid, "record.reason_needed").With("Field", "reason")
		}
		switch was, ok := r.Find(e.Supersedes); {
		case !ok:
			return fault.New(fault.NotFound, "record.entry_unknown")
		case was.By != "":
			return fault.New(fault.Conflict, "record.corrected_before")
		case was.Kind() == Withdrawn:
			return fault.New(fault.Conflict, "record.withdrawn_before")
		}
	}
	return r.mayDose(e)
}

// mayDose refuses a dose that stands already: the same number of the same disease, or
// two of a disease on one day.
func (r Record) mayDose(e Entry) error {
	if e.Dose == nil {
		return nil
	}
	for _, was := range r.Doses(e.Dose.Disease) {
		if was.ID == e.Supersedes {
			continue
		}
		if was.Dose.Number == e.Dose.Number || was.Dose.Day == e.Dose.Day {
			return fault.New(fault.Conflict, "record.dose_twice").With("Number", was.Dose.Number).With("Day", was.Dose.Day.String())
		}
	}
	return nil
}
