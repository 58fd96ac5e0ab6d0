package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"naru/internal/i18n"
)

// campaignCommand runs "naru campaign ARGS" as main would, and gives the exit
// status and what was printed.
func campaignCommand(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var cli struct {
		Campaign CampaignCmd `cmd:""`
	}
	parser, err := kong.New(&cli)
	if err != nil {
		t.Fatal(err)
	}
	call, err := parser.Parse(append([]string{"campaign"}, args...))
	if err != nil {
		return StatusUsage, "", err.Error()
	}
	var out, errs bytes.Buffer
	env := &Env{Stdout: &out, Stderr: &errs, Stdin: strings.NewReader(""), Now: func() time.Time { panic("the clock was read") }}
	err = call.Run(env)
	if err != nil {
		errs.WriteString(err.Error())
	}
	return StatusOf(err), out.String(), errs.String()
}

const (
	july         = "../../examples/campaigns/2021-07-12.yaml"
	august       = "../../examples/campaigns/2021-08-09.yaml"
	secondFile   = "../../examples/campaigns/second-country.yaml"
	secondAgency = "../../examples/agency-second.yaml"
)

func TestCampaignCheckAcceptsTheShippedFiles(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{july}, {august}, {"../../examples/campaigns/2021-07-08.yaml"}, {secondFile, "--agency", secondAgency}} {
		status, out, errs := campaignCommand(t, append([]string{"check"}, args...)...)
		if status != StatusOK || !strings.HasPrefix(out, args[0]+": ok\n") || errs != "" {
			t.Errorf("%v: status %d\n%s%s", args, status, out, errs)
		}
	}
}

func TestCampaignCheckPrintsEveryFault(t *testing.T) {
	t.Parallel()
	name := broken(t)
	status, out, errs := campaignCommand(t, "check", name)
	want := name + ":18:35: cohorts[0].born.to: date \"1966-02-30\" is not a day of the calendar written as YYYY-MM-DD; write a day that exists as YYYY-MM-DD\n"
	if status != StatusFailed || strings.Count(out, name+":") != 3 || !strings.Contains(out, want) || !strings.Contains(errs, "refused: 3 fault(s)") {
		t.Errorf("status %d\n%s%s\nwant among others\n%s", status, out, errs, want)
	}
}

func TestCampaignCheckJSON(t *testing.T) {
	t.Parallel()
	var good, bad struct {
		File, SHA256 string
		OK           bool
		Faults       []struct {
			Line, Column        int
			Path, Problem, Mend string
		}
		Windows  []struct{ Name, Opens, Closes string }
		Forecast *struct{ People int }
	}
	status, out, _ := campaignCommand(t, "check", july, "--json", "--measured-limit", "5000")
	if err := json.Unmarshal([]byte(out), &good); err != nil || status != StatusOK {
		t.Fatalf("status %d, %v: %s", status, err, out)
	}
	if !good.OK || len(good.SHA256) != 64 || good.Faults == nil || len(good.Faults) != 0 || good.Windows[0].Opens != "2021-07-12T00:00:00+09:00" || good.Forecast.People != 3524000 || strings.Count(out, "\n") != 1 {
		t.Errorf("%s", out)
	}
	status, out, _ = campaignCommand(t, "check", broken(t), "--json")
	if err := json.Unmarshal([]byte(out), &bad); err != nil || status != StatusFailed {
		t.Fatalf("status %d, %v: %s", status, err, out)
	}
	if bad.OK || len(bad.Faults) != 3 || bad.Faults[0].Line == 0 || bad.Faults[0].Mend == "" || bad.Forecast != nil {
		t.Errorf("%s", out)
	}
}

func TestCampaignCheckWarnsOfTheForecast(t *testing.T) { // rule C18
	t.Parallel()
	for limit, want := range map[string]string{
		"1000":  "WARNING, the gate lets in more",
		"5000":  "WARNING, the demand is above it",
		"20000": "20000 requests/s: within",
		"0":     "not known (give --measured-limit)",
	} {
		status, out, _ := campaignCommand(t, "check", july, "--measured-limit", limit, "--doses-per-day", "100000")
		if status != StatusOK || !strings.Contains(out, want) || !strings.Contains(out, "1300000 first doses: WARNING, 2224000 too few") {
			t.Errorf("limit %s: status %d\n%s", limit, status, out)
		}
	}
}

func TestCampaignWho(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		args []string
		want []string
	}{
		{"before the opening", []string{july, "--at", "2021-07-11 23:59"}, []string{"nobody may book", "next opening: 2021-07-12 00:00"}},
		{"at the opening", []string{july, "--at", "2021-07-12 00:00"}, []string{"may book: 1962-1966년 출생자 (born-1962-1966) until 2021-07-17 18:00"}},
		{"a person of 56", []string{july, "--at", "2021-07-12T00:00:00+09:00", "--born", "1965-04-01"}, []string{"this person: yes (rule C10", "2021. 7. 17.(토) 18:00 전까지"}},
		{"the same instant elsewhere", []string{july, "--at", "2021-07-11T15:00:00Z", "--born", "1965-04-01"}, []string{"at 2021-07-12 00:00", "yes (rule C10"}},
		{"too young", []string{july, "--at", "2021-07-12 00:00", "--born", "1967-01-01", "--lang", "en"}, []string{"no (rule C11, campaign.not_born_in_range)", "This booking is for people born from 1962 to 1966."}},
		{"two in the morning of another digit", []string{august, "--at", "2021-08-10 02:00", "--born", "1990-05-10"}, []string{"day of birth ending in 9", "no (rule C14, campaign.other_digit)", "from 2021-08-10 20:00 until 2021-08-11 18:00"}},
		{"a carer", []string{"../../examples/campaigns/2021-07-08.yaml", "--at", "2021-07-08 00:00", "--born", "1990-05-10", "--occupation", "carer"}, []string{"yes (rule C10"}},
		{"vaccinated already", []string{july, "--at", "2021-07-12 00:00", "--born", "1965-04-01", "--dose", "PFZ@2021-05-01"}, []string{"no (rule C13, campaign.doses_do_not_fit)"}},
		{"second country", []string{secondFile, "--agency", secondAgency, "--at", "2021-10-31 02:00", "--born", "1950-03-30"}, []string{"until 2021-10-31 18:00", "Please book before Sun 31 October 2021 18:00"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			status, out, errs := campaignCommand(t, append([]string{"who"}, c.args...)...)
			if status != StatusOK || errs != "" {
				t.Fatalf("status %d: %s", status, errs)
			}
			for _, want := range c.want {
				if !strings.Contains(out, want) {
					t.Errorf("printed\n%swant %q", out, want)
				}
			}
		})
	}
}

func TestCampaignWhoJSON(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args []string
		want map[string]any
	}{
		{
			[]string{july, "--at", "2021-07-12 00:00"},
			map[string]any{"at": "2021-07-12T00:00:00+09:00", "eligible": nil, "from": nil, "rule": ""},
		},
		{
			[]string{july, "--at", "2021-07-11 12:00", "--born", "1965-04-01"},
			map[string]any{"eligible": false, "rule": "C10", "reason": "campaign.not_open_yet", "from": "2021-07-12T00:00:00+09:00", "until": "2021-07-17T18:00:00+09:00", "window": "opening", "cohort": "born-1962-1966"},
		},
		{
			[]string{july, "--at", "2021-07-12 00:00", "--born", "1965-04-01"},
			map[string]any{"eligible": true, "rule": "C10", "reason": "campaign.may_book"},
		},
		{
			[]string{july, "--at", "2021-07-18 00:00", "--born", "1965-04-01"},
			map[string]any{"eligible": false, "reason": "campaign.ended", "from": nil, "until": nil, "may_book": []any{}},
		},
	} {
		_, out, errs := campaignCommand(t, append([]string{"who", "--json"}, c.args...)...)
		var got map[string]any
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Fatalf("%v: %v: %s%s", c.args, err, out, errs)
		}
		for key, want := range c.want {
			value, there := got[key]
			wantText, _ := json.Marshal(want)
			gotText, _ := json.Marshal(value)
			if !there || !bytes.Equal(gotText, wantText) {
				t.Errorf("%v: %s is %s, want %s", c.args, key, gotText, wantText)
			}
		}
	}
}

func TestCampaignUsage(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"check"},
		{"check", "no-such-file.yaml"},
		{"check", july, "--measured-limit", "-1"},
		{"check", july, "--agency", "no-such-file.yaml"},
		{"who", july},
		{"who", july, "--at", "tomorrow"},
		{"who", july, "--at", "2021-02-30 00:00"},
		{"who", july, "--at", "2021-07-12 00:00", "--born", "1965-02-30"},
		{"who", july, "--at", "2021-07-12 00:00", "--occupation", "carer"},
		{"who", july, "--at", "2021-07-12 00:00", "--born", "1965-04-01", "--dose", "XXX@2021-01-01"},
		{"who", secondFile, "--agency", secondAgency, "--at", "2021-10-31 03:30"},
	} {
		if status, out, errs := campaignCommand(t, args...); status != StatusUsage || out != "" || errs == "" {
			t.Errorf("%v: status %d, printed %q, said %q", args, status, out, errs)
		}
	}
}

// A file of another country, checked without its agency, is told which flag is
// missing; other faults, or an agency that was named, are not.
func TestCampaignCheckHintsAtTheAgency(t *testing.T) {
	t.Parallel()
	const hint = "; --agency FILE names the agency file of another country\n"
	text, err := os.ReadFile(july)
	if err != nil {
		t.Fatal(err)
	}
	full := filepath.Join(t.TempDir(), "full.yaml")
	if err := os.WriteFile(full, []byte(strings.Replace(string(text), "cap: 2000", "cap: many", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want bool
	}{
		{[]string{"check", secondFile}, true},
		{[]string{"who", secondFile, "--at", "2021-11-05T08:00:00+02:00"}, true},
		{[]string{"check", july, "--agency", secondAgency}, false},
		{[]string{"check", full}, false},
	} {
		status, out, errs := campaignCommand(t, c.args...)
		if status != StatusFailed || strings.Contains(errs, hint) != c.want {
			t.Errorf("%v: status %d\n%s%s", c.args, status, out, errs)
		}
	}
}

func TestFaultsOfTheAgencyAreShownAtItsFile(t *testing.T) {
	t.Parallel()
	status, out, _ := campaignCommand(t, "check", july, "--agency", july)
	if status != StatusFailed || !strings.Contains(out, july+":") || !strings.Contains(out, `the key "country" is missing`) {
		t.Errorf("status %d\n%s", status, out)
	}
}

// Every reason of campaign and agency has its sentence, without a blank left.
func TestEveryReasonHasItsSentence(t *testing.T) { // rule C15
	t.Parallel()
	words, err := i18n.New()
	if err != nil {
		t.Fatal(err)
	}
	args := map[string]any{"From": "FROM", "Until": "UNTIL", "Who": "WHO", "Digit": 9, "Days": 60, "Example": "EXAMPLE"}
	for _, id := range []string{
		"campaign.may_book", "campaign.not_open_yet", "campaign.not_your_window", "campaign.ended", "campaign.other_digit",
		"campaign.other_digit_ended", "campaign.not_born_in_range", "campaign.not_in_occupation", "campaign.doses_do_not_fit",
		"campaign.other_vaccine_before", "campaign.dose_too_recent", "campaign.dose_too_recent_ended", "campaign.dose_date_unknown",
		"campaign.birth_date_impossible", "agency.phone_bad",
	} {
		for _, lang := range words.Languages() {
			if s := words.T(lang, id, args); !words.Has(id) || strings.ContainsAny(s, "⟦{<") {
				t.Errorf("%s in %s: %q", id, lang, s)
			}
		}
	}
}

// broken is the campaign of 12 July with three faults.
func broken(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(july)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("1966-12-31", "1966-02-30", "vaccine: MOD", "vaccine: MDO", "cap: 2000", "cap: many").Replace(string(data))
	name := filepath.Join(t.TempDir(), "broken.yaml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}
