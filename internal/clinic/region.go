package clinic

import (
	"cmp"
	"slices"
	"strings"

	"naru/internal/fault"
)

// RegionCode names one region; it is the key everywhere, names are for reading
// (rule K5).
type RegionCode string

// Region is one region of the country. Level 1 is the highest (시도), 2 is the
// one clinics are listed by (시군구), 3 the lowest (읍면동).
type Region struct {
	Code   RegionCode
	Level  int
	Parent RegionCode // "" at level 1
	Name   string     // as the list writes it: 고양시덕양구
	Lat    float64
	Lon    float64
}

// Display is the name as people write it: a district of a city, written
// without a space in the list, gets one: 고양시 덕양구 (rule K5).
func (r Region) Display() string {
	city, district, found := strings.Cut(r.Name, "시")
	if !found || city == "" || district == "" || strings.Contains(r.Name, " ") || !strings.HasSuffix(district, "구") {
		return r.Name
	}
	return city + "시 " + district
}

// Regions is the tree of regions of one country, two or three levels deep.
// It does not change once made and can be read by many at once.
type Regions struct {
	levels   int
	all      []Region // by level, then code
	index    map[RegionCode]int
	children map[RegionCode][]Region // "" holds level 1; each by code
}

// newRegions trusts its caller: parents exist, codes are unique.
func newRegions(levels int, all []Region) *Regions {
	slices.SortFunc(all, func(a, b Region) int {
		return cmp.Or(cmp.Compare(a.Level, b.Level), cmp.Compare(a.Code, b.Code))
	})
	rs := &Regions{
		levels: levels, all: all,
		index:    make(map[RegionCode]int, len(all)),
		children: make(map[RegionCode][]Region),
	}
	for i, r := range all {
		rs.index[r.Code] = i
		rs.children[r.Parent] = append(rs.children[r.Parent], r)
	}
	return rs
}

// Levels is how deep the tree is: 2 or 3.
func (rs *Regions) Levels() int { return rs.levels }

// Len is the number of regions of all levels.
func (rs *Regions) Len() int { return len(rs.all) }

// All lists every region, by level and then code.
func (rs *Regions) All() []Region { return slices.Clone(rs.all) }

// AtLevel lists the regions of one level by code.
func (rs *Regions) AtLevel(level int) []Region {
	var at []Region
	for _, r := range rs.all {
		if r.Level == level {
			at = append(at, r)
		}
	}
	return at
}

// Find returns the region with this code, or the fault clinic.region_unknown.
func (rs *Regions) Find(code RegionCode) (Region, error) {
	i, ok := rs.index[code]
	if !ok {
		return Region{}, fault.New(fault.NotFound, "clinic.region_unknown")
	}
	return rs.all[i], nil
}

// Children lists the regions right below a region by code, those of level 1
// for "". It is empty for the lowest level and for an unknown code.
func (rs *Regions) Children(code RegionCode) []Region {
	return slices.Clone(rs.children[code])
}

// Path is the region and all above it, the highest first, so 경기도, 고양시덕양구,
// 주교동. It is empty for an unknown code.
func (rs *Regions) Path(code RegionCode) []Region {
	var path []Region
	for r, err := rs.Find(code); err == nil; r, err = rs.Find(r.Parent) {
		path = append(path, r)
	}
	slices.Reverse(path)
	return path
}
