package incident

import (
	"slices"
	"time"

	"naru/internal/fault"
)

// WithMode adds what is acceptable meanwhile. It can be given to a part of the
// incident's area, and can last longer than the incident. Codes: Invalid; Conflict for
// a mode whose id is there.
func (i Incident) WithMode(m Mode, languages []string) (Incident, error) {
	if err := (Update{Says: m.Says, Degree: Working}).check(languages); err != nil {
		return i, err
	}
	if len(m.Accept) == 0 || slices.ContainsFunc(m.Accept, func(x Means) bool { return !slices.Contains(AllMeans, x) }) {
		return i, fault.New(fault.Invalid, "incident.means_bad").With("Field", "accept")
	}
	if m.From.IsZero() || !m.Until.IsZero() && !m.From.Before(m.Until) {
		return i, fault.New(fault.Invalid, "incident.end_bad").With("Field", "until")
	}
	if slices.ContainsFunc(i.Modes, func(o Mode) bool { return o.ID == m.ID }) {
		return i, fault.New(fault.Conflict, "incident.mode_there")
	}
	i.Modes = append(slices.Clone(i.Modes), m)
	return i, nil
}

// WithoutMode ends a mode at a moment; that it was in force stays known.
func (i Incident) WithoutMode(id string, at time.Time) (Incident, error) {
	n := slices.IndexFunc(i.Modes, func(m Mode) bool { return m.ID == id && (m.Until.IsZero() || m.Until.After(at)) })
	if n < 0 {
		return i, fault.New(fault.NotFound, "incident.no_mode")
	}
	i.Modes = slices.Clone(i.Modes)
	i.Modes[n].Until = at
	return i, nil
}

// Acceptable is every mode in force at a moment in a region for a channel, of all
// incidents, the newest first: the one answer for scanner, wallet, console and page.
func Acceptable(all []Incident, at time.Time, region string, channel Channel) []Mode {
	var found []Mode
	for _, i := range all {
		for _, m := range i.Modes {
			if m.Channel == channel && m.Area.Covers(region) && !at.Before(m.From) && (m.Until.IsZero() || at.Before(m.Until)) {
				found = append(found, m)
			}
		}
	}
	slices.SortStableFunc(found, func(a, b Mode) int { return b.From.Compare(a.From) })
	return found
}
