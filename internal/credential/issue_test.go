package credential

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"strings"
	"testing"
	"time"
)

func newKey(t testing.TB, c elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(c, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newSigner(t testing.TB) Signer {
	t.Helper()
	key := newKey(t, elliptic.P256())
	kid, err := Thumbprint(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewSigner(key, kid)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// issuedAt is when everything in these tests was issued.
var issuedAt = time.Date(2021, 12, 1, 0, 0, 0, 0, time.UTC)

func aDose() HC1 {
	return HC1{Issuer: "KR", IssuedAt: issuedAt, Expires: issuedAt.AddDate(1, 0, 0), DCC: DCC{
		Version: "1.3.0", Born: "1965-03-02",
		Name: Name{Family: "김", FamilyStandard: "KIM", Given: "나루", GivenStandard: "NARU"},
		Vaccinations: []Vaccination{{
			Target: "840539006", Prophylaxis: "1119349007", Product: "EU/1/20/1528", Manufacturer: "ORG-100030215",
			Dose: 2, Doses: 2, Date: "2021-08-20", Country: "KR", Issuer: "Mock agency", ID: "URN:UVCI:01:KR:0123456789ABCDEF#K",
		}},
	}}
}

func aCard(t testing.TB) SHC {
	t.Helper()
	b, err := ImmunizationBundle(Patient{"Kim", "Naru", "1965-03-02"}, []Immunization{{"http://hl7.org/fhir/sid/cvx", "207", "2021-08-20", "A1", "Mock clinic"}})
	if err != nil {
		t.Fatal(err)
	}
	return SHC{Issuer: "https://shc.example.org/issuer", NotBefore: issuedAt, RevocationID: "r1", Types: []string{TypeImmunization, TypeCOVID19}, Bundle: b}
}

func TestSameRequestSameCredential(t *testing.T) {
	t.Parallel()
	s := newSigner(t)
	first, err := IssueHC1(s, aDose())
	if err != nil || !strings.HasPrefix(first, "HC1:") {
		t.Fatal(first, err)
	}
	again, err := IssueHC1(s, aDose())
	if err != nil || again != first {
		t.Error("the second HC1 differs from the first", err)
	}
	card, err := IssueSHC(s, aCard(t))
	if err != nil || strings.Count(card, ".") != 2 {
		t.Fatal(card, err)
	}
	if twice, err := IssueSHC(s, aCard(t)); err != nil || twice != card {
		t.Error("the second card differs from the first", err)
	}
}

func TestOnlyWhatTheWorldTakesIsIssued(t *testing.T) {
	t.Parallel()
	s := newSigner(t)
	for name, spoil := range map[string]func(*HC1){
		"no country":         func(c *HC1) { c.Issuer = "Korea" },
		"over at once":       func(c *HC1) { c.Expires = c.IssuedAt },
		"two events":         func(c *HC1) { c.DCC.Vaccinations = append(c.DCC.Vaccinations, c.DCC.Vaccinations[0]) },
		"no event":           func(c *HC1) { c.DCC.Vaccinations = nil },
		"dose 0":             func(c *HC1) { c.DCC.Vaccinations[0].Dose = 0 },
		"a name in Hangul":   func(c *HC1) { c.DCC.Name.FamilyStandard = "김" },
		"no name":            func(c *HC1) { c.DCC.Name = Name{Family: "김"} },
		"no such date":       func(c *HC1) { c.DCC.Vaccinations[0].Date = "2021-02-30" },
		"born in the future": func(c *HC1) { c.DCC.Born = "2121-01-01" },
		"a long issuer":      func(c *HC1) { c.DCC.Vaccinations[0].Issuer = strings.Repeat("x", 81) },
	} {
		c := aDose()
		spoil(&c)
		if text, err := IssueHC1(s, c); err == nil || text != "" {
			t.Errorf("%s: was issued", name)
		}
	}
	for name, spoil := range map[string]func(*SHC){
		"over http":        func(c *SHC) { c.Issuer = "http://shc.example.org" },
		"a slash":          func(c *SHC) { c.Issuer += "/" },
		"no time":          func(c *SHC) { c.NotBefore = time.Time{} },
		"a rid with a dot": func(c *SHC) { c.RevocationID = "a.b" },
		"no bundle":        func(c *SHC) { c.Bundle = nil },
	} {
		c := aCard(t)
		spoil(&c)
		if text, err := IssueSHC(s, c); err == nil || text != "" {
			t.Errorf("%s: was issued", name)
		}
	}
}

func TestSignersAreOnP256(t *testing.T) {
	t.Parallel()
	if _, err := NewSigner(newKey(t, elliptic.P384()), []byte("12345678")); err == nil {
		t.Error("a P-384 key became a signer with ES256")
	}
	if _, err := NewSigner(newKey(t, elliptic.P256()), nil); err == nil {
		t.Error("a signer without a key id")
	}
	if err := newSigner(t).Check(); err != nil {
		t.Error(err)
	}
}
