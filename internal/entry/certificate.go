package entry

import (
	"slices"
	"strings"
	"time"

	"naru/internal/credential"
	"naru/internal/rule"
)

// certificate judges what can be copied: an EU certificate or a health card, on paper or
// on a screen (rules Q41 and Q43).
func (k *Known) certificate(q Question) Verdict {
	u, err := parse(q.Texts)
	form := string(u.Form())
	var v credential.Verified
	if err == nil {
		v, err = u.Verify(k.trust, q.At)
	}
	if reason := credential.ReasonOf(err); reason != "" {
		return Verdict{
			Outcome: rule.Outcome(credential.VerdictOf(reason)), Reason: "credential." + string(reason), Form: form,
			More: reason == credential.Incomplete,
		}
	}
	shown, holder := k.facts(v)
	said := k.ruled(q, nil, shown)
	if said.Outcome == rule.NotValid && guessed(v) {
		said = Verdict{Outcome: rule.CannotTell, Reason: momentUnknown}
	}
	said.Form, said.Holder = form, &holder
	said.SeeID = said.Outcome == rule.Valid
	return said
}

func parse(texts []string) (credential.Unverified, error) {
	if len(texts) == 1 {
		return credential.Parse(texts[0])
	}
	jws, err := credential.JoinSHC(texts...)
	if err != nil {
		return credential.Unverified{}, err
	}
	return credential.ParseJWS(jws)
}

// facts are a certificate in the words of the rules, and whom it names. The year of birth
// comes last: at an equal reason the first proof's is shown.
func (k *Known) facts(v credential.Verified) ([]rule.Facts, Holder) {
	var shown []rule.Facts
	var holder Holder
	if c, ok := v.HC1(); ok {
		holder = Holder{nameOf(c.DCC.Name), c.DCC.Born}
		shown = k.hc1(c.DCC)
	}
	if c, ok := v.Card(); ok {
		for _, p := range c.Patients {
			holder = Holder{strings.TrimSpace(p.Family + " " + p.Given), p.Born}
		}
		shown = doses(c.Doses)
	}
	if holder.Born != "" {
		shown = append(shown, rule.Facts{"kind": "person", "born": holder.Born})
	}
	return shown, holder
}

func nameOf(n credential.Name) string {
	family, given := n.Family, n.Given
	if family == "" {
		family = n.FamilyStandard
	}
	if given == "" {
		given = n.GivenStandard
	}
	return strings.TrimSpace(family + " " + given)
}

// The codes of the EU's value sets for tests.
const (
	pcrTest     = "LP6464-4"
	antigenTest = "LP217198-3"
	notDetected = "260415000"
)

// firstSeries is how many doses a first series has at most. The EU writes a further dose
// as 3 of 3, the rules as 3 of 2.
const firstSeries = 2

func (k *Known) hc1(d credential.DCC) (shown []rule.Facts) {
	for _, v := range d.Vaccinations {
		shown = append(shown, rule.Facts{
			"kind": "vaccination", "product": v.Product, "dose": int64(v.Dose), "of": min(int64(v.Doses), firstSeries), "date": v.Date,
		})
	}
	for _, t := range d.Tests {
		f := rule.Facts{"kind": "test", "type": map[string]string{pcrTest: "pcr", antigenTest: "antigen"}[t.Type], "result": "positive"}
		if t.Result == notDetected {
			f["result"] = "negative"
		}
		if at, err := time.Parse(time.RFC3339, t.Sampled); err == nil {
			f["notified"] = k.Rules().Local(at).Format("2006-01-02T15:04:05")
		}
		shown = append(shown, f)
	}
	for _, r := range d.Recoveries {
		shown = append(shown, rule.Facts{"kind": "recovery", "released": r.From})
	}
	for _, e := range d.Exemptions {
		shown = append(shown, rule.Facts{"kind": "exemption", "until": e.Until})
	}
	return shown
}

// guessed tells that the certificate does not say the moment from which the rules count:
// the EU writes when a sample was taken, and the rules count from the notice, which is
// later; the same with the release of who recovered. What is over by the earlier moment
// may still hold by the later one.
func guessed(v credential.Verified) bool {
	c, ok := v.HC1()
	return ok && slices.Contains([]credential.Kind{credential.KindTest, credential.KindRecovery}, c.DCC.Kind()) && !positive(c.DCC)
}

func positive(d credential.DCC) bool {
	return slices.ContainsFunc(d.Tests, func(t credential.Test) bool { return t.Result != notDetected })
}

// janssen is the code (CVX) of the one vaccine whose first series is one dose.
const janssen = "212"

// doses counts those of a card, which does not number them, by their days.
func doses(all []credential.Immunization) (shown []rule.Facts) {
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b credential.Immunization) int { return strings.Compare(a.Date, b.Date) })
	for i, d := range all {
		of := int64(firstSeries)
		if all[0].Code == janssen {
			of = 1
		}
		shown = append(shown, rule.Facts{"kind": "vaccination", "product": d.Code, "dose": int64(i + 1), "of": of, "date": d.Date})
	}
	return shown
}
