package issue

import (
	"strings"
	"testing"
	"time"

	"naru/examples"
	"naru/internal/agency"
	"naru/internal/caldate"
	"naru/internal/fault"
	"naru/internal/record"
)

func TestNamesForPassports(t *testing.T) {
	t.Parallel()
	for full, want := range map[string]string{
		"홍길동":       "HONG|GILDONG",
		"남궁민수":      "NAMGUNG|MINSU",
		"남궁":        "NAM|GUNG",
		"김":         "GIM|",
		"뷁":         "BWEK|",
		"Ana-María": "ANA<MARIA|",
		"O'Neill":   "O<NEILL|",
	} {
		n := nameOf(full)
		if got := n.FamilyStandard + "|" + n.GivenStandard; got != want {
			t.Errorf("%s: %s, want %s", full, got, want)
		}
		if n.Family+n.Given != full || strings.Trim(n.FamilyStandard+n.GivenStandard, "ABCDEFGHIJKLMNOPQRSTUVWXYZ<") != "" {
			t.Errorf("%s: %+v", full, n)
		}
	}
}

func TestWhatACertificateSays(t *testing.T) {
	t.Parallel()
	a, err := agency.Load(examples.AgencyYAML)
	if err != nil {
		t.Fatal(err)
	}
	day := caldate.MustParse
	at := time.Date(2021, 12, 1, 0, 0, 0, 0, time.UTC)
	terms := Terms{ID: strings.Repeat("ab", 16), At: at, Expires: at.AddDate(1, 0, 0), Agency: a, By: Authority{Name: "KDCA"}, Subject: Subject{"홍길동", day("1980-02-29")}}
	dose := func(product string) record.Entry {
		return record.Entry{Fact: record.Fact{Dose: &record.Dose{Product: product, Disease: "covid-19", Number: 2, Of: 2, Day: day("2021-07-01")}}}
	}
	test := record.Test{Disease: "covid-19", Method: record.PCR, Result: record.Negative, SampledAt: at}
	positive := test
	positive.Result = record.Positive
	for name, c := range map[string]struct {
		entry record.Entry
		want  string // of the reason, "" when it is written
	}{
		"a dose":                      {dose("PFZ"), ""},
		"a product without codes":     {dose("OLD"), "issue.no_code"},
		"a negative test":             {record.Entry{Fact: record.Fact{Test: &test}}, ""},
		"a positive test":             {record.Entry{Fact: record.Fact{Test: &positive}}, "issue.not_negative"},
		"a recovery":                  {record.Entry{Fact: record.Fact{Recovery: &record.Recovery{Disease: "covid-19", Positive: day("2021-10-01"), Released: day("2021-10-11")}}}, ""},
		"a recovery without a sample": {record.Entry{Fact: record.Fact{Recovery: &record.Recovery{Disease: "covid-19", Released: day("2021-10-11")}}}, "issue.no_positive"},
		"an exemption":                {record.Entry{Fact: record.Fact{Exemption: &record.Exemption{Disease: "covid-19", Ground: record.Carditis, From: day("2021-10-11")}}}, ""},
		"a withdrawal":                {record.Entry{}, "issue.nothing_stands"},
	} {
		got, err := Certificate(c.entry, terms)
		if c.want == "" && (err != nil || got.DCC.ID() != "URN:UVCI:01:KR:"+strings.Repeat("AB", 16)) || c.want != "" && fault.Of(err).Message != c.want {
			t.Errorf("%s: %v %q", name, err, got.DCC.ID())
		}
	}
	got, _ := Certificate(dose("PFZ"), terms)
	if v := got.DCC.Vaccinations[0]; v.Product != "EU/1/20/1528" || v.Dose != 2 || v.Date != "2021-07-01" || v.Country != "KR" {
		t.Errorf("%+v", v)
	}
}
