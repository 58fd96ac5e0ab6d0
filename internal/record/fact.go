package record

import (
	"slices"
	"time"

	"naru/internal/caldate"
)

// Kind says what an entry is about.
type Kind string

// The kinds.
const (
	KindDose      Kind = "dose"
	KindTest      Kind = "test"
	KindRecovery  Kind = "recovery"
	KindExemption Kind = "exemption"
	Withdrawn     Kind = "withdrawn" // a correction that puts nothing in the place of what it supersedes
)

// Fact is what an entry says: exactly one of the four, or none for a withdrawal.
type Fact struct {
	Dose      *Dose      `json:"dose,omitempty"`
	Test      *Test      `json:"test,omitempty"`
	Recovery  *Recovery  `json:"recovery,omitempty"`
	Exemption *Exemption `json:"exemption,omitempty"`
}

// Dose is one vaccination.
type Dose struct {
	Product    string       `json:"product"` // code of the agency's file
	Disease    string       `json:"disease"` // the product's
	Number     int          `json:"number"`  // 1 to 20
	Of         int          `json:"of"`      // doses of the series it is part of, at least Number; 0 when nobody said
	Day        caldate.Date `json:"day"`
	At         time.Time    `json:"at,omitzero"` // on that day in the agency's zone; zero when only the day is known
	Lot        string       `json:"lot,omitzero"`
	Site       Site         `json:"site,omitzero"`
	Vaccinator string       `json:"vaccinator,omitzero"` // as the clinic names them: a licence number, an account
	Clinic     string       `json:"clinic,omitzero"`     // id of a clinic, or of a place abroad
	Country    string       `json:"country,omitzero"`    // ISO 3166 alpha-2 of a dose given abroad
}

// Site is where on the body, or how.
type Site string

// The sites.
const (
	LeftArm    Site = "left_arm"
	RightArm   Site = "right_arm"
	LeftThigh  Site = "left_thigh"
	RightThigh Site = "right_thigh"
	Nasal      Site = "nasal"
	Oral       Site = "oral"
)

// Sites lists every site, as pages show them.
var Sites = []Site{LeftArm, RightArm, LeftThigh, RightThigh, Nasal, Oral}

// Test is one test for an infection.
type Test struct {
	Disease    string    `json:"disease"`
	Method     Method    `json:"method"`
	Result     Result    `json:"result"`
	SampledAt  time.Time `json:"sampled_at"`
	NotifiedAt time.Time `json:"notified_at,omitzero"` // when the person was told: from then a negative result counts; zero while nobody knows
	Clinic     string    `json:"clinic,omitzero"`      // where the sample was taken
}

// Method is how was tested.
type Method string

// The methods.
const (
	PCR     Method = "pcr"
	Antigen Method = "antigen" // rapid, by a professional
)

// Result is what a test found.
type Result string

// The results.
const (
	Negative  Result = "negative"
	Positive  Result = "positive"
	Undecided Result = "undecided" // the laboratory could not tell
)

// Recovery is an infection that is over.
type Recovery struct {
	Disease  string       `json:"disease"`
	Positive caldate.Date `json:"positive,omitzero"` // day of the first positive sample, if known
	Released caldate.Date `json:"released"`          // day on which isolation ended
	Clinic   string       `json:"clinic,omitzero"`   // health centre that says so
}

// Exemption says that somebody cannot be asked for doses.
type Exemption struct {
	Disease string       `json:"disease"`
	Ground  Ground       `json:"ground"`
	From    caldate.Date `json:"from"`
	Until   caldate.Date `json:"until,omitzero"`  // last day; zero: no end
	Clinic  string       `json:"clinic,omitzero"` // health centre where it was registered
}

// Ground is why somebody is exempt (DOMAIN §3.4).
type Ground string

// The grounds. The first four follow a serious reaction after a dose and need no papers,
// the next four a doctor's note, and those of 2022-01-24 the decision of the board or the
// papers of a hospital.
const (
	Anaphylaxis       Ground = "anaphylaxis"
	Thrombosis        Ground = "thrombosis_with_thrombocytopenia"
	CapillaryLeak     Ground = "capillary_leak"
	Carditis          Ground = "myo_or_pericarditis"
	ComponentAllergy  Ground = "component_allergy"
	ImmuneDeficiency  Ground = "immune_deficiency"
	Immunosuppressant Ground = "immunosuppressant"
	Chemotherapy      Ground = "chemotherapy"
	NotShownCausal    Ground = "causality_insufficient" // compensation board: not enough evidence
	InHospital        Ground = "hospital_within_6_weeks"
)

// Grounds lists every ground, as pages show them.
var Grounds = []Ground{
	Anaphylaxis, Thrombosis, CapillaryLeak, Carditis, ComponentAllergy, ImmuneDeficiency, Immunosuppressant, Chemotherapy,
	NotShownCausal, InHospital,
}

// Kind says which of the four it is.
func (f Fact) Kind() Kind {
	switch {
	case f.Dose != nil:
		return KindDose
	case f.Test != nil:
		return KindTest
	case f.Recovery != nil:
		return KindRecovery
	case f.Exemption != nil:
		return KindExemption
	}
	return Withdrawn
}

// OfDay is the day the fact is about, by which people look for it; of a test the day of
// the sample in UTC.
func (f Fact) OfDay() caldate.Date {
	switch f.Kind() {
	case KindDose:
		return f.Dose.Day
	case KindTest:
		return caldate.Of(f.Test.SampledAt, time.UTC)
	case KindRecovery:
		return f.Recovery.Released
	case KindExemption:
		return f.Exemption.From
	default:
		return caldate.Date{}
	}
}

// Clinic is where it happened, "" when nobody said.
func (f Fact) Clinic() string {
	switch f.Kind() {
	case KindDose:
		return f.Dose.Clinic
	case KindTest:
		return f.Test.Clinic
	case KindRecovery:
		return f.Recovery.Clinic
	case KindExemption:
		return f.Exemption.Clinic
	default:
		return ""
	}
}

func oneOf[T comparable](v T, all []T) bool { return slices.Contains(all, v) }
