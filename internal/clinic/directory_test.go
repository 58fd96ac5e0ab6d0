package clinic

import (
	"strings"
	"testing"

	"naru/internal/fault"
)

func smallDirectory(t testing.TB, clinics ...Clinic) *Directory {
	t.Helper()
	d, err := NewDirectory(mustRegions(t, smallRegions, 3), clinics)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func in(id ID, name string, region, sigungu RegionCode) Clinic {
	return Clinic{ID: id, Name: name, Kind: Practice, RegionCode: region, SigunguCode: sigungu, Doctors: 1}
}

var (
	sejongJochiwon = in("1", "가상조치원내과의원", "3611025000", "3611000000")
	sejongYeongi   = in("2", "가상 연기 ABC 의원", "3611031000", "3611000000")
	sejongCentre   = in("3", "가상세종예방접종센터", "3611000000", "3611000000")
	goyang         = in("4", "가상주교내과의원", "4128151000", "4128100000")
)

func names(clinics []*Clinic) string {
	var list []string
	for _, c := range clinics {
		list = append(list, string(c.ID))
	}
	return strings.Join(list, " ")
}

func TestClinicsInRegion(t *testing.T) {
	t.Parallel()
	d := smallDirectory(t, sejongJochiwon, sejongYeongi, sejongCentre, goyang)
	for region, want := range map[RegionCode]string{
		"3600000000": "2 3 1", // by name
		"3611000000": "2 3 1",
		"3611025000": "1", // the centre belongs to the whole 시군구
		"4100000000": "4",
		"4128100000": "4",
		"4183000000": "",
		"9":          "",
	} {
		if got := names(d.ClinicsIn(region)); got != want || d.Count(region) != len(strings.Fields(want)) {
			t.Errorf("in %s: %q, want %q", region, got, want)
		}
	}
}

func TestSearch(t *testing.T) {
	t.Parallel()
	d := smallDirectory(t, sejongJochiwon, sejongYeongi, sejongCentre, goyang)
	for _, c := range []struct {
		name   string
		region RegionCode
		query  string
		want   string
	}{
		{"part of a name", "", "내과", "1 4"},
		{"in a 시도", "3600000000", "내과", "1"},
		{"in a 시군구", "4128100000", "내과", "4"},
		{"in a 읍면동", "3611031000", "의원", "2"},
		{"spaces make no difference", "", " 연기abc의 원", "2"},
		{"letter case makes no difference", "", "aBc", "2"},
		{"full-width letters are letters", "", "ＡＢＣ", "2"},
		{"a syllable in parts is the syllable", "", "\u1102\u1162과", "1 4"},
		{"nothing asked finds all", "3611000000", "", "2 3 1"},
		{"not there", "", "안과", ""},
		{"unknown region", "9", "내과", ""},
		{"broken UTF-8", "", "\xff", ""},
		{"too long", "", strings.Repeat("가", 61), ""},
	} {
		if got := names(d.Search(c.region, c.query)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestNearestWithClinics(t *testing.T) {
	t.Parallel()
	d := smallDirectory(t, sejongJochiwon, goyang)
	near := d.NearestWithClinics("4183000000", 5)
	if len(near) != 2 || near[0].Region.Code != "4128100000" || near[1].Region.Code != "3611000000" || near[0].Clinics != 1 {
		t.Fatalf("near 양평군: %+v", near)
	}
	// By hand: 16.0 km to the north and 59.8 km to the west make 61.9 km.
	if km := near[0].Km; km < 61.8 || km > 61.95 {
		t.Errorf("고양시 덕양구 is %.2f km from 양평군", km)
	}
	for region, n := range map[RegionCode]int{"3611000000": 1, "3600000000": 1, "9": 0} {
		if got := d.NearestWithClinics(region, 5); len(got) != n {
			t.Errorf("near %s: %+v, want %d", region, got, n)
		}
	}
	if got := d.NearestWithClinics("4183000000", 1); len(got) != 1 {
		t.Errorf("asked for one, got %d", len(got))
	}
}

func TestDirectoryRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		clinics []Clinic
		code    fault.Code
	}{
		"an id twice":             {[]Clinic{goyang, goyang}, fault.Conflict},
		"an unknown region":       {[]Clinic{in("1", "가", "4128199999", "4128100000")}, fault.Invalid},
		"an unknown 시군구":          {[]Clinic{in("1", "가", "4128151000", "4128199999")}, fault.Invalid},
		"a region of another 시군구": {[]Clinic{in("1", "가", "4128151000", "3611000000")}, fault.Invalid},
		"a 시도 in place of a 시군구":  {[]Clinic{in("1", "가", "4100000000", "4100000000")}, fault.Invalid},
	} {
		if _, err := NewDirectory(mustRegions(t, smallRegions, 3), c.clinics); fault.CodeOf(err) != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
	d := smallDirectory(t, goyang)
	if c, err := d.Clinic("4"); err != nil || c.Name != goyang.Name {
		t.Errorf("clinic 4: %v %v", c, err)
	}
	if _, err := d.Clinic("5"); fault.Of(err).Message != "clinic.unknown" {
		t.Errorf("unknown clinic: %v", err)
	}
}
