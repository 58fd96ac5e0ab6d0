package campaign_test

import (
	"errors"
	"strings"
	"testing"

	"naru/examples"
	"naru/internal/campaign"
	"naru/internal/rulefile"
)

// amend reads a shipped file twice, the second time with one thing replaced.
func amend(t *testing.T, file, was, now string) (*campaign.Campaign, rulefile.Faults) {
	t.Helper()
	text, err := examples.Campaigns.ReadFile("campaigns/" + file)
	if err != nil || !strings.Contains(string(text), was) {
		t.Fatalf("%s has no %q, %v", file, was, err)
	}
	before, err := campaign.Parse(text, korea(t))
	if err != nil {
		t.Fatal(err)
	}
	c, err := campaign.ParseAmendment([]byte(strings.Replace(string(text), was, now, 1)), korea(t), before)
	var faults rulefile.Faults
	if err != nil && !errors.As(err, &faults) {
		t.Fatal(err)
	}
	return c, faults
}

// What gives people more is taken (rule C20).
func TestAmendmentGivesMore(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ file, was, now string }{
		{"2021-07-12.yaml", "cap: 2000", "cap: 2500"},
		{"2021-07-12.yaml", `closes: "2021-07-17 18:00"`, `closes: "2021-07-17 20:00"`},
		{"2021-07-12.yaml", "last: 2021-08-07", "last: 2021-08-14"},
		{"2021-07-08.yaml", "people: 380000", "people: 400000"},
		{"2021-07-08.yaml", "shots:", "  - name: second-chance\n    opens: \"2021-07-11 00:00\"\n    closes: \"2021-07-11 18:00\"\n    cohorts: [teachers-and-carers]\n\nshots:"},
	} {
		if got, faults := amend(t, c.file, c.was, c.now); len(faults) > 0 || got == nil {
			t.Errorf("%q instead of %q: %v", c.now, c.was, faults)
		}
	}
}

// What would move somebody, or take something away, is refused at its line (rule C20).
func TestAmendmentRefusesByLine(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ file, was, now, path string }{
		{"2021-07-12.yaml", "lobby_opens: 30m", "lobby_opens: 40m", "gate.lobby_opens"},
		{"2021-07-12.yaml", `opens: "2021-07-12 00:00"`, `opens: "2021-07-12 01:00"`, "windows[0].opens"},
		{"2021-07-12.yaml", `closes: "2021-07-17 18:00"`, `closes: "2021-07-17 17:00"`, "windows[0].closes"},
		{"2021-07-12.yaml", "doses: 2\ninterval_days: 28", "doses: 1", "doses"},
		{"2021-07-12.yaml", "interval_days: 28", "interval_days: 30", "interval_days"},
		{"2021-07-12.yaml", "first: 2021-07-26", "first: 2021-07-27", "shots.first"},
		{"2021-07-12.yaml", "last: 2021-08-07", "last: 2021-08-06", "shots.last"},
		{"2021-07-12.yaml", "vaccine: MOD", "quota: 10\nafter_quota: { next: { ko: 나중에, en: later } }\nvaccine: MOD", "quota"},
		{"2021-07-08.yaml", "kindergarten-teacher, ", "", "cohorts"},
		{"2021-07-08.yaml", "round: 1", "round: 2", "draw"},
		{"2021-07-08.yaml", "name: opening", "name: first", "windows"},
	} {
		got, faults := amend(t, c.file, c.was, c.now)
		if got != nil || len(faults) == 0 {
			t.Errorf("%q instead of %q is taken", c.now, c.was)
			continue
		}
		found := false
		for _, f := range faults {
			found = found || f.Path == c.path && f.Line > 0
		}
		if !found {
			t.Errorf("%q instead of %q: %v, want a fault at %s", c.now, c.was, faults, c.path)
		}
	}
}

const after = "after_quota: { next: { ko: 나중에, en: later } }\n"

func TestQuotaOfAmendmentsGrows(t *testing.T) { // rules C19, C20
	t.Parallel()
	text, err := examples.Campaigns.ReadFile("campaigns/2021-07-12.yaml")
	if err != nil {
		t.Fatal(err)
	}
	with := func(quota string) []byte {
		return []byte(strings.Replace(string(text), "doses: 2\n", "doses: 2\n"+quota, 1))
	}
	before, err := campaign.Parse(with("quota: 100\n"+after), korea(t))
	if err != nil {
		t.Fatal(err)
	}
	for quota, taken := range map[string]bool{"quota: 100\n" + after: true, "quota: 101\n" + after: true, "quota: 99\n" + after: false, "": false} {
		if _, err := campaign.ParseAmendment(with(quota), korea(t), before); (err == nil) != taken {
			t.Errorf("%q: %v", quota, err)
		}
	}
	if name, people, limited := before.QuotaName("opening"); name != "covid19-2021-07-12" || people != 100 || !limited {
		t.Errorf("counted for %q of %d, %v", name, people, limited)
	}
}

func TestQuotaOfAWindow(t *testing.T) { // rule C19
	t.Parallel()
	text, err := examples.Campaigns.ReadFile("campaigns/2021-07-08.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := campaign.Parse([]byte(strings.Replace(string(text), "  - name: opening\n", "  - name: opening\n    quota: 7\n", 1)+after), korea(t))
	if err != nil {
		t.Fatal(err)
	}
	if name, people, limited := c.QuotaName("opening"); name != "covid19-2021-07-08/opening" || people != 7 || !limited {
		t.Errorf("counted for %q of %d, %v", name, people, limited)
	}
	if _, _, limited := c.QuotaName("other"); limited {
		t.Error("a window without a quota is limited")
	}
}
