package rulebook

import (
	"naru/internal/rule"
	"naru/internal/rulefile"
)

// kinds of facts that a proof can be about.
var kinds = []string{"vaccination", "test", "recovery", "exemption", "person", "call"}

func (p *parser) proofs() {
	for _, m := range p.root.Maps("proofs") {
		x := rule.Proof{ID: m.Slug("id"), Kind: m.Choice("kind", kinds...), Span: p.span(m), Name: p.text(m, "name"), Applies: p.logic(m, "applies")}
		if m.Has("checks") {
			for _, c := range m.Maps("checks") {
				x.Checks = append(x.Checks, rule.Check{ID: c.Slug("id"), Logic: p.logic(c, "logic"), Sentence: p.text(c, "sentence")})
				c.Close()
			}
		}
		if m.Has("begins") {
			l := p.logic(m, "begins")
			x.Begins, x.Early = &l, p.text(m, "early")
		}
		if m.Has("ends") {
			l := p.logic(m, "ends")
			x.Ends, x.Over = &l, p.text(m, "over")
		}
		m.Close()
		p.set.Proofs = append(p.set.Proofs, x)
	}
}

func (p *parser) requirements() {
	for _, m := range p.root.Maps("requirements") {
		r := rule.Requirement{ID: m.Text("id"), Span: p.span(m), Area: p.area(m), Facilities: p.places(m), Accept: m.Words("accept")}
		r.Alone = m.Has("alone") && m.Bool("alone")
		if m.Has("grace_until") {
			r.GraceUntil = m.LocalTime("grace_until", p.zone)
		}
		m.Close()
		p.set.Requirements = append(p.set.Requirements, r)
	}
}

// maxParty is the largest gathering that a rule may speak of.
const maxParty = 100_000

func (p *parser) gatherings() {
	if !p.root.Has("gatherings") {
		return
	}
	for _, m := range p.root.Maps("gatherings") {
		p.set.Gatherings = append(p.set.Gatherings, rule.Gathering{
			ID: m.Text("id"), Span: p.span(m), Area: p.area(m), Facilities: p.places(m),
			Most: m.Int("most", 1, maxParty), Without: m.Int("without", 0, maxParty), Sentence: p.text(m, "sentence"),
		})
		m.Close()
	}
}

// Bounds of fines and closures.
const (
	maxFine    = 1_000_000_000
	maxClosure = 3650
)

func (p *parser) penalties() {
	if !p.root.Has("penalties") {
		return
	}
	for _, m := range p.root.Maps("penalties") {
		p.set.Penalties = append(p.set.Penalties, rule.Penalty{
			Span: p.span(m), User: m.Int("user", 0, maxFine), Operator: m.Ints("operator", 0, maxFine),
			ClosureDays: m.Ints("closure_days", 0, maxClosure), Order: m.Int("order", 1, 100),
		})
		m.Close()
	}
}

func (p *parser) waivers() {
	if !p.root.Has("waivers") {
		return
	}
	for _, m := range p.root.Maps("waivers") {
		p.set.Waivers = append(p.set.Waivers, p.waiver(m))
	}
}

func (p *parser) waiver(m *rulefile.Map) rule.Waiver {
	defer m.Close()
	return rule.Waiver{
		ID: m.Text("id"), Span: p.span(m), Area: p.area(m), Cause: m.Has("cause") && m.Bool("cause"), Sentence: p.text(m, "sentence"),
	}
}

func (p *parser) sentences() {
	m := p.root.Map("sentences")
	defer m.Close()
	p.set.Sentences = rule.Sentences{
		Free: p.text(m, "free"), Alone: p.text(m, "alone"), None: p.text(m, "none"), Unknown: p.text(m, "unknown"),
		Outdated: p.text(m, "outdated"), NoPlace: p.text(m, "no_place"),
	}
}
