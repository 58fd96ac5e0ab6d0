package bundle

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"naru/examples"
	"naru/internal/caldate"
	"naru/internal/cose"
	"naru/internal/fault"
	"naru/internal/pass"
	"naru/internal/rule"
	"naru/internal/rulebook"
)

var seoul = time.FixedZone("", 9*3600)

// lunch is a moment at which restaurants in Seoul want a proof, and doses end after 180 days.
var lunch = time.Date(2022, 1, 10, 12, 0, 0, 0, seoul)

func keyNamed(t testing.TB, name string) *ecdsa.PrivateKey {
	t.Helper()
	sum := sha256.Sum256([]byte("naru/bundle/test/" + name))
	k, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func signerNamed(t testing.TB, name string) cose.Signer {
	t.Helper()
	s, err := cose.NewSigner(keyNamed(t, name), []byte((name + "--------")[:pass.KidSize]))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func trustOf(t testing.TB, names ...string) json.RawMessage {
	t.Helper()
	keys := []map[string]any{{"kid": base64.StdEncoding.EncodeToString([]byte("certific")), "for": []string{"v"}, "certificate": "AA=="}}
	for _, name := range names {
		raw, err := keyNamed(t, name).PublicKey.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		e := base64.RawURLEncoding
		keys = append(keys, map[string]any{
			"kid": base64.StdEncoding.EncodeToString(signerNamed(t, name).Kid), "for": []string{ForPasses},
			"kty": "EC", "crv": "P-256", "x": e.EncodeToString(raw[1:33]), "y": e.EncodeToString(raw[33:]),
		})
	}
	text, err := json.Marshal(map[string]any{"format": "naru-bundle/1", "keys": keys})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func koreasRules(t testing.TB) json.RawMessage {
	t.Helper()
	s, err := rulebook.Parse(examples.VaccinePassYAML, []string{"ko", "en"})
	if err != nil {
		t.Fatal(err)
	}
	text, err := s.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func content(t testing.TB, version uint64) Content {
	t.Helper()
	return Content{
		Version: version, Issued: lunch.Add(-time.Hour), GoodUntil: lunch.AddDate(0, 0, 30), Trust: trustOf(t, "issuer"), Rules: koreasRules(t),
		Revoked: Revoked{IDs: []string{"0900000000000000"}, Kids: []string{hex.EncodeToString([]byte("lostlost"))}},
	}
}

func seal(t testing.TB, by string, c Content) []byte {
	t.Helper()
	file, err := Seal(signerNamed(t, by), c)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func open(t testing.TB, c Content) *Bundle {
	t.Helper()
	b, err := Open(seal(t, "lists", c), 0, &keyNamed(t, "lists").PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestForgedAndRolledBackBundlesAreRefused(t *testing.T) {
	t.Parallel()
	key := &keyNamed(t, "lists").PublicKey
	good := seal(t, "lists", content(t, 7))
	for _, floor := range []uint64{0, 6, 7} {
		if b, err := Open(good, floor, key); err != nil || b.Version != 7 {
			t.Errorf("floor %d: %v", floor, err)
		}
	}
	next := &keyNamed(t, "next").PublicKey
	if _, err := Open(good, 0, next, key); err != nil {
		t.Errorf("beside the next key: %v", err)
	}
	changed := append([]byte(nil), good...)
	changed[len(changed)-9] ^= 1
	for name, c := range map[string]struct {
		file  []byte
		floor uint64
		want  fault.Code
	}{
		"rolled back":         {good, 8, fault.Conflict},
		"of another key":      {seal(t, "thief", content(t, 9)), 0, fault.Forbidden},
		"changed":             {changed, 0, fault.Forbidden},
		"cut off":             {good[:len(good)-1], 0, fault.Forbidden},
		"empty":               {nil, 0, fault.Malformed},
		"another file":        {append([]byte("NRB2"), good[4:]...), 0, fault.Malformed},
		"only a head":         {good[:head], 0, fault.Forbidden},
		"signed, but no gzip": {signRaw(t, []byte("{}")), 0, fault.Malformed},
	} {
		if _, err := Open(c.file, c.floor, key); fault.CodeOf(err) != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

func signRaw(t *testing.T, rest []byte) []byte {
	t.Helper()
	sum := sha256.Sum256(rest)
	signature, err := signerNamed(t, "lists").Sign(sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return append(append([]byte(magic), signature...), rest...)
}

func TestABundleThatCannotAnswerIsNotMade(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Content){
		"no version":            func(c *Content) { c.Version = 0 },
		"over before it began":  func(c *Content) { c.GoodUntil = c.Issued },
		"no trust":              func(c *Content) { c.Trust = nil },
		"a key that is none":    func(c *Content) { c.Trust = json.RawMessage(`{"keys":[{"kid":"MTIzNDU2Nzg=","for":["pass"]}]}`) },
		"rules without an end":  func(c *Content) { c.Rules = json.RawMessage(`{"id":"x"}`) },
		"a revoked id cut":      func(c *Content) { c.Revoked.IDs = []string{"09"} },
		"a revoked key not hex": func(c *Content) { c.Revoked.Kids = []string{"zz00000000000000"} },
	} {
		c := content(t, 1)
		change(&c)
		if _, err := Seal(signerNamed(t, "lists"), c); err == nil {
			t.Errorf("%s was signed", name)
		}
	}
}

// shown is a presentation of somebody who had their second dose.
func shown(t testing.TB, id pass.ID, day caldate.Date, s pass.Shown) string {
	t.Helper()
	p, err := pass.VaccinationOn(2, 2, day)
	if err != nil {
		t.Fatal(err)
	}
	return showing(t, id, p, s)
}

func showing(t testing.TB, id pass.ID, p pass.Proof, s pass.Shown) string {
	t.Helper()
	phone := keyNamed(t, "phone")
	holder, err := pass.HolderKeyOf(&phone.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	c, err := pass.Issue(signerNamed(t, "issuer"), id, holder, p)
	if err != nil {
		t.Fatal(err)
	}
	text, err := pass.Present(phone, c, s)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

var autumn = caldate.Date{Year: 2021, Month: 9, Day: 10}

// check is what a scanner does.
func check(b *Bundle, text string, c pass.Check, q rule.Question) (rule.Outcome, string) {
	u, err := pass.Parse(text)
	if err != nil {
		return rule.Outcome(pass.VerdictOf(pass.ReasonOf(err))), string(pass.ReasonOf(err))
	}
	v, err := u.Verify(b.PassTrust(), c)
	if err != nil {
		return rule.Outcome(pass.VerdictOf(pass.ReasonOf(err))), string(pass.ReasonOf(err))
	}
	q.At = c.Now
	got := b.Judge([]pass.Verified{v}, q)
	return got.Outcome, got.Reason
}

var restaurant = rule.Question{Facility: "restaurant", Region: "1100000000", Party: rule.Party{People: 4, Without: 3}}

func TestAWeekOldBundleAnswers(t *testing.T) {
	t.Parallel()
	c := content(t, 1)
	c.Issued = lunch.AddDate(0, 0, -7)
	b := open(t, c)
	outcome, reason := check(b, shown(t, pass.ID{1}, autumn, pass.Shown{Time: lunch}), pass.Check{Now: lunch}, restaurant)
	if outcome != rule.Valid || b.Age(lunch) != 7*24*time.Hour || b.Over(lunch) {
		t.Errorf("%s %s at the age of %s", outcome, reason, b.Age(lunch))
	}
	late := lunch.AddDate(0, 0, 30)
	if outcome, reason = check(b, shown(t, pass.ID{1}, autumn, pass.Shown{Time: late}), pass.Check{Now: late}, restaurant); outcome != rule.CannotTell || reason != string(pass.StaleTrust) {
		t.Errorf("past its end: %s %s", outcome, reason)
	}
	if v := b.Judge(nil, rule.Question{At: late, Facility: "restaurant"}); v.Outcome != rule.CannotTell {
		t.Errorf("past its end, nothing shown: %s", v.Outcome)
	}
}

func TestTheRulesDecideOverThePass(t *testing.T) {
	t.Parallel()
	b := open(t, content(t, 1))
	for name, c := range map[string]struct {
		text    string
		outcome rule.Outcome
		reason  string
	}{
		"two doses":             {shown(t, pass.ID{1}, autumn, pass.Shown{Time: lunch}), rule.Valid, ""},
		"two doses long ago":    {shown(t, pass.ID{1}, caldate.Date{Year: 2021, Month: 3, Day: 1}, pass.Shown{Time: lunch}), rule.NotValid, ""},
		"a negative test":       {showing(t, pass.ID{1}, pass.TestNoticed(pass.PCR, lunch.Add(-time.Hour)), pass.Shown{Time: lunch}), rule.Valid, ""},
		"a test of last week":   {showing(t, pass.ID{1}, pass.TestNoticed(pass.PCR, lunch.AddDate(0, 0, -7)), pass.Shown{Time: lunch}), rule.NotValid, ""},
		"recovered":             {showing(t, pass.ID{1}, pass.RecoveryOn(autumn), pass.Shown{Time: lunch}), rule.Valid, ""},
		"a child":               {showing(t, pass.ID{1}, pass.BornIn(2012), pass.Shown{Time: lunch}), rule.Valid, ""},
		"revoked":               {shown(t, pass.ID{9}, autumn, pass.Shown{Time: lunch}), rule.NotValid, "revoked"},
		"a picture of some day": {shown(t, pass.ID{1}, autumn, pass.Shown{Time: lunch.Add(-40 * time.Minute)}), rule.CannotTell, "stale"},
	} {
		outcome, reason := check(b, c.text, pass.Check{Now: lunch}, restaurant)
		if outcome != c.outcome || c.reason != "" && reason != c.reason {
			t.Errorf("%s: %s %s, want %s %s", name, outcome, reason, c.outcome, c.reason)
		}
	}
}

// A nonce lets it in though a clock is a day ahead; then the day decides, and whose clock is
// right is not known.
func TestWhereAClockDecidesItCannotBeTold(t *testing.T) {
	t.Parallel()
	b := open(t, content(t, 1))
	nonce := []byte("12345678")
	day := caldate.Date{Year: 2021, Month: 7, Day: 14} // to 2022-01-10
	for n, c := range []struct{ theirs, ours time.Time }{{lunch, lunch.AddDate(0, 0, 1)}, {lunch.AddDate(0, 0, 1), lunch}} {
		text := shown(t, pass.ID{1}, day, pass.Shown{Time: c.theirs, Nonce: nonce})
		outcome, reason := check(b, text, pass.Check{Now: c.ours, Nonce: nonce}, restaurant)
		if outcome != rule.CannotTell || reason != string(pass.Clock) {
			t.Error(fmt.Sprint(n), outcome, reason)
		}
	}
}
