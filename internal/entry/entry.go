// Package entry answers the one question at a door: may who shows this code come in?
// It puts together what others decide: whether the code is genuine (pass, credential)
// and whether that is enough here and now (rule).
//
// It promises three answers; that what is not known is never NOT VALID; that a code
// which can be copied is never enough by itself, but asks for a look at an ID; and that
// an old bundle still answers. It asks nobody, keeps nothing and reads no clock. It is
// the same code on a server and in a scanner's browser. Rules Q40 to Q47 in
// docs/rules/scan.md.
package entry

import (
	"slices"
	"time"

	"naru/internal/credential"
	"naru/internal/incident"
	"naru/internal/pass"
	"naru/internal/rule"
)

// Known is what a scanner brings with it: the content of one bundle.
type Known struct {
	Version uint64
	Issued  time.Time
	Passes  *pass.Trust
	Trust   *credential.Trust
	Rules   *rule.Set
	Modes   []incident.Mode
}

// Question is one look at a code, and where that is.
type Question struct {
	Texts    []string // of the code; several only for a card in several codes
	At       time.Time
	Facility string
	Region   string
	Party    rule.Party
	Nonce    []byte   // what the scanner asked for; nil: nothing
	Answered [][]byte // what it asked before and had an answer to
}

// Verdict is the answer. Sentence is the rules' own; where it is empty, Reason is an id of
// the catalogue of messages.
type Verdict struct {
	Outcome  rule.Outcome `json:"outcome"`
	Reason   string       `json:"reason"`
	Sentence rule.Text    `json:"sentence,omitempty"`
	Until    string       `json:"until,omitempty"` // the last day of the proof
	Form     string       `json:"form"`            // pass, hc1, shc; "" for what is none
	Holder   *Holder      `json:"holder,omitempty"`
	SeeID    bool         `json:"see_id,omitempty"` // VALID only for who has an ID in this name
	Ask      bool         `json:"ask,omitempty"`    // ask for a number: a live pass answers it
	More     bool         `json:"more,omitempty"`   // one code of several: show the next
}

// Holder is whom a code names. It is for the eyes at the door and is kept nowhere.
type Holder struct {
	Name string `json:"name"`
	Born string `json:"born"`
}

// Judge answers a question (rules Q40 to Q45).
func (k *Known) Judge(q Question) Verdict {
	if len(q.Texts) == 1 && pass.IsPass(q.Texts[0]) {
		return k.pass(q)
	}
	return k.certificate(q)
}

// Acceptable are the modes in force, the newest first: what may be done meanwhile.
func (k *Known) Acceptable(at time.Time, region string) (found []incident.Mode) {
	for i := len(k.Modes) - 1; i >= 0; i-- {
		m := k.Modes[i]
		if m.Area.Covers(region) && !at.Before(m.From) && (m.Until.IsZero() || at.Before(m.Until)) {
			found = append(found, m)
		}
	}
	return found
}

// Old is the age from which a bundle says how old it is (rule Q44): a scanner that had
// the network once in a day has a newer one.
const Old = 24 * time.Hour

// Age is how old the bundle is; never negative, whatever the clock says.
func (k *Known) Age(at time.Time) time.Duration { return max(at.Sub(k.Issued), 0) }

// ruled asks the rules about what was shown.
func (k *Known) ruled(q Question, at time.Time, shown []rule.Facts) Verdict {
	v := k.Rules.Judge(rule.Question{At: at, Facility: q.Facility, Region: q.Region, Shown: shown, Party: q.Party})
	said := Verdict{Outcome: v.Outcome, Reason: "rule." + v.Reason, Sentence: v.Sentence}
	if !v.Until.IsZero() {
		said.Until = v.Until.String()
	}
	return said
}

// Counts tells that at a kind of facility it matters how many people come together.
func (k *Known) Counts(facility string) bool {
	return slices.ContainsFunc(k.Rules.Gatherings, func(g rule.Gathering) bool { return slices.Contains(g.Facilities, facility) })
}
