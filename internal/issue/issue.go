// Package issue decides what of a person's record stands on a certificate for others: the
// EU's HC1 and the SMART Health Card.
//
// It promises that a certificate says what the record says and nothing more, and that what
// cannot be said in the form is refused, with the reason, and never guessed. It signs
// nothing and keeps nothing. The codes are those of the EU's value sets and of the CDC
// (CVX), from the agency's file. Rules T40-T49 in docs/rules/issuing.md; docs/adr/0030.
package issue

import (
	"encoding/base64"
	"strings"
	"time"

	"naru/internal/agency"
	"naru/internal/caldate"
	"naru/internal/credential"
	"naru/internal/fault"
	"naru/internal/record"
)

// Format is a kind of certificate.
type Format string

// The formats.
const (
	HC1 Format = "hc1" // one entry each
	SHC Format = "shc" // all doses of a person up to an entry
)

// Authority is who issues.
type Authority struct {
	Name    string // on an HC1, at most 80 signs
	Address string // https address under which card keys are published; "": no cards are issued
}

// Subject is whom a certificate is about.
type Subject struct {
	Name string
	Born caldate.Date
}

// Terms are what does not come from the record.
type Terms struct {
	ID      string // 32 hexadecimal digits
	At      time.Time
	Expires time.Time
	Agency  *agency.Agency
	By      Authority
	Subject Subject
}

// target is the only disease the EU's schema has a code for.
const target = "covid-19"

// Codes of the EU's value sets.
const (
	typeNAAT    = "LP6464-4"
	typeRapid   = "LP217198-3"
	notDetected = "260415000"
)

// Recovery certificates are good from the 11th to the 180th day after the positive sample
// (Regulation (EU) 2021/953, annex).
const (
	recoveryFrom  = 11
	recoveryUntil = 180
)

// UVCI is the id of a certificate as it stands on it and in lists of what was revoked.
func UVCI(country, id string) string { return "URN:UVCI:01:" + country + ":" + strings.ToUpper(id) }

// RID is the id by which a card is revoked.
func RID(id string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(id))[:24]
}

func cannot(message string) error { return fault.New(fault.Invalid, message).With("Field", "entry") }

// Certificate writes one entry as HC1 (rule T40). Code Invalid for what the form has no
// words for: another disease, a product without codes, a positive test, a recovery without
// a positive sample.
func Certificate(e record.Entry, t Terms) (credential.HC1, error) {
	c := credential.HC1{Issuer: t.Agency.Country, IssuedAt: t.At, Expires: t.Expires}
	c.DCC = credential.DCC{Version: "1.3.0", Born: t.Subject.Born.String(), Name: nameOf(t.Subject.Name)}
	id := UVCI(t.Agency.Country, t.ID)
	var err error
	switch e.Kind() {
	case record.KindDose:
		err = t.dose(&c.DCC, e.Dose, id)
	case record.KindTest:
		err = t.test(&c.DCC, e.Test, id)
	case record.KindRecovery:
		err = t.recovery(&c.DCC, e.Recovery, id)
	case record.KindExemption:
		x := e.Exemption
		c.DCC.Exemptions = []credential.Exemption{{
			Target: record.Covid19, From: x.From.String(), Until: x.Until.String(), Country: t.Agency.Country, Issuer: t.By.Name, ID: id,
		}}
		if x.Disease != target {
			err = cannot("issue.no_code")
		}
	default:
		err = cannot("issue.nothing_stands")
	}
	if err != nil {
		return credential.HC1{}, err
	}
	return c, nil
}

func (t Terms) country(given string) string {
	if given != "" {
		return given
	}
	return t.Agency.Country
}

func (t Terms) dose(d *credential.DCC, x *record.Dose, id string) error {
	v := t.Agency.Vaccines[x.Product]
	if v.Codes.Product == "" || x.Disease != target {
		return cannot("issue.no_code")
	}
	of := x.Of
	if of == 0 {
		of = max(v.Doses, x.Number)
	}
	d.Vaccinations = []credential.Vaccination{{
		Target: record.Covid19, Prophylaxis: v.Codes.Prophylaxis, Product: v.Codes.Product, Manufacturer: v.Codes.Manufacturer,
		Dose: credential.Count(x.Number), Doses: credential.Count(of), Date: x.Day.String(), Country: t.country(x.Country), Issuer: t.By.Name, ID: id,
	}}
	return nil
}

func (t Terms) test(d *credential.DCC, x *record.Test, id string) error {
	if x.Disease != target {
		return cannot("issue.no_code")
	}
	if x.Result != record.Negative {
		return cannot("issue.not_negative")
	}
	kind := typeNAAT
	if x.Method == record.Antigen {
		kind = typeRapid
	}
	d.Tests = []credential.Test{{
		Target: record.Covid19, Type: kind, Sampled: x.SampledAt.UTC().Format("2006-01-02T15:04:05Z"), Result: notDetected, Centre: x.Clinic,
		Country: t.Agency.Country, Issuer: t.By.Name, ID: id,
	}}
	return nil
}

func (t Terms) recovery(d *credential.DCC, x *record.Recovery, id string) error {
	if x.Disease != target {
		return cannot("issue.no_code")
	}
	if x.Positive.IsZero() {
		return cannot("issue.no_positive")
	}
	d.Recoveries = []credential.Recovery{{
		Target: record.Covid19, Positive: x.Positive.String(), Country: t.Agency.Country, Issuer: t.By.Name,
		From: x.Positive.AddDays(recoveryFrom).String(), Until: x.Positive.AddDays(recoveryUntil).String(), ID: id,
	}}
	return nil
}

// Card writes all standing doses up to an entry as a SMART Health Card (rule T41). Code
// Invalid when there is none, or a product without a code.
func Card(r record.Record, upTo record.Entry, t Terms) (credential.SHC, error) {
	if t.By.Address == "" {
		return credential.SHC{}, cannot("issue.no_address")
	}
	var doses []credential.Immunization
	for _, e := range r.Doses(target) {
		if e.Dose.Day.After(upTo.OfDay()) {
			continue
		}
		code := t.Agency.Vaccines[e.Dose.Product].Codes.CVX
		if code == "" {
			return credential.SHC{}, cannot("issue.no_code")
		}
		doses = append(doses, credential.Immunization{CodeSystem: "http://hl7.org/fhir/sid/cvx", Code: code, Date: e.Dose.Day.String(), Lot: e.Dose.Lot, Performer: e.Dose.Clinic})
	}
	if len(doses) == 0 {
		return credential.SHC{}, cannot("issue.nothing_stands")
	}
	name := nameOf(t.Subject.Name)
	bundle, err := credential.ImmunizationBundle(credential.Patient{Family: name.Family, Given: name.Given, Born: t.Subject.Born.String()}, doses)
	return credential.SHC{
		Issuer: t.By.Address, NotBefore: t.At, RevocationID: RID(t.ID), Bundle: bundle,
		Types: []string{credential.TypeImmunization, credential.TypeCOVID19},
	}, err
}
