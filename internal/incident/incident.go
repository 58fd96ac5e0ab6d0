// Package incident is what is broken, since when, and what people may do meanwhile.
//
// It promises that one sentence is the source for scanners, wallets, consoles and
// pages; that nothing which was said is taken back, only added to; that nobody can
// call working what a probe sees failing; and that "was it failing there at that
// time?" is answered yes or no only by what was recorded, and else unknown. It sends
// nothing and probes nothing. Rules N1-N6 in docs/rules/incident.md.
package incident

import (
	"slices"
	"time"

	"naru/internal/fault"
)

// ID is an incident's public number.
type ID string

// Channel is a part of the service as people meet it: "booking", "issuing",
// "register", "partner:a", "provider:code".
type Channel string

// Text is a sentence by language.
type Text map[string]string

// Degree is how bad it is.
type Degree string

// The degrees, from best to worst.
const (
	Working  Degree = "working"
	Degraded Degree = "degraded" // slow, or for some
	Down     Degree = "down"
)

var order = []Degree{Working, Degraded, Down}

// Worse is the worse of two degrees.
func Worse(a, b Degree) Degree {
	if slices.Index(order, a) < slices.Index(order, b) {
		return b
	}
	return a
}

// Area is regions of the highest level; none is everywhere.
type Area []string

// Covers reports that a region lies in the area. Where somebody is may be unknown:
// then only what holds everywhere covers them.
func (a Area) Covers(region string) bool { return len(a) == 0 || slices.Contains(a, region) }

// Incident is something that is or was broken.
type Incident struct {
	ID       ID        `json:"id"`
	Channels []Channel `json:"channels"`
	Area     Area      `json:"area,omitempty"`
	Degree   Degree    `json:"degree"`
	Began    time.Time `json:"began"`           // as far as is known; may be before it was declared
	Ended    time.Time `json:"ended,omitzero"`  // zero: not over
	Declared time.Time `json:"declared"`        // when it was first said
	Updates  []Update  `json:"updates"`         // the first declares it
	Modes    []Mode    `json:"modes,omitempty"` // what may be done meanwhile
}

// Update is one thing that was said about an incident. It is never changed.
type Update struct {
	At     time.Time `json:"at"`
	By     string    `json:"by"` // staff id
	Degree Degree    `json:"degree"`
	Says   Text      `json:"says"`
}

// Mode is what is acceptable while an incident lasts, or for a while after it: one
// sentence for everybody who asks (rule N4).
type Mode struct {
	ID      string    `json:"id"`
	Channel Channel   `json:"channel"` // for whom: those who would use it
	Area    Area      `json:"area,omitempty"`
	From    time.Time `json:"from"`
	Until   time.Time `json:"until,omitzero"`
	Accept  []Means   `json:"accept"`
	Says    Text      `json:"says"`
}

// Means is a way to enter, or to write a visit down, that a mode allows.
type Means string

// The means.
const (
	PaperProof  Means = "paper_proof" // a printed certificate with an ID
	Sticker     Means = "sticker"     // on an ID
	VisualCheck Means = "visual"      // the wallet's screen, by eye
	TestNotice  Means = "test_notice" // the SMS about a test
	OralAnswer  Means = "oral"        // asked and answered
	Call        Means = "call"        // a call check-in, as a visit
	Handwritten Means = "handwritten" // the paper register
)

// AllMeans lists every means.
var AllMeans = []Means{PaperProof, Sticker, VisualCheck, TestNotice, OralAnswer, Call, Handwritten}

// Open reports that it is not over at a moment.
func (i Incident) Open(at time.Time) bool { return i.holds(at) && i.Ended.IsZero() }

// holds reports that it lasted at a moment.
func (i Incident) holds(at time.Time) bool {
	return !at.Before(i.Began) && (i.Ended.IsZero() || at.Before(i.Ended))
}

// DegreeAt is how bad it was said to be at a moment, as is known now.
func (i Incident) DegreeAt(at time.Time) Degree {
	if !i.holds(at) {
		return Working
	}
	d := i.Updates[0].Degree // what began before it was declared was as bad
	for _, u := range i.Updates {
		if !u.At.After(at) {
			d = u.Degree
		}
	}
	return d
}

// Declare begins an incident. began may lie in the past, not in the future. Codes:
// Invalid, with the field.
func Declare(id ID, channels []Channel, area Area, began time.Time, first Update, languages []string) (Incident, error) {
	if len(channels) == 0 {
		return Incident{}, fault.New(fault.Invalid, "incident.no_channel").With("Field", "channels")
	}
	if began.After(first.At) {
		return Incident{}, fault.New(fault.Invalid, "incident.not_begun").With("Field", "began")
	}
	if err := first.check(languages); err != nil {
		return Incident{}, err
	}
	if first.Degree == Working {
		return Incident{}, fault.New(fault.Invalid, "incident.degree_bad").With("Field", "degree")
	}
	return Incident{
		ID: id, Channels: channels, Area: area, Degree: first.Degree, Began: began, Declared: first.At, Updates: []Update{first},
	}, nil
}

func (u Update) check(languages []string) error {
	for _, lang := range languages {
		if u.Says[lang] == "" {
			return fault.New(fault.Invalid, "incident.no_sentence").With("Field", "says").With("Language", lang)
		}
	}
	if !slices.Contains(order, u.Degree) {
		return fault.New(fault.Invalid, "incident.degree_bad").With("Field", "degree")
	}
	return nil
}

// With adds what is known now. One whose degree is Working ends the incident at
// ended, which lies between its beginning and the update. Codes: Invalid; Conflict for
// an incident that is over.
func (i Incident) With(u Update, ended time.Time, languages []string) (Incident, error) {
	if !i.Ended.IsZero() {
		return i, fault.New(fault.Conflict, "incident.over")
	}
	if err := u.check(languages); err != nil {
		return i, err
	}
	if u.At.Before(i.Updates[len(i.Updates)-1].At) {
		return i, fault.New(fault.Invalid, "incident.out_of_order")
	}
	over := u.Degree == Working
	if over && (ended.Before(i.Began) || ended.After(u.At)) || !over && !ended.IsZero() {
		return i, fault.New(fault.Invalid, "incident.end_bad").With("Field", "ended")
	}
	i.Updates = append(slices.Clone(i.Updates), u)
	i.Degree = u.Degree
	if over {
		i.Ended = ended
	}
	return i, nil
}
