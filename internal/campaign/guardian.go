package campaign

import (
	"fmt"

	"naru/internal/caldate"
)

// GuardianFor narrows for whom a guardian may book (rule C23). The zero value is
// anybody whom the campaign is for.
type GuardianFor struct {
	BornFrom *caldate.Date // inclusive; nil: no lower edge
	BornTo   *caldate.Date // inclusive; nil: no upper edge
	Lists    []string      // eligibility lists; the person is on one of them; empty: any
}

// Anybody says that nothing is narrowed.
func (g GuardianFor) Anybody() bool { return g.BornFrom == nil && g.BornTo == nil && len(g.Lists) == 0 }

// MayBeGuarded decides whether a guardian may book for a person with these facts
// (rule C23). Whether the person may book at all is Eligible's to say.
func (c *Campaign) MayBeGuarded(f Facts) Decision {
	if !c.Guardian {
		return Decision{Rule: "C23", Reason: "guardian.campaign_forbids"}
	}
	k := Cohort{BornFrom: c.GuardianFor.BornFrom, BornTo: c.GuardianFor.BornTo, Occupations: c.GuardianFor.Lists}
	born := k.BornFrom == nil && k.BornTo == nil
	if !born && k.bornWithin(f.Born) || len(k.Occupations) > 0 && k.hasOccupation(f.Occupations) || c.GuardianFor.Anybody() {
		return Decision{OK: true, Rule: "C23", Reason: "guardian.allowed"}
	}
	return Decision{Rule: "C23", Reason: "guardian.not_for_them"}
}

// guardianFor applies rule C23: who may be booked for is said only where guardians
// are let in, says something, and fits somebody of the campaign.
func (p *parser) guardianFor() {
	if !p.root.Has("guardian_for") {
		return
	}
	m := p.root.Map("guardian_for")
	defer m.Close()
	if !p.c.Guardian {
		m.Fault("", "guardian is false, so nobody books for anybody", "write guardian: true, or remove guardian_for")
	}
	g := &p.c.GuardianFor
	if m.Has("born") {
		g.BornFrom, g.BornTo = p.born(m.Map("born"))
	}
	if m.Has("lists") {
		g.Lists = words(m, "lists", "a list")
	}
	if g.Anybody() {
		m.Fault("", "it narrows nothing", "add born or lists, or remove guardian_for")
	}
	if len(g.Lists) == 0 && (g.BornFrom != nil || g.BornTo != nil) && !p.meets(*g) {
		m.Fault("born", "nobody in any cohort was born then", "correct the dates, or the cohorts")
	}
}

// meets says that the birth dates fit some cohort.
func (p *parser) meets(g GuardianFor) bool {
	for _, k := range p.c.Cohorts {
		late := g.BornFrom != nil && k.BornTo != nil && g.BornFrom.After(*k.BornTo)
		early := g.BornTo != nil && k.BornFrom != nil && g.BornTo.Before(*k.BornFrom)
		if !late && !early {
			return true
		}
	}
	return len(p.c.Cohorts) == 0
}

// String is for whom, as a preview writes it.
func (g GuardianFor) String() string {
	if g.Anybody() {
		return "anybody of the campaign"
	}
	text := ""
	if g.BornFrom != nil || g.BornTo != nil {
		from, to := "…", "…"
		if g.BornFrom != nil {
			from = g.BornFrom.String()
		}
		if g.BornTo != nil {
			to = g.BornTo.String()
		}
		text = fmt.Sprintf("born %s to %s", from, to)
	}
	if len(g.Lists) > 0 {
		if text != "" {
			text += ", or "
		}
		text += fmt.Sprintf("on one of the lists %v", g.Lists)
	}
	return text
}
