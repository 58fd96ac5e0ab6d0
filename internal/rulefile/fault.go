// Package rulefile reads the YAML files with which an agency rules: agency.yaml
// and the campaign files.
//
// It promises to report every fault of a file at once, each with line, column,
// what is wrong and how to mend it, and to accept nothing it was not asked
// about: a key nobody read is a fault (rule C2). It never guesses a value,
// never follows an anchor or an alias, and never reads more than MaxBytes. It
// knows the shape of values (text, whole number, date, local time), not their
// meaning; agency and campaign decide that and add their own faults through Map.
package rulefile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// MaxBytes bounds a rule file; a larger one is refused unread (rule C1).
const MaxBytes = 1 << 20

// maxFaults bounds the report: a file of rubbish must not print a book.
const maxFaults = 200

// Fault is one thing that is wrong in a file, where it is, and the mend.
type Fault struct {
	Line    int    `json:"line"`   // from 1
	Column  int    `json:"column"` // from 1, counted in characters
	Path    string `json:"path"`   // for example windows[1].opens
	Problem string `json:"problem"`
	Mend    string `json:"mend"`
}

// String is "line:column: path: problem; mend".
func (f Fault) String() string {
	where := fmt.Sprintf("%d:%d: ", f.Line, f.Column)
	if f.Path != "" {
		where += f.Path + ": "
	}
	return where + f.Problem + "; " + f.Mend
}

// Faults are all faults of one file in the order of the file. It is the error
// that File.Err, agency.Load and campaign.Parse return; get it with errors.As.
type Faults []Fault

// Error lists every fault on a line of its own.
func (fs Faults) Error() string {
	lines := make([]string, len(fs))
	for i, f := range fs {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}

// File is one file while it is read: it collects the faults.
type File struct {
	faults   Faults
	overflow bool
}

// Err is nil for a file without faults, otherwise Faults sorted by place.
func (f *File) Err() error {
	if len(f.faults) == 0 {
		return nil
	}
	sorted := slices.Clone(f.faults)
	slices.SortStableFunc(sorted, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	if f.overflow {
		last := sorted[len(sorted)-1]
		sorted = append(sorted, Fault{
			Line: last.Line, Column: last.Column,
			Problem: fmt.Sprintf("more than %d faults; the rest is not shown", maxFaults), Mend: "mend these first, then check again",
		})
	}
	return sorted
}

func (f *File) add(fault Fault) {
	if len(f.faults) >= maxFaults {
		f.overflow = true
		return
	}
	f.faults = append(f.faults, fault)
}
