package credential

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"naru/internal/cose"
)

// coseCase is one example of the COSE working group.
type coseCase struct {
	Title string `json:"title"`
	Fail  bool   `json:"fail"`
	Input struct {
		Plaintext    string    `json:"plaintext"`
		PlaintextHex string    `json:"plaintext_hex"`
		Sign0        *coseSign `json:"sign0"`
	} `json:"input"`
	Output struct {
		CBOR string `json:"cbor"`
	} `json:"output"`
}

type coseSign struct {
	Key      map[string]string `json:"key"`
	Alg      string            `json:"alg"`
	External string            `json:"external"`
}

// public makes the key of the example through the reader of JWKs.
func (s *coseSign) public(t *testing.T) any {
	t.Helper()
	k := bundleKey{Kid: "k", Kty: s.Key["kty"], Crv: s.Key["crv"]}
	for name, into := range map[string]*string{"x": &k.X, "y": &k.Y, "n": &k.N, "e": &k.E} {
		*into = s.Key[name]
		if text, ok := s.Key[name+"_hex"]; ok {
			b, err := hex.DecodeString(text)
			if err != nil {
				t.Error(err)
			}
			*into = base64.RawURLEncoding.EncodeToString(b)
		}
	}
	if k.Kty == "OKP" {
		b, _ := base64.RawURLEncoding.DecodeString(k.X)
		return ed25519.PublicKey(b)
	}
	public, err := k.public()
	if err != nil {
		t.Errorf("key: %v", err)
	}
	return public
}

// TestConformanceCOSE runs the examples that are one signer's: COSE_Sign1 with
// ECDSA, EdDSA and PSS, and the signed CWT. Several signers, MACs and encryption
// are no part of a certificate (docs/divergences.md); of the CWTs among them the
// claims are read.
func TestConformanceCOSE(t *testing.T) {
	t.Parallel()
	dir := corpus(t, "cose-wg-examples")
	ran, missed, others, cwts := 0, 0, 0, 0
	for _, part := range []string{"sign1-tests", "ecdsa-examples", "eddsa-examples", "CWT", "rsa-pss-examples", "RFC8152"} {
		for _, name := range files(t, filepath.Join(dir, part), ".json") {
			var c coseCase
			if err := json.Unmarshal(read(t, name), &c); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if part == "CWT" && c.Input.PlaintextHex != "" {
				cwts++
				if _, err := parseClaims(unhex(t, c.Input.PlaintextHex)); err != nil && !strings.HasPrefix(strings.ToLower(c.Input.PlaintextHex), "d0") {
					missed++
					t.Errorf("MISS %s: the claims: %v", filepath.Base(name), err)
				}
			}
			if c.Input.Sign0 == nil {
				others++
				continue
			}
			ran++
			if got := c.verify(t); got == c.Fail {
				missed++
				t.Errorf("MISS %s/%s (%s): verified is %v, wanted %v", part, filepath.Base(name), c.Title, got, !c.Fail)
			}
		}
	}
	t.Logf("cose-wg-examples: %d of one signer and %d claims sets ran, %d missed; %d are of other kinds", ran, cwts, missed, others)
}

func (c *coseCase) verify(t *testing.T) bool {
	t.Helper()
	b := unhex(t, c.Output.CBOR)
	m, err := parseMessage(b)
	if err != nil {
		return false
	}
	if bytes.HasPrefix(b, []byte{0xd8}) || b[0]>>5 == cose.MajorTag && b[0]&31 != tagSign1 { // another kind's tag
		return false
	}
	alg, ok := m.algorithm()
	if !ok || m.headers.crit {
		return false
	}
	public := c.Input.Sign0.public(t)
	external := unhex(t, c.Input.Sign0.External)
	return m.verify(public, alg, external) == nil
}
