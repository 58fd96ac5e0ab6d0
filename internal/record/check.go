package record

import (
	"strings"
	"time"
	"unicode/utf8"

	"naru/internal/agency"
	"naru/internal/caldate"
	"naru/internal/fault"
)

// Bounds of an entry (rule D1).
const (
	MaxDose   = 20 // of a series
	maxText   = 60 // characters of a lot, a vaccinator, a place
	firstYear = 1900
)

// Check refuses a fact that cannot be so (rule D1), and fills in what follows from it: the
// disease of a dose is its product's. Every fault is of code Invalid and names its Field.
// now is the time of writing.
func (f *Fact) Check(a *agency.Agency, now time.Time) error {
	said := 0
	for _, is := range []bool{f.Dose != nil, f.Test != nil, f.Recovery != nil, f.Exemption != nil} {
		if is {
			said++
		}
	}
	today := caldate.Of(now, a.Zone)
	switch {
	case said != 1:
		return bad("kind", "record.nothing_said")
	case f.Dose != nil:
		return f.Dose.check(a, now, today)
	case f.Test != nil:
		return f.Test.check(a, now)
	case f.Recovery != nil:
		return f.Recovery.check(a, today)
	}
	return f.Exemption.check(a, today)
}

func bad(field, message string) error { return fault.New(fault.Invalid, message).With("Field", field) }

func (d *Dose) check(a *agency.Agency, now time.Time, today caldate.Date) error {
	v, ok := a.Vaccines[d.Product]
	if !ok {
		return bad("product", "record.product_unknown")
	}
	d.Disease, d.At = v.Disease, whole(d.At)
	switch {
	case d.Number < 1 || d.Number > MaxDose:
		return bad("number", "record.number_bad")
	case d.Of != 0 && (d.Of < d.Number || d.Of > MaxDose):
		return bad("of", "record.number_bad")
	case !past(d.Day, today):
		return bad("day", "record.day_bad")
	case !d.At.IsZero() && (d.At.After(now) || caldate.Of(d.At, a.Zone) != d.Day):
		return bad("at", "record.day_bad")
	case !plain(d.Lot):
		return bad("lot", "record.text_bad")
	case d.Site != "" && !oneOf(d.Site, Sites):
		return bad("site", "record.choice_bad")
	case !plain(d.Vaccinator):
		return bad("vaccinator", "record.text_bad")
	case !plain(d.Clinic):
		return bad("clinic", "record.text_bad")
	case d.Country != "" && !isCountry(d.Country):
		return bad("country", "record.choice_bad")
	}
	return nil
}

func (t *Test) check(a *agency.Agency, now time.Time) error {
	t.SampledAt, t.NotifiedAt = whole(t.SampledAt), whole(t.NotifiedAt)
	switch {
	case !isDisease(a, t.Disease):
		return bad("disease", "record.disease_unknown")
	case !oneOf(t.Method, []Method{PCR, Antigen}):
		return bad("method", "record.choice_bad")
	case !oneOf(t.Result, []Result{Negative, Positive, Undecided}):
		return bad("result", "record.choice_bad")
	case t.SampledAt.Year() < firstYear || t.SampledAt.After(now):
		return bad("sampled_at", "record.day_bad")
	case !t.NotifiedAt.IsZero() && (t.NotifiedAt.Before(t.SampledAt) || t.NotifiedAt.After(now)):
		return bad("notified_at", "record.day_bad")
	case !plain(t.Clinic):
		return bad("clinic", "record.text_bad")
	}
	return nil
}

func (r *Recovery) check(a *agency.Agency, today caldate.Date) error {
	switch {
	case !isDisease(a, r.Disease):
		return bad("disease", "record.disease_unknown")
	case !past(r.Released, today):
		return bad("released", "record.day_bad")
	case !r.Positive.IsZero() && (!past(r.Positive, today) || r.Positive.After(r.Released)):
		return bad("positive", "record.day_bad")
	case !plain(r.Clinic):
		return bad("clinic", "record.text_bad")
	}
	return nil
}

func (e *Exemption) check(a *agency.Agency, today caldate.Date) error {
	switch {
	case !isDisease(a, e.Disease):
		return bad("disease", "record.disease_unknown")
	case !oneOf(e.Ground, Grounds):
		return bad("ground", "record.choice_bad")
	case !past(e.From, today):
		return bad("from", "record.day_bad")
	case !e.Until.IsZero() && (!e.Until.Valid() || e.Until.Before(e.From)):
		return bad("until", "record.day_bad")
	case !plain(e.Clinic):
		return bad("clinic", "record.text_bad")
	}
	return nil
}

// whole is an instant as it is kept: UTC, whole seconds.
func whole(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }

func past(d, today caldate.Date) bool { return d.Valid() && d.Year >= firstYear && !d.After(today) }

func isDisease(a *agency.Agency, disease string) bool {
	for _, v := range a.Vaccines {
		if v.Disease == disease {
			return true
		}
	}
	return false
}

// plain is a short text of one line, or none.
func plain(s string) bool {
	return len(s) <= 4*maxText && utf8.ValidString(s) && utf8.RuneCountInString(s) <= maxText && s == strings.TrimSpace(s) &&
		!strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

func isCountry(s string) bool {
	return len(s) == 2 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z'
}
