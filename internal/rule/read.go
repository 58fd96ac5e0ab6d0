package rule

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// MaxBytes bounds a rule set as it travels.
const MaxBytes = 1 << 20

// Read reads a rule set as Marshal writes it and checks it whole.
func Read(text []byte) (*Set, error) {
	if len(text) > MaxBytes {
		return nil, errors.New("rule set: too long")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	s := &Set{}
	if err := d.Decode(s); err != nil {
		return nil, fmt.Errorf("rule set: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("rule set: something follows it")
	}
	if err := s.Check(); err != nil {
		return nil, err
	}
	return s, nil
}

// Check prepares a set for Judge and refuses one that could not answer: unknown
// facilities or proofs, empty lists, spans that end before they begin, two
// requirements for one facility, region and moment (rules L2, L3).
func (s *Set) Check() error {
	var wrong []error
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf("rule set: "+format, args...)) }
	if s.ID == "" || s.From.IsZero() || len(s.Facilities) == 0 || len(s.Proofs) == 0 || len(s.Requirements) == 0 {
		say("id, from, facilities, proofs and requirements are needed")
	}
	s.checkOffsets(say)
	s.checkSentences(say)
	s.checkRefers(say)
	for i, a := range s.Requirements {
		for _, b := range s.Requirements[i+1:] {
			if f, clash := clash(a, b); clash {
				say("%s and %s both apply at %s", a.ID, b.ID, f)
			}
		}
	}
	return errors.Join(wrong...)
}

// maxOffset is more than any zone is ahead of UTC, or behind it.
const maxOffset = 18 * 3600

func (s *Set) checkOffsets(say func(string, ...any)) {
	if s.Zone == "" || len(s.Offsets) == 0 || s.Offsets[0].From.After(s.From) {
		say("offsets of the zone are needed from the beginning")
	}
	for i, o := range s.Offsets {
		if o.Seconds < -maxOffset || o.Seconds > maxOffset || i > 0 && !s.Offsets[i-1].From.Before(o.From) {
			say("offsets[%d]: %d seconds from %v", i, o.Seconds, o.From)
		}
	}
}

func (s *Set) checkSentences(say func(string, ...any)) {
	full := func(where string, t Text) {
		for lang := range s.Title {
			if t[lang] == "" {
				say("%s has no sentence in %s", where, lang)
			}
		}
	}
	if len(s.Title) == 0 {
		say("title is needed")
	}
	x := s.Sentences
	for i, t := range []Text{x.Free, x.Alone, x.None, x.Unknown, x.Outdated, x.NoPlace} {
		full(fmt.Sprintf("sentences[%d]", i), t)
	}
	for _, p := range s.Proofs {
		full(p.ID, p.Name)
		if p.Begins != nil {
			full(p.ID+".early", p.Early)
		}
		if p.Ends != nil {
			full(p.ID+".over", p.Over)
		}
		for _, c := range p.Checks {
			full(p.ID+"."+c.ID, c.Sentence)
		}
	}
	for _, g := range s.Gatherings {
		full(g.ID, g.Sentence)
	}
	for _, w := range s.Waivers {
		full(w.ID, w.Sentence)
	}
	for _, f := range s.Facilities {
		full(f.ID, f.Name)
	}
}

func (s *Set) checkRefers(say func(string, ...any)) {
	facility := func(where string, ids []string) {
		if len(ids) == 0 {
			say("%s names no facility", where)
		}
		for _, id := range ids {
			if !slices.ContainsFunc(s.Facilities, func(f Facility) bool { return f.ID == id }) {
				say("%s names the facility %q, which is not there", where, id)
			}
		}
	}
	span := func(where string, x Span) {
		if x.From.Before(s.From) || !x.Until.IsZero() && !x.From.Before(x.Until) {
			say("%s: from %v until %v", where, x.From, x.Until)
		}
	}
	for _, p := range s.Proofs {
		span(p.ID, p.Span)
		if p.Applies.expr == nil {
			say("%s: applies is needed", p.ID)
		}
	}
	for _, r := range s.Requirements {
		span(r.ID, r.Span)
		facility(r.ID, r.Facilities)
		if len(r.Accept) == 0 {
			say("%s accepts nothing", r.ID)
		}
		for _, id := range r.Accept {
			if !slices.ContainsFunc(s.Proofs, func(p Proof) bool { return p.ID == id }) {
				say("%s accepts the proof %q, which is not there", r.ID, id)
			}
		}
	}
	for _, g := range s.Gatherings {
		span(g.ID, g.Span)
		facility(g.ID, g.Facilities)
		if g.Most < 1 || g.Without < 0 || g.Without > g.Most {
			say("%s: most %d, without %d", g.ID, g.Most, g.Without)
		}
	}
}

// clash reports a facility at which both would apply at one moment.
func clash(a, b Requirement) (facility string, clash bool) {
	apart := !a.Until.IsZero() && !a.Until.After(b.From) || !b.Until.IsZero() && !b.Until.After(a.From)
	if apart || !meet(a.Area, b.Area) {
		return "", false
	}
	for _, f := range a.Facilities {
		if slices.Contains(b.Facilities, f) {
			return f, true
		}
	}
	return "", false
}

// meet reports that two areas share a region, as far as is known.
func meet(a, b Area) bool {
	for _, x := range [][2]Area{{a, b}, {b, a}} {
		if len(x[0].Regions) > 0 {
			return slices.ContainsFunc(x[0].Regions, func(r string) bool { return x[0].covers(r) && x[1].covers(r) })
		}
	}
	return true
}

// Marshal writes a set as scanners read it.
func (s *Set) Marshal() ([]byte, error) { return json.Marshal(s) }
