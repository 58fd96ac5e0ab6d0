package rule

import "naru/internal/caldate"

// proof looks at one proof; applies is false for facts that are no such proof.
func (j *judgement) proof(p Proof, facts Facts, accepted bool) (v Verdict, applies bool) {
	data := j.data(facts)
	unknown := func(check string, err error) (Verdict, bool) {
		j.step(p.ID, check, "cannot tell: "+err.Error())
		return Verdict{Outcome: CannotTell, Reason: p.ID + "." + check, Sentence: j.set.Sentences.Unknown, Proof: p.ID}, true
	}
	applies, err := p.Applies.yes(data)
	if err != nil {
		return unknown("applies", err)
	}
	j.step(p.ID, "applies", word(applies))
	if !applies {
		return v, false
	}
	for _, c := range p.Checks {
		ok, err := c.Logic.yes(data)
		if err != nil {
			return unknown(c.ID, err)
		}
		j.step(p.ID, c.ID, word(ok))
		if !ok {
			return Verdict{Outcome: NotValid, Reason: p.ID + "." + c.ID, Sentence: c.Sentence, Proof: p.ID}, true
		}
	}
	if !accepted {
		j.step(p.ID, "accepted", "no")
		return Verdict{Outcome: NotValid, Reason: p.ID + ".accepted", Sentence: j.set.Sentences.None, Proof: p.ID}, true
	}
	return j.inTime(p, data, unknown)
}

// inTime compares the first and the last day with today.
func (j *judgement) inTime(p Proof, data any, unknown func(string, error) (Verdict, bool)) (Verdict, bool) {
	today := j.set.today(j.q.At)
	begins, bounded, err := day(p.Begins, data)
	if err != nil {
		return unknown("begins", err)
	}
	if bounded {
		j.step(p.ID, "begins", begins.String())
		if today.Before(begins) {
			return Verdict{Outcome: NotValid, Reason: p.ID + ".begins", Sentence: p.Early, Proof: p.ID}, true
		}
	}
	ends, bounded, err := day(p.Ends, data)
	if err != nil {
		return unknown("ends", err)
	}
	v := Verdict{Outcome: Valid, Reason: p.ID, Sentence: p.Name, Proof: p.ID}
	if bounded {
		j.step(p.ID, "ends", ends.String())
		if v.Until = ends; ends.Before(today) {
			return Verdict{Outcome: NotValid, Reason: p.ID + ".ends", Sentence: p.Over, Proof: p.ID, Until: ends}, true
		}
	}
	return v, true
}

func day(l *Logic, data any) (d caldate.Date, bounded bool, err error) {
	if l == nil {
		return d, false, nil
	}
	return l.day(data)
}

func word(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

// data is what expressions read: payload, the proof; holder, all proofs of the person
// by kind; external, where and when. Days and times are local.
func (j *judgement) data(facts Facts) map[string]any {
	holder := map[string]any{}
	for _, f := range j.q.Shown {
		all, _ := holder[f.kind()].([]any)
		holder[f.kind()] = append(all, map[string]any(f))
	}
	local := j.set.Local(j.q.At)
	return map[string]any{
		"payload": map[string]any(facts),
		"holder":  holder,
		"external": map[string]any{
			"today": local.Format("2006-01-02"), "now": local.Format("2006-01-02T15:04:05"),
			"facility": j.q.Facility, "region": j.q.Region,
		},
	}
}

// Lasts is the last day on which facts hold as a proof of the set at some moment, with
// found false where no proof of the set takes them or it has no end. Wallets warn by
// it, 14, 7 and 1 day before.
func (s *Set) Lasts(q Question, facts Facts) (last caldate.Date, found bool) {
	j := &judgement{set: s, q: q}
	j.q.Shown = append(j.q.Shown, facts)
	for _, p := range s.Proofs {
		if p.Kind != facts.kind() || !p.holds(q.At) {
			continue
		}
		if v, applies := j.proof(p, facts, true); applies && v.Outcome == Valid {
			if v.Until.IsZero() {
				return caldate.Date{}, false
			}
			if last.Before(v.Until) {
				last, found = v.Until, true
			}
		}
	}
	return last, found
}
