// Package entry answers the one question at a door: may who shows this code come in?
// It puts together what others decide: whether the code is genuine (pass, credential)
// and whether that is enough here and now (rule).
//
// It promises three answers; that what is not known is never NOT VALID; that a code
// which can be copied is never enough by itself, but asks for a look at an ID; and that
// an old bundle still answers. It asks nobody, keeps nothing and reads no clock. It is
// the same code on a server and in a scanner's browser. Rules Q40 to Q51 in
// docs/rules/scan.md.
package entry

import (
	"slices"
	"time"

	"naru/internal/bundle"
	"naru/internal/credential"
	"naru/internal/fault"
	"naru/internal/incident"
	"naru/internal/pass"
	"naru/internal/rule"
)

// Known is what a scanner brings with it: one bundle, opened. Safe for concurrent use.
type Known struct {
	*bundle.Bundle
	trust *credential.Trust // of certificates that can be copied
}

// With takes a bundle. A trust list without a key for certificates leaves those CANNOT
// TELL and does not stop passes.
func With(b *bundle.Bundle) (*Known, error) {
	if b.Rules() == nil {
		return nil, fault.New(fault.Unavailable, "entry.no_rules")
	}
	trust, _, err := credential.ParseBundle(b.Trust)
	if err != nil {
		trust = credential.NewTrust()
	}
	return &Known{b, trust}, nil
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

// Acceptable are the modes in force, the newest first: what may be done meanwhile, on
// whatever channel, since who stands at a door does not know which part is broken.
func (k *Known) Acceptable(at time.Time, region string) (found []incident.Mode) {
	for _, m := range k.Modes {
		if m.Area.Covers(region) && !at.Before(m.From) && (m.Until.IsZero() || at.Before(m.Until)) {
			found = append(found, m)
		}
	}
	slices.SortStableFunc(found, func(a, b incident.Mode) int { return b.From.Compare(a.From) })
	return found
}

// ruled asks the rules about what was shown.
func (k *Known) ruled(q Question, passes []pass.Verified, shown []rule.Facts) Verdict {
	v := k.Bundle.Judge(passes, rule.Question{At: q.At, Facility: q.Facility, Region: q.Region, Shown: shown, Party: q.Party})
	said := Verdict{Outcome: v.Outcome, Reason: "rule." + v.Reason, Sentence: v.Sentence}
	switch v.Reason {
	case string(pass.StaleTrust), string(pass.Clock):
		said.Reason, said.Sentence = "pass."+v.Reason, nil
	}
	if !v.Until.IsZero() {
		said.Until = v.Until.String()
	}
	return said
}

// Counts tells that at a kind of facility it matters how many people come together.
func (k *Known) Counts(facility string) bool {
	return slices.ContainsFunc(k.Rules().Gatherings, func(g rule.Gathering) bool { return slices.Contains(g.Facilities, facility) })
}

// Reasons are all ids of the catalogue that a Verdict can have where it has no sentence of
// the rules: what a scanner must be able to say without a network.
func Reasons() []string {
	ids := []string{momentUnknown}
	for _, r := range pass.Reasons() {
		ids = append(ids, "pass."+string(r))
	}
	for _, r := range credential.Reasons() {
		ids = append(ids, "credential."+string(r))
	}
	return ids
}

// momentUnknown is the reason where a certificate does not say the moment from which the
// rules count.
const momentUnknown = "entry.moment_unknown"
