package pass

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"strings"
	"testing"
	"time"

	"naru/internal/caldate"
	"naru/internal/cose"
)

// noon is the moment at which everything in these tests is shown.
var noon = time.Date(2021, 12, 13, 3, 0, 0, 0, time.UTC)

// keyNamed makes the same key of the same name.
func keyNamed(t testing.TB, name string) *ecdsa.PrivateKey {
	t.Helper()
	sum := sha256.Sum256([]byte("naru/pass/test/" + name))
	k, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func signerNamed(t testing.TB, name string) cose.Signer {
	t.Helper()
	s, err := cose.NewSigner(keyNamed(t, name), []byte((name + "--------")[:KidSize]))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func trusted(t testing.TB, name string, passes bool) Key {
	t.Helper()
	k := Key{Public: &keyNamed(t, name).PublicKey, Passes: passes}
	copy(k.Kid[:], signerNamed(t, name).Kid)
	return k
}

func theTrust(t testing.TB) *Trust {
	t.Helper()
	return NewTrust(noon.AddDate(0, 0, 30),
		[]Key{trusted(t, "issuer", true), trusted(t, "certificates", false), trusted(t, "batch", true)},
		[]ID{{9}}, []Kid{trusted(t, "batch", true).Kid})
}

var hong = Opened{Salt: [SaltSize]byte{1, 2, 3}, Name: "홍길동", Born: "1984-05-06"}

// secondDose is good from 2021-07-24 to 2022-01-06 24:00 in Seoul.
func secondDose(t testing.TB) Proof {
	t.Helper()
	p, err := VaccinationOn(2, 2, caldate.Date{Year: 2021, Month: 7, Day: 10})
	if err != nil {
		t.Fatal(err)
	}
	p.Ends = time.Date(2022, 1, 6, 15, 0, 0, 0, time.UTC)
	p.Commitment = hong.Commit()
	return p
}

func issue(t testing.TB, by string, id ID, p Proof) []byte {
	t.Helper()
	k, err := HolderKeyOf(&keyNamed(t, "phone").PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Issue(signerNamed(t, by), id, k, p)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func present(t testing.TB, by string, credential []byte, s Shown) string {
	t.Helper()
	text, err := Present(keyNamed(t, by), credential, s)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func verify(text string, trust *Trust, c Check) (Verified, Reason) {
	u, err := Parse(text)
	if err != nil {
		return Verified{}, ReasonOf(err)
	}
	v, err := u.Verify(trust, c)
	return v, ReasonOf(err)
}

func TestFactsAreWhatWasIssued(t *testing.T) {
	t.Parallel()
	seoul := func(at time.Time) time.Time { return at.In(time.FixedZone("", 9*3600)) }
	day := caldate.Date{Year: 2021, Month: 12, Day: 1}
	allergy, err := ExemptionUntil("allergy", caldate.Date{})
	if err != nil {
		t.Fatal(err)
	}
	ill, err := ExemptionUntil("hospital", day)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		proof Proof
		want  map[string]any
	}{
		{secondDose(t), map[string]any{"kind": "vaccination", "dose": int64(2), "of": int64(2), "date": "2021-07-10"}},
		{TestNoticed(PCR, noon), map[string]any{"kind": "test", "type": "pcr", "result": "negative", "notified": "2021-12-13T12:00:00"}},
		{TestNoticed(Antigen, noon), map[string]any{"kind": "test", "type": "antigen", "result": "negative", "notified": "2021-12-13T12:00:00"}},
		{RecoveryOn(day), map[string]any{"kind": "recovery", "released": "2021-12-01"}},
		{allergy, map[string]any{"kind": "exemption", "reason": "allergy"}},
		{ill, map[string]any{"kind": "exemption", "reason": "hospital", "until": "2021-12-01"}},
		{BornIn(2004), map[string]any{"kind": "person", "born": "2004"}},
	} {
		text := present(t, "phone", issue(t, "issuer", ID{1}, c.proof), Shown{Time: noon})
		v, reason := verify(text, theTrust(t), Check{Now: noon})
		if reason != "" {
			t.Fatalf("%v: %s", c.want, reason)
		}
		got := v.Facts(seoul)
		if len(got) != len(c.want) {
			t.Errorf("facts %v, want %v", got, c.want)
		}
		for name, value := range c.want {
			if got[name] != value {
				t.Errorf("facts %v, want %v", got, c.want)
			}
		}
	}
}

// Everything that may stand in it, at its longest, fits into a code of version 17.
func TestTheLongestFits(t *testing.T) {
	t.Parallel()
	who := Opened{Name: strings.Repeat("가", MaxName/3), Born: "1984-05-06"}
	p := secondDose(t)
	p.Commitment = who.Commit()
	s := Shown{Time: noon, Token: make([]byte, TokenSize), Nonce: make([]byte, NonceSize), Opening: &who}
	text := present(t, "phone", issue(t, "issuer", ID{1}, p), s)
	if _, reason := verify(text, theTrust(t), Check{Now: noon, Nonce: s.Nonce}); reason != "" || len(text) > MaxText {
		t.Errorf("%d signs, of %d: %s", len(text), MaxText, reason)
	}
	bare := present(t, "phone", issue(t, "issuer", ID{1}, p), Shown{Time: noon})
	t.Logf("%d signs at most, %d bare", len(text), len(bare))
}

// Each bit counts: whichever is flipped, it is not VALID, and nothing panics.
func TestEveryFlippedBitIsFound(t *testing.T) {
	t.Parallel()
	text := present(t, "phone", issue(t, "issuer", ID{1}, secondDose(t)), Shown{Time: noon, Opening: &hong})
	b, err := cose.DecodeBase45(text[len(Prefix):])
	if err != nil {
		t.Fatal(err)
	}
	for n := range len(b) * 8 {
		broken := bytes.Clone(b)
		broken[n/8] ^= 1 << (n % 8)
		if _, reason := verify(string(cose.AppendBase45([]byte(Prefix), broken)), theTrust(t), Check{Now: noon}); reason == "" {
			t.Errorf("bit %d of byte %d may be flipped", n%8, n/8)
		}
	}
	for n := range b {
		_, reason := verify(string(cose.AppendBase45([]byte(Prefix), b[:n])), theTrust(t), Check{Now: noon})
		if reason != Truncated {
			t.Errorf("%d bytes of %d: %q", n, len(b), reason)
		}
	}
}

// The same request gets the same credential.
func TestIssuingAgainGivesTheSame(t *testing.T) {
	t.Parallel()
	if a, b := issue(t, "issuer", ID{1}, secondDose(t)), issue(t, "issuer", ID{1}, secondDose(t)); !bytes.Equal(a, b) {
		t.Errorf("%x and %x", a, b)
	}
}

func TestWhatCannotBeIssued(t *testing.T) {
	t.Parallel()
	k, err := HolderKeyOf(&keyNamed(t, "phone").PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range map[string]Proof{
		"a kind of tomorrow": {Kind: 9},
		"a class of none":    {Kind: Vaccination, Class: 2},
		"an end long ago":    {Kind: Recovery, Event: 1, Ends: time.Date(1960, 1, 1, 0, 0, 0, 0, time.UTC)},
	} {
		if _, err := Issue(signerNamed(t, "issuer"), ID{1}, k, p); err == nil {
			t.Errorf("%s was issued", name)
		}
	}
	off := HolderKey(append([]byte{2}, bytes.Repeat([]byte{255}, 32)...)) // x is more than the field has
	if _, err := Issue(signerNamed(t, "issuer"), ID{1}, off, secondDose(t)); err == nil {
		t.Error("a key that is no point was taken")
	}
	if _, err := VaccinationOn(1, 16, caldate.Date{Year: 2021, Month: 7, Day: 10}); err == nil {
		t.Error("a series of 16 doses was written")
	}
	if _, err := ExemptionUntil("", caldate.Date{}); err == nil {
		t.Error("an exemption without a reason was written")
	}
	raw, err := keyNamed(t, "phone").PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ParseHolderKey(raw); err != nil || got != k {
		t.Errorf("the key of a browser: %v", err)
	}
	raw[64] ^= 1
	if _, err := ParseHolderKey(raw); err == nil {
		t.Error("a point off the curve was taken")
	}
}
