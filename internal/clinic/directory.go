package clinic

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"naru/internal/fault"
)

// Directory is one complete, consistent set of regions and clinics in memory.
// It does not change once made and can be read by many at once. Callers must
// not change the clinics it hands out.
type Directory struct {
	regions *Regions
	clinics []Clinic // by name, then id
	folded  []string // the name of each clinic as Search compares it
	byID    map[ID]int
	ordered []*Clinic // by id
	in      map[RegionCode][]*Clinic
	files   Files
	listing Manifest
}

// NewDirectory joins regions and clinics. It refuses clinics that share an id
// (rule K8) or whose region is unknown (rule K6).
func NewDirectory(regions *Regions, clinics []Clinic) (*Directory, error) {
	d := &Directory{
		regions: regions,
		clinics: slices.Clone(clinics),
		byID:    make(map[ID]int, len(clinics)),
		in:      make(map[RegionCode][]*Clinic),
	}
	slices.SortFunc(d.clinics, func(a, b Clinic) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	d.folded = make([]string, len(d.clinics))
	for i := range d.clinics {
		if err := d.add(i); err != nil {
			return nil, err
		}
	}
	for i := range d.clinics {
		d.ordered = append(d.ordered, &d.clinics[i])
	}
	slices.SortFunc(d.ordered, func(a, b *Clinic) int { return cmp.Compare(a.ID, b.ID) })
	return d, nil
}

func (d *Directory) add(i int) error {
	c := &d.clinics[i]
	if _, twice := d.byID[c.ID]; twice {
		return fault.Wrap(fault.Conflict, "clinic.id_twice", fmt.Errorf("facility %s occurs twice", c.ID))
	}
	if !d.regions.Places(c) {
		return fault.Wrap(fault.Invalid, "clinic.region_unknown", fmt.Errorf("facility %s: unknown region %s in %s", c.ID, c.RegionCode, c.SigunguCode))
	}
	d.byID[c.ID] = i
	d.folded[i] = fold(c.Name)
	for _, r := range d.regions.Path(c.RegionCode) {
		d.in[r.Code] = append(d.in[r.Code], c)
	}
	return nil
}

// Places reports that the tree has the clinic's region, in its 시군구 (rule K6).
func (rs *Regions) Places(c *Clinic) bool {
	sigungu, err := rs.Find(c.SigunguCode)
	if err != nil || sigungu.Level != 2 {
		return false
	}
	low, err := rs.Find(c.RegionCode)
	return err == nil && (low.Code == sigungu.Code || low.Parent == sigungu.Code)
}

// Regions is the tree of regions.
func (d *Directory) Regions() *Regions { return d.regions }

// Len is the number of clinics.
func (d *Directory) Len() int { return len(d.clinics) }

// Clinics lists every clinic by name. The slice is the caller's own.
func (d *Directory) Clinics() []Clinic { return slices.Clone(d.clinics) }

// ClinicsByID lists every clinic in an order that an import keeps for those that
// stay. The slice is the caller's own.
func (d *Directory) ClinicsByID() []*Clinic { return slices.Clone(d.ordered) }

// Clinic returns the clinic with this id, or the fault clinic.unknown.
func (d *Directory) Clinic(id ID) (*Clinic, error) {
	i, ok := d.byID[id]
	if !ok {
		return nil, fault.New(fault.NotFound, "clinic.unknown")
	}
	return &d.clinics[i], nil
}

// ClinicsIn lists the clinics of a region of any level, by name. A facility of
// which only the 시군구 is known is listed there and not below it (rule K6). An
// unknown region has none.
func (d *Directory) ClinicsIn(region RegionCode) []*Clinic { return slices.Clone(d.in[region]) }

// Count is the number of clinics in a region of any level.
func (d *Directory) Count(region RegionCode) int { return len(d.in[region]) }

// Nearby is a region with clinics and its distance from the one asked about.
type Nearby struct {
	Region  Region
	Clinics int
	Km      float64
}

// NearestWithClinics lists at most n other regions of the same level that have
// clinics, the nearest first: what to offer where there are none (rule K13). An
// unknown region has no neighbours.
func (d *Directory) NearestWithClinics(region RegionCode, n int) []Nearby {
	from, err := d.regions.Find(region)
	if err != nil {
		return nil
	}
	var near []Nearby
	for _, r := range d.regions.AtLevel(from.Level) {
		if count := d.Count(r.Code); count > 0 && r.Code != from.Code {
			near = append(near, Nearby{r, count, kilometres(from, r)})
		}
	}
	slices.SortFunc(near, func(a, b Nearby) int {
		return cmp.Or(cmp.Compare(a.Km, b.Km), cmp.Compare(a.Region.Code, b.Region.Code))
	})
	return near[:min(max(n, 0), len(near))]
}

// kilometres is the great-circle distance between the middles of two regions.
func kilometres(a, b Region) float64 {
	const earthRadiusKm, rad = 6371, math.Pi / 180
	sinLat, sinLon := math.Sin((b.Lat-a.Lat)*rad/2), math.Sin((b.Lon-a.Lon)*rad/2)
	h := sinLat*sinLat + math.Cos(a.Lat*rad)*math.Cos(b.Lat*rad)*sinLon*sinLon
	return 2 * earthRadiusKm * math.Asin(math.Sqrt(min(h, 1)))
}
