package campaign_test

import (
	"strings"
	"testing"

	"naru/examples"
	"naru/internal/caldate"
	"naru/internal/campaign"
)

// withGuardian is the campaign of 12 July with another line for guardians.
func withGuardian(t *testing.T, lines string) (*campaign.Campaign, error) {
	t.Helper()
	text, err := examples.Campaigns.ReadFile("campaigns/2021-07-12.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return campaign.Parse([]byte(strings.Replace(string(text), "guardian: false", lines, 1)), korea(t))
}

func TestGuardianFor(t *testing.T) {
	t.Parallel()
	born := func(year int) campaign.Facts {
		return campaign.Facts{Born: caldate.Date{Year: year, Month: 12, Day: 31}}
	}
	listed := campaign.Facts{Born: born(1966).Born, Occupations: []string{"home-care"}}
	for lines, c := range map[string]struct {
		facts campaign.Facts
		ok    bool
	}{
		"guardian: false": {born(1962), false},
		"guardian: true":  {born(1962), true},
		"guardian: true\nguardian_for: { born: { to: 1962-12-31 } }":                            {born(1962), true},
		"guardian: true\nguardian_for: { born: { to: 1962-12-30 } }":                            {born(1962), false},
		"guardian: true\nguardian_for: { born: { from: 1963-01-01 } }":                          {born(1962), false},
		"guardian: true\nguardian_for: { lists: [home-care] }":                                  {listed, true},
		"guardian: true\nguardian_for: { lists: [other] }":                                      {listed, false},
		"guardian: true\nguardian_for: { lists: [other, home-care] }":                           {listed, true},
		"guardian: true\nguardian_for: { born: { to: 1962-12-31 }, lists: [home-care] }":        {listed, true},
		"guardian: true\nguardian_for: { born: { to: 1962-12-31 }, lists: [home-care, other] }": {born(1966), false},
	} {
		k, err := withGuardian(t, lines)
		if err != nil {
			t.Errorf("%s: %v", lines, err)
			continue
		}
		if d := k.MayBeGuarded(c.facts); d.OK != c.ok || d.Rule != "C23" {
			t.Errorf("%s: %+v", lines, d)
		}
	}
}

func TestFaultsOfGuardianFor(t *testing.T) {
	t.Parallel()
	for lines, want := range map[string]string{
		"guardian: false\nguardian_for: { lists: [home-care] }":            "guardian is false",
		"guardian: true\nguardian_for: {}":                                 "",
		"guardian: true\nguardian_for: { born: {} }":                       "",
		"guardian: true\nguardian_for: { born: { to: 1950-01-01 } }":       "nobody in any cohort",
		"guardian: true\nguardian_for: { born: { from: 1990-01-01 } }":     "nobody in any cohort",
		"guardian: true\nguardian_for: { lists: [] }":                      "",
		"guardian: true\nguardian_for: { lists: [Home Care] }":             "small letters",
		"guardian: true\nguardian_for: { lists: [home-care], people: 3 }":  "people",
		"guardian: yes please\nguardian_for: { born: { to: 1962-12-31 } }": "",
	} {
		if _, err := withGuardian(t, lines); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", lines, err, want)
		}
	}
}
