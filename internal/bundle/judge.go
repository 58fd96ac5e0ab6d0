package bundle

import (
	"slices"

	"naru/internal/incident"
	"naru/internal/pass"
	"naru/internal/rule"
)

// Judge asks the rules about all that one person shows, at q.At. Past the bundle's end, and
// without rules, it is CANNOT TELL. Where a pass came in by a nonce though the clocks are
// apart, the rules are asked at both times; where the answers differ, a clock decides, and
// which is right cannot be told (rule Q20).
func (b *Bundle) Judge(shown []pass.Verified, q rule.Question) rule.Verdict {
	if b.rules == nil || b.Over(q.At) {
		return rule.Verdict{Outcome: rule.CannotTell, Reason: string(pass.StaleTrust)}
	}
	q.Shown = slices.Clone(q.Shown)
	for _, v := range shown {
		q.Shown = append(q.Shown, v.Facts(b.rules.Local))
	}
	here := b.rules.Judge(q)
	for _, v := range shown {
		if !v.ClocksApart() {
			continue
		}
		theirs := q
		theirs.At = v.Made()
		if b.rules.Judge(theirs).Outcome != here.Outcome {
			here.Outcome, here.Reason, here.Sentence = rule.CannotTell, string(pass.Clock), b.rules.Sentences.Unknown
		}
	}
	return here
}

// Acceptable is what may be done meanwhile for a channel in a region, newest first: the same
// answer that pages give (rule N4).
func (b *Bundle) Acceptable(q rule.Question, channel incident.Channel) []incident.Mode {
	return incident.Acceptable([]incident.Incident{{Modes: b.Modes}}, q.At, q.Region, channel)
}
