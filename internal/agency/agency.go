// Package agency is what differs between countries: names of regions, phone
// numbers, helpline, languages, time zone, vaccines, holidays. It is read from
// one file, agency.yaml.
//
// It promises that an Agency returned by Load is complete: every text is there
// in every language, the zone is known, the phone example fits its own pattern.
// It never holds anything about a person and is never changed after Load, so
// everybody may read it at once. Rules: docs/rules/agency.md.
package agency

import (
	"time"

	"naru/internal/caldate"
	"naru/internal/identity"
	"naru/internal/message"
)

// Agency is one agency.yaml.
type Agency struct {
	Country      string // ISO 3166 alpha-2; XA to XZ for made-up countries
	Name         Texts
	Helpline     Helpline
	Zone         *time.Location
	Languages    []Language // at least one; the first is the default
	RegionLevels []Level    // two or three, from the largest
	Phone        Phone
	Claim        []string            // attributes that every identity provider asserts
	Providers    []identity.Provider // who proves, in the order in which people are offered them; at least one
	Messages     message.Plan        // who carries messages, and when
	Vaccines     map[string]Vaccine
	SlotMinutes  int
	Holidays     []Holiday // sorted by date
	SHA256       string    // of the file, in hex, for the log
}

// Texts is one text in each language of the agency, by language code.
type Texts map[string]string

// Helpline is the telephone that every page names.
type Helpline struct {
	Name   Texts
	Number string
	Hours  Texts
	// SearchesPerHour is how often one of its agents may look somebody up without a
	// booking coming of it; 0: as many as the program says.
	SearchesPerHour int
}

// Level is one level of regions, for example 시·군·구.
type Level struct {
	Key  string
	Name Texts
}

// Vaccine is one product as the agency uses it.
type Vaccine struct {
	Code            string
	Name            Texts
	Disease         string
	Doses           int       // of the primary series
	MinIntervalDays int       // 0 for a single dose
	MaxIntervalDays int       // 0 when the label names none
	Intervals       Intervals // for campaigns that write no interval of their own; empty: each must
	Codes           Codes
}

// Codes are what others call a product. A product without them is booked and recorded,
// and cannot be on a certificate that needs them.
type Codes struct {
	CVX          string // of the CDC, on SMART Health Cards and in FHIR; "" for none
	Prophylaxis  string // of the EU's value sets: vp
	Product      string // mp
	Manufacturer string // ma
}

// Holiday is a day on which clinics are closed.
type Holiday struct {
	Date caldate.Date
	Name Texts
}

// Attributes of an identity claim. BirthDate is always among Agency.Claim,
// because eligibility asks for it.
const (
	Name      = "name"
	BirthDate = "birth_date"
	Mobile    = "mobile"
)

// DefaultLanguage is the code of the first language.
func (a *Agency) DefaultLanguage() string { return a.Languages[0].Code }

// LanguageCodes are the codes of all languages, the default first.
func (a *Agency) LanguageCodes() []string {
	codes := make([]string, len(a.Languages))
	for i, l := range a.Languages {
		codes[i] = l.Code
	}
	return codes
}

// Language returns the language with the code, or the default one.
func (a *Agency) Language(code string) Language {
	for _, l := range a.Languages {
		if l.Code == code {
			return l
		}
	}
	return a.Languages[0]
}

// In is the text in the language, or in the default language when the agency
// does not have that one.
func (a *Agency) In(lang string, t Texts) string { return t[a.Language(lang).Code] }

// IsHoliday reports whether clinics are closed on that day by the list.
func (a *Agency) IsHoliday(d caldate.Date) bool {
	for _, h := range a.Holidays {
		if h.Date == d {
			return true
		}
	}
	return false
}

// HolidayDates are the days of all holidays, sorted.
func (a *Agency) HolidayDates() []caldate.Date {
	dates := make([]caldate.Date, len(a.Holidays))
	for i, h := range a.Holidays {
		dates[i] = h.Date
	}
	return dates
}
