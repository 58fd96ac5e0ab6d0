package fhir

import (
	"fmt"

	"naru/internal/agency"
	"naru/internal/caldate"
	"naru/internal/clinic"
)

// Location is a clinic as a place.
type Location struct {
	Type       string       `json:"resourceType"`
	ID         string       `json:"id"`
	Identifier []Identifier `json:"identifier"`
	Status     string       `json:"status"`
	Name       string       `json:"name"`
	Mode       string       `json:"mode"`
	Kind       []Concept    `json:"type"`
	Telecom    []Telecom    `json:"telecom"`
	Address    Address      `json:"address"`
	Position   Position     `json:"position"`
	Hours      []Hours      `json:"hoursOfOperation,omitempty"`
}

// Address is where a clinic is. Lists of clinics have no postal codes, and say so.
type Address struct {
	Use        string     `json:"use"`
	Line       []string   `json:"line,omitempty"`
	City       string     `json:"city,omitempty"`
	District   string     `json:"district,omitempty"`
	State      string     `json:"state,omitempty"`
	NoPostCode Extensions `json:"_postalCode"`
	Country    string     `json:"country"`
}

// Position is WGS84, in degrees.
type Position struct {
	Longitude float64 `json:"longitude"`
	Latitude  float64 `json:"latitude"`
}

// Hours is one span of some days of the week.
type Hours struct {
	Days   []string `json:"daysOfWeek"`
	AllDay bool     `json:"allDay,omitempty"`
	Opens  string   `json:"openingTime,omitempty"`
	Closes string   `json:"closingTime,omitempty"`
}

// kinds are our kinds of facility in HL7's role codes.
var kinds = map[clinic.Kind]Coding{
	clinic.Practice: {System: roleCode, Code: "PC", Display: "Primary care clinic"},
	clinic.Hospital: {System: roleCode, Code: "HOSP", Display: "Hospital"},
	clinic.Centre:   {System: roleCode, Code: "COMM", Display: "Community Location"},
}

const roleCode = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"

// NewLocation is a clinic with the regions it lies in, the highest first. The
// telephone number is the agency's helpline: nobody books at a clinic's own.
func NewLocation(a *agency.Agency, k *clinic.Clinic, path []clinic.Region) Location {
	l := Location{
		Type: "Location", ID: LocationID(k.ID), Status: "active", Name: k.Name, Mode: "instance",
		Identifier: []Identifier{{System: "urn:naru:clinic", Value: string(k.ID)}},
		Kind:       []Concept{{Coding: []Coding{kinds[k.Kind]}}},
		Telecom:    []Telecom{{System: "phone", Value: a.Helpline.Number}},
		Position:   Position{Longitude: k.Lon, Latitude: k.Lat},
		Address: Address{
			Use: "work", Country: a.Country,
			NoPostCode: Extensions{[]Extension{{URL: absent, Code: "unknown"}}},
		},
		Hours: hours(k),
	}
	if k.Address != "" {
		l.Address.Line = []string{k.Address}
	} else if len(path) > 0 { // no street is known: the smallest part of the country that is
		l.Address.Line = []string{path[len(path)-1].Display()}
	}
	for i, to := range []*string{&l.Address.State, &l.Address.City, &l.Address.District} {
		if i < len(path) {
			*to = path[i].Display()
		}
	}
	return l
}

// hours are the spans of the week; what is the same on several days stands once.
func hours(k *clinic.Clinic) []Hours {
	var all []Hours
	for day, d := range k.Hours {
		for _, span := range spans(d, k.Lunch) {
			h := Hours{Opens: clock(span.From), Closes: clock(span.To)}
			if span.From == 0 && span.To == minutesPerDay {
				h = Hours{AllDay: true}
			}
			all = addDay(all, h, weekdays[day])
		}
	}
	return all
}

func addDay(all []Hours, h Hours, day string) []Hours {
	for i := range all {
		if all[i].Opens == h.Opens && all[i].Closes == h.Closes && all[i].AllDay == h.AllDay {
			all[i].Days = append(all[i].Days, day)
			return all
		}
	}
	h.Days = []string{day}
	return append(all, h)
}

// weekdays are by time.Weekday, Sunday first.
var weekdays = [7]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

const minutesPerDay = 24 * 60

func spans(d clinic.Day, lunch clinic.Span) []clinic.Span {
	switch {
	case d.Closed():
		return nil
	case lunch.IsZero() || lunch.To <= d.Open || lunch.From >= d.Close:
		return []clinic.Span{{From: d.Open, To: d.Close}}
	}
	var all []clinic.Span
	if d.Open < lunch.From {
		all = append(all, clinic.Span{From: d.Open, To: lunch.From})
	}
	if lunch.To < d.Close {
		all = append(all, clinic.Span{From: lunch.To, To: d.Close})
	}
	return all
}

// clock is a time of day; FHIR has no 24:00.
func clock(minutes int) string {
	if minutes == minutesPerDay {
		return "23:59:59"
	}
	return fmt.Sprintf("%02d:%02d:00", minutes/60, minutes%60)
}

// dayStart is the first instant of a day in the agency's zone.
func dayStart(a *agency.Agency, d caldate.Date) string { return instant(d.At(0, 0, a.Zone)) }
