package clinic

import (
	"fmt"
	"io"
)

// List is what Parse read.
type List struct {
	Rows    int      // rows in the file, good and bad, without the header
	LeftOut int      // good rows of facilities that do not vaccinate (rule K9)
	Clinics []Clinic // in the order of the file
}

// Parse reads a list of facilities (rules K1-K3 and K6-K11). It tells the two
// known lists apart by their header, FacilitiesHeader or OpenDataHeader, and
// refuses any other. Every region a row names must be in regions. An id may
// occur once, also counting earlier, the clinics that are to be kept beside the
// new ones. It returns the good rows, and a fault for every other one in order
// of line. The error is for the list as a whole.
func Parse(r io.Reader, regions *Regions, earlier []Clinic) (*List, []RowFault, error) {
	t, which, err := openTable(r, FacilitiesHeader, OpenDataHeader)
	if err != nil {
		return nil, nil, err
	}
	read := readFacility
	if which == 1 {
		read = readOpenData
	}
	list, ids := &List{}, newIDs(earlier)
	rows, faults, err := t.each(func(rec *row) {
		c, vaccinates := read(rec, regions)
		ids.claim(rec, c.ID)
		switch {
		case rec.fault != nil:
		case vaccinates:
			list.Clinics = append(list.Clinics, c)
		default:
			list.LeftOut++
		}
	})
	if err != nil {
		return nil, nil, err
	}
	list.Rows = rows
	return list, faults, nil
}

// ids remembers which facility ids are taken, and by which line; 0 stands for
// an earlier import.
type ids map[ID]int

func newIDs(earlier []Clinic) ids {
	taken := ids{}
	for _, c := range earlier {
		taken[c.ID] = 0
	}
	return taken
}

func (taken ids) claim(rec *row, id ID) {
	if rec.fault != nil {
		return
	}
	line, twice := taken[id]
	switch {
	case !twice:
		taken[id] = rec.line
	case line == 0:
		rec.refuse(idColumn(rec), fmt.Sprintf("%s was imported before", id), "give each facility its own id, or import without --append")
	default:
		rec.refuse(idColumn(rec), fmt.Sprintf("%s is already on line %d", id, line), "give each facility its own id")
	}
}

func idColumn(rec *row) string {
	if _, ok := rec.columns["facility_id"]; ok {
		return "facility_id"
	}
	return "id"
}

// place reads the region columns of a row: the lowest one may be empty, the one
// above it not, and both must be in the tree, one below the other (rule K6).
func place(rec *row, regions *Regions, lowest, district string) (low, sigungu RegionCode) {
	sigungu = rec.code(district)
	if rec.fault != nil {
		return "", ""
	}
	if r, err := regions.Find(sigungu); err != nil || r.Level != 2 {
		rec.refuse(district, fmt.Sprintf("there is no region %s of the second level", sigungu), "correct the code, or import the regions first")
		return "", ""
	}
	if rec.raw(lowest) == "" {
		return sigungu, sigungu
	}
	low = rec.code(lowest)
	if r, err := regions.Find(low); err != nil || r.Parent != sigungu {
		rec.refuse(lowest, fmt.Sprintf("there is no region %.20s in %s", low, sigungu), "correct the code, or import the regions first")
	}
	return low, sigungu
}

const (
	maxClinicName = 200
	maxAddress    = 400
)
