package credential

import (
	"encoding/json"
	"strings"
)

// readBundle takes the person and the doses out of the FHIR bundle. What else it
// holds is signed with them and left alone.
func (c *Card) readBundle() error {
	var b struct {
		ResourceType string `json:"resourceType"`
		Entry        []struct {
			Resource json.RawMessage `json:"resource"`
		} `json:"entry"`
	}
	if err := strictJSON(c.Bundle, &b); err != nil || b.ResourceType != "Bundle" {
		return Refuse(Malformed, "fhirBundle: not a FHIR bundle")
	}
	for i, e := range b.Entry {
		var kind struct {
			ResourceType string `json:"resourceType"`
		}
		if len(e.Resource) == 0 || json.Unmarshal(e.Resource, &kind) != nil {
			return Refuse(Malformed, "fhirBundle: entry %d holds no resource", i)
		}
		var err error
		switch kind.ResourceType {
		case "Patient":
			err = c.readPatient(e.Resource)
		case "Immunization":
			err = c.readImmunization(e.Resource)
		}
		if err != nil {
			return Refuse(Malformed, "fhirBundle: entry %d is no %s", i, kind.ResourceType)
		}
	}
	return nil
}

func (c *Card) readPatient(b []byte) error {
	var p fhirPatient
	if err := json.Unmarshal(b, &p); err != nil {
		return err
	}
	who := Patient{Born: p.BirthDate}
	if len(p.Name) > 0 {
		who.Family, who.Given = p.Name[0].Family, strings.Join(p.Name[0].Given, " ")
	}
	c.Patients = append(c.Patients, who)
	return nil
}

func (c *Card) readImmunization(b []byte) error {
	var f fhirImmunization
	if err := json.Unmarshal(b, &f); err != nil {
		return err
	}
	d := Immunization{Date: f.Date, Lot: f.Lot}
	if len(f.Vaccine.Coding) > 0 {
		d.CodeSystem, d.Code = f.Vaccine.Coding[0].System, f.Vaccine.Coding[0].Code
	}
	if len(f.Performer) > 0 {
		d.Performer = f.Performer[0].Actor.Display
	}
	if f.Status == "completed" { // a dose that was not given is no dose
		c.Doses = append(c.Doses, d)
	}
	return nil
}
