package clinic

import (
	"fmt"
	"strings"
)

// OpenDataHeader is the first line of the list joined from Korean public data
// on medical facilities. It states no capacity, no lunch break, hours for some
// facilities only, and guesses from the name who vaccinates.
const OpenDataHeader = "facility_id,name,type,sido,sigungu,sigungu_code,emd_code_nearest,emd_name_nearest," +
	"road_address,postcode,lat,lon,coord_source,staff_count,specialties,hours_weekday,hours_saturday,source,likely_vaccinator"

// What is assumed where the list says nothing, and the hours in which a person
// can be sent for an injection, whatever hours the facility keeps (rule K7).
var (
	assumedWeekday  = Day{Open: 9 * 60, Close: 18 * 60}
	assumedSaturday = Day{Open: 9 * 60, Close: 13 * 60}
	assumedLunch    = Span{From: 13 * 60, To: 14 * 60}
	vaccination     = Day{Open: 8 * 60, Close: 20 * 60}
)

// shortestDay is the least opening time worth booking into.
const shortestDay = 60

const maxStaff = 100_000

// readOpenData reads a row below OpenDataHeader.
func readOpenData(rec *row, regions *Regions) (c Clinic, vaccinates bool) {
	c = Clinic{
		ID: rec.id("facility_id"), Name: rec.words("name", maxClinicName), Address: rec.text("road_address", maxAddress),
		Lat: rec.degrees("lat", 90), Lon: rec.degrees("lon", 180),
		Lunch: assumedLunch,
	}
	c.Kind, c.Doctors = readTypeAndStaff(rec)
	c.Capacity = Capacity{PerHour: c.Doctors * perDoctorHour, Derived: true}
	c.RegionCode, c.SigunguCode = place(rec, regions, "emd_code_nearest", "sigungu_code")
	readOpenHours(rec, &c)
	return c, readLikely(rec)
}

// readTypeAndStaff turns the type and the number of staff into vaccinating
// doctors (rule K10).
func readTypeAndStaff(rec *row) (Kind, int) {
	staff := 0
	if rec.raw("staff_count") != "" {
		staff = rec.count("staff_count", 0, maxStaff)
	}
	switch kind := rec.raw("type"); kind {
	case "의원":
		return Practice, 1
	case "병원":
		return Hospital, hospitalDoctors(staff, 2)
	case "종합병원":
		return Hospital, hospitalDoctors(staff, 4)
	default:
		rec.refuse("type", fmt.Sprintf("%.40q is no type of facility", kind), "write 의원, 병원 or 종합병원")
		return "", 0
	}
}

func readLikely(rec *row) bool {
	s := rec.raw("likely_vaccinator")
	if s != "0" && s != "1" {
		rec.refuse("likely_vaccinator", fmt.Sprintf("%.20q is neither 0 nor 1", s), "write 1 if it vaccinates, 0 if not")
	}
	return s == "1"
}

// readOpenHours clips stated hours to the hours of vaccination. A weekday that
// is not stated, or of which too little is left, is assumed and marked so; a
// Saturday of which too little is left is closed (rule K7).
func readOpenHours(rec *row, c *Clinic) {
	weekday, stated := readTilde(rec, "hours_weekday")
	saturday, saturdayStated := readTilde(rec, "hours_saturday")
	if !stated && !saturdayStated {
		c.Hours, c.HoursAssumed = week(assumedWeekday, assumedSaturday), true
		return
	}
	if weekday.Closed() {
		weekday, c.HoursAssumed = assumedWeekday, true
	}
	c.Hours = week(weekday, saturday)
}

// readTilde reads "09:00~18:00"; a closing time of 00:00 is midnight at the end
// of the day.
func readTilde(rec *row, field string) (hours Day, stated bool) {
	s := rec.raw(field)
	if s == "" {
		return Day{}, false
	}
	from, to, found := strings.Cut(s, "~")
	open, ok1 := clockMinutes(from, ":")
	shut, ok2 := clockMinutes(to, ":")
	if shut == 0 {
		shut = minutesPerDay
	}
	if !found || !ok1 || !ok2 || open >= shut {
		rec.refuse(field, fmt.Sprintf("%.40q are no opening hours", s), "write HH:MM~HH:MM, the first before the second")
		return Day{}, true
	}
	return clip(Day{Open: open, Close: shut}), true
}

func clip(d Day) Day {
	d.Open, d.Close = max(d.Open, vaccination.Open), min(d.Close, vaccination.Close)
	if d.Close-d.Open < shortestDay {
		return Day{}
	}
	return d
}
