package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"naru/internal/clinic"
)

// importReport is what an import tells the person who ran it.
type importReport struct {
	What      string            `json:"what"` // regions or clinics
	File      string            `json:"file"`
	SHA256    string            `json:"sha256"`
	Rows      int               `json:"rows"`
	Imported  int               `json:"imported"`
	LeftOut   int               `json:"left_out"` // do not vaccinate (rule K9)
	Refused   int               `json:"refused"`
	Kept      int               `json:"kept"` // clinics of an earlier import that stay
	Published bool              `json:"published"`
	Version   string            `json:"version,omitempty"`
	Regions   int               `json:"regions,omitempty"`
	Summary   *clinic.Summary   `json:"summary,omitempty"` // of all that is published now
	Faults    []clinic.RowFault `json:"faults"`
	Dropped   []clinic.ID       `json:"dropped"` // their region is gone (rule K19)
	names     map[clinic.RegionCode]string
}

func newImportReport(file string, source clinic.SourceDigest, imported int, faults []clinic.RowFault) *importReport {
	return &importReport{
		What: source.What, File: file, SHA256: source.SHA256, Rows: source.Rows,
		Imported: imported, Refused: len(faults),
		Faults: append([]clinic.RowFault{}, faults...), Dropped: []clinic.ID{},
	}
}

// keepPlaced splits the clinics of an earlier import into those the new regions
// have a place for and those they have not (rule K19).
func (r *importReport) keepPlaced(old *clinic.Directory, regions *clinic.Regions) (kept []clinic.Clinic) {
	if old == nil {
		return nil
	}
	for _, c := range old.Clinics() {
		if regions.Places(&c) {
			kept = append(kept, c)
		} else {
			r.Dropped = append(r.Dropped, c.ID)
		}
	}
	r.Kept = len(kept)
	return kept
}

func (r *importReport) published(d *clinic.Directory) {
	sum := d.Summarise()
	r.Published, r.Version, r.Regions, r.Summary = true, d.Version(), d.Regions().Len(), &sum
	r.names = map[clinic.RegionCode]string{}
	for _, code := range sum.ExamplesWithoutAny {
		r.names[code] = fullName(d.Regions(), code)
	}
}

func fullName(regions *clinic.Regions, code clinic.RegionCode) string {
	var names []string
	for _, r := range regions.Path(code) {
		names = append(names, r.Display())
	}
	return strings.Join(names, " ")
}

// print writes the report: as one JSON object, or the faults to standard error
// as FILE:line: reason and the sums to standard output.
func (r *importReport) print(env *Env, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(env.Stdout).Encode(r)
	}
	for _, f := range r.Faults {
		fmt.Fprintf(env.Stderr, "%s:%d: %s\n", r.File, f.Line, f)
	}
	for _, id := range r.Dropped {
		fmt.Fprintf(env.Stderr, "%s: no region for clinic %s of an earlier import; add the region, or import the clinics again\n", r.File, id)
	}
	r.printSums(env.Stdout)
	return nil
}

func (r *importReport) printSums(w io.Writer) {
	fmt.Fprintf(w, "%s: %d rows read, %d good, %d refused", r.File, r.Rows, r.Rows-r.Refused, r.Refused)
	if r.LeftOut > 0 {
		fmt.Fprintf(w, ", %d left out because they do not vaccinate (rule K9)", r.LeftOut)
	}
	fmt.Fprintln(w)
	if !r.Published {
		fmt.Fprintln(w, "nothing was imported; what was there before is unchanged")
		return
	}
	s := r.Summary
	fmt.Fprintf(w, "imported %d %s; %d clinics kept from before, %d dropped\n", r.Imported, r.What, r.Kept, len(r.Dropped))
	fmt.Fprintf(w, "now published: version %s, %d regions, %d clinics", r.Version, r.Regions, s.Clinics)
	for _, kind := range clinic.Kinds {
		fmt.Fprintf(w, ", %s %d", kind, s.ByKind[kind])
	}
	fmt.Fprintf(w, "\ncapacity on an ordinary weekday: %d injections (capacity derived for %d, hours assumed for %d)\n",
		s.DailyCapacity, s.CapacityDerived, s.HoursAssumed)
	if s.Clinics > 0 {
		r.printEmpty(w)
	}
}

func (r *importReport) printEmpty(w io.Writer) {
	s := r.Summary
	fmt.Fprintf(w, "regions of the second level without a clinic: %d of %d\n", s.SigunguWithoutAny, s.Sigungu)
	for _, code := range s.ExamplesWithoutAny {
		fmt.Fprintf(w, "  %s %s\n", code, r.names[code])
	}
	if more := s.SigunguWithoutAny - len(s.ExamplesWithoutAny); more > 0 {
		fmt.Fprintf(w, "  and %d more\n", more)
	}
}
