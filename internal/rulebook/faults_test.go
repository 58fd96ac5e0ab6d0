package rulebook_test

import (
	"bytes"
	"strings"
	"testing"

	"naru/examples"
	"naru/internal/rule"
	"naru/internal/rulebook"
)

var both = []string{"ko", "en"}

// changed is the shipped file with one text replaced.
func changed(t *testing.T, from, to string) []byte {
	t.Helper()
	if !bytes.Contains(examples.VaccinePassYAML, []byte(from)) {
		t.Fatalf("the file has no %q", from)
	}
	return bytes.Replace(examples.VaccinePassYAML, []byte(from), []byte(to), 1)
}

func TestFaultsOfRuleFiles(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ from, to, want string }{
		"a word is wrong":             {"kind: vaccination", "kind: vacination", `did you mean "vaccination"?`},
		"a key is wrong":              {"grace_until:", "grace_unti:", `did you mean "grace_until"?`},
		"an operation is wrong":       {`applies: {">":`, `applies: {"=>":`, "unrecognised operator"},
		"a parameter is missing":      {"{param: pcr_hours}", "{param: pcr}", `there is no parameter "pcr"`},
		"a parameter is no number":    {"pcr_hours: 48", "pcr_hours: many", `must be an integer`},
		"a sentence is missing":       {"free: {ko: 이곳은 지금 방역패스가 필요하지 않습니다, en: No pass is needed here now}", "free: {ko: 이곳은}", `"en" is missing`},
		"a day that is none":          {"from: 2021-12-06 00:00", "from: 2021-12-36 00:00", "2021-12-36"},
		"a group that is not there":   {"facilities: [first]", "facilities: [frist]", `there is no group "frist"`},
		"a number is too high":        {"order: 4", "order: 4000", "from 1 to 100"},
		"a fine that is no number":    {"operator: [1500000, 3000000]", "operator: [much]", "not a whole number"},
		"a language nobody asked for": {"title: {ko: 방역패스,", "title: {fr: Passe, ko: 방역패스,", `unknown key "fr"`},
	} {
		_, err := rulebook.Parse(changed(t, c.from, c.to), both)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestARuleSetThatCannotAnswerIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ from, to, want string }{
		"two requirements at once":     {"until: 2022-01-14 00:00\n    facilities: [stores]", "until: 2022-01-15 00:00\n    facilities: [stores]", "both apply at store"},
		"a proof that is not there":    {"accept: [full, booster", "accept: [fulll, booster", `"fulll", which is not there`},
		"a facility that is not there": {"gyms: [gym]", "gyms: [gymnasium]", `"gymnasium", which is not there`},
		"an end before the beginning":  {"until: 2021-12-18 00:00\n    regions", "until: 2021-12-01 00:00\n    regions", "2021-12-06 capital: from"},
		"fewer people than one":        {"most: 4\n    without: 0", "most: 4\n    without: 5", "most 4, without 5"},
	} {
		_, err := rulebook.Parse(changed(t, c.from, c.to), both)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	s, err := rulebook.Parse(examples.VaccinePassYAML, both)
	if err != nil {
		t.Fatal(err)
	}
	text, err := s.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string][]byte{
		"cut off":     text[:len(text)-1],
		"followed":    append(bytes.Clone(text), '{', '}'),
		"a field":     bytes.Replace(text, []byte(`"zone"`), []byte(`"zones"`), 1),
		"no offsets":  bytes.Replace(text, []byte(`"seconds":32400`), []byte(`"seconds":99999`), 1),
		"a logic":     bytes.Replace(text, []byte(`"plusTime"`), []byte(`"minusTime"`), 1),
		"no sentence": bytes.Replace(text, []byte(`No pass is needed here now`), nil, 1),
	} {
		if _, err := rule.Read(bad); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	t.Logf("a rule set has %d bytes", len(text))
}

func FuzzRead(f *testing.F) {
	s, err := rulebook.Parse(examples.VaccinePassYAML, both)
	if err != nil {
		f.Fatal(err)
	}
	text, err := s.Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := rule.Read(text)
		if err != nil {
			return
		}
		for _, facts := range []rule.Facts{{"kind": "vaccination", "dose": int64(2), "of": int64(2), "date": "2021-07-10"}, {}} {
			v := s.Judge(rule.Question{At: s.From, Facility: s.Facilities[0].ID, Shown: []rule.Facts{facts}})
			if v.Outcome != rule.Valid && v.Outcome != rule.NotValid && v.Outcome != rule.CannotTell {
				t.Errorf("the verdict is %q", v.Outcome)
			}
		}
	})
}
