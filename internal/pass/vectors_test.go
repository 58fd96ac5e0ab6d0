package pass

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"naru/internal/cose"
)

var update = flag.Bool("update", false, "write the vectors again")

// The vectors for other implementations (docs/pass.md, "Vectors"). Bytes are in hex,
// times in RFC 3339.
type vectors struct {
	Trust vectorTrust `json:"trust"`
	Build []built     `json:"build"`
	Cases []vector    `json:"cases"`
}

type vectorTrust struct {
	GoodUntil time.Time   `json:"good_until"`
	Keys      []vectorKey `json:"keys"`
	IDs       []string    `json:"revoked_ids"`
	Kids      []string    `json:"revoked_kids"`
}

type vectorKey struct {
	Kid    string `json:"kid"`
	Public string `json:"public"` // 4, x, y
	Passes bool   `json:"passes"`
}

// built says how a presentation is put together.
type built struct {
	Name       string  `json:"name"`
	Credential string  `json:"credential"`
	Time       int64   `json:"time"` // seconds since 1970
	Token      string  `json:"token,omitempty"`
	Nonce      string  `json:"nonce,omitempty"`
	Opening    *opened `json:"opening,omitempty"`
	Signed     string  `json:"signed"`    // the bytes that the key signs
	Signature  string  `json:"signature"` // r and s
	Text       string  `json:"text"`
}

type opened struct {
	Salt       string `json:"salt"`
	Name       string `json:"name"`
	Born       string `json:"born"`
	Commitment string `json:"commitment"`
}

// vector is one check.
type vector struct {
	Name     string    `json:"name"`
	Text     string    `json:"text"`
	Now      time.Time `json:"now"`
	Nonce    string    `json:"nonce,omitempty"`
	Answered []string  `json:"answered,omitempty"`
	Verdict  Verdict   `json:"verdict"`
	Reason   Reason    `json:"reason,omitempty"`
	Rule     string    `json:"rule,omitempty"`
}

// textOf puts broken or foreign things into a text.
func textOf(p *presentation) string {
	return string(cose.AppendBase45([]byte(Prefix), p.encode(nil)))
}

func readShown(t *testing.T, text string) *presentation {
	t.Helper()
	u, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u.shown
}

func makeCases(t *testing.T) []vector {
	t.Helper()
	dose := secondDose(t)
	good := issue(t, "issuer", ID{1}, dose)
	live := present(t, "phone", good, Shown{Time: noon})
	asked := []byte("12345678")
	other := []byte("87654321")
	answer := present(t, "phone", good, Shown{Time: noon.AddDate(0, 0, -1), Nonce: asked})
	forged := readShown(t, live)
	forged.credential = bytes.Clone(forged.credential)
	forged.credential[30] ^= 1 // in its id
	tomorrow := readShown(t, live).encode(nil)
	tomorrow[1] = 2
	raw := readShown(t, live).encode(nil)
	wide := append([]byte{0x98, 7}, raw[1:]...) // the head of the array in two bytes: another encoding
	lend := hong
	lend.Name = "김철수"
	code := func(b []byte) string { return string(cose.AppendBase45([]byte(Prefix), b)) }
	at := func(d time.Duration) time.Time { return noon.Add(d) }
	overdue := time.Date(2022, 1, 7, 3, 0, 0, 0, time.UTC)
	unknown := dose
	unknown.Kind, unknown.Class = Exemption, 5
	strange := readShown(t, present(t, "phone", issue(t, "issuer", ID{1}, unknown), Shown{Time: noon}))
	strange.credential = withClass(t, strange.credential, 9)
	h := func(b []byte) string { return hex.EncodeToString(b) }
	return []vector{
		{Name: "valid", Text: live, Now: noon},
		{Name: "valid with token and opening", Text: present(t, "phone", good, Shown{Time: noon, Token: bytes.Repeat([]byte{7}, TokenSize), Opening: &hong}), Now: noon},
		{Name: "valid at the end of its life and of the skew", Text: live, Now: at(Life + Skew)},
		{Name: "valid, from a clock that is fast by the skew", Text: live, Now: at(-Skew)},
		{Name: "valid by the nonce, the clock a day off", Text: answer, Now: noon, Nonce: h(asked)},
		{Name: "valid in the last second", Text: present(t, "phone", good, Shown{Time: dose.Ends}), Now: dose.Ends},
		{Name: "empty", Text: "", Now: noon, Reason: Malformed, Rule: "Q5"},
		{Name: "another prefix", Text: "HC1:" + live[4:], Now: noon, Reason: Malformed, Rule: "Q5"},
		{Name: "not base45", Text: live + "é", Now: noon, Reason: Malformed, Rule: "Q5"},
		{Name: "another encoding of the same", Text: code(wide), Now: noon, Reason: Malformed, Rule: "Q6"},
		{Name: "truncated", Text: code(raw[:len(raw)-20]), Now: noon, Reason: Truncated, Rule: "Q5"},
		{Name: "something follows", Text: code(append(bytes.Clone(raw), 0)), Now: noon, Reason: OverLong, Rule: "Q5"},
		{Name: "over-long", Text: code(make([]byte, 600)), Now: noon, Reason: OverLong, Rule: "Q5"},
		{Name: "a version of tomorrow", Text: code(tomorrow), Now: noon, Reason: Unsupported, Rule: "Q7"},
		{Name: "a class of tomorrow", Text: textOf(resigned(t, strange)), Now: noon, Reason: Unsupported, Rule: "Q7"},
		{Name: "unknown issuer key", Text: present(t, "phone", issue(t, "stranger", ID{1}, dose), Shown{Time: noon}), Now: noon, Reason: UnknownKey, Rule: "Q10"},
		{Name: "stale bundle", Text: live, Now: noon.AddDate(0, 0, 30), Reason: StaleTrust, Rule: "Q11"},
		{Name: "wrong scope", Text: present(t, "phone", issue(t, "certificates", ID{1}, dose), Shown{Time: noon}), Now: noon, Reason: KeyUsage, Rule: "Q12"},
		{Name: "flipped bit in the credential", Text: textOf(forged), Now: noon, Reason: IssuerSignature, Rule: "Q13"},
		{Name: "revoked by id", Text: present(t, "phone", issue(t, "issuer", ID{9}, dose), Shown{Time: noon}), Now: noon, Reason: Revoked, Rule: "Q14"},
		{Name: "revoked by batch", Text: present(t, "phone", issue(t, "batch", ID{1}, dose), Shown{Time: noon}), Now: noon, Reason: Revoked, Rule: "Q14"},
		{Name: "wrong holder key", Text: present(t, "thief", good, Shown{Time: noon}), Now: noon, Reason: HolderSignature, Rule: "Q15"},
		{Name: "another time written in", Text: retimed(t, live, noon.Add(time.Minute)), Now: at(time.Minute), Reason: HolderSignature, Rule: "Q15"},
		{Name: "expired", Text: present(t, "phone", good, Shown{Time: overdue}), Now: overdue, Reason: Expired, Rule: "Q16"},
		{Name: "ended by the scanner's clock alone", Text: present(t, "phone", good, Shown{Time: overdue.AddDate(0, 0, -1)}), Now: overdue, Reason: Clock, Rule: "Q16"},
		{Name: "ended, a clock set back and a nonce answered", Text: present(t, "phone", good, Shown{Time: noon, Nonce: asked}), Now: overdue, Nonce: h(asked), Reason: Clock, Rule: "Q16"},
		{Name: "stale: a screenshot", Text: live, Now: at(Life + Skew + time.Second), Reason: Stale, Rule: "Q17"},
		{Name: "early", Text: live, Now: at(-Skew - time.Second), Reason: Early, Rule: "Q17"},
		{Name: "asked and not answered", Text: live, Now: noon, Nonce: h(asked), Reason: NoNonce, Rule: "Q18"},
		{Name: "another question answered", Text: answer, Now: noon, Nonce: h(other), Reason: OtherNonce, Rule: "Q18"},
		{Name: "replayed", Text: answer, Now: noon, Nonce: h(other), Answered: []string{h(asked)}, Reason: Replayed, Rule: "Q18"},
		{Name: "lent: another name", Text: present(t, "phone", good, Shown{Time: noon, Opening: &lend}), Now: noon, Reason: Opening, Rule: "Q19"},
	}
}

// withClass changes a class that this version knows to one that it does not, and signs.
func withClass(t *testing.T, credential []byte, class uint64) []byte {
	t.Helper()
	c, err := parseCredential(credential)
	if err != nil {
		t.Fatal(err)
	}
	c.claims.proof.Class = class
	s := signerNamed(t, "issuer")
	copy(c.signature[:], signed(t, s, c.signed(nil)))
	return c.encode(nil)
}

func resigned(t *testing.T, p *presentation) *presentation {
	t.Helper()
	copy(p.signature[:], signed(t, signerNamed(t, "phone"), p.signed(nil)))
	return p
}

func retimed(t *testing.T, text string, at time.Time) string {
	t.Helper()
	p := readShown(t, text)
	p.time = uint64(at.Unix()) //nolint:gosec // after 1970
	return textOf(p)
}

func makeBuild(t *testing.T) []built {
	t.Helper()
	var all []built
	credential := issue(t, "issuer", ID{1}, secondDose(t))
	for _, c := range []struct {
		name  string
		shown Shown
	}{
		{"bare", Shown{Time: noon}},
		{"with a nonce", Shown{Time: noon, Nonce: []byte("12345678")}},
		{"with a token", Shown{Time: noon, Token: bytes.Repeat([]byte{7}, TokenSize)}},
		{"with everything", Shown{Time: noon, Token: bytes.Repeat([]byte{7}, TokenSize), Nonce: []byte("12345678"), Opening: &hong}},
	} {
		text := present(t, "phone", credential, c.shown)
		p := readShown(t, text)
		b := built{
			Name: c.name, Credential: hex.EncodeToString(credential), Time: c.shown.Time.Unix(), Token: hex.EncodeToString(p.token), Nonce: hex.EncodeToString(p.nonce),
			Signed: hex.EncodeToString(p.signed(nil)), Signature: hex.EncodeToString(p.signature[:]), Text: text,
		}
		if o := p.opening; o != nil {
			sum := o.Commit()
			b.Opening = &opened{hex.EncodeToString(o.Salt[:]), o.Name, o.Born, hex.EncodeToString(sum[:])}
		}
		all = append(all, b)
	}
	return all
}

func makeVectors(t *testing.T) vectors {
	t.Helper()
	v := vectors{Build: makeBuild(t), Cases: makeCases(t)}
	batch := trusted(t, "batch", true)
	v.Trust = vectorTrust{GoodUntil: noon.AddDate(0, 0, 30), Kids: []string{hex.EncodeToString(batch.Kid[:])}}
	id := ID{9}
	v.Trust.IDs = append(v.Trust.IDs, hex.EncodeToString(id[:]))
	for _, k := range []Key{trusted(t, "issuer", true), trusted(t, "certificates", false), batch} {
		raw, err := k.Public.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		v.Trust.Keys = append(v.Trust.Keys, vectorKey{hex.EncodeToString(k.Kid[:]), hex.EncodeToString(raw), k.Passes})
	}
	for i, c := range v.Cases {
		v.Cases[i].Verdict = VerdictOf(c.Reason)
	}
	return v
}

// The file is what the generator makes, and everything in it is judged as it says.
func TestVectors(t *testing.T) {
	t.Parallel()
	text, err := json.MarshalIndent(makeVectors(t), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, '\n')
	name := filepath.Join("testdata", "vectors.json")
	if *update {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	stored, err := os.ReadFile(name)
	if err != nil || !bytes.Equal(stored, text) {
		t.Fatalf("%s is not what is made now (%v); write it: go test ./internal/pass -run TestVectors -update", name, err)
	}
	var v vectors
	if err := json.Unmarshal(stored, &v); err != nil {
		t.Fatal(err)
	}
	seen := map[Reason]bool{}
	for _, c := range v.Cases {
		check := Check{Now: c.Now}
		if c.Nonce != "" {
			check.Nonce = unhex(t, c.Nonce)
		}
		for _, a := range c.Answered {
			check.Answered = append(check.Answered, unhex(t, a))
		}
		if _, reason := verify(c.Text, theTrust(t), check); reason != c.Reason || VerdictOf(reason) != c.Verdict {
			t.Errorf("%s: %s %q, want %s %q", c.Name, VerdictOf(reason), reason, c.Verdict, c.Reason)
		}
		seen[c.Reason] = true
	}
	for _, r := range Reasons() {
		if !seen[r] {
			t.Errorf("no vector has the reason %s", r)
		}
	}
}

func signed(t *testing.T, s cose.Signer, b []byte) []byte {
	t.Helper()
	sum := sha256.Sum256(b)
	signature, err := s.Sign(sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return signature
}

func unhex(t *testing.T, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
