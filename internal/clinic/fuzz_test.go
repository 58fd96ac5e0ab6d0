package clinic

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func FuzzParseRegions(f *testing.F) {
	// Short seeds: the fuzzer minimises long ones for a minute before it begins.
	f.Add([]byte(RegionsHeader+"\nA,sido,,가,,,1,2\nB,sigungu,A,가,나시다구,,1,2\nC,eupmyeondong,B,가,나시다구,라,1,2\n"), false)
	f.Add([]byte("\ufeff"+RegionsHeader+"\r\nB,sigungu,A,a,b,,1,2\r\nA,sido,,a,,,1,2"), true)
	f.Add([]byte(RegionsHeader+"\n\"a\"\"\",sido,,\"\n"), false)
	f.Fuzz(func(t *testing.T, list []byte, two bool) {
		levels := 3
		if two {
			levels = 2
		}
		regions, faults, err := ParseRegions(bytes.NewReader(list), levels)
		if err != nil {
			return
		}
		checkFaultOrder(t, faults)
		for _, r := range regions.All() {
			path := regions.Path(r.Code)
			if len(path) != r.Level || r.Level > levels || r.Name == "" || !utf8.ValidString(r.Display()) {
				t.Fatalf("region %+v has the path %v", r, path)
			}
		}
		if _, err := Build(regions, Generate(regions, 3, 1), nil); err != nil {
			t.Fatalf("accepted regions cannot be built: %v", err)
		}
	})
}

func FuzzParseClinics(f *testing.F) {
	f.Add([]byte(FacilitiesHeader + "\n" + goodFacility + "\n"))
	f.Add([]byte(OpenDataHeader + "\n" + goodOpenData + "\n"))
	f.Add([]byte(OpenDataHeader + "\r\n" + strings.Replace(goodOpenData, "09:00~18:00", "00:00~24:00", 1)))
	regions := mustRegions(f, smallRegions, 3)
	f.Fuzz(func(t *testing.T, text []byte) {
		list, faults, err := Parse(bytes.NewReader(text), regions, nil)
		if err != nil {
			return
		}
		checkFaultOrder(t, faults)
		if list.Rows != len(list.Clinics)+list.LeftOut+len(faults) {
			t.Fatalf("%d rows, %d clinics, %d left out, %d refused", list.Rows, len(list.Clinics), list.LeftOut, len(faults))
		}
		files, err := Build(regions, list.Clinics, nil)
		if err != nil {
			t.Fatalf("accepted clinics cannot be built: %v", err)
		}
		d, err := Read(files.get)
		if err != nil || d.Len() != len(list.Clinics) {
			t.Fatalf("what was built cannot be read: %v", err)
		}
		for _, c := range d.Clinics() {
			for _, day := range c.Hours {
				if day.Open < 0 || day.Close > minutesPerDay || (!day.Closed() && day.Open >= day.Close) {
					t.Fatalf("hours %v of %s", c.Hours, c.ID)
				}
			}
		}
	})
}

func checkFaultOrder(t *testing.T, faults []RowFault) {
	t.Helper()
	last := 1
	for _, fault := range faults {
		if fault.Line < last || fault.Problem == "" || fault.Mend == "" {
			t.Fatalf("fault %+v after line %d", fault, last)
		}
		last = fault.Line
	}
}

// The line splitter must agree with the standard reader wherever it accepts.
func FuzzSplitValues(f *testing.F) {
	for _, line := range []string{`a,b`, `"a,""b""",c`, `,`, `""`, `a"b`, `"a`, `"a"b`} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if line == "" || strings.ContainsAny(line, "\r\n") {
			return
		}
		want, err := csv.NewReader(strings.NewReader(line)).Read()
		got, problem := splitValues(line)
		if (err == nil) != (problem == "") || (err == nil && !slices.Equal(got, want)) {
			t.Fatalf("%q: got %q %q, encoding/csv %q %v", line, got, problem, want, err)
		}
	})
}
