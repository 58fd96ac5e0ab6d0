package credential

import (
	"encoding/json"
	"strconv"
)

// Patient is whom a card is about.
type Patient struct {
	Family string `json:"family,omitempty"`
	Given  string `json:"given,omitempty"`
	Born   string `json:"born"` // a date
}

// Immunization is one dose on a card.
type Immunization struct {
	CodeSystem string `json:"system"` // for example http://hl7.org/fhir/sid/cvx
	Code       string `json:"code"`
	Date       string `json:"date"`
	Lot        string `json:"lot,omitempty"`       // "": not said
	Performer  string `json:"performer,omitempty"` // the clinic; "": not said
}

// The parts of FHIR R4 that an immunisation card holds, under the rules of the
// card's size: short references, no ids, no texts.
type fhirBundle struct {
	ResourceType string      `json:"resourceType"`
	Type         string      `json:"type"`
	Entry        []fhirEntry `json:"entry"`
}

type fhirEntry struct {
	FullURL  string `json:"fullUrl"`
	Resource any    `json:"resource"`
}

type fhirPatient struct {
	ResourceType string     `json:"resourceType"`
	Name         []fhirName `json:"name"`
	BirthDate    string     `json:"birthDate"`
}

type fhirName struct {
	Family string   `json:"family,omitempty"`
	Given  []string `json:"given,omitempty"`
}

type fhirImmunization struct {
	ResourceType string          `json:"resourceType"`
	Status       string          `json:"status"`
	Vaccine      fhirConcept     `json:"vaccineCode"`
	Patient      fhirReference   `json:"patient"`
	Date         string          `json:"occurrenceDateTime"`
	Performer    []fhirPerformer `json:"performer,omitempty"`
	Lot          string          `json:"lotNumber,omitempty"`
}

type fhirConcept struct {
	Coding []fhirCoding `json:"coding"`
}

type fhirCoding struct {
	System string `json:"system"`
	Code   string `json:"code"`
}

type fhirReference struct {
	Reference string `json:"reference"`
}

type fhirPerformer struct {
	Actor fhirDisplay `json:"actor"`
}

type fhirDisplay struct {
	Display string `json:"display"`
}

// ImmunizationBundle makes the FHIR bundle of a card: the person, and their
// doses in the order given.
func ImmunizationBundle(p Patient, doses []Immunization) (json.RawMessage, error) {
	name := fhirName{Family: p.Family}
	if p.Given != "" {
		name.Given = []string{p.Given}
	}
	b := fhirBundle{ResourceType: "Bundle", Type: "collection", Entry: []fhirEntry{
		{"resource:0", fhirPatient{"Patient", []fhirName{name}, p.Born}},
	}}
	for i, d := range doses {
		dose := fhirImmunization{
			ResourceType: "Immunization", Status: "completed", Lot: d.Lot, Date: d.Date,
			Vaccine: fhirConcept{[]fhirCoding{{d.CodeSystem, d.Code}}}, Patient: fhirReference{"resource:0"},
		}
		if d.Performer != "" {
			dose.Performer = []fhirPerformer{{fhirDisplay{d.Performer}}}
		}
		b.Entry = append(b.Entry, fhirEntry{"resource:" + strconv.Itoa(i+1), dose})
	}
	return json.Marshal(b)
}
