package clinic

import "time"

// Summary counts a set of clinics for the person who imported them.
type Summary struct {
	Clinics            int          `json:"clinics"`
	ByKind             map[Kind]int `json:"by_kind"`
	DailyCapacity      int          `json:"daily_capacity"` // injections on an ordinary Monday
	HoursAssumed       int          `json:"hours_assumed"`
	CapacityDerived    int          `json:"capacity_derived"`
	Sigungu            int          `json:"sigungu"`
	SigunguWithoutAny  int          `json:"sigungu_without_clinic"`
	ExamplesWithoutAny []RegionCode `json:"examples_without_clinic,omitempty"` // at most ten
}

// Summarise counts the clinics of a directory.
func (d *Directory) Summarise() Summary {
	s := Summary{Clinics: len(d.clinics), ByKind: map[Kind]int{}}
	for i := range d.clinics {
		c := &d.clinics[i]
		s.ByKind[c.Kind]++
		s.DailyCapacity += c.DayCapacity(time.Monday)
		if c.HoursAssumed {
			s.HoursAssumed++
		}
		if c.Capacity.Derived {
			s.CapacityDerived++
		}
	}
	for _, r := range d.regions.AtLevel(2) {
		s.Sigungu++
		if d.Count(r.Code) > 0 {
			continue
		}
		s.SigunguWithoutAny++
		if len(s.ExamplesWithoutAny) < 10 {
			s.ExamplesWithoutAny = append(s.ExamplesWithoutAny, r.Code)
		}
	}
	return s
}
