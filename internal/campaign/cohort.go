package campaign

import (
	"slices"
	"time"

	"naru/internal/caldate"
)

// match is what one cohort says about a person: in it (reason is empty), or not
// and by which rule. passed counts the criteria that did fit, so that people
// hear of the one that stands in their way.
type match struct {
	cohort Cohort
	index  int // of the cohort in the file
	rule   string
	reason string
	passed int
	ready  caldate.Date // first day on which the last dose is long enough ago; zero: no wait
}

// readyAt is the beginning of that day, the zero time when there is no wait.
func (m match) readyAt(zone *time.Location) time.Time {
	if m.ready.IsZero() {
		return time.Time{}
	}
	return m.ready.At(0, 0, zone)
}

func (k Cohort) match(f Facts, today caldate.Date) match {
	m := match{cohort: k}
	switch {
	case !k.bornWithin(f.Born):
		m.rule, m.reason = "C11", "campaign.not_born_in_range"
	case !k.hasOccupation(f.Occupations):
		m.rule, m.reason, m.passed = "C12", "campaign.not_in_occupation", 1
	default:
		m.reason, m.ready = k.PriorDoses.allow(f.Doses, today)
		m.rule, m.passed = "C13", 2
		if m.reason == vaccineBefore || m.reason == doseDateUnknown {
			m.passed = 3 // the number of doses fits
		}
	}
	return m
}

// AsksOccupation says whether any cohort asks for an occupation: only then is it
// worth looking a person's up.
func (c *Campaign) AsksOccupation() bool {
	return slices.ContainsFunc(c.Cohorts, func(k Cohort) bool { return len(k.Occupations) > 0 })
}

// bornWithin includes both edges (rule C11).
func (k Cohort) bornWithin(born caldate.Date) bool {
	return (k.BornFrom == nil || !born.Before(*k.BornFrom)) && (k.BornTo == nil || !born.After(*k.BornTo))
}

// hasOccupation asks for one of the cohort's occupations (rule C12).
func (k Cohort) hasOccupation(of []string) bool {
	return len(k.Occupations) == 0 ||
		slices.ContainsFunc(of, func(o string) bool { return slices.Contains(k.Occupations, o) })
}

const (
	vaccineBefore   = "campaign.other_vaccine_before"
	doseDateUnknown = "campaign.dose_date_unknown"
)

// allow applies rule C13 to the doses given up to today: an empty reason when
// they fit, with the first day on which the last one is long enough ago. A dose
// whose day is not known counts, but no waiting time can be told from it.
func (p *PriorDoses) allow(doses []Dose, today caldate.Date) (reason string, ready caldate.Date) {
	if p == nil {
		return "", caldate.Date{}
	}
	given := slices.DeleteFunc(slices.Clone(doses), func(d Dose) bool { return d.On.After(today) })
	slices.SortStableFunc(given, func(a, b Dose) int { return a.On.Compare(b.On) })
	if n := len(given); n < p.Min || p.Max >= 0 && n > p.Max {
		return "campaign.doses_do_not_fit", caldate.Date{}
	}
	if len(given) == 0 || p.SinceDays == 0 && p.Vaccine == "" {
		return "", caldate.Date{}
	}
	if given[0].On.IsZero() {
		return doseDateUnknown, caldate.Date{}
	}
	last := given[len(given)-1]
	if p.Vaccine != "" && last.Vaccine != p.Vaccine {
		return vaccineBefore, caldate.Date{}
	}
	return "", last.On.AddDays(p.SinceDays)
}
