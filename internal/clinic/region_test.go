package clinic

import (
	"strings"
	"testing"

	"naru/examples"
	"naru/internal/fault"
)

// edit is one change of a good list and what must be said about it.
type edit struct {
	name     string
	from, to string // replaced once
	line     int
	says     string
}

func TestRegionRowsRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []edit{
		{"unknown parent", "3611025000,eupmyeondong,3611000000", "3611025000,eupmyeondong,3699000000", 4, "parent 3699000000 is not in the list"},
		{"parent two levels up", "3611025000,eupmyeondong,3611000000", "3611025000,eupmyeondong,3600000000", 4, "not of the level above"},
		{"own parent", "3611031000,eupmyeondong,3611000000", "3611031000,eupmyeondong,3611031000", 5, "is not in the list"},
		{"no parent", "4128100000,sigungu,4100000000", "4128100000,sigungu,", 7, "no region code"},
		{"province with a parent", "4100000000,sido,,", "4100000000,sido,3600000000,", 6, "has no parent"},
		{"parent of another name", "4100000000,경기도,양평군", "4100000000,강원도,양평군", 9, "is called"},
		{"code twice", "3611031000,eup", "3611025000,eup", 5, "already on line 4"},
		{"code with a path", "3611025000,eup", "../25000,eup", 4, "no region code"},
		{"code too long", "3611025000,eup", "361102500036110250001,eup", 4, "no region code"},
		{"unknown level", "3611025000,eupmyeondong", "3611025000,ri", 4, "is no level here"},
		{"latitude over the pole", "36.60756", "96.60756", 4, "is no coordinate"},
		{"longitude past the date line", "127.28550", "180.00001", 4, "is no coordinate"},
		{"latitude not a number", "36.60756", "NaN", 4, "is no coordinate"},
		{"latitude in scientific form", "36.60756", "3.6e1", 4, "is no coordinate"},
		{"latitude empty", "36.60756", "", 4, "is no coordinate"},
		{"name empty", "조치원읍", "", 4, "it is empty"},
		{"name only spaces", "조치원읍", "  ", 4, "it is empty"},
		{"name below its level", "3600000000,sido,,세종특별자치시,,", "3600000000,sido,,세종특별자치시,,조치원읍", 2, "below the row's own level"},
		{"name too long", "조치원읍", strings.Repeat("가", 34), 4, "102 bytes long"},
		{"broken UTF-8", "조치원읍", "조\xff", 4, "not UTF-8"},
		{"invisible character", "조치원읍", "조\u202e읍", 4, "cannot be seen"},
		{"too few columns", ",36.60756,127.28550", ",36.60756", 4, "has 7 columns, the header 8"},
		{"too many columns", "127.28550", "127.28550,x", 4, "has 9 columns, the header 8"},
		{"open quote", "조치원읍", `"조치원읍`, 4, "not closed"},
		{"quote inside", "조치원읍", `조"치원읍`, 4, "not quoted"},
		{"line too long", "조치원읍", strings.Repeat("가", maxLineBytes), 4, "longer than"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			list := strings.Replace(smallRegions, c.from, c.to, 1)
			regions, faults, err := ParseRegions(strings.NewReader(list), 3)
			if err != nil {
				t.Fatal(err)
			}
			if len(faults) == 0 || faults[0].Line != c.line || !strings.Contains(faults[0].String(), c.says) {
				t.Fatalf("faults %v, want line %d: %s", faults, c.line, c.says)
			}
			if want := 8 - len(faults); regions.Len() != want {
				t.Errorf("%d regions kept, want %d", regions.Len(), want)
			}
		})
	}
}

func TestRegionListRefusedWhole(t *testing.T) {
	t.Parallel()
	for name, list := range map[string]string{
		"empty":            "",
		"another header":   "code,name\n1,2\n",
		"header reordered": strings.Replace(smallRegions, "lat,lon", "lon,lat", 1),
		"header with more": strings.Replace(smallRegions, "lat,lon", "lat,lon,x", 1),
		"not text":         "\x00\x01\x02",
		"too many rows":    RegionsHeader + "\n" + strings.Repeat("x\n", maxRows+1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			regions, faults, err := ParseRegions(strings.NewReader(list), 3)
			if err == nil || regions != nil || faults != nil {
				t.Errorf("got %v %v %v, want only an error", regions, faults, err)
			}
		})
	}
	if _, _, err := ParseRegions(strings.NewReader(smallRegions), 4); err == nil {
		t.Error("four levels were accepted")
	}
}

func TestRegionListForms(t *testing.T) {
	t.Parallel()
	for name, list := range map[string]string{
		"byte order mark":     "\ufeff" + smallRegions,
		"lines end with CRLF": strings.ReplaceAll(smallRegions, "\n", "\r\n"),
		"no last line end":    strings.TrimSuffix(smallRegions, "\n"),
		"blank lines":         strings.ReplaceAll(smallRegions, "\n41", "\n\n41"),
		"quoted name":         strings.Replace(smallRegions, "조치원읍", `"조치원읍"`, 1),
		"rows upside down":    RegionsHeader + "\n" + upsideDown(smallRegions),
		"decomposed syllable": strings.Replace(smallRegions, "조치원읍", "\u110c\u1169치원읍", 1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			regions := mustRegions(t, list, 3)
			r, err := regions.Find("3611025000")
			if err != nil || r.Name != "조치원읍" || regions.Len() != 8 {
				t.Errorf("found %+v %v among %d", r, err, regions.Len())
			}
		})
	}
}

func upsideDown(list string) string {
	rows := strings.Split(strings.TrimSpace(list), "\n")[1:]
	var b strings.Builder
	for i := len(rows) - 1; i >= 0; i-- {
		b.WriteString(rows[i] + "\n")
	}
	return b.String()
}

func TestRegionChoice(t *testing.T) {
	t.Parallel()
	regions := koreaRegions(t)
	for _, c := range []struct {
		code     RegionCode
		path     string // as people write it
		children int
	}{
		{"", "", 17},
		{"3600000000", "세종특별자치시", 1},
		{"3611000000", "세종특별자치시/세종시", 22},
		{"3611025000", "세종특별자치시/세종시/조치원읍", 0},
		{"4128100000", "경기도/고양시 덕양구", 21},
		{"4128151000", "경기도/고양시 덕양구/주교동", 0},
		{"4711100000", "경상북도/포항시 남구", 14},
		{"2644000000", "부산광역시/강서구", 8},
		{"4139000000", "경기도/시흥시", 19},
		{"9999999999", "", 0},
	} {
		var names []string
		for _, r := range regions.Path(c.code) {
			names = append(names, r.Display())
		}
		if got := strings.Join(names, "/"); got != c.path {
			t.Errorf("path of %q is %q, want %q", c.code, got, c.path)
		}
		if got := len(regions.Children(c.code)); got != c.children {
			t.Errorf("%q has %d children, want %d", c.code, got, c.children)
		}
	}
	if _, err := regions.Find("9999999999"); fault.Of(err).Message != "clinic.region_unknown" {
		t.Errorf("unknown region: %v", err)
	}
}

func TestKoreaRegions(t *testing.T) {
	t.Parallel()
	regions := koreaRegions(t)
	for level, want := range map[int]int{1: 17, 2: 250, 3: 3512} {
		if got := len(regions.AtLevel(level)); got != want {
			t.Errorf("level %d has %d regions, want %d", level, got, want)
		}
	}
	if first := regions.Children("")[0]; first.Name != "서울특별시" {
		t.Errorf("the first region is %s", first.Name)
	}
}

func TestTwoLevelCountry(t *testing.T) {
	t.Parallel()
	regions := mustRegions(t, string(examples.SecondRegionsCSV), 2)
	if regions.Levels() != 2 || len(regions.AtLevel(3)) != 0 || len(regions.AtLevel(2)) == 0 {
		t.Errorf("levels %d, %d at level 2", regions.Levels(), len(regions.AtLevel(2)))
	}
	_, faults, err := ParseRegions(strings.NewReader(smallRegions), 2)
	if err != nil || len(faults) != 3 || !strings.Contains(faults[0].String(), "is no level here") {
		t.Errorf("rows of a third level: %v %v, want three refused", faults, err)
	}
}
