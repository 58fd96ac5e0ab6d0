package record

import "naru/internal/agency"

// Code systems of FHIR R4 and HL7 v3.
const (
	systemCVX   = "http://hl7.org/fhir/sid/cvx"
	systemEU    = "https://ec.europa.eu/health/documents/community-register/html/"
	systemSite  = "http://terminology.hl7.org/CodeSystem/v3-ActSite"
	systemRoute = "http://terminology.hl7.org/CodeSystem/v3-RouteOfAdministration"
	systemCT    = "http://snomed.info/sct"
)

// Immunization is a dose as a FHIR R4 resource (hl7.org/fhir/R4/immunization.html), in the
// order of the specification. Marshalled as JSON it is a whole resource.
type Immunization struct {
	ResourceType string      `json:"resourceType"` // "Immunization"
	ID           string      `json:"id"`           // of the entry
	Status       string      `json:"status"`       // completed, or entered-in-error once it was corrected
	VaccineCode  Concept     `json:"vaccineCode"`
	Patient      Reference   `json:"patient"`
	Occurrence   string      `json:"occurrenceDateTime"` // a day, or a time when it is known
	Recorded     string      `json:"recorded"`
	Primary      bool        `json:"primarySource"` // false: taken over from another register
	Location     *Reference  `json:"location,omitempty"`
	Lot          string      `json:"lotNumber,omitempty"`
	Site         *Concept    `json:"site,omitempty"`
	Route        *Concept    `json:"route,omitempty"`
	Performer    []Performer `json:"performer,omitempty"`
	Protocol     []Protocol  `json:"protocolApplied"`
}

// Concept is a FHIR CodeableConcept.
type Concept struct {
	Coding []Coding `json:"coding,omitempty"`
	Text   string   `json:"text,omitempty"`
}

// Coding is one code of a system.
type Coding struct {
	System string `json:"system"`
	Code   string `json:"code"`
}

// Reference points at another resource, or names one that is not served.
type Reference struct {
	Reference string `json:"reference,omitempty"`
	Display   string `json:"display,omitempty"`
}

// Performer is who gave the dose.
type Performer struct {
	Actor Reference `json:"actor"`
}

// Protocol says which dose it is.
type Protocol struct {
	Disease []Concept `json:"targetDisease"`
	Number  int       `json:"doseNumberPositiveInt"`
	Of      int       `json:"seriesDosesPositiveInt,omitempty"`
}

// FHIR writes the doses of a record as FHIR R4, superseded ones too, in the order in which
// they were written. patient is the id under which the reader knows the person; a
// withdrawal is told by the state of what it withdrew.
func (r Record) FHIR(patient string, a *agency.Agency) []Immunization {
	all := []Immunization{}
	for _, l := range r.Lines {
		if l.Dose != nil {
			all = append(all, l.fhir(patient, a))
		}
	}
	return all
}

func (l Line) fhir(patient string, a *agency.Agency) Immunization {
	d := l.Dose
	x := Immunization{
		ResourceType: "Immunization", ID: string(l.ID), Status: "completed", VaccineCode: vaccineConcept(a.Vaccines[d.Product], d.Product, a),
		Patient: Reference{Reference: "Patient/" + patient}, Occurrence: d.Day.String(), Recorded: l.At.Format(instantForm),
		Primary: l.Author.Source == "", Lot: d.Lot, Site: siteConcept(d.Site), Route: routeConcept(d.Site),
		Protocol: []Protocol{{Disease: []Concept{diseaseConcept(d.Disease)}, Number: d.Number, Of: d.Of}},
	}
	if l.By != "" {
		x.Status = "entered-in-error"
	}
	if !d.At.IsZero() {
		x.Occurrence = d.At.In(a.Zone).Format(instantForm)
	}
	if d.Clinic != "" {
		x.Location = &Reference{Display: d.Clinic}
	}
	if d.Vaccinator != "" {
		x.Performer = []Performer{{Reference{Display: d.Vaccinator}}}
	}
	return x
}

const instantForm = "2006-01-02T15:04:05Z07:00"

func vaccineConcept(v agency.Vaccine, product string, a *agency.Agency) Concept {
	c := Concept{Text: product}
	if v.Name != nil {
		c.Text = a.In("en", v.Name)
	}
	if v.Codes.CVX != "" {
		c.Coding = []Coding{{systemCVX, v.Codes.CVX}, {systemEU, v.Codes.Product}}
	}
	return c
}

// Covid19 is the code of COVID-19 in SNOMED CT, as the EU and FHIR write it.
const Covid19 = "840539006"

func diseaseConcept(disease string) Concept {
	if disease == "covid-19" {
		return Concept{Coding: []Coding{{systemCT, Covid19}}, Text: disease}
	}
	return Concept{Text: disease}
}

var siteCodes = map[Site]string{LeftArm: "LA", RightArm: "RA", LeftThigh: "LT", RightThigh: "RT"}

func siteConcept(s Site) *Concept {
	if code, ok := siteCodes[s]; ok {
		return &Concept{Coding: []Coding{{systemSite, code}}}
	}
	return nil
}

func routeConcept(s Site) *Concept {
	switch s {
	case Nasal:
		return &Concept{Coding: []Coding{{systemRoute, "NASINHLC"}}}
	case Oral:
		return &Concept{Coding: []Coding{{systemRoute, "PO"}}}
	default:
		return nil
	}
}
