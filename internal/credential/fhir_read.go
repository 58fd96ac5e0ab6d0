package credential

import (
	"encoding/json"
	"strings"
)

// cardPayload is the JWS payload as it is read, in one pass.
type cardPayload struct {
	Issuer    string      `json:"iss"`
	NotBefore json.Number `json:"nbf"`
	Expires   json.Number `json:"exp"`
	VC        struct {
		Type    []string `json:"type"`
		RID     string   `json:"rid"`
		Subject struct {
			Bundle struct {
				ResourceType string `json:"resourceType"`
				Entry        []struct {
					Resource *fhirResource `json:"resource"`
				} `json:"entry"`
			} `json:"fhirBundle"`
		} `json:"credentialSubject"`
	} `json:"vc"`
}

// fhirResource is what is read of a resource, whichever kind it is. Name and
// performer have another shape in others than persons and doses.
type fhirResource struct {
	ResourceType string          `json:"resourceType"`
	Name         json.RawMessage `json:"name"`
	BirthDate    string          `json:"birthDate"`
	Status       string          `json:"status"`
	Vaccine      fhirConcept     `json:"vaccineCode"`
	Date         string          `json:"occurrenceDateTime"`
	Performer    json.RawMessage `json:"performer"`
	Lot          string          `json:"lotNumber"`
}

// readBundle takes the person and the doses out of the FHIR bundle. What else it
// holds is signed with them and left alone.
func (c *Card) readBundle(p *cardPayload) error {
	b := &p.VC.Subject.Bundle
	if b.ResourceType != "Bundle" {
		return Refuse(Malformed, "fhirBundle: not a FHIR bundle")
	}
	for i, e := range b.Entry {
		if e.Resource == nil {
			return Refuse(Malformed, "fhirBundle: entry %d holds no resource", i)
		}
		var err error
		switch e.Resource.ResourceType {
		case "Patient":
			err = c.readPatient(e.Resource)
		case "Immunization":
			err = c.readImmunization(e.Resource)
		}
		if err != nil {
			return Refuse(Malformed, "fhirBundle: entry %d is no %s", i, e.Resource.ResourceType)
		}
	}
	return nil
}

func (c *Card) readPatient(r *fhirResource) error {
	who := Patient{Born: r.BirthDate}
	if r.Name != nil {
		var names []fhirName
		if err := json.Unmarshal(r.Name, &names); err != nil {
			return err
		}
		if len(names) > 0 {
			who.Family, who.Given = names[0].Family, strings.Join(names[0].Given, " ")
		}
	}
	c.Patients = append(c.Patients, who)
	return nil
}

func (c *Card) readImmunization(r *fhirResource) error {
	d := Immunization{Date: r.Date, Lot: r.Lot}
	if len(r.Vaccine.Coding) > 0 {
		d.CodeSystem, d.Code = r.Vaccine.Coding[0].System, r.Vaccine.Coding[0].Code
	}
	if r.Performer != nil {
		var performers []fhirPerformer
		if err := json.Unmarshal(r.Performer, &performers); err != nil {
			return err
		}
		if len(performers) > 0 {
			d.Performer = performers[0].Actor.Display
		}
	}
	if r.Status == "completed" { // a dose that was not given is no dose
		c.Doses = append(c.Doses, d)
	}
	return nil
}
