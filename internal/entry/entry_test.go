package entry_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"testing"
	"time"

	"naru/examples"
	"naru/internal/bundle"
	"naru/internal/caldate"
	"naru/internal/cose"
	"naru/internal/credential"
	"naru/internal/entry"
	"naru/internal/incident"
	"naru/internal/pass"
	"naru/internal/rule"
	"naru/internal/rulebook"
)

// lunch is a moment at which restaurants in Seoul want a proof.
var lunch = time.Date(2021, 12, 20, 12, 0, 0, 0, time.FixedZone("", 9*3600))

// world is a bundle and those who sign for it.
type world struct {
	known           *entry.Known
	phone           *ecdsa.PrivateKey
	issuer, foreign cose.Signer
}

func must[T any](t *testing.T, v T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func keyNamed(t *testing.T, name string) *ecdsa.PrivateKey {
	t.Helper()
	sum := sha256.Sum256([]byte("naru/entry/test/" + name))
	k, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), sum[:])
	return must(t, k, err)
}

func listed(t *testing.T, s string, use ...string) (cose.Signer, map[string]any) {
	t.Helper()
	k := keyNamed(t, s)
	raw, err := k.PublicKey.Bytes()
	must(t, raw, err)
	by, err := cose.NewSigner(k, []byte(s))
	e := base64.RawURLEncoding
	return must(t, by, err), map[string]any{
		"kid": base64.StdEncoding.EncodeToString([]byte(s)), "for": use, "kty": "EC", "crv": "P-256",
		"x": e.EncodeToString(raw[1:33]), "y": e.EncodeToString(raw[33:]),
	}
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{phone: keyNamed(t, "phone")}
	var a, b map[string]any
	w.issuer, a = listed(t, "passes--", bundle.ForPasses)
	w.foreign, b = listed(t, "foreign-", "v", "t", "r")
	trust, err := json.Marshal(map[string]any{"format": "naru-bundle/1", "keys": []any{a, b}})
	must(t, trust, err)
	set, err := rulebook.Parse(examples.VaccinePassYAML, []string{"ko", "en"})
	rules, err := must(t, set, err).Marshal()
	must(t, rules, err)
	opened, err := bundle.New(bundle.Content{
		Version: 1, Issued: lunch.AddDate(0, 0, -8), GoodUntil: lunch.AddDate(0, 0, 30), Trust: trust, Rules: rules,
		Modes: []incident.Mode{
			{ID: "old", Channel: "issuing", From: lunch.Add(-2 * time.Hour), Until: lunch.Add(-time.Hour)},
			{ID: "now", Channel: "issuing", From: lunch.Add(-2 * time.Hour), Area: incident.Area{"1100000000"}},
			{ID: "newer", Channel: "register", From: lunch.Add(-time.Minute)},
		},
	})
	w.known, err = entry.With(must(t, opened, err))
	must(t, w.known, err)
	return w
}

func (w *world) shows(t *testing.T, day caldate.Date, s pass.Shown) string {
	t.Helper()
	p, err := pass.VaccinationOn(2, 2, day)
	must(t, p, err)
	holder, err := pass.HolderKeyOf(&w.phone.PublicKey)
	must(t, holder, err)
	c, err := pass.Issue(w.issuer, pass.ID{1}, holder, p)
	must(t, c, err)
	text, err := pass.Present(w.phone, c, s)
	return must(t, text, err)
}

func (w *world) hc1(t *testing.T, change func(*credential.DCC)) string {
	t.Helper()
	d := credential.DCC{Version: "1.3.0", Born: "1984-05-06", Name: credential.Name{FamilyStandard: "MUSTERFRAU", GivenStandard: "ERIKA"}}
	change(&d)
	text, err := credential.IssueHC1(w.foreign, credential.HC1{Issuer: "DE", IssuedAt: lunch.AddDate(0, 0, -1), Expires: lunch.AddDate(1, 0, 0), DCC: d})
	return must(t, text, err)
}

const covid = "840539006"

func dosed(n, of int, day string) func(*credential.DCC) {
	return func(d *credential.DCC) {
		d.Vaccinations = []credential.Vaccination{{
			Target: covid, Prophylaxis: "1119349007", Product: "EU/1/20/1528", Manufacturer: "ORG-100030215",
			Dose: credential.Count(n), Doses: credential.Count(of), Date: day, Country: "DE", Issuer: "RKI", ID: "URN:UVCI:01:DE:1",
		}}
	}
}

func tested(kind, sampled, result string) func(*credential.DCC) {
	return func(d *credential.DCC) {
		d.Tests = []credential.Test{{Target: covid, Type: kind, Name: "x", Sampled: sampled, Result: result, Country: "DE", Issuer: "RKI", ID: "URN:UVCI:01:DE:2"}}
	}
}

func recovered(from string) func(*credential.DCC) {
	return func(d *credential.DCC) {
		d.Recoveries = []credential.Recovery{{Target: covid, Positive: "2021-06-01", From: from, Until: "2021-12-31", Country: "DE", Issuer: "RKI", ID: "URN:UVCI:01:DE:3"}}
	}
}

// Rules Q40, Q41 and Q43 to Q45.
func TestWhatADoorIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	july, march := caldate.Date{Year: 2021, Month: 7, Day: 10}, caldate.Date{Year: 2021, Month: 12, Day: 10}
	young := func(d *credential.DCC) { dosed(1, 2, "2021-12-10")(d); d.Born = "2012-01-01" }
	for name, c := range map[string]struct {
		text    string
		outcome rule.Outcome
		reason  string
		id      bool
	}{
		"a pass":                          {w.shows(t, july, pass.Shown{Time: lunch}), rule.Valid, "rule.full", false},
		"a pass, too early":               {w.shows(t, march, pass.Shown{Time: lunch}), rule.NotValid, "rule.full.begins", false},
		"two doses on paper":              {w.hc1(t, dosed(2, 2, "2021-07-10")), rule.Valid, "rule.full", true},
		"three of three on paper":         {w.hc1(t, dosed(3, 3, "2021-12-20")), rule.Valid, "rule.booster", true},
		"one of two on paper":             {w.hc1(t, dosed(1, 2, "2021-07-10")), rule.NotValid, "rule.partial.complete", false},
		"one of two, a child":             {w.hc1(t, young), rule.Valid, "rule.under-age", true},
		"a test of this morning":          {w.hc1(t, tested("LP6464-4", "2021-12-20T08:00:00+09:00", "260415000")), rule.Valid, "rule.pcr", true},
		"a test, the notice unknown":      {w.hc1(t, tested("LP6464-4", "2021-12-17T08:00:00+09:00", "260415000")), rule.CannotTell, "entry.moment_unknown", false},
		"a positive test":                 {w.hc1(t, tested("LP6464-4", "2021-12-20T08:00:00+09:00", "260373001")), rule.NotValid, "rule.pcr.negative", false},
		"recovered":                       {w.hc1(t, recovered("2021-07-12")), rule.Valid, "rule.recovered", true},
		"recovered, the release unknown":  {w.hc1(t, recovered("2021-06-12")), rule.CannotTell, "entry.moment_unknown", false},
		"a menu":                          {"https://menu.example", rule.NotValid, "credential.malformed", false},
		"one code of several":             {"shc:/1/2/567629", rule.CannotTell, "credential.incomplete", false},
		"a pass that is none":             {"NR1:ABC", rule.NotValid, "", false},
		"a pass of half an hour ago":      {w.shows(t, july, pass.Shown{Time: lunch.Add(-30 * time.Minute)}), rule.CannotTell, "pass.stale", false},
		"a pass from a clock that is off": {w.shows(t, july, pass.Shown{Time: lunch.Add(30 * time.Minute)}), rule.CannotTell, "pass.early", false},
	} {
		v := w.known.Judge(entry.Question{Texts: []string{c.text}, At: lunch, Facility: "restaurant", Region: "1100000000"})
		if v.Outcome != c.outcome || c.reason != "" && v.Reason != c.reason || v.SeeID != c.id {
			t.Errorf("%s: %s %s (see the ID: %v), want %s %s (%v)", name, v.Outcome, v.Reason, v.SeeID, c.outcome, c.reason, c.id)
		}
		if v.SeeID != (v.Holder != nil && v.Outcome == rule.Valid) || v.Ask != (v.Reason == "pass.stale" || v.Reason == "pass.early") {
			t.Errorf("%s: %+v", name, v)
		}
	}
}

// Rule Q42.
func TestANumberIsAnsweredOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	july := caldate.Date{Year: 2021, Month: 7, Day: 10}
	answer := w.shows(t, july, pass.Shown{Time: lunch.Add(time.Hour), Nonce: entry.Nonce("123456")})
	for name, c := range map[string]struct {
		asked    string
		answered []string
		want     string
	}{
		"what was asked":        {"123456", nil, "rule.full"},
		"another number":        {"654321", nil, "pass.other_nonce"},
		"answered once already": {"654321", []string{"123456"}, "pass.replayed"},
	} {
		q := entry.Question{Texts: []string{answer}, At: lunch, Facility: "restaurant", Region: "1100000000", Nonce: entry.Nonce(c.asked)}
		for _, d := range c.answered {
			q.Answered = append(q.Answered, entry.Nonce(d))
		}
		if v := w.known.Judge(q); v.Reason != c.want {
			t.Errorf("%s: %s", name, v.Reason)
		}
	}
}

// Rule Q45: what is acceptable meanwhile stands beside every verdict.
func TestWhatIsAcceptableMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for region, want := range map[string]string{"1100000000": "newer now", "2600000000": "newer", "": "newer"} {
		got := ""
		for _, m := range w.known.Acceptable(lunch, region) {
			got += " " + m.ID
		}
		if got != " "+want {
			t.Errorf("in %q: %s", region, got)
		}
	}
}
