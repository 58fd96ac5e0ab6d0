package fhir

import (
	"naru/internal/agency"
	"naru/internal/campaign"
	"naru/internal/clinic"
)

// Service is what a clinic offers in a campaign.
type Service struct {
	Type     string      `json:"resourceType"`
	ID       string      `json:"id"`
	Active   bool        `json:"active"`
	Category []Concept   `json:"category"`
	Kind     []Concept   `json:"type"`
	Location []Reference `json:"location"`
	Name     string      `json:"name"`
	Comment  string      `json:"comment,omitempty"`
	Telecom  []Telecom   `json:"telecom"`
	ByBook   bool        `json:"appointmentRequired"`
}

// Schedule is the calendar of a service at a clinic.
type Schedule struct {
	Type    string      `json:"resourceType"`
	ID      string      `json:"id"`
	Active  bool        `json:"active"`
	Kind    []Concept   `json:"serviceType"`
	Actor   []Reference `json:"actor"`
	Horizon Period      `json:"planningHorizon"`
}

// NewService is what the clinic offers in the campaign, in the agency's first
// language. page is the address of the campaign's page.
func NewService(a *agency.Agency, c *campaign.Campaign, k *clinic.Clinic, page string) Service {
	return Service{
		Type: "HealthcareService", ID: ScheduleID(c.ID, k.ID), Active: true, ByBook: true,
		Category: []Concept{{Coding: []Coding{immunisation}}}, Kind: []Concept{serviceType(c)},
		Location: []Reference{{"Location/" + LocationID(k.ID)}}, Name: a.In(a.DefaultLanguage(), c.Title),
		Comment: a.In(a.DefaultLanguage(), a.Vaccines[c.Vaccine].Name),
		Telecom: []Telecom{{System: "phone", Value: a.Helpline.Number}, {System: "url", Value: page}},
	}
}

// NewSchedule is the calendar of the service, from the first day of first doses up
// to the end of the last.
func NewSchedule(a *agency.Agency, c *campaign.Campaign, k *clinic.Clinic) Schedule {
	id := ScheduleID(c.ID, k.ID)
	return Schedule{
		Type: "Schedule", ID: id, Active: true, Kind: []Concept{serviceType(c)},
		Actor:   []Reference{{"Location/" + LocationID(k.ID)}, {"HealthcareService/" + id}},
		Horizon: Period{dayStart(a, c.Shots.First), dayStart(a, c.Shots.Last.AddDays(1))},
	}
}

// immunisation is HL7's service type 57.
var immunisation = Coding{System: "http://terminology.hl7.org/CodeSystem/service-type", Code: "57", Display: "Immunization"}

func serviceType(c *campaign.Campaign) Concept {
	kind := Concept{Coding: []Coding{immunisation}}
	if c.Disease == "covid-19" {
		kind.Coding = append(kind.Coding, Coding{
			System: "http://fhir-registry.smarthealthit.org/CodeSystem/service-type", Code: "covid19-immunization",
			Display: "COVID-19 Immunization Appointment",
		})
	}
	return kind
}
