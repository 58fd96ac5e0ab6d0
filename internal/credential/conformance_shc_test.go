package credential

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"naru/internal/scan"
)

// shcCase is one test of the SMART Health Cards validator.
type shcCase struct {
	Name   string          `json:"name"`
	Files  []string        `json:"files"`
	Type   string          `json:"type"`
	Errors json.RawMessage `json:"errors"` // a number, or codes
}

// codes are the validator's errors that a verifier must find too, each with the
// reasons under which ours shows it. The rest is advice to issuers, or needs the
// network: docs/divergences.md.
var codes = map[string][]Reason{
	"JWS_HEADER_ERROR":          {Malformed, Unsupported},
	"JWS_VERIFICATION_ERROR":    {Signature, UnknownKey, Malformed},
	"ISSUER_KEY_DOWNLOAD_ERROR": {UnknownKey},
	"INFLATION_ERROR":           {Malformed},
	"JSON_PARSE_ERROR":          {Malformed},
	"SIGNATURE_FORMAT_ERROR":    {Malformed},
	"TRAILING_CHARACTERS":       {Malformed},
	"INVALID_ISSUER_URL":        {Content, UnknownKey},
	"INVALID_NUMERIC_QR":        {Malformed, Incomplete},
	"INVALID_QR":                {Malformed, Incomplete},
	"QR_DECODE_ERROR":           {Unreadable},
	"EXPIRATION_ERROR":          {Content, Expired},
	"SCHEMA_ERROR":              {Content, Malformed},
}

// validationTime is the corpus's clock.
var validationTime = time.Unix(1653955200, 0)

// TestConformanceSHC runs the files that hold a card: text, code, picture, file.
func TestConformanceSHC(t *testing.T) {
	t.Parallel()
	dir := corpus(t, "shc")
	var cases []shcCase
	if err := json.Unmarshal(read(t, filepath.Join(dir, "dev-tools-expected.json")), &cases); err != nil {
		t.Fatal(err)
	}
	trust, _, err := ParseBundle(read(t, filepath.Join(dir, "spec-issuer", ".well-known", "jwks.json")))
	if err != nil {
		t.Fatal(err)
	}
	for _, same := range trust.keys {
		for i := range same { // a list binds each key to the address it was published at
			same[i].Issuer = "https://spec.smarthealth.cards/examples/issuer"
		}
	}
	ran, found, missed, left := 0, 0, 0, 0
	for _, c := range cases {
		got, ok := c.reasons(t, filepath.Join(dir, "dev-tools"), trust)
		if !ok {
			left++
			continue
		}
		ran++
		for _, code := range c.codes() {
			want, known := codes[code]
			if !known {
				left++
				continue
			}
			if !slices.ContainsFunc(got, func(r Reason) bool { return slices.Contains(want, r) }) {
				missed++
				t.Errorf("MISS %s (%s): %s not found; said %q", c.Name, c.Files[0], code, got)
				continue
			}
			found++
		}
		if string(c.Errors) == "0" && slices.ContainsFunc(got, func(r Reason) bool { return VerdictOf(r) == NotValid && r != Expired }) { // the validator warns of an end
			missed++
			t.Errorf("MISS %s (%s): no error is listed; said %q", c.Name, c.Files[0], got)
		}
	}
	t.Logf("shc dev-tools: %d cases ran, %d listed errors found, %d missed; %d are not for a verifier (docs/divergences.md)", ran, found, missed, left)
}

func (c *shcCase) codes() (codes []string) {
	_ = json.Unmarshal(c.Errors, &codes) // a number is no list
	return codes
}

// reasons judges what the file holds; false for what is no signed card.
func (c *shcCase) reasons(t *testing.T, dir string, trust *Trust) (all []Reason, ok bool) {
	t.Helper()
	b := read(t, filepath.Join(dir, c.Files[0]))
	judge := func(jws string, err error) {
		var u Unverified
		if err == nil {
			u, err = ParseJWS(jws)
		}
		if err == nil {
			_, err = u.Verify(trust, validationTime)
		}
		all = append(all, ReasonOf(err))
	}
	switch c.Type {
	case "jws":
		judge(strings.TrimRight(string(b), "\n"), nil)
	case "qrnumeric":
		judge(JoinSHC(strings.TrimRight(string(b), "\n")))
	case "qr":
		texts, err := scan.Codes(b)
		if errors.Is(err, scan.ErrNoCode) {
			return []Reason{Unreadable}, true
		}
		if err != nil {
			return []Reason{Malformed}, true
		}
		judge(JoinSHC(texts...))
	case "jwspayload":
		var said Card
		err := said.read(b)
		if err == nil {
			err = said.check()
		}
		if err == nil {
			err = checkTimes(time.Time{}, said.NotBefore, said.Expires, validationTime)
		}
		all = append(all, ReasonOf(err))
	case "healthcard":
		cards, err := ParseSHCFile(b)
		if err != nil {
			return []Reason{ReasonOf(err)}, true
		}
		for _, jws := range cards {
			judge(jws, nil)
		}
	default:
		return nil, false
	}
	return all, true
}
