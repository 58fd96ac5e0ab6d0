package credential

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// SHC is what a SMART Health Card says.
type SHC struct {
	Issuer       string          // https address; its keys are at /.well-known/jwks.json below it
	NotBefore    time.Time       // when it was issued
	Expires      time.Time       // zero: never
	RevocationID string          // rid: at most 24 signs of base64url; "": it cannot be revoked alone
	Types        []string        // beside #health-card, for example TypeCOVID19, TypeImmunization
	FHIRVersion  string          // "" means 4.0.1
	Bundle       json.RawMessage // FHIR Bundle (ImmunizationBundle makes one)
}

// The types of cards (SMART Health Cards, Credential Modeling).
const (
	TypeHealthCard   = "https://smarthealth.cards#health-card"
	TypeImmunization = "https://smarthealth.cards#immunization"
	TypeLaboratory   = "https://smarthealth.cards#laboratory"
	TypeCOVID19      = "https://smarthealth.cards#covid19"
)

// vcPayload is the JWS payload, in the order in which it is written.
type vcPayload struct {
	Issuer    string      `json:"iss"`
	NotBefore json.Number `json:"nbf"`
	Expires   json.Number `json:"exp,omitempty"`
	VC        vcBody      `json:"vc"`
}

type vcBody struct {
	Type    []string  `json:"type"`
	Subject vcSubject `json:"credentialSubject"`
	RID     string    `json:"rid,omitempty"`
}

type vcSubject struct {
	FHIRVersion string          `json:"fhirVersion"`
	Bundle      json.RawMessage `json:"fhirBundle"`
}

// IssueSHC signs c and returns the JWS in its compact form; SHCText makes the
// text for QR codes of it, SHCFile the file. The same signer and c give the same
// text, when the key is in memory.
func IssueSHC(s Signer, c SHC) (string, error) {
	payload, err := c.payload()
	if err != nil {
		return "", fmt.Errorf("issue SMART Health Card: %w", err)
	}
	header, err := json.Marshal(map[string]string{"alg": "ES256", "kid": base64.RawURLEncoding.EncodeToString(s.Kid), "zip": "DEF"})
	if err != nil {
		return "", fmt.Errorf("issue SMART Health Card: %w", err)
	}
	e := base64.RawURLEncoding
	packed := deflate(payload, true)
	signed := make([]byte, 0, e.EncodedLen(len(header))+e.EncodedLen(len(packed))+e.EncodedLen(64)+2)
	signed = append(e.AppendEncode(signed, header), '.')
	signed = e.AppendEncode(signed, packed)
	digest := sha256.Sum256(signed)
	signature, err := s.Sign(digest[:])
	if err != nil {
		return "", fmt.Errorf("issue SMART Health Card: %w", err)
	}
	return string(e.AppendEncode(append(signed, '.'), signature)), nil
}

func (c *SHC) payload() ([]byte, error) {
	switch {
	case !isIssuer(c.Issuer):
		return nil, errors.New("the issuer is not an https address without a slash at its end")
	case c.NotBefore.Unix() <= 0:
		return nil, errors.New("it has no time of issue")
	case !c.Expires.IsZero() && !c.Expires.After(c.NotBefore):
		return nil, errors.New("it must expire after it was issued")
	case !isRID(c.RevocationID) && c.RevocationID != "":
		return nil, errors.New("a revocation id has at most 24 signs of base64url")
	}
	var bundle bytes.Buffer
	if err := json.Compact(&bundle, c.Bundle); err != nil {
		return nil, errors.New("the bundle is not JSON")
	}
	version := c.FHIRVersion
	if version == "" {
		version = "4.0.1"
	}
	p := vcPayload{
		Issuer: c.Issuer, NotBefore: number(c.NotBefore),
		VC: vcBody{
			Type: append([]string{TypeHealthCard}, c.Types...), RID: c.RevocationID,
			Subject: vcSubject{FHIRVersion: version, Bundle: bundle.Bytes()},
		},
	}
	if !c.Expires.IsZero() {
		p.Expires = number(c.Expires)
	}
	return json.Marshal(p)
}

func number(t time.Time) json.Number { return json.Number(strconv.FormatInt(t.Unix(), 10)) }

func isRID(s string) bool {
	return s != "" && len(s) <= 24 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

// SHCText is the text for one QR code: each sign of the JWS as two digits. A
// verifier takes one code of any length that fits; codes in chunks are
// deprecated and only read.
func SHCText(jws string) string {
	out := append(make([]byte, 0, len(prefixSHC)+2*len(jws)), prefixSHC...)
	for i := range len(jws) {
		n := jws[i] - '-'
		out = append(out, '0'+n/10, '0'+n%10)
	}
	return string(out)
}

// prefixSHC begins the text of a card.
const prefixSHC = "shc:/"

// SHCFile is the file (.smart-health-card) in which people keep their cards.
func SHCFile(jws ...string) ([]byte, error) {
	return json.Marshal(map[string][]string{"verifiableCredential": jws})
}

// Thumbprint is the JWK thumbprint (RFC 7638) of a P-256 key: the key id that a
// SMART Health Card must carry.
func Thumbprint(key *ecdsa.PublicKey) ([]byte, error) {
	if key.Curve != elliptic.P256() {
		return nil, errors.New("the key is not on P-256")
	}
	point, err := key.Bytes()
	if err != nil {
		return nil, err
	}
	e := base64.RawURLEncoding
	sum := sha256.Sum256([]byte(`{"crv":"P-256","kty":"EC","x":"` + e.EncodeToString(point[1:33]) + `","y":"` + e.EncodeToString(point[33:]) + `"}`))
	return sum[:], nil
}
