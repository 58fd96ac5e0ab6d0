package visit

import (
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"naru/internal/fault"
)

// Case is an investigation of one facility and span (rule V11).
type Case struct {
	ID       string // random
	Number   string // of the agency's case file
	Reason   string
	Facility FacilityID
	From, To time.Time // whole minutes; To is outside
}

// Bounds of a case: the minimum comes out.
const (
	MaxSpan       = 24 * time.Hour
	maxCaseReason = 200 // characters
)

var caseNumber = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z/-]{2,39}$`)

// NewCase checks what an investigator asks for. Every fault is of code Invalid and names
// the field.
func NewCase(number, reason string, f FacilityID, from, to, now time.Time) (Case, []error) {
	c := Case{
		ID: newID(), Number: strings.TrimSpace(number), Reason: strings.Join(strings.Fields(reason), " "), Facility: f,
		From: from.Truncate(time.Minute), To: to.Truncate(time.Minute),
	}
	var faults []error
	wrong := func(field, message string, bad bool) {
		if bad {
			faults = append(faults, fault.New(fault.Invalid, message).With("Field", field))
		}
	}
	wrong("number", "visit.case_number_bad", !caseNumber.MatchString(c.Number))
	wrong("reason", "visit.case_reason_bad", c.Reason == "" || utf8.RuneCountInString(c.Reason) > maxCaseReason)
	wrong("from", "visit.case_from_bad", c.From.After(now) || now.Sub(c.From) > (KeptDays+1)*24*time.Hour)
	wrong("to", "visit.case_to_bad", !c.From.Before(c.To) || c.To.Sub(c.From) > MaxSpan)
	return c, faults
}

// Opening is what became of one visit of a case.
type Opening struct {
	Visit     ID
	At        time.Time
	People    int
	Elsewhere int     // other places that were shown the same token (rule V7)
	Usable    bool    // the issuer vouched for it, for about then
	Contact   Contact // the zero one of an unusable
}

// Judge tells what an opened visit is worth: unusable where the issuer did not vouch for
// it or the minute is another, by any of the issuer's keys.
func Judge(issuers [][]byte, v Visit, c Contact, opened bool) Opening {
	o := Opening{Visit: v.ID, At: v.At, People: v.People}
	for _, key := range issuers {
		if opened && c.Usable(key, v) == nil {
			o.Usable, o.Contact = true, c
		}
	}
	return o
}
