package rule

import (
	"slices"
	"time"

	"naru/internal/caldate"
)

// Outcome is one of three.
type Outcome string

// The outcomes.
const (
	Valid      Outcome = "VALID"
	NotValid   Outcome = "NOT VALID"
	CannotTell Outcome = "CANNOT TELL"
)

// Facts are what one verified proof says, in the words of docs/rules/rule.md:
// {"kind": "vaccination", "product": "PFZ", "dose": 2, "of": 2, "date": "2021-07-10"}.
// Times are local, without a zone. Values are as certlogic.Decode gives them.
type Facts map[string]any

func (f Facts) kind() string { kind, _ := f["kind"].(string); return kind }

// Question is who wants to enter where.
type Question struct {
	At       time.Time
	Facility string
	Region   string  // code of the highest level; "" where it is not known
	Shown    []Facts // all that one person shows
	Party    Party
}

// Party is the people who come together, the person included.
type Party struct {
	People  int // 0: not counted
	Without int // of them, without a proof, the person not included
}

// Verdict is the answer, with the sentence for people.
type Verdict struct {
	Outcome  Outcome      `json:"outcome"`
	Reason   string       `json:"reason"` // id of what decided
	Sentence Text         `json:"sentence"`
	Proof    string       `json:"proof,omitempty"`   // by which one may enter
	Until    caldate.Date `json:"until,omitzero"`    // the last day it holds, to 24:00
	Fined    bool         `json:"fined"`             // breaking the rule costs something at that moment
	Waiver   Text         `json:"waiver,omitempty"`  // why it does not
	Rule     string       `json:"rule,omitempty"`    // id of the requirement that applies
	Steps    []Step       `json:"steps,omitempty"`   // how it was worked out
	Penalty  *Penalty     `json:"penalty,omitempty"` // in force
}

// Step is one thing that was looked at.
type Step struct {
	Proof string `json:"proof,omitempty"` // id
	Check string `json:"check"`
	Says  string `json:"says"` // yes, no, or why it cannot be told
}

// Judge answers a question (rules L4 to L9).
func (s *Set) Judge(q Question) Verdict {
	if q.At.Before(s.From) {
		return Verdict{Outcome: CannotTell, Reason: "outdated", Sentence: s.Sentences.Outdated}
	}
	if !slices.ContainsFunc(s.Facilities, func(f Facility) bool { return f.ID == q.Facility }) {
		return Verdict{Outcome: CannotTell, Reason: "no_place", Sentence: s.Sentences.NoPlace}
	}
	j := &judgement{set: s, q: q}
	v := j.decide()
	v.Steps = j.steps
	s.consequences(&v, q)
	return v
}

// judgement is one question while it is worked out.
type judgement struct {
	set   *Set
	q     Question
	steps []Step
}

func (j *judgement) step(proof, check, says string) {
	j.steps = append(j.steps, Step{proof, check, says})
}

func (j *judgement) decide() Verdict {
	s, q := j.set, j.q
	if g, found := s.gathering(q); found && q.Party.People > g.Most {
		return Verdict{Outcome: NotValid, Reason: g.ID, Sentence: g.Sentence}
	}
	r, found := s.requirement(q)
	if !found {
		if q.Region == "" && s.dependsOnRegion(q) {
			return Verdict{Outcome: CannotTell, Reason: "unknown", Sentence: s.Sentences.Unknown}
		}
		return Verdict{Outcome: Valid, Reason: "free", Sentence: s.Sentences.Free}
	}
	v := j.shown(r)
	v.Rule = r.ID
	if v.Outcome == Valid {
		return v
	}
	if r.Alone && q.Party.People == 1 {
		return Verdict{Outcome: Valid, Reason: "alone", Sentence: s.Sentences.Alone, Rule: r.ID}
	}
	if g, found := s.gathering(q); found && q.Party.People > 1 && q.Party.Without < g.Without {
		return Verdict{Outcome: Valid, Reason: g.ID, Sentence: s.Sentences.Alone, Rule: r.ID}
	}
	return v
}

// shown looks at everything that was shown; the best of it counts.
func (j *judgement) shown(r Requirement) Verdict {
	best := Verdict{Outcome: NotValid, Reason: "none", Sentence: j.set.Sentences.None}
	for _, facts := range j.q.Shown {
		if !j.set.knows(facts.kind()) { // of tomorrow, or broken
			j.step("", "kind", "cannot tell: not known")
			if v := (Verdict{Outcome: CannotTell, Reason: "unknown", Sentence: j.set.Sentences.Unknown}); better(v, best) {
				best = v
			}
		}
		for _, p := range j.set.Proofs {
			if p.Kind != facts.kind() || !p.holds(j.q.At) {
				continue
			}
			accepted := slices.Contains(r.Accept, p.ID)
			v, applies := j.proof(p, facts, accepted)
			if applies && better(v, best) {
				best = v
			}
		}
	}
	return best
}

func (s *Set) knows(kind string) bool {
	return slices.ContainsFunc(s.Proofs, func(p Proof) bool { return p.Kind == kind })
}

// better prefers VALID, then what cannot be told, then a reason over none.
func better(a, b Verdict) bool {
	rank := func(v Verdict) int {
		switch {
		case v.Outcome == Valid && v.Until.IsZero():
			return 4 // without end
		case v.Outcome == Valid:
			return 3
		case v.Outcome == CannotTell:
			return 2
		case v.Reason != "none":
			return 1
		}
		return 0
	}
	if rank(a) == rank(b) && a.Outcome == Valid {
		return b.Until.Before(a.Until)
	}
	return rank(a) > rank(b)
}
