package credential

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"naru/internal/cose"
)

// The claims of an HCERT (HCERT 1.0.5, 3.3; RFC 8392).
const (
	claimIssuer    = 1
	claimExpires   = 4
	claimNotBefore = 5
	claimIssuedAt  = 6
	claimHCert     = -260
)

// PrefixHC1 begins the text of every EU certificate. A national one, such as an
// exemption, begins with the country and "1:" instead: other countries then say
// that they do not know it, and not that it is wrong.
const PrefixHC1 = "HC1:"

// IssueHC1 signs c and returns the text for the QR code. It refuses what breaks
// the schema (rule T30): a certificate that another country rejects at its
// border is worse than none. The same signer and c give the same text, when the
// key is in memory.
func IssueHC1(s Signer, c HC1) (string, error) {
	if err := c.check(); err != nil {
		return "", fmt.Errorf("issue HC1: %w", err)
	}
	dcc, err := encoding.Marshal(&c.DCC)
	if err != nil {
		return "", fmt.Errorf("issue HC1: %w", err)
	}
	payload := c.claims(dcc)
	message, err := signMessage(s, payload)
	if err != nil {
		return "", fmt.Errorf("issue HC1: %w", err)
	}
	packed := deflate(message, false)
	prefix := PrefixHC1
	if c.DCC.Kind() == KindExemption {
		prefix = c.Issuer + "1:"
	}
	text := make([]byte, 0, len(prefix)+len(packed)*3/2+2)
	return string(cose.AppendBase45(append(text, prefix...), packed)), nil
}

func (c *HC1) check() error {
	switch {
	case !isCountry(c.Issuer):
		return fmt.Errorf("the issuer %q is not a country of two letters", c.Issuer)
	case c.IssuedAt.Unix() <= 0 || !c.Expires.After(c.IssuedAt):
		return errors.New("it must expire after it was issued")
	case c.Expires.Sub(c.IssuedAt) > 100*366*24*time.Hour:
		return errors.New("it would be good for more than a hundred years")
	}
	if !c.DCC.isFull() {
		return errors.New("a code, the issuer, the id or the name in Latin letters is missing")
	}
	if found := checkRaw(c.DCC.raw()); len(found) > 0 {
		return fmt.Errorf("the certificate breaks its schema: %w", found[0])
	}
	return nil
}

// claims writes the CWT claims in the order of deterministic CBOR.
func (c *HC1) claims(dcc []byte) []byte {
	out := append(make([]byte, 0, len(dcc)+32), 0xa4, claimIssuer, 0x62)
	out = append(out, c.Issuer...)
	out = cose.AppendHead(append(out, claimExpires), cose.MajorUint, uint64(c.Expires.Unix()))   //nolint:gosec // after 1970, checked
	out = cose.AppendHead(append(out, claimIssuedAt), cose.MajorUint, uint64(c.IssuedAt.Unix())) //nolint:gosec // after 1970, checked
	out = append(out, 0x39, 0x01, 0x03, 0xa1, 0x01)                                              // -260: {1: ...
	return append(out, dcc...)
}

// signMessage frames and signs payload as COSE_Sign1 (RFC 9052, 4.2) with tag
// 18, algorithm and key id in the protected header.
func signMessage(s Signer, payload []byte) ([]byte, error) {
	protected := append(make([]byte, 0, len(s.Kid)+8), 0xa2, 0x01, 0x26, 0x04) // {1: -7, 4: kid}
	protected = append(cose.AppendHead(protected, cose.MajorBytes, uint64(len(s.Kid))), s.Kid...)
	digest := sha256.Sum256(cose.SignedBytes(nil, "Signature1", protected, nil, payload))
	signature, err := s.Sign(digest[:])
	if err != nil {
		return nil, err
	}
	out := append(make([]byte, 0, len(payload)+len(protected)+80), 0xd2, 0x84)
	out = append(cose.AppendHead(out, cose.MajorBytes, uint64(len(protected))), protected...)
	out = append(cose.AppendHead(append(out, 0xa0), cose.MajorBytes, uint64(len(payload))), payload...)
	return append(cose.AppendHead(out, cose.MajorBytes, uint64(len(signature))), signature...), nil
}

func isCountry(s string) bool {
	return len(s) == 2 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z'
}
