package clinic

import (
	"cmp"
	"fmt"
	"slices"
)

// RowFault says why one row of a list was refused: its line in the file
// (counted from 1, the header is line 1), the column, what is wrong and what to
// do about it. It is text for an operator and quotes the list.
type RowFault struct {
	Line    int    `json:"line"`
	Field   string `json:"field"` // the column's name, or "" for the row as a whole
	Problem string `json:"problem"`
	Mend    string `json:"mend"`
}

// String is the fault in one line, without file name and line number.
func (f RowFault) String() string {
	if f.Field == "" {
		return fmt.Sprintf("%s; %s", f.Problem, f.Mend)
	}
	return fmt.Sprintf("%s: %s; %s", f.Field, f.Problem, f.Mend)
}

func sortFaults(faults []RowFault) {
	slices.SortStableFunc(faults, func(a, b RowFault) int { return cmp.Compare(a.Line, b.Line) })
}
