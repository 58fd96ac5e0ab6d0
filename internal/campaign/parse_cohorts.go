package campaign

import (
	"fmt"
	"regexp"

	"naru/internal/caldate"
	"naru/internal/rulefile"
)

var occupationForm = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$`)

const (
	maxCohorts = 100
	maxPeople  = 2_000_000_000
)

func (p *parser) cohorts() {
	names := map[string]bool{}
	for i, m := range p.root.Maps("cohorts") {
		if i == maxCohorts {
			p.root.FaultAt("cohorts", i, fmt.Sprintf("more than %d cohorts", maxCohorts), "make several campaigns")
			return
		}
		k := p.cohort(m)
		if k.Name != "" && names[k.Name] {
			m.Fault("name", fmt.Sprintf("the cohort %q is there twice", k.Name), "give each cohort its own name")
		}
		names[k.Name] = true
		p.c.Cohorts = append(p.c.Cohorts, k)
		p.blocks = append(p.blocks, m)
	}
}

func (p *parser) cohort(m *rulefile.Map) Cohort {
	defer m.Close()
	k := Cohort{Name: m.Slug("name"), Title: p.agency.Texts(m, "title")}
	criteria := 0
	if m.Has("born") {
		criteria++
		k.BornFrom, k.BornTo = p.born(m.Map("born"))
	}
	if m.Has("occupations") {
		criteria++
		k.Occupations = occupations(m)
	}
	if m.Has("prior_doses") {
		criteria++
		k.PriorDoses = p.priorDoses(m.Map("prior_doses"))
	}
	if m.Has("people") {
		k.People = m.Int("people", 1, maxPeople)
	}
	if criteria == 0 {
		m.Fault("", "the cohort has no criterion, so it would be everybody", "add born, occupations or prior_doses")
	}
	return k
}

// born reads the edges of birth dates; one of the two may be left open.
func (p *parser) born(m *rulefile.Map) (from, to *caldate.Date) {
	defer m.Close()
	if m.Has("from") {
		from = p.edge(m, "from")
	}
	if m.Has("to") {
		to = p.edge(m, "to")
	}
	if from != nil && to != nil && to.Before(*from) {
		m.Fault("to", fmt.Sprintf("%s is before %s, so nobody is in the cohort", to, from), "exchange the two or correct one")
	}
	return from, to
}

func (p *parser) edge(m *rulefile.Map, key string) *caldate.Date {
	d := p.date(m, key)
	if d.IsZero() {
		return nil // a fault is noted
	}
	return &d
}

func occupations(m *rulefile.Map) []string {
	return words(m, "occupations", "an occupation")
}

// words reads names of occupations or lists.
func words(m *rulefile.Map, key, what string) []string {
	all := m.Words(key)
	for i, w := range all {
		if w != "" && !occupationForm.MatchString(w) {
			m.FaultAt(key, i, what+" is named by small letters, digits and hyphens", "write for example day-care-teacher")
		}
	}
	return all
}

func (p *parser) priorDoses(m *rulefile.Map) *PriorDoses {
	defer m.Close()
	d := &PriorDoses{Max: -1}
	switch {
	case m.Has("exactly"):
		d.Min = m.Int("exactly", 0, 20)
		d.Max = d.Min
		if m.Has("min") || m.Has("max") {
			m.Fault("exactly", "exactly stands beside min or max", "keep exactly alone, or min and max")
		}
	case m.Has("min") || m.Has("max"):
		p.doseBounds(m, d)
	default:
		m.Fault("", "neither exactly nor min or max is given", "add for example \"exactly: 0\"")
	}
	if m.Has("since_days") {
		d.SinceDays = m.Int("since_days", 1, 3650)
	}
	if m.Has("vaccine") {
		d.Vaccine = m.Text("vaccine")
		if _, ok := p.agency.Vaccines[d.Vaccine]; !ok {
			p.unknownVaccine(m, "vaccine", d.Vaccine)
		}
	}
	if d.Max == 0 && (d.SinceDays > 0 || d.Vaccine != "") {
		m.Fault("", "people without a dose have no last dose to ask about", "remove since_days and vaccine, or correct the number")
	}
	return d
}

func (p *parser) doseBounds(m *rulefile.Map, d *PriorDoses) {
	if m.Has("min") {
		d.Min = m.Int("min", 0, 20)
	}
	if m.Has("max") {
		d.Max = m.Int("max", 0, 20)
	}
	if d.Max >= 0 && d.Max < d.Min {
		m.Fault("max", "max is less than min", "exchange the two or correct one")
	}
}
