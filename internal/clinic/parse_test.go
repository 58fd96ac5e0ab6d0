package clinic

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"naru/internal/fault"
)

const (
	goodFacility = "S1,가상조치원내과의원,clinic,3611025000,3611000000,세종특별자치시,세종시,조치원읍,36.6,127.28,2,0900,1830,1300,1400,0900,1300,16"
	goodOpenData = `E1,가상의원,의원,세종특별자치시,세종시,3611000000,3611025000,조치원읍,"세종특별자치시 조치원로 1, 2층 (""나루"" 빌딩)",,36.6,127.28,addr,,,09:00~18:00,09:00~13:00,TEST,1`
)

func TestFacilityRowsRefused(t *testing.T) {
	t.Parallel()
	refuse(t, FacilitiesHeader, goodFacility, []edit{
		{name: "unknown 읍면동", from: "3611025000", to: "3611099000", says: "there is no region 3611099000 in 3611000000"},
		{name: "읍면동 of another 시군구", from: "3611025000", to: "4128151000", says: "there is no region 4128151000 in 3611000000"},
		{name: "unknown 시군구", from: "3611000000", to: "3699000000", says: "no region 3699000000 of the second level"},
		{name: "시도 as 시군구", from: "3611000000", to: "3600000000", says: "of the second level"},
		{name: "no 시군구", from: "3611000000", to: "", says: "no region code"},
		{name: "id empty", from: "S1,", to: ",", says: "no facility id"},
		{name: "id with a path", from: "S1,", to: "../S1,", says: "no facility id"},
		{name: "name empty", from: "가상조치원내과의원", to: "", says: "it is empty"},
		{name: "name too long", from: "가상조치원내과의원", to: strings.Repeat("가", 70), says: "210 bytes long"},
		{name: "unknown kind", from: "clinic", to: "pharmacy", says: "is no kind"},
		{name: "no doctors", from: ",2,0900", to: ",0,0900", says: "no whole number from 1 to 500"},
		{name: "doctors negative", from: ",2,0900", to: ",-2,0900", says: "no whole number"},
		{name: "doctors beyond numbers", from: ",2,0900", to: ",99999999999999999999,0900", says: "no whole number"},
		{name: "capacity none", from: ",16", to: ",0", says: "no whole number from 1 to 5000"},
		{name: "capacity with a plus", from: ",16", to: ",+16", says: "no whole number"},
		{name: "closes before it opens", from: "0900,1830", to: "1830,0900", says: "1830 is not before 0900"},
		{name: "opens at 25", from: "0900,1830", to: "2500,1830", says: "no time of day"},
		{name: "minute 60", from: "0900,1830", to: "0860,1830", says: "no time of day"},
		{name: "closes after 24", from: "0900,1830", to: "0900,2401", says: "no time of day"},
		{name: "three digits", from: "0900,1830", to: "900,1830", says: "no time of day"},
		{name: "no hours at all", from: "0900,1830", to: ",", says: "no opening hours"},
		{name: "only an opening time", from: "0900,1830", to: "0900,", says: "no time of day"},
		{name: "lunch begins, does not end", from: "1300,1400", to: "1300,", says: "no time of day"},
		{name: "lunch backwards", from: "1300,1400", to: "1400,1300", says: "not before"},
		{name: "Saturday backwards", from: "0900,1300,16", to: "1300,0900,16", says: "not before"},
		{name: "latitude", from: "36.6,", to: "136.6,", says: "no coordinate"},
		{name: "one column short", from: ",16", to: "", says: "has 17 columns, the header 18"},
	})
}

func TestOpenDataRowsRefused(t *testing.T) {
	t.Parallel()
	refuse(t, OpenDataHeader, goodOpenData, []edit{
		{name: "unknown 읍면동", from: "3611025000", to: "3611099000", says: "there is no region"},
		{name: "unknown type", from: ",의원,", to: ",약국,", says: "no type of facility"},
		{name: "staff not a number", from: ",addr,,", to: ",addr,many,", says: "no whole number"},
		{name: "hours without ~", from: "09:00~18:00", to: "09:00-18:00", says: "no opening hours"},
		{name: "hours backwards", from: "09:00~18:00", to: "18:00~09:00", says: "no opening hours"},
		{name: "hours half", from: "09:00~18:00", to: "09:00~", says: "no opening hours"},
		{name: "closes at 25:00", from: "09:00~18:00", to: "09:00~25:00", says: "no opening hours"},
		{name: "Saturday in words", from: "09:00~13:00", to: "closed", says: "no opening hours"},
		{name: "likely maybe", from: ",1", to: ",maybe", says: "neither 0 nor 1"},
		{name: "address too long", from: "조치원로", to: strings.Repeat("로", 140), says: "bytes long"},
		{name: "text after a quote", from: `빌딩)"`, to: `빌딩)"x`, says: "after the closing quote"},
	})
}

// refuse puts the edited row between two good ones: it alone must be refused.
func refuse(t *testing.T, header, good string, edits []edit) {
	t.Helper()
	regions := mustRegions(t, smallRegions, 3)
	for _, c := range edits {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			before, after := "A"+good, "B"+good
			bad := strings.Replace(good, c.from, c.to, 1)
			if c.to == "maybe" || c.from == ",16" || c.from == ",1" {
				at := strings.LastIndex(good, c.from)
				bad = good[:at] + c.to + good[at+len(c.from):]
			}
			text := strings.Join([]string{header, before, bad, after}, "\n")
			list, faults, err := Parse(strings.NewReader(text), regions, nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(faults) != 1 || faults[0].Line != 3 || !strings.Contains(faults[0].String(), c.says) {
				t.Fatalf("faults %v, want one on line 3: %s", faults, c.says)
			}
			if list.Rows != 3 || len(list.Clinics) != 2 {
				t.Errorf("%d rows, %d clinics; want 3 and 2", list.Rows, len(list.Clinics))
			}
		})
	}
}

func TestIDsAreUnique(t *testing.T) {
	t.Parallel()
	regions := mustRegions(t, smallRegions, 3)
	earlier := []Clinic{{ID: "S9"}}
	text := strings.Join([]string{FacilitiesHeader, goodFacility, goodFacility, strings.Replace(goodFacility, "S1", "S9", 1)}, "\n")
	list, faults, err := Parse(strings.NewReader(text), regions, earlier)
	if err != nil || len(list.Clinics) != 1 || len(faults) != 2 {
		t.Fatalf("got %d clinics, faults %v, %v", len(list.Clinics), faults, err)
	}
	for i, says := range []string{"S1 is already on line 2", "S9 was imported before"} {
		if got := faults[i]; got.Line != i+3 || got.Field != "id" || !strings.Contains(got.Problem, says) {
			t.Errorf("fault %d is %v, want %s", i, got, says)
		}
	}
}

func TestClinicHeaderRefused(t *testing.T) {
	t.Parallel()
	for _, header := range []string{"", "id", RegionsHeader, strings.ToUpper(FacilitiesHeader), FacilitiesHeader + ","} {
		_, _, err := Parse(strings.NewReader(header+"\n"+goodFacility), mustRegions(t, smallRegions, 3), nil)
		if fault.CodeOf(err) != fault.Malformed {
			t.Errorf("header %.30q: %v, want malformed", header, err)
		}
	}
}

func TestOpeningHours(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		weekday, saturday string
		mon, sat          string
		assumed           bool
	}{
		{"09:00~18:00", "09:00~13:00", "540-1080", "540-780", false},
		{"11:00~21:00", "11:00~16:00", "660-1200", "660-960", false},
		{"", "", "540-1080", "540-780", true},
		{"09:00~18:00", "", "540-1080", "0-0", false},
		{"", "09:00~13:00", "540-1080", "540-780", true},
		{"09:00~00:00", "09:00~24:00", "540-1200", "540-1200", false},
		{"00:00~00:00", "00:00~24:00", "480-1200", "480-1200", false},
		{"00:00~01:01", "21:00~23:00", "540-1080", "0-0", true},
		{"19:00~20:00", "19:01~20:00", "1140-1200", "0-0", false},
	} {
		row := strings.Replace(goodOpenData, "09:00~18:00,09:00~13:00", c.weekday+","+c.saturday, 1)
		got := parseOne(t, OpenDataHeader, row)
		mon, sat := got.Hours[time.Monday], got.Hours[time.Saturday]
		if s := fmt.Sprintf("%d-%d", mon.Open, mon.Close); s != c.mon || got.HoursAssumed != c.assumed {
			t.Errorf("%q: weekday %s assumed %v, want %s %v", c.weekday, s, got.HoursAssumed, c.mon, c.assumed)
		}
		if s := fmt.Sprintf("%d-%d", sat.Open, sat.Close); s != c.sat {
			t.Errorf("%q: Saturday %s, want %s", c.saturday, s, c.sat)
		}
		if !got.Hours[time.Sunday].Closed() || mon != got.Hours[time.Friday] {
			t.Errorf("%q: hours %v", c.weekday, got.Hours)
		}
	}
}

func TestDeriveCapacity(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind, staff string
		doctors     int
	}{
		{"의원", "", 1},
		{"의원", "90", 1},
		{"병원", "", 1},
		{"병원", "0", 1},
		{"병원", "39", 1},
		{"병원", "40", 2},
		{"병원", "227", 2},
		{"종합병원", "0", 1},
		{"종합병원", "60", 3},
		{"종합병원", "6167", 4},
	} {
		row := strings.Replace(goodOpenData, ",의원,", ","+c.kind+",", 1)
		row = strings.Replace(row, ",addr,,", ",addr,"+c.staff+",", 1)
		got := parseOne(t, OpenDataHeader, row)
		if got.Doctors != c.doctors || got.Capacity != (Capacity{PerHour: 8 * c.doctors, Derived: true}) {
			t.Errorf("%s with %q staff: %d doctors, %+v; want %d", c.kind, c.staff, got.Doctors, got.Capacity, c.doctors)
		}
	}
}

func TestWhoDoesNotVaccinateIsLeftOut(t *testing.T) {
	t.Parallel()
	text := OpenDataHeader + "\n" + strings.TrimSuffix(goodOpenData, "1") + "0\n" + strings.Replace(goodOpenData, "E1", "E2", 1)
	list, faults, err := Parse(strings.NewReader(text), mustRegions(t, smallRegions, 3), nil)
	if err != nil || len(faults) > 0 || list.Rows != 2 || list.LeftOut != 1 || len(list.Clinics) != 1 || list.Clinics[0].ID != "E2" {
		t.Errorf("got %+v %v %v", list, faults, err)
	}
}

func TestReadWholeRow(t *testing.T) {
	t.Parallel()
	got := parseOne(t, FacilitiesHeader, goodFacility)
	weekday := Day{540, 1110}
	want := Clinic{
		ID: "S1", Name: "가상조치원내과의원", Kind: Practice, RegionCode: "3611025000", SigunguCode: "3611000000",
		Lat: 36.6, Lon: 127.28, Lunch: Span{780, 840}, Capacity: Capacity{PerHour: 16}, Doctors: 2,
		Hours: [7]Day{{}, weekday, weekday, weekday, weekday, weekday, {540, 780}},
	}
	if got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if got := parseOne(t, OpenDataHeader, goodOpenData).Address; got != `세종특별자치시 조치원로 1, 2층 ("나루" 빌딩)` {
		t.Errorf("address %q", got)
	}
	centre := parseOne(t, FacilitiesHeader, strings.Replace(goodFacility, "clinic,3611025000", "centre,", 1))
	if centre.RegionCode != "3611000000" || centre.Kind != Centre {
		t.Errorf("a centre without 읍면동 is in %s", centre.RegionCode)
	}
}

func parseOne(t *testing.T, header, row string) Clinic {
	t.Helper()
	list, faults, err := Parse(strings.NewReader(header+"\n"+row), mustRegions(t, smallRegions, 3), nil)
	if err != nil || len(faults) > 0 || len(list.Clinics) != 1 {
		t.Fatalf("%v %v", faults, err)
	}
	return list.Clinics[0]
}

// The real list is read through NARU_DATA and is no part of the repository.
func TestSharedLists(t *testing.T) {
	t.Parallel()
	regions, faults, err := ParseRegions(sharedData(t, "regions.csv"), 3)
	if err != nil || len(faults) > 0 || regions.Len() != 3779 {
		t.Fatalf("regions.csv: %v %v", faults, err)
	}
	for _, c := range []struct {
		file                         string
		rows, clinics, leftOut, none int
		practices, hospitals, centre int
		perDay                       int
	}{
		{"clinics.csv", 9381, 6785, 2596, 16, 4901, 1884, 0, 533_170},
		{"facilities_synthetic.csv", 13250, 13250, 0, 0, 13000, 0, 250, 1_686_706},
	} {
		list, faults, err := Parse(sharedData(t, c.file), regions, nil)
		if err != nil || len(faults) > 0 {
			t.Fatalf("%s: %v %v", c.file, faults, err)
		}
		d, err := NewDirectory(regions, list.Clinics)
		if err != nil {
			t.Fatal(err)
		}
		s := d.Summarise()
		t.Logf("%s: %d rows ran; %+v", c.file, list.Rows, s)
		if list.Rows != c.rows || len(list.Clinics) != c.clinics || list.LeftOut != c.leftOut || s.SigunguWithoutAny != c.none {
			t.Errorf("%s: %d rows, %d clinics, %d left out, %d empty 시군구", c.file, list.Rows, s.Clinics, list.LeftOut, s.SigunguWithoutAny)
		}
		if s.ByKind[Practice] != c.practices || s.ByKind[Hospital] != c.hospitals || s.ByKind[Centre] != c.centre || s.DailyCapacity != c.perDay {
			t.Errorf("%s: %+v", c.file, s)
		}
	}
}
