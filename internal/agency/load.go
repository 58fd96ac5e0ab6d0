package agency

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"time"

	"naru/internal/rulefile"
)

var (
	countryForm  = regexp.MustCompile(`^[A-Z]{2}$`)
	languageForm = regexp.MustCompile(`^[a-z]{2,3}$`)
	codeForm     = regexp.MustCompile(`^[A-Z][A-Z0-9]{1,11}$`)
)

// Load reads an agency.yaml. Its error is rulefile.Faults with every fault of
// the file.
func Load(data []byte) (*Agency, error) {
	file, root := rulefile.Read(data)
	sum := sha256.Sum256(data)
	a := &Agency{SHA256: hex.EncodeToString(sum[:])}
	a.Languages = languages(root)
	a.Country = root.Text("country")
	if a.Country != "" && !countryForm.MatchString(a.Country) {
		root.Fault("country", "not a country code", "write two capital letters of ISO 3166, for example KR")
	}
	a.Name = a.Texts(root, "name")
	a.Helpline = a.helpline(root.Map("helpline"))
	a.Zone = root.Zone("zone")
	a.RegionLevels = a.levels(root)
	a.Phone = phone(root.Map("phone"))
	a.identity(root.Map("identity"))
	a.Messages = messages(root)
	a.Vaccines = a.vaccines(root.Map("vaccines"))
	a.SlotMinutes = root.Int("slot_minutes", 5, 240)
	a.Holidays = a.holidays(root)
	root.Close()
	if err := file.Err(); err != nil {
		return nil, err
	}
	return a, nil
}

// Texts reads the block under key, which must have a text in each language of
// the agency and in no other.
func (a *Agency) Texts(m *rulefile.Map, key string) Texts {
	block := m.Map(key)
	t := Texts{}
	if len(a.Languages) == 0 {
		return t // already a fault; every text would be an unknown key
	}
	for _, l := range a.Languages {
		if l.Code != "" {
			t[l.Code] = block.Text(l.Code)
		}
	}
	block.Close()
	return t
}

func (a *Agency) helpline(m *rulefile.Map) Helpline {
	defer m.Close()
	h := Helpline{Name: a.Texts(m, "name"), Number: m.Text("number"), Hours: a.Texts(m, "hours")}
	if m.Has("searches_per_hour") {
		h.SearchesPerHour = m.Int("searches_per_hour", 1, 10_000)
	}
	return h
}

func (a *Agency) levels(root *rulefile.Map) []Level {
	var levels []Level
	blocks := root.Maps("region_levels")
	for _, m := range blocks {
		l := Level{Key: m.Slug("key"), Name: a.Texts(m, "name")}
		if slices.ContainsFunc(levels, func(o Level) bool { return o.Key == l.Key && l.Key != "" }) {
			m.Fault("key", fmt.Sprintf("the level %q is there twice", l.Key), "give each level its own key")
		}
		m.Close()
		levels = append(levels, l)
	}
	if n := len(blocks); n == 1 || n > 3 {
		root.Fault("region_levels", fmt.Sprintf("%d levels of regions", n), "list two or three levels, from the largest")
	}
	return levels
}

func (a *Agency) vaccines(m *rulefile.Map) map[string]Vaccine {
	all := map[string]Vaccine{}
	for _, code := range m.Keys() {
		if !codeForm.MatchString(code) {
			m.Fault(code, fmt.Sprintf("%q is not a vaccine code", code), "write 2 to 12 capital letters and digits, for example MOD")
		}
		all[code] = a.vaccine(code, m.Map(code))
	}
	return all
}

func (a *Agency) vaccine(code string, m *rulefile.Map) Vaccine {
	defer m.Close()
	v := Vaccine{Code: code, Name: a.Texts(m, "name"), Disease: m.Slug("disease"), Doses: m.Int("doses", 1, 5)}
	if v.Doses != 1 {
		v.MinIntervalDays = m.Int("min_interval_days", 1, 3650)
	} else if m.Has("min_interval_days") {
		m.Fault("min_interval_days", "a single dose has no interval", "remove it")
	}
	if m.Has("max_interval_days") {
		if v.MaxIntervalDays = m.Int("max_interval_days", 1, 3650); v.MaxIntervalDays != 0 && v.MaxIntervalDays < v.MinIntervalDays {
			m.Fault("max_interval_days", "the longest interval is shorter than the shortest", "correct one of the two")
		}
	}
	if m.Has("codes") {
		v.Codes = codes(m.Map("codes"))
	}
	if m.Has("intervals") && v.Doses > 1 {
		v.Intervals = ReadIntervals(m, v)
	}
	return v
}

// codes are given all or none: half a set makes no certificate.
func codes(m *rulefile.Map) Codes {
	defer m.Close()
	return Codes{CVX: m.Text("cvx"), Prophylaxis: m.Text("vp"), Product: m.Text("mp"), Manufacturer: m.Text("ma")}
}

// holidays may be absent: there are countries and years without a list.
func (a *Agency) holidays(root *rulefile.Map) []Holiday {
	if !root.Has("holidays") {
		return nil
	}
	var days []Holiday
	for _, m := range root.Maps("holidays") {
		h := Holiday{Date: m.Date("date"), Name: a.Texts(m, "name")}
		if slices.ContainsFunc(days, func(o Holiday) bool { return o.Date == h.Date && !h.Date.IsZero() }) {
			m.Fault("date", fmt.Sprintf("%s is in the list twice", h.Date), "keep one")
		}
		m.Close()
		days = append(days, h)
	}
	slices.SortFunc(days, func(x, y Holiday) int { return x.Date.Compare(y.Date) })
	return days
}

// CheckZone notes a fault (rule C4) when the zone is not the agency's.
func (a *Agency) CheckZone(m *rulefile.Map, key string, zone *time.Location) {
	if zone != nil && zone.String() != a.Zone.String() {
		m.Fault(key, fmt.Sprintf("the zone is %s, the agency's is %s", zone, a.Zone), "write "+a.Zone.String()+" and check every time in the file")
	}
}
