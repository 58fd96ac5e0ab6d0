package credential

import (
	"strings"
	"time"
)

// Kind is what a certificate proves.
type Kind string

// The kinds. An exemption is not in the EU schema; Austria's form ("ve") is the
// one that is written and read.
const (
	KindVaccination Kind = "vaccination"
	KindTest        Kind = "test"
	KindRecovery    Kind = "recovery"
	KindExemption   Kind = "exemption"
)

// HC1 is what an HC1 certificate says: the CWT claims and one health certificate.
type HC1 struct {
	Issuer   string    `json:"issuer"`    // country, ISO 3166-1 alpha-2
	IssuedAt time.Time `json:"issued_at"` // to the second
	Expires  time.Time `json:"expires"`   // after this second it is expired
	DCC      DCC       `json:"dcc"`
}

// DCC is the health certificate of the EU schema 1.3. Exactly one of the lists
// holds exactly one entry. Dates are texts as they stand in the certificate:
// issuers write years, months, days and times there.
type DCC struct {
	Version      string        `cbor:"ver" json:"ver"`
	Name         Name          `cbor:"nam" json:"nam"`
	Born         string        `cbor:"dob" json:"dob"`
	Vaccinations []Vaccination `cbor:"v,omitempty" json:"v,omitempty"`
	Tests        []Test        `cbor:"t,omitempty" json:"t,omitempty"`
	Recoveries   []Recovery    `cbor:"r,omitempty" json:"r,omitempty"`
	Exemptions   []Exemption   `cbor:"ve,omitempty" json:"ve,omitempty"`
}

// Name is a person's name, as written and in the letters of passports
// (ICAO 9303: A-Z and <).
type Name struct {
	Family         string `cbor:"fn,omitempty" json:"fn,omitempty"`
	FamilyStandard string `cbor:"fnt" json:"fnt"`
	Given          string `cbor:"gn,omitempty" json:"gn,omitempty"`
	GivenStandard  string `cbor:"gnt,omitempty" json:"gnt,omitempty"`
}

// Vaccination is one dose. The codes are those of the EU value sets.
type Vaccination struct {
	Target       string `cbor:"tg" json:"tg"` // SNOMED CT; 840539006: COVID-19
	Prophylaxis  string `cbor:"vp" json:"vp"`
	Product      string `cbor:"mp" json:"mp"`
	Manufacturer string `cbor:"ma" json:"ma"`
	Dose         Count  `cbor:"dn" json:"dn"`
	Doses        Count  `cbor:"sd" json:"sd"`
	Date         string `cbor:"dt" json:"dt"`
	Country      string `cbor:"co" json:"co"`
	Issuer       string `cbor:"is" json:"is"`
	ID           string `cbor:"ci" json:"ci"` // UVCI
}

// Test is one test with its result.
type Test struct {
	Target  string `cbor:"tg" json:"tg"`
	Type    string `cbor:"tt" json:"tt"`
	Name    string `cbor:"nm,omitempty" json:"nm,omitempty"`
	Device  string `cbor:"ma,omitempty" json:"ma,omitempty"`
	Sampled string `cbor:"sc" json:"sc"` // ISO 8601 with offset
	Result  string `cbor:"tr" json:"tr"` // 260415000: not detected
	Centre  string `cbor:"tc,omitempty" json:"tc,omitempty"`
	Country string `cbor:"co" json:"co"`
	Issuer  string `cbor:"is" json:"is"`
	ID      string `cbor:"ci" json:"ci"`
}

// Recovery is one past infection.
type Recovery struct {
	Target   string `cbor:"tg" json:"tg"`
	Positive string `cbor:"fr" json:"fr"` // date of the first positive test
	Country  string `cbor:"co" json:"co"`
	Issuer   string `cbor:"is" json:"is"`
	From     string `cbor:"df" json:"df"`
	Until    string `cbor:"du" json:"du"`
	ID       string `cbor:"ci" json:"ci"`
}

// Exemption says that a person must not be vaccinated.
type Exemption struct {
	Target  string `cbor:"tg" json:"tg"`
	From    string `cbor:"df,omitempty" json:"df,omitempty"`
	Until   string `cbor:"du,omitempty" json:"du,omitempty"`
	Country string `cbor:"co" json:"co"`
	Issuer  string `cbor:"is" json:"is"`
	ID      string `cbor:"ci" json:"ci"`
}

// events is how many entries there are in all.
func (d *DCC) events() int {
	return len(d.Vaccinations) + len(d.Tests) + len(d.Recoveries) + len(d.Exemptions)
}

// Kind is what the first entry proves, "" without any.
func (d *DCC) Kind() Kind {
	switch {
	case len(d.Vaccinations) > 0:
		return KindVaccination
	case len(d.Tests) > 0:
		return KindTest
	case len(d.Recoveries) > 0:
		return KindRecovery
	case len(d.Exemptions) > 0:
		return KindExemption
	}
	return ""
}

// ID is the certificate's own id (UVCI) of the first entry, "" without any.
func (d *DCC) ID() string {
	switch d.Kind() {
	case KindVaccination:
		return d.Vaccinations[0].ID
	case KindTest:
		return d.Tests[0].ID
	case KindRecovery:
		return d.Recoveries[0].ID
	case KindExemption:
		return d.Exemptions[0].ID
	}
	return ""
}

// trim removes the spaces that some issuers leave around codes; they are no part
// of a value (SpecialCaseHandling of the EU's quality assurance).
func (d *DCC) trim() {
	all := []*string{&d.Version, &d.Born, &d.Name.Family, &d.Name.FamilyStandard, &d.Name.Given, &d.Name.GivenStandard}
	for i := range d.Vaccinations {
		v := &d.Vaccinations[i]
		all = append(all, &v.Target, &v.Prophylaxis, &v.Product, &v.Manufacturer, &v.Date, &v.Country, &v.Issuer, &v.ID)
	}
	for i := range d.Tests {
		t := &d.Tests[i]
		all = append(all, &t.Target, &t.Type, &t.Name, &t.Device, &t.Sampled, &t.Result, &t.Centre, &t.Country, &t.Issuer, &t.ID)
	}
	for i := range d.Recoveries {
		r := &d.Recoveries[i]
		all = append(all, &r.Target, &r.Positive, &r.Country, &r.Issuer, &r.From, &r.Until, &r.ID)
	}
	for i := range d.Exemptions {
		e := &d.Exemptions[i]
		all = append(all, &e.Target, &e.From, &e.Until, &e.Country, &e.Issuer, &e.ID)
	}
	for _, s := range all {
		*s = strings.TrimSpace(*s)
	}
}
