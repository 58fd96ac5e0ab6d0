package issue

import (
	"time"
	"unicode/utf8"

	"naru/internal/agency"
	"naru/internal/caldate"
	"naru/internal/pass"
	"naru/internal/record"
)

// reasons are what a ground is called on a pass: no more of an illness than a door needs.
var reasons = map[record.Ground]string{
	record.Anaphylaxis: "reaction", record.Thrombosis: "reaction", record.CapillaryLeak: "reaction", record.Carditis: "reaction",
	record.ComponentAllergy: "allergy", record.ImmuneDeficiency: "immune", record.Immunosuppressant: "immune", record.Chemotherapy: "immune",
	record.NotShownCausal: "causality", record.InHospital: "hospital",
}

// Pass is what an entry proves at a door (rule Q30). Its end is only what ends by itself, an
// exemption: how long a dose or a test counts is for the rules, which may change while it is
// in a wallet. Code Invalid for what proves nothing: another disease, a positive test, or one
// of whose notice nobody knows.
func Pass(e record.Entry, a *agency.Agency) (p pass.Proof, err error) {
	none := cannot("issue.no_pass")
	switch e.Kind() {
	case record.KindDose:
		of := e.Dose.Of
		if of == 0 {
			of = max(a.Vaccines[e.Dose.Product].Doses, 1)
		}
		if e.Dose.Disease != target {
			return p, none
		}
		return pass.VaccinationOn(e.Dose.Number, of, e.Dose.Day)
	case record.KindTest:
		class := map[record.Method]uint64{record.PCR: pass.PCR, record.Antigen: pass.Antigen}[e.Test.Method]
		if e.Test.Disease != target || e.Test.Result != record.Negative || e.Test.NotifiedAt.IsZero() || class == 0 {
			return p, none
		}
		return pass.TestNoticed(class, e.Test.NotifiedAt), nil
	case record.KindRecovery:
		if e.Recovery.Disease != target {
			return p, none
		}
		return pass.RecoveryOn(e.Recovery.Released), nil
	case record.KindExemption:
		return exemptionPass(e.Exemption, a.Zone)
	}
	return p, none
}

func exemptionPass(x *record.Exemption, zone *time.Location) (pass.Proof, error) {
	if x.Disease != target {
		return pass.Proof{}, cannot("issue.no_pass")
	}
	p, err := pass.ExemptionUntil(reasons[x.Ground], x.Until)
	if err == nil && !x.Until.IsZero() {
		p.Ends = x.Until.At(24, 0, zone).UTC()
	}
	return p, err
}

// PassName is a name as it stands on a pass: cut before a sign that does not fit.
func PassName(name string) string {
	for len(name) > pass.MaxName {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	return name
}

// underAge is the age, by year, up to which somebody may load a proof of their year of birth.
// Which years are asked for nothing is for the rules.
const underAge = 19

// YoungPass is the proof of a year of birth, of people who may be under age. Code Invalid.
func YoungPass(born caldate.Date, now time.Time) (pass.Proof, error) {
	if now.Year()-born.Year > underAge {
		return pass.Proof{}, cannot("issue.no_pass")
	}
	return pass.BornIn(born.Year), nil
}
