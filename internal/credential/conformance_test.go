package credential

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"naru/internal/cose"
)

// corpus is the folder of others' test vectors, named by NARU_CORPUS, or beside
// the repository. None of it is part of the repository.
func corpus(t *testing.T, part string) string {
	t.Helper()
	root := os.Getenv("NARU_CORPUS")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "corpus")
	}
	dir := filepath.Join(root, part)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("LEFT OUT: the corpus %s is not here; NARU_CORPUS names its folder", part)
	}
	return dir
}

// files lists the files below dir with one of the endings.
func files(t *testing.T, dir string, endings ...string) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		for _, e := range endings {
			if err == nil && !d.IsDir() && strings.HasSuffix(name, e) {
				names = append(names, name)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(names) == 0 {
		t.Fatalf("%s holds no case", dir)
	}
	return names
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// euCase is one case of the EU's test data; what is not there is empty.
type euCase struct {
	JSON                                          json.RawMessage
	CBOR, COSE, COMPRESSED, BASE45, PREFIX, QRPNG string
	TESTCTX                                       struct{ CERTIFICATE, AT_CERTIFICATE, VALIDATIONCLOCK, DESCRIPTION string } //nolint:staticcheck // named by the corpus
	EXPECTEDRESULTS                               map[string]bool
}

func euCases(t *testing.T, dir string) map[string]euCase {
	t.Helper()
	cases := map[string]euCase{}
	for _, name := range files(t, dir, ".json") {
		b := []byte(strings.TrimPrefix(string(read(t, name)), "\ufeff"))
		var c euCase
		if err := json.Unmarshal([]byte(strings.Replace(string(b), `"2DCODE"`, `"QRPNG"`, 1)), &c); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		short, _ := filepath.Rel(dir, name)
		cases[short] = c
	}
	return cases
}

// trust is the list of the case: the certificate it names, and for a national
// certificate the one of that country's own list.
func (c *euCase) trust(t *testing.T) *Trust {
	t.Helper()
	var keys []Key
	if der, err := base64.StdEncoding.DecodeString(strings.TrimSpace(c.TESTCTX.CERTIFICATE)); err == nil && len(der) > 0 && c.TESTCTX.AT_CERTIFICATE == "" {
		k, err := KeyOfCertificate(der)
		if err != nil {
			t.Errorf("certificate: %v", err)
		}
		keys = append(keys, k)
	}
	if der, err := base64.StdEncoding.DecodeString(c.TESTCTX.AT_CERTIFICATE); err == nil && len(der) > 0 {
		k, err := KeyOfCertificate(der)
		if err != nil {
			t.Errorf("certificate: %v", err)
		}
		if !certificateIsRestricted(t, der) {
			k.Usage = UseExemption
		}
		keys = append(keys, k)
	}
	return NewTrust(keys...)
}

func (c *euCase) clock(t *testing.T) time.Time {
	t.Helper()
	if c.TESTCTX.VALIDATIONCLOCK == "" {
		return time.Time{}
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04:05Z0700", "2006-01-02"} {
		if at, err := time.Parse(layout, c.TESTCTX.VALIDATIONCLOCK); err == nil {
			return at
		}
	}
	t.Errorf("clock %q", c.TESTCTX.VALIDATIONCLOCK)
	return time.Time{}
}

// The expectations, each with what it asks of a case. Each returns whether the
// step went through.
var euSteps = map[string]func(t *testing.T, c *euCase) bool{
	"EXPECTEDUNPREFIX": func(_ *testing.T, c *euCase) bool {
		_, err := Parse(c.PREFIX)
		prefix, rest, ok := strings.Cut(c.PREFIX, ":")
		known := ok && (prefix == "HC1" || len(prefix) == 3 && isCountry(prefix[:2]) && prefix != "HL0")
		if !known && ReasonOf(err) != Malformed {
			return true // fails the case: an unknown prefix was let through
		}
		return known && (c.BASE45 == "" || rest == c.BASE45)
	},
	"EXPECTEDB45DECODE": func(_ *testing.T, c *euCase) bool {
		b, err := cose.DecodeBase45(c.BASE45)
		return err == nil && (c.COMPRESSED == "" || strings.EqualFold(hex.EncodeToString(b), c.COMPRESSED))
	},
	"EXPECTEDCOMPRESSION": func(t *testing.T, c *euCase) bool {
		packed := unhex(t, c.COMPRESSED)
		if len(packed) == 0 {
			packed, _ = cose.DecodeBase45(strings.TrimPrefix(c.PREFIX, "HC1:"))
		}
		out, err := Inflate(packed)
		return err == nil && (c.COSE == "" || strings.EqualFold(hex.EncodeToString(out), c.COSE))
	},
	"EXPECTEDVERIFY": func(t *testing.T, c *euCase) bool {
		h, err := c.hcert(t)
		if err != nil {
			return false
		}
		_, err = h.verify(c.trust(t), c.clock(t), c.TESTCTX.AT_CERTIFICATE != "" && !strings.HasPrefix(c.PREFIX, "HC1:"))
		switch ReasonOf(err) {
		case UnknownKey, Signature, UnsuitableKey, Unsupported:
			return false
		}
		return true
	},
	"EXPECTEDDECODE": func(t *testing.T, c *euCase) bool {
		h, err := c.hcert(t)
		return err == nil && h.dcc.events() > 0
	},
	"EXPECTEDVALIDJSON":   func(t *testing.T, c *euCase) bool { return c.sameAsJSON(t) },
	"EXPECTEDVALIDOBJECT": func(_ *testing.T, c *euCase) bool { var d DCC; return json.Unmarshal(c.JSON, &d) == nil },
	"EXPECTEDSCHEMAVALIDATION": func(t *testing.T, c *euCase) bool {
		return len(CheckSchema(c.payload(t))) == 0
	},
	"EXPECTEDENCODE": func(t *testing.T, c *euCase) bool {
		var d, again DCC
		if json.Unmarshal(c.JSON, &d) != nil {
			return false
		}
		b, err := encoding.Marshal(&d)
		return err == nil && decoding.Unmarshal(b, &again) == nil && sameDCC(&d, &again)
	},
	"EXPECTEDEXPIRATIONCHECK": func(t *testing.T, c *euCase) bool {
		h, err := c.hcert(t)
		return err == nil && checkTimes(h.claims.issuedAt, h.claims.notBefore, h.claims.expires, c.clock(t)) == nil
	},
	"EXPTECTEDEXPIRED": func(t *testing.T, c *euCase) bool { // as it stands in the corpus: it is in force
		h, err := c.hcert(t)
		return err == nil && checkTimes(h.claims.issuedAt, h.claims.notBefore, h.claims.expires, c.clock(t)) == nil
	},
	"EXPECTEDKEYUSAGE": func(t *testing.T, c *euCase) bool {
		h, err := c.hcert(t)
		if err != nil {
			return false
		}
		_, err = h.verify(c.trust(t), c.clock(t), strings.HasPrefix(c.PREFIX, "AT1:"))
		return ReasonOf(err) != KeyUsage && ReasonOf(err) != UnknownKey
	},
	"EXPECTEDRESULTS": func(t *testing.T, c *euCase) bool { _, err := c.hcert(t); return err == nil },
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.TrimSpace(s))
	if err != nil {
		t.Errorf("the case is no hexadecimal: %v", err)
	}
	return b
}

func (c *euCase) hcert(t *testing.T) (*hc1, error) {
	t.Helper()
	if c.COSE != "" {
		return parseHCERT(unhex(t, c.COSE))
	}
	return parseHC1(c.PREFIX)
}

// payload is the health certificate in CBOR: the signed one, or the case's own.
func (c *euCase) payload(t *testing.T) []byte {
	t.Helper()
	if c.COSE == "" && c.CBOR != "" {
		return unhex(t, c.CBOR)
	}
	h, err := c.hcert(t)
	if err != nil {
		return nil
	}
	return h.claims.hcert
}

func (c *euCase) sameAsJSON(t *testing.T) bool {
	t.Helper()
	var d DCC
	h, err := c.hcert(t)
	if err != nil || json.Unmarshal(c.JSON, &d) != nil {
		return false
	}
	return sameDCC(&d, &h.dcc)
}

func sameDCC(a, b *DCC) bool {
	for _, d := range []*DCC{a, b} {
		d.trim()
		for i := range d.Tests { // +00:00 and Z are one moment
			if at, err := time.Parse(time.RFC3339, d.Tests[i].Sampled); err == nil {
				d.Tests[i].Sampled = at.UTC().Format(time.RFC3339Nano)
			}
		}
	}
	x, err1 := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err1 == nil && err2 == nil && string(x) == string(y)
}

func certificateIsRestricted(t *testing.T, der []byte) bool {
	t.Helper()
	return strings.Contains(string(der), "\x2b\x06\x01\x04\x01\x8e\x37\x8f\x65\x01") // 1.3.6.1.4.1.1847.2021.1
}

func runEU(t *testing.T, dir string) {
	t.Helper()
	cases, known := euCases(t, dir), knownIssues(t, dir)
	ran, missed, argued := 0, 0, 0
	for name, c := range cases {
		for expectation, want := range c.EXPECTEDRESULTS {
			step := euSteps[expectation]
			if expectation == "EXPECTEDPICTUREDECODE" {
				continue // TestConformancePictures
			}
			ran++
			if step == nil {
				t.Errorf("%s: nobody knows the expectation %s", name, expectation)
				continue
			}
			if got := step(t, &c); got != want {
				if isKnown(known, name, expectation) {
					argued++
					continue
				}
				missed++
				t.Errorf("MISS %s (%s): %s is %v, wanted %v", name, c.TESTCTX.DESCRIPTION, expectation, got, want)
			}
		}
	}
	t.Logf("%s: %d cases, %d expectations ran, %d missed, %d differ for a reason in docs/divergences.md", filepath.Base(dir), len(cases), ran, missed, argued)
}

// knownIssues are the cases whose expectation is wrong by the corpus's own list
// (known_issues.csv; docs/divergences.md says what that means).
func knownIssues(t *testing.T, dir string) map[string]bool {
	t.Helper()
	wrong := map[string]bool{}
	f, err := os.ReadFile(filepath.Join(dir, "known_issues.csv"))
	if err != nil {
		return wrong
	}
	expectations := map[string][]string{
		"test_cose_schema":        {"EXPECTEDSCHEMAVALIDATION"},
		"test_cose_json":          {"EXPECTEDVALIDJSON", "EXPECTEDDECODE"},
		"test_cbor_json":          {"EXPECTEDVALIDJSON", "EXPECTEDENCODE"},
		"test_verification_check": {"EXPECTEDVERIFY"},
		"test_expiration_check":   {"EXPECTEDEXPIRATIONCHECK"},
		"test_expected_key_usage": {"EXPECTEDKEYUSAGE"},
	}
	for line := range strings.Lines(string(f)) {
		if cells := strings.Split(line, ","); len(cells) == 4 {
			for _, e := range expectations[cells[0]] {
				wrong[cells[1]+"/"+cells[2]+"/"+e] = true
			}
		}
	}
	return wrong
}

func isKnown(wrong map[string]bool, name, expectation string) bool {
	country, _, _ := strings.Cut(filepath.ToSlash(name), "/")
	set := strings.TrimSuffix(filepath.Base(name), ".json")
	return wrong[country+"//"+expectation] || wrong[country+"/"+set+"/"+expectation]
}

func TestConformanceEUTestData(t *testing.T) {
	t.Parallel()
	runEU(t, corpus(t, "eu-dgc-testdata"))
}

func TestConformanceExemptions(t *testing.T) {
	t.Parallel()
	runEU(t, corpus(t, "hcert-exemptions"))
}

func fromHex(s string) []byte { b, _ := hex.DecodeString(s); return b }

func kidText(kid []byte) string { return base64.RawURLEncoding.EncodeToString(kid) }
