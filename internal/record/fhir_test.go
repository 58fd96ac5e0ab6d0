package record_test

import (
	"encoding/json"
	"testing"
	"time"

	"naru/examples"
	"naru/internal/agency"
	"naru/internal/record"
)

func TestDosesAsFHIR(t *testing.T) {
	t.Parallel()
	a, err := agency.Load(examples.AgencyYAML)
	if err != nil {
		t.Fatal(err)
	}
	first := dose("a", 1, 1, "2021-06-10")
	first.At = time.Date(2021, 6, 10, 5, 0, 0, 0, time.UTC)
	first.Dose.Lot, first.Dose.Site, first.Dose.Clinic, first.Dose.Vaccinator = "L1", record.LeftArm, "c1", "v1"
	first.Dose.At = time.Date(2021, 6, 10, 1, 30, 0, 0, time.UTC)
	second := corrects(dose("b", 2, 1, "2021-06-11"), "a")
	second.Author.Source = "import:x"
	second.Dose.Of = 0
	all := record.Of([]record.Entry{first, second, {ID: "c", Seq: 3, Fact: record.Fact{Recovery: &record.Recovery{}}}}).FHIR("p1", a)
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"resourceType":"Immunization","id":"a","status":"entered-in-error","vaccineCode":{"coding":[{"system":"http://hl7.org/fhir/sid/cvx","code":"208"},` +
		`{"system":"https://ec.europa.eu/health/documents/community-register/html/","code":"EU/1/20/1528"}],"text":"Pfizer-BioNTech (Comirnaty)"},` +
		`"patient":{"reference":"Patient/p1"},"occurrenceDateTime":"2021-06-10T10:30:00+09:00","recorded":"2021-06-10T05:00:00Z","primarySource":true,` +
		`"location":{"display":"c1"},"lotNumber":"L1","site":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActSite","code":"LA"}]},` +
		`"performer":[{"actor":{"display":"v1"}}],"protocolApplied":[{"targetDisease":[{"coding":[{"system":"http://snomed.info/sct","code":"840539006"}],"text":"covid-19"}],` +
		`"doseNumberPositiveInt":1,"seriesDosesPositiveInt":2}]},` +
		`{"resourceType":"Immunization","id":"b","status":"completed","vaccineCode":{"coding":[{"system":"http://hl7.org/fhir/sid/cvx","code":"208"},` +
		`{"system":"https://ec.europa.eu/health/documents/community-register/html/","code":"EU/1/20/1528"}],"text":"Pfizer-BioNTech (Comirnaty)"},` +
		`"patient":{"reference":"Patient/p1"},"occurrenceDateTime":"2021-06-11","recorded":"0001-01-01T00:00:00Z","primarySource":false,` +
		`"protocolApplied":[{"targetDisease":[{"coding":[{"system":"http://snomed.info/sct","code":"840539006"}],"text":"covid-19"}],"doseNumberPositiveInt":1}]}]`
	if string(text) != want {
		t.Errorf("have\n%s\nwant\n%s", text, want)
	}
}
