// Package rule says whether somebody may enter: dated rule sets by kind of facility
// and region, over the proofs they show.
//
// It promises three answers and never a fourth: VALID, NOT VALID with the reason, and
// CANNOT TELL with what to do instead. What is missing, cannot be read or is out of
// date is never NOT VALID. It checks no signature, reads no clock and asks nobody:
// who calls it has verified the proofs and says what time it is. It is the same code
// on a server, on the command line and in a scanner's browser. Rules L1-L12 in
// docs/rules/rule.md.
package rule

import (
	"time"

	"naru/internal/caldate"
	"naru/internal/certlogic"
)

// Text is a sentence by language.
type Text map[string]string

// Set is one country's rules, as signed and handed to scanners. Values made by Read
// satisfy every rule of docs/rules/rule.md and do not change.
type Set struct {
	ID           string        `json:"id"`
	Zone         string        `json:"zone"`    // in which days begin and end, for people
	Offsets      []Offset      `json:"offsets"` // the same for programs: a scanner has no table of zones
	Title        Text          `json:"title"`
	From         time.Time     `json:"from"` // nothing is known of the time before
	Facilities   []Facility    `json:"facilities"`
	Proofs       []Proof       `json:"proofs"`
	Requirements []Requirement `json:"requirements"`
	Gatherings   []Gathering   `json:"gatherings"`
	Penalties    []Penalty     `json:"penalties"`
	Waivers      []Waiver      `json:"waivers"`
	Sentences    Sentences     `json:"sentences"`
}

// Offset is how far local time is ahead of UTC from a moment on.
type Offset struct {
	From    time.Time `json:"from"`
	Seconds int       `json:"seconds"`
}

// Facility is a kind of place.
type Facility struct {
	ID   string `json:"id"`
	Name Text   `json:"name"`
}

// Proof is one way to show that one may enter, while it is in force. Several with one
// ID follow each other in time.
type Proof struct {
	ID   string `json:"id"`
	Kind string `json:"kind"` // of the facts it is about: vaccination, test, recovery, exemption, person, call
	Name Text   `json:"name"`
	Span
	Applies Logic   `json:"applies"`          // whether these facts are such a proof at all
	Checks  []Check `json:"checks"`           // in order
	Begins  *Logic  `json:"begins,omitempty"` // the first day it holds; none: at once
	Ends    *Logic  `json:"ends,omitempty"`   // the last day it holds, to 24:00; none: no end
	Early   Text    `json:"early,omitempty"`  // the sentence before the first day
	Over    Text    `json:"over,omitempty"`   // the sentence after the last day
}

// Check is a condition with the sentence that is shown when it is not met.
type Check struct {
	ID       string `json:"id"`
	Logic    Logic  `json:"logic"`
	Sentence Text   `json:"sentence"`
}

// Requirement says which proofs are asked for at facilities.
type Requirement struct {
	ID string `json:"id"`
	Span
	Area
	Facilities []string  `json:"facilities"`
	Accept     []string  `json:"accept"`               // ids of proofs
	Alone      bool      `json:"alone,omitempty"`      // one person alone needs none
	GraceUntil time.Time `json:"grace_until,omitzero"` // before it nobody is fined
}

// Gathering bounds how many people come together.
type Gathering struct {
	ID string `json:"id"`
	Span
	Area
	Facilities []string `json:"facilities"`
	Most       int      `json:"most"`
	Without    int      `json:"without"` // of them, people without a proof
	Sentence   Text     `json:"sentence"`
}

// Penalty is what it costs to break the rules.
type Penalty struct {
	Span
	User        int   `json:"user"`         // each time, in the country's money
	Operator    []int `json:"operator"`     // the first time, the second, ...; the last one repeats
	ClosureDays []int `json:"closure_days"` // the first time, the second, ...
	Order       int   `json:"order"`        // the time at which the facility is closed for good
}

// Waiver is a time in which nobody is fined, and why.
type Waiver struct {
	ID string `json:"id"`
	Span
	Area
	Cause    bool `json:"cause,omitempty"` // only where the failure made it impossible, in the recorded hours
	Sentence Text `json:"sentence"`
}

// Sentences are those of the engine itself.
type Sentences struct {
	Free     Text `json:"free"`     // no proof is asked for here
	Alone    Text `json:"alone"`    // one person alone
	None     Text `json:"none"`     // nothing that is accepted was shown
	Unknown  Text `json:"unknown"`  // the rule cannot be worked out
	Outdated Text `json:"outdated"` // a time of which the set knows nothing
	NoPlace  Text `json:"no_place"` // the kind of facility is not known
}

// Span is from a moment to another; without until it has no end.
type Span struct {
	From  time.Time `json:"from"`
	Until time.Time `json:"until,omitzero"`
}

// holds reports whether a moment is in the span, From included, Until not.
func (s Span) holds(at time.Time) bool {
	return !at.Before(s.From) && (s.Until.IsZero() || at.Before(s.Until))
}

// Area is regions of the highest level: those named, or all but those named. The zero
// area is everywhere.
type Area struct {
	Regions []string `json:"regions,omitempty"`
	Except  []string `json:"except,omitempty"`
}

func (a Area) covers(region string) bool {
	for _, r := range a.Except {
		if r == region {
			return false
		}
	}
	for _, r := range a.Regions {
		if r == region {
			return true
		}
	}
	return len(a.Regions) == 0
}

// bounded reports that it matters where one is.
func (a Area) bounded() bool { return len(a.Regions)+len(a.Except) > 0 }

// Logic is a CertLogic expression, checked.
type Logic struct {
	source []byte
	expr   *certlogic.Expression
}

// Local is a moment as the clock on the wall shows it.
func (s *Set) Local(at time.Time) time.Time {
	seconds := 0
	for _, o := range s.Offsets {
		if o.From.After(at) {
			break
		}
		seconds = o.Seconds
	}
	return at.In(time.FixedZone("", seconds))
}

// today is the day a moment lies in.
func (s *Set) today(at time.Time) caldate.Date {
	local := s.Local(at)
	return caldate.Of(local, local.Location())
}
