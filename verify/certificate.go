package verify

import (
	"time"

	"naru/internal/credential"
)

// Certificate is a genuine certificate that was in force at the time of Verify.
// It is copyable: whoever shows it must also show who they are.
type Certificate struct {
	Format   string    `json:"format"`           // hc1 or shc
	Kind     string    `json:"kind,omitempty"`   // vaccination, test, recovery, exemption
	Issuer   string    `json:"issuer"`           // country, or https address
	IssuedAt time.Time `json:"issued_at"`        // zero: not said
	Expires  time.Time `json:"expires,omitzero"` // zero: never
	Holder   Holder    `json:"holder"`
	Entries  []Entry   `json:"entries"`
	Remarks  []string  `json:"remarks,omitempty"` // where it breaks its schema without a change of meaning
}

// Holder is whom the certificate is about.
type Holder struct {
	Family string `json:"family,omitempty"`
	Given  string `json:"given,omitempty"`
	Born   string `json:"born,omitempty"` // a date, its month or its year
}

// Entry is one dose, test, recovery or exemption. Codes are those of the
// certificate: the EU's value sets in HC1, a code system and a code in cards.
type Entry struct {
	ID      string `json:"id,omitempty"`
	Target  string `json:"target,omitempty"`
	Date    string `json:"date,omitempty"` // of the dose, the sample, the first positive test
	Code    string `json:"code,omitempty"` // vaccine, or type of test
	Dose    int    `json:"dose,omitempty"`
	Doses   int    `json:"doses,omitempty"`
	Result  string `json:"result,omitempty"`
	From    string `json:"from,omitempty"`
	Until   string `json:"until,omitempty"`
	Country string `json:"country,omitempty"`
	By      string `json:"by,omitempty"` // who issued it, or who gave the dose
}

func certificateOf(v credential.Verified) Certificate {
	c := Certificate{Format: string(v.Form()), Kind: string(v.Kind()), Issuer: v.Issuer()}
	if hc1, ok := v.HC1(); ok {
		c.IssuedAt, c.Expires = hc1.IssuedAt, hc1.Expires
		c.Holder, c.Entries = holderOf(hc1.DCC), entriesOf(hc1.DCC)
	}
	if card, ok := v.Card(); ok {
		c.IssuedAt, c.Expires = card.NotBefore, card.Expires
		for _, p := range card.Patients {
			c.Holder = Holder(p)
		}
		for _, d := range card.Doses {
			c.Entries = append(c.Entries, Entry{Date: d.Date, Code: d.CodeSystem + "|" + d.Code, By: d.Performer})
		}
	}
	for _, r := range v.Remarks() {
		c.Remarks = append(c.Remarks, r.Error())
	}
	return c
}

func holderOf(d credential.DCC) Holder {
	h := Holder{Family: d.Name.Family, Given: d.Name.Given, Born: d.Born}
	if h.Family == "" {
		h.Family = d.Name.FamilyStandard
	}
	if h.Given == "" {
		h.Given = d.Name.GivenStandard
	}
	return h
}

func entriesOf(d credential.DCC) (entries []Entry) {
	for _, v := range d.Vaccinations {
		entries = append(entries, Entry{
			ID: v.ID, Target: v.Target, Date: v.Date, Code: v.Product, Dose: int(v.Dose), Doses: int(v.Doses), Country: v.Country, By: v.Issuer,
		})
	}
	for _, t := range d.Tests {
		entries = append(entries, Entry{ID: t.ID, Target: t.Target, Date: t.Sampled, Code: t.Type, Result: t.Result, Country: t.Country, By: t.Issuer})
	}
	for _, r := range d.Recoveries {
		entries = append(entries, Entry{ID: r.ID, Target: r.Target, Date: r.Positive, From: r.From, Until: r.Until, Country: r.Country, By: r.Issuer})
	}
	for _, e := range d.Exemptions {
		entries = append(entries, Entry{ID: e.ID, Target: e.Target, From: e.From, Until: e.Until, Country: e.Country, By: e.Issuer})
	}
	return entries
}
