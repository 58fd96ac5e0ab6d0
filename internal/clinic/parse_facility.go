package clinic

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// FacilitiesHeader is the first line of the project's own list of facilities.
// It states everything; nothing is assumed or derived.
const FacilitiesHeader = "id,name,kind,emd_code,sigungu_code,sido,sigungu,eupmyeondong,lat,lon," +
	"doctors,open,close,lunch_from,lunch_to,sat_open,sat_close,capacity_per_hour"

const (
	maxDoctors = 500
	maxPerHour = 5_000
)

// readFacility reads a row below FacilitiesHeader. The name columns of the
// regions are not read: the code is the key (rule K5).
func readFacility(rec *row, regions *Regions) (c Clinic, vaccinates bool) {
	c = Clinic{
		ID: rec.id("id"), Name: rec.words("name", maxClinicName), Kind: readKind(rec),
		Lat: rec.degrees("lat", 90), Lon: rec.degrees("lon", 180),
		Doctors:  rec.count("doctors", 1, maxDoctors),
		Capacity: Capacity{PerHour: rec.count("capacity_per_hour", 1, maxPerHour)},
		Lunch:    readSpan(rec, "lunch_from", "lunch_to"),
	}
	c.RegionCode, c.SigunguCode = place(rec, regions, "emd_code", "sigungu_code")
	weekday := readDay(rec, "open", "close")
	if weekday.Closed() {
		rec.refuse("open", "no opening hours", "fill in open and close as HHMM")
	}
	c.Hours = week(weekday, readDay(rec, "sat_open", "sat_close"))
	return c, true
}

func readKind(rec *row) Kind {
	kind := Kind(rec.raw("kind"))
	if !slices.Contains(Kinds, kind) {
		rec.refuse("kind", fmt.Sprintf("%.40q is no kind of facility", string(kind)), fmt.Sprintf("write one of %v", Kinds))
	}
	return kind
}

// week has the same hours from Monday to Friday; the lists know nothing of
// Sunday, so it is closed (rule K7).
func week(weekday, saturday Day) (hours [7]Day) {
	for d := time.Monday; d <= time.Friday; d++ {
		hours[d] = weekday
	}
	hours[time.Saturday] = saturday
	return hours
}

func readDay(rec *row, from, to string) Day {
	s := readSpan(rec, from, to)
	return Day{Open: s.From, Close: s.To}
}

// readSpan reads two HHMM columns; both empty is no span.
func readSpan(rec *row, from, to string) Span {
	if rec.raw(from) == "" && rec.raw(to) == "" {
		return Span{}
	}
	s := Span{From: readHHMM(rec, from), To: readHHMM(rec, to)}
	if s.From >= s.To {
		rec.refuse(from, fmt.Sprintf("%s is not before %s (%s)", rec.raw(from), rec.raw(to), to), "correct the two times")
	}
	return s
}

func readHHMM(rec *row, field string) int {
	minutes, ok := clockMinutes(rec.raw(field), "")
	if !ok {
		rec.refuse(field, fmt.Sprintf("%.20q is no time of day", rec.raw(field)), "write HHMM from 0000 to 2400")
	}
	return minutes
}

// clockMinutes reads HH, the separator, MM; 24:00 is the end of the day.
func clockMinutes(s, separator string) (int, bool) {
	if len(s) != 4+len(separator) || s[2:2+len(separator)] != separator {
		return 0, false
	}
	digits := s[:2] + s[2+len(separator):]
	for _, d := range []byte(digits) {
		if d < '0' || d > '9' {
			return 0, false
		}
	}
	n, _ := strconv.Atoi(digits) // four digits always parse
	minutes := n/100*60 + n%100
	return minutes, n%100 < 60 && minutes <= minutesPerDay
}
