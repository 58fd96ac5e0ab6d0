// Package fhir writes what Naru knows as HL7 FHIR R4 (4.0.1) resources: clinics
// as Location, what they offer in a campaign as HealthcareService and Schedule,
// times as Slot, taken places as Appointment.
//
// It promises that a resource holds nothing about a person: an Appointment names
// the clinic, the time and the state, and no patient. The same facts always give the
// same bytes, so an answer's hash is its version. Slot, Schedule and Location are
// also what SMART Scheduling Links asks for; docs/adr/0028 says where we differ.
package fhir

import "time"

// Version is the version of FHIR that is written.
const Version = "4.0.1"

// MediaType is the media type of a resource in JSON.
const MediaType = "application/fhir+json"

// Coding is a concept of a code system.
type Coding struct {
	System  string `json:"system,omitempty"`
	Code    string `json:"code"`
	Display string `json:"display,omitempty"`
}

// Concept is one concept, in codes or words.
type Concept struct {
	Coding []Coding `json:"coding,omitempty"`
	Text   string   `json:"text,omitempty"`
}

// Reference leads to another resource of the same server: Type/id.
type Reference struct {
	Reference string `json:"reference"`
}

// Identifier is a business identifier.
type Identifier struct {
	System string `json:"system"`
	Value  string `json:"value"`
}

// Telecom is a telephone number or an address on the web.
type Telecom struct {
	System string `json:"system"`
	Value  string `json:"value"`
}

// Period is a span, Start included, End not.
type Period struct {
	Start string `json:"start"`
	End   string `json:"end"`
}

// Extension is a value that FHIR itself has no field for.
type Extension struct {
	URL   string `json:"url"`
	Link  string `json:"valueUrl,omitempty"`
	Count *int   `json:"valueInteger,omitempty"`
	Code  string `json:"valueCode,omitempty"`
}

// Extensions holds the extensions of a primitive value that is not there.
type Extensions struct {
	Extension []Extension `json:"extension"`
}

// Extensions of SMART Scheduling Links, and the one for values nobody has.
const (
	deepLink = "http://fhir-registry.smarthealthit.org/StructureDefinition/booking-deep-link"
	capacity = "http://fhir-registry.smarthealthit.org/StructureDefinition/slot-capacity"
	absent   = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
)

// instant writes a time to the second in UTC.
func instant(t time.Time) string { return t.UTC().Format(time.RFC3339) }
