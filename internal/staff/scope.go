package staff

// Place is where an act happens. The zero place is the whole country.
type Place struct {
	Clinic  string   // id of a facility
	Regions []string // codes of the regions it lies in, of every level
}

// Scope bounds a role: one clinic, or one region with all that lies in it. The
// zero scope is the whole country.
type Scope struct {
	Clinic string `json:"clinic,omitempty"`
	Region string `json:"region,omitempty"`
}

// Everywhere reports that the scope has no bound.
func (s Scope) Everywhere() bool { return s == Scope{} }

// Covers reports that a place lies inside the scope. An act that is nowhere in
// particular is inside no bounded scope (rule S2).
func (s Scope) Covers(p Place) bool {
	if s.Clinic != "" && s.Clinic != p.Clinic {
		return false
	}
	if s.Region == "" {
		return true
	}
	for _, r := range p.Regions {
		if r == s.Region {
			return true
		}
	}
	return false
}
