package entry

import (
	"slices"

	"naru/internal/pass"
	"naru/internal/rule"
)

// asked are the reasons that a number clears up: a live pass answers it, a picture of
// one cannot (rule Q42).
var asked = []pass.Reason{pass.Early, pass.Stale, pass.NoNonce, pass.OtherNonce}

// pass judges a presentation.
func (k *Known) pass(q Question) Verdict {
	v, err := k.verified(q)
	if reason := pass.ReasonOf(err); reason != "" {
		return Verdict{
			Outcome: rule.Outcome(pass.VerdictOf(reason)), Reason: "pass." + string(reason), Form: "pass", Ask: slices.Contains(asked, reason),
		}
	}
	said := k.ruled(q, []pass.Verified{v}, nil)
	said.Form = "pass"
	if person, opened := v.Person(); opened {
		said.Holder = &Holder{person.Name, person.Born}
		said.SeeID = said.Outcome == rule.Valid
	}
	return said
}

func (k *Known) verified(q Question) (pass.Verified, error) {
	u, err := pass.Parse(q.Texts[0])
	if err != nil {
		return pass.Verified{}, err
	}
	return u.Verify(k.PassTrust(), pass.Check{Now: q.At, Nonce: q.Nonce, Answered: q.Answered})
}
