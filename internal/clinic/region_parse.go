package clinic

import (
	"fmt"
	"io"
	"slices"
)

// RegionsHeader is the first line a list of regions must have, exactly.
const RegionsHeader = "code,level,parent_code,sido,sigungu,eupmyeondong,lat,lon"

// levelWords are the words of the level column and, at the same time, the
// columns that hold the names, highest level first.
var levelWords = []string{"sido", "sigungu", "eupmyeondong"}

const maxRegionName = 100

// regionRow is a region as read, before its parent is looked for.
type regionRow struct {
	Region
	line  int
	names []string // of the regions above it and its own
}

// ParseRegions reads a list of regions of a country with two or three levels
// (rules K1-K5). Rows may come in any order. It returns the tree of the good
// rows and a fault for every other one, in order of line; a row below a refused
// row is refused too. The error is for the list as a whole: a wrong header, too
// many rows, or bytes that cannot be read.
func ParseRegions(r io.Reader, levels int) (*Regions, []RowFault, error) {
	if levels < 2 || levels > len(levelWords) {
		return nil, nil, fmt.Errorf("a country has 2 or 3 levels of region, not %d", levels)
	}
	t, _, err := openTable(r, RegionsHeader)
	if err != nil {
		return nil, nil, err
	}
	var read []regionRow
	firstLine := map[RegionCode]int{}
	_, faults, err := t.each(func(rec *row) {
		reg := readRegion(rec, levels)
		if line, twice := firstLine[reg.Code]; twice && rec.fault == nil {
			rec.refuse("code", fmt.Sprintf("%s is already on line %d", reg.Code, line), "give each region its own code")
		}
		if rec.fault == nil {
			firstLine[reg.Code] = rec.line
			read = append(read, reg)
		}
	})
	if err != nil {
		return nil, nil, err
	}
	kept, orphans := joinParents(read)
	faults = append(faults, orphans...)
	sortFaults(faults)
	return newRegions(levels, kept), faults, nil
}

func readRegion(rec *row, levels int) regionRow {
	level := slices.Index(levelWords[:levels], rec.raw("level")) + 1
	if level == 0 {
		rec.refuse("level", fmt.Sprintf("%.40q is no level here", rec.raw("level")),
			fmt.Sprintf("write one of %v", levelWords[:levels]))
		return regionRow{}
	}
	reg := regionRow{line: rec.line, Region: Region{
		Code: rec.code("code"), Level: level,
		Lat: rec.degrees("lat", 90), Lon: rec.degrees("lon", 180),
	}}
	if level > 1 {
		reg.Parent = rec.code("parent_code")
	} else if rec.raw("parent_code") != "" {
		rec.refuse("parent_code", "a region of the highest level has no parent", "leave it empty")
	}
	reg.names = readNames(rec, level)
	reg.Name = reg.names[level-1]
	return reg
}

func readNames(rec *row, level int) []string {
	names := make([]string, level)
	for i, column := range levelWords {
		if i < level {
			names[i] = rec.words(column, maxRegionName)
		} else if rec.raw(column) != "" {
			rec.refuse(column, "a name below the row's own level", "leave it empty")
		}
	}
	return names
}

// joinParents keeps the rows whose parent is kept, is one level higher, and has
// the names the row says (rule K4).
func joinParents(read []regionRow) (kept []Region, faults []RowFault) {
	slices.SortStableFunc(read, func(a, b regionRow) int { return a.Level - b.Level })
	byCode := map[RegionCode]regionRow{}
	for _, reg := range read {
		if problem := parentProblem(reg, byCode); problem != "" {
			faults = append(faults, RowFault{
				Line: reg.line, Field: "parent_code", Problem: problem,
				Mend: "correct the code, or the parent's own row",
			})
			continue
		}
		byCode[reg.Code] = reg
		kept = append(kept, reg.Region)
	}
	return kept, faults
}

func parentProblem(reg regionRow, byCode map[RegionCode]regionRow) string {
	if reg.Level == 1 {
		return ""
	}
	parent, known := byCode[reg.Parent]
	switch {
	case !known:
		return fmt.Sprintf("the parent %s is not in the list, or its row was refused", reg.Parent)
	case parent.Level != reg.Level-1:
		return fmt.Sprintf("the parent %s is not of the level above", reg.Parent)
	case !slices.Equal(parent.names, reg.names[:reg.Level-1]):
		return fmt.Sprintf("the parent %s is called %q on line %d, here %q", reg.Parent, parent.names, parent.line, reg.names[:reg.Level-1])
	}
	return ""
}
