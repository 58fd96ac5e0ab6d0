package record_test

import (
	"testing"
	"time"

	"naru/examples"
	"naru/internal/agency"
	"naru/internal/caldate"
	"naru/internal/fault"
	"naru/internal/record"
)

var now = time.Date(2021, 12, 1, 3, 0, 0, 0, time.UTC)

func day(s string) caldate.Date { return caldate.MustParse(s) }

func dose(id record.ID, seq, number int, on string) record.Entry {
	return record.Entry{ID: id, Seq: seq, Fact: record.Fact{Dose: &record.Dose{Product: "PFZ", Disease: "covid-19", Number: number, Of: 2, Day: day(on)}}}
}

func corrects(e record.Entry, was record.ID) record.Entry {
	e.Supersedes, e.Reason = was, record.WrongDate
	return e
}

func TestWhatStandsIsWhatWasNotSuperseded(t *testing.T) {
	t.Parallel()
	r := record.Of([]record.Entry{
		dose("b", 2, 2, "2021-07-01"), // handed over in any order
		dose("a", 1, 1, "2021-06-10"),
		corrects(dose("c", 3, 1, "2021-06-11"), "a"),
		corrects(record.Entry{ID: "d", Seq: 4}, "b"),
	})
	if len(r.Lines) != 4 || r.Lines[0].By != "c" || r.Lines[1].By != "d" || r.Lines[2].By != "" {
		t.Errorf("lines %+v", r.Lines)
	}
	if s := r.Standing(); len(s) != 1 || s[0].ID != "c" || s[0].Dose.Day != day("2021-06-11") {
		t.Errorf("standing %+v", s)
	}
}

func TestWhatMayBeWritten(t *testing.T) {
	t.Parallel()
	r := record.Of([]record.Entry{
		dose("a", 1, 1, "2021-06-10"),
		corrects(dose("b", 2, 1, "2021-06-11"), "a"),
		dose("c", 3, 2, "2021-07-02"),
		corrects(record.Entry{ID: "d", Seq: 4}, "c"),
	})
	noReason := corrects(dose("x", 0, 1, "2021-06-12"), "b")
	noReason.Reason = ""
	for name, c := range map[string]struct {
		entry record.Entry
		want  fault.Code
	}{
		"a further dose":                     {dose("x", 0, 2, "2021-07-02"), ""},
		"the same number again":              {dose("x", 0, 1, "2021-08-01"), fault.Conflict},
		"another number on the day of one":   {dose("x", 0, 3, "2021-06-11"), fault.Conflict},
		"a correction that keeps the day":    {corrects(dose("x", 0, 1, "2021-06-11"), "b"), ""},
		"a correction without a reason":      {noReason, fault.Invalid},
		"a correction of what was corrected": {corrects(dose("x", 0, 1, "2021-06-12"), "a"), fault.Conflict},
		"a correction of a withdrawal":       {corrects(dose("x", 0, 2, "2021-06-12"), "d"), fault.Conflict},
		"a correction of what is not there":  {corrects(dose("x", 0, 2, "2021-06-12"), "z"), fault.NotFound},
		"nothing at all":                     {record.Entry{ID: "x"}, fault.Invalid},
	} {
		if got := fault.CodeOf(r.May(c.entry)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestFactsAreChecked(t *testing.T) {
	t.Parallel()
	a, err := agency.Load(examples.AgencyYAML)
	if err != nil {
		t.Fatal(err)
	}
	good := func() record.Dose { return record.Dose{Product: "MOD", Number: 1, Of: 2, Day: day("2021-12-01")} }
	test := func() record.Test {
		return record.Test{Disease: "covid-19", Method: record.PCR, Result: record.Negative, SampledAt: now.Add(-time.Hour), NotifiedAt: now}
	}
	of := func(edit func(*record.Dose)) record.Fact { d := good(); edit(&d); return record.Fact{Dose: &d} }
	ofTest := func(edit func(*record.Test)) record.Fact { x := test(); edit(&x); return record.Fact{Test: &x} }
	both := of(func(*record.Dose) {})
	both.Recovery = &record.Recovery{Disease: "covid-19", Released: day("2021-11-01")}
	for name, c := range map[string]struct {
		fact  record.Fact
		field string
	}{
		"a dose of today":             {of(func(*record.Dose) {}), ""},
		"of an unknown vaccine":       {of(func(d *record.Dose) { d.Product = "XXX" }), "product"},
		"number 0":                    {of(func(d *record.Dose) { d.Number = 0 }), "number"},
		"number 3 of 2":               {of(func(d *record.Dose) { d.Number = 3 }), "of"},
		"tomorrow":                    {of(func(d *record.Dose) { d.Day = day("2021-12-02") }), "day"},
		"no day":                      {of(func(d *record.Dose) { d.Day = caldate.Date{} }), "day"},
		"a time of another day":       {of(func(d *record.Dose) { d.At = now.Add(-24 * time.Hour) }), "at"},
		"a lot of two lines":          {of(func(d *record.Dose) { d.Lot = "a\nb" }), "lot"},
		"in the ear":                  {of(func(d *record.Dose) { d.Site = "ear" }), "site"},
		"a country in words":          {of(func(d *record.Dose) { d.Country = "Korea" }), "country"},
		"two things":                  {both, "kind"},
		"nothing":                     {record.Fact{}, "kind"},
		"a test":                      {ofTest(func(*record.Test) {}), ""},
		"told before the sample":      {ofTest(func(x *record.Test) { x.NotifiedAt = x.SampledAt.Add(-time.Minute) }), "notified_at"},
		"a sample of tomorrow":        {ofTest(func(x *record.Test) { x.SampledAt = now.Add(time.Minute) }), "sampled_at"},
		"a test by looking":           {ofTest(func(x *record.Test) { x.Method = "looks" }), "method"},
		"a test of nothing":           {ofTest(func(x *record.Test) { x.Disease = "" }), "disease"},
		"a recovery":                  {record.Fact{Recovery: &record.Recovery{Disease: "covid-19", Released: day("2021-11-01")}}, ""},
		"released before ill":         {record.Fact{Recovery: &record.Recovery{Disease: "covid-19", Positive: day("2021-11-02"), Released: day("2021-11-01")}}, "positive"},
		"an exemption":                {record.Fact{Exemption: &record.Exemption{Disease: "covid-19", Ground: record.Carditis, From: day("2021-11-01")}}, ""},
		"an exemption without ground": {record.Fact{Exemption: &record.Exemption{Disease: "covid-19", From: day("2021-11-01")}}, "ground"},
		"an exemption that ends first": {record.Fact{Exemption: &record.Exemption{
			Disease: "covid-19", Ground: record.Carditis, From: day("2021-11-01"), Until: day("2021-10-01"),
		}}, "until"},
	} {
		err := c.fact.Check(a, now)
		if c.field == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if f := fault.Of(err); err == nil || f.Code != fault.Invalid || f.Args["Field"] != c.field {
			t.Errorf("%s: %v, want a fault of %s", name, err, c.field)
		}
	}
	d := record.Fact{Dose: &record.Dose{Product: "MOD", Number: 1, Day: day("2021-12-01"), Disease: "flu"}}
	if err := d.Check(a, now); err != nil || d.Dose.Disease != "covid-19" {
		t.Errorf("the disease of a product: %v %q", err, d.Dose.Disease)
	}
}
