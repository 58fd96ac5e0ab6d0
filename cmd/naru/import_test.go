package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"naru/examples"
	"naru/internal/clinic"
	"naru/internal/fault"
	"naru/internal/store"
)

// importer runs imports into one data folder and keeps what they print.
type importer struct {
	t        *testing.T
	dir      string
	out, err bytes.Buffer
}

func newImporter(t *testing.T) *importer { return &importer{t: t, dir: t.TempDir()} }

// run writes the list to a file and imports it into the folder.
func (i *importer) run(what, list string, flags ...string) error {
	i.t.Helper()
	file := filepath.Join(i.t.TempDir(), "list.csv")
	if err := os.WriteFile(file, []byte(list), 0o600); err != nil {
		i.t.Fatal(err)
	}
	return i.parse(append([]string{what, file, "--data", i.dir}, flags...), "")
}

// parse reads the words after "naru import" as main would, and runs them.
func (i *importer) parse(words []string, stdin string) error {
	i.t.Helper()
	var cmd ImportCmd
	parser, err := kong.New(&cmd)
	if err != nil {
		i.t.Fatal(err)
	}
	context, err := parser.Parse(words)
	if err != nil {
		i.t.Fatal(err)
	}
	i.out.Reset()
	i.err.Reset()
	return context.Run(&Env{Stdout: &i.out, Stderr: &i.err, Stdin: strings.NewReader(stdin)})
}

func (i *importer) must(err error) {
	i.t.Helper()
	if err != nil {
		i.t.Fatalf("%v\n%s", err, i.err.String())
	}
}

// ids lists what is published now.
func (i *importer) ids() string {
	i.t.Helper()
	d, err := store.LoadDirectory(i.dir)
	i.must(err)
	var ids []string
	for _, c := range d.Clinics() {
		ids = append(ids, string(c.ID))
	}
	return strings.Join(ids, " ")
}

// facilityRows makes a list of facilities in 세종, each named after its id.
func facilityRows(ids ...string) string {
	list := clinic.FacilitiesHeader + "\n"
	for _, id := range ids {
		list += id + ",가상" + id + "의원,clinic,3611025000,3611000000,,,,36.6,127.28,1,0900,1800,1300,1400,0900,1300,8\n"
	}
	return list
}

const badFacilityRow = "BAD,가상의원,clinic,9999999999,3611000000,,,,36.6,127.28,1,0900,1800,1300,1400,0900,1300,8\n"

func TestImportReplacesOrAppends(t *testing.T) {
	t.Parallel()
	i := newImporter(t)
	i.must(i.run("regions", string(examples.RegionsCSV)))
	for _, c := range []struct {
		name  string
		list  string
		flags []string
		ok    bool
		then  string
	}{
		{"the first list", facilityRows("a", "b"), nil, true, "a b"},
		{"a second list replaces it", facilityRows("c"), nil, true, "c"},
		{"--append keeps the first", facilityRows("d"), []string{"--append"}, true, "c d"},
		{"--append refuses an id that is taken", facilityRows("e", "c"), []string{"--append"}, false, "c d"},
		{"--append --keep-going takes the others", facilityRows("e", "c"), []string{"--append", "--keep-going"}, true, "c d e"},
		{"a bad row stops the whole list", facilityRows("f") + badFacilityRow, nil, false, "c d e"},
		{"--keep-going leaves the bad row out", facilityRows("f") + badFacilityRow, []string{"--keep-going"}, true, "f"},
		{"no good row at all", facilityRows() + badFacilityRow, []string{"--keep-going"}, false, "f"},
		{"no row at all", facilityRows(), nil, false, "f"},
	} {
		err := i.run("clinics", c.list, c.flags...)
		if (err == nil) != c.ok || (err != nil && fault.Of(err).Message != "clinic.import_refused") {
			t.Errorf("%s: %v", c.name, err)
		}
		if got := i.ids(); got != c.then {
			t.Errorf("%s: published %q, want %q", c.name, got, c.then)
		}
	}
}

func TestImportNamesFileAndLine(t *testing.T) {
	t.Parallel()
	i := newImporter(t)
	i.must(i.run("regions", string(examples.RegionsCSV)))
	err := i.run("clinics", facilityRows("a")+badFacilityRow)
	if err == nil || !strings.Contains(i.err.String(), "list.csv:3: emd_code: there is no region 9999999999 in 3611000000; ") {
		t.Errorf("%v\n%s", err, i.err.String())
	}
	if !strings.Contains(i.out.String(), "2 rows read, 1 good, 1 refused\nnothing was imported") {
		t.Errorf("report:\n%s", i.out.String())
	}
}

func TestImportRegionsChecksTheClinicsAgain(t *testing.T) {
	t.Parallel()
	i := newImporter(t)
	korea := string(examples.RegionsCSV)
	i.must(i.run("regions", korea))
	elsewhere := strings.NewReplacer("3611025000,3611000000", "4128151000,4128100000", "a,", "z,", "가상a", "가상z").Replace(facilityRows("a"))
	i.must(i.run("clinics", facilityRows("b")))
	i.must(i.run("clinics", elsewhere, "--append"))
	var without strings.Builder
	for line := range strings.Lines(korea) {
		if !strings.HasPrefix(line, "3611") {
			without.WriteString(line)
		}
	}
	if err := i.run("regions", without.String()); err == nil || !strings.Contains(i.err.String(), "no region for clinic b") || i.ids() != "b z" {
		t.Errorf("%v, published %q\n%s", err, i.ids(), i.err.String())
	}
	i.must(i.run("regions", without.String(), "--keep-going"))
	if i.ids() != "z" || !strings.Contains(i.out.String(), "1 clinics kept from before, 1 dropped") {
		t.Errorf("published %q\n%s", i.ids(), i.out.String())
	}
}

func TestImportReportAsJSON(t *testing.T) {
	t.Parallel()
	i := newImporter(t)
	i.must(i.run("regions", string(examples.RegionsCSV), "--json"))
	i.must(i.run("clinics", facilityRows("a", "b")+badFacilityRow, "--keep-going", "--json"))
	var got importReport
	if err := json.Unmarshal(i.out.Bytes(), &got); err != nil || i.err.Len() > 0 {
		t.Fatalf("%v\n%s%s", err, i.out.String(), i.err.String())
	}
	if got.Rows != 3 || got.Imported != 2 || got.Refused != 1 || !got.Published || len(got.Faults) != 1 || got.Faults[0].Line != 4 {
		t.Errorf("report %+v", got)
	}
	if s := got.Summary; s.Clinics != 2 || s.DailyCapacity != 128 || s.ByKind[clinic.Practice] != 2 || s.SigunguWithoutAny != 249 {
		t.Errorf("summary %+v", s)
	}
}

func TestImportSecondCountry(t *testing.T) {
	t.Parallel()
	i := newImporter(t)
	agency := filepath.Join(t.TempDir(), "agency.yaml")
	if err := os.WriteFile(agency, examples.SecondAgencyYAML, 0o600); err != nil {
		t.Fatal(err)
	}
	i.must(i.run("regions", string(examples.SecondRegionsCSV), "--agency", agency))
	one := clinic.FacilitiesHeader + "\nx,Imaginary clinic,clinic,,XF0101,,,,61.12,24.05,1,0900,1800,,,,,8\n"
	i.must(i.run("clinics", one, "--agency", agency))
	if i.ids() != "x" {
		t.Errorf("published %q", i.ids())
	}
	korea := newImporter(t)
	korea.must(korea.run("regions", string(examples.RegionsCSV)))
	if err := korea.run("clinics", one, "--agency", agency); fault.Of(err).Message != "clinic.levels_differ" {
		t.Errorf("two levels into three: %v", err)
	}
}

func TestImportRefusesWithAHint(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		words []string
		says  string
	}{
		{"PostgreSQL", []string{"clinics", "-", "--db", "mysql://x/y"}, "the database URL is not one of PostgreSQL"},
		{"no such file", []string{"regions", "none.csv"}, "none.csv"},
		{"clinics before regions", []string{"clinics", "-"}, "run: naru import regions FILE"},
		{"another header", []string{"regions", "-"}, "it must be exactly code,level"},
		{"no such agency", []string{"regions", "-", "--agency", "none.yaml"}, "none.yaml"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			i := newImporter(t)
			err := i.parse(append(c.words, "--data", i.dir), "a,b\n1,2\n")
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, want %s", err, c.says)
			}
			if _, err := os.Stat(filepath.Join(i.dir, "static")); err == nil {
				t.Error("something was written")
			}
		})
	}
}

// The real list is read through NARU_DATA and is no part of the repository.
func TestImportSharedLists(t *testing.T) {
	t.Parallel()
	data := os.Getenv("NARU_DATA")
	if data == "" {
		data = filepath.Join("..", "..", "..", "shared", "data")
	}
	if _, err := os.Stat(data); os.IsNotExist(err) {
		t.Skip("no folder of shared data; set NARU_DATA to run this test")
	}
	i := newImporter(t)
	for _, c := range []struct{ what, file, says string }{
		{"regions", "regions.csv", "3779 rows read, 3779 good, 0 refused"},
		{"clinics", "clinics.csv", "9381 rows read, 9381 good, 0 refused, 2596 left out"},
		{"clinics", "facilities_synthetic.csv", "13250 rows read, 13250 good, 0 refused\n"},
	} {
		i.must(i.parse([]string{c.what, filepath.Join(data, c.file), "--data", i.dir}, ""))
		if !strings.Contains(i.out.String(), c.says) {
			t.Errorf("want %q in\n%s", c.says, i.out.String())
		}
		t.Logf("%s", strings.ReplaceAll(i.out.String(), data, ""))
	}
}
