package rule

import "slices"

// requirement is the one that applies, if any: the file has at most one for each
// facility, region and moment (rule L3).
func (s *Set) requirement(q Question) (Requirement, bool) {
	for _, r := range s.Requirements {
		if r.holds(q.At) && slices.Contains(r.Facilities, q.Facility) && (r.covers(q.Region) && q.Region != "" || !r.bounded()) {
			return r, true
		}
	}
	return Requirement{}, false
}

// dependsOnRegion reports that whether a proof is asked for depends on a region that
// nobody gave.
func (s *Set) dependsOnRegion(q Question) bool {
	return slices.ContainsFunc(s.Requirements, func(r Requirement) bool {
		return r.holds(q.At) && slices.Contains(r.Facilities, q.Facility) && r.bounded()
	})
}

func (s *Set) gathering(q Question) (Gathering, bool) {
	for _, g := range s.Gatherings {
		if g.holds(q.At) && slices.Contains(g.Facilities, q.Facility) && (!g.bounded() || q.Region != "" && g.covers(q.Region)) {
			return g, true
		}
	}
	return Gathering{}, false
}

// consequences say whether breaking the rule costs something at that moment (rule L8).
func (s *Set) consequences(v *Verdict, q Question) {
	if v.Rule == "" {
		return
	}
	for i := range s.Requirements {
		if r := &s.Requirements[i]; r.ID == v.Rule {
			v.Fined = !q.At.Before(r.GraceUntil)
		}
	}
	for _, w := range s.Waivers {
		if w.holds(q.At) && w.covers(q.Region) {
			v.Waiver = w.Sentence
			v.Fined = v.Fined && w.Cause // where the failure is its cause, only a record can tell
		}
	}
	if i := slices.IndexFunc(s.Penalties, func(p Penalty) bool { return p.holds(q.At) }); i >= 0 && v.Fined {
		v.Penalty = &s.Penalties[i]
	}
}
