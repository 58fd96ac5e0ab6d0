package credential

import (
	"strings"
	"time"

	"naru/internal/cose"
)

// MaxText is the longest text of a certificate that is looked at, in bytes. A QR
// code holds less than 5 kB; files of several cards are the longest.
const MaxText = 128 << 10

// parseHC1 reads the text of a certificate, prefix included.
func parseHC1(text string) (*hc1, error) {
	prefix, rest, _ := strings.Cut(text, ":")
	packed, err := cose.DecodeBase45(rest)
	if err != nil {
		return nil, Refuse(Malformed, "after %s: %w", prefix, err)
	}
	framed, err := Inflate(packed)
	if err != nil {
		return nil, Refuse(Malformed, "zlib: %w", err)
	}
	return parseHCERT(framed)
}

// hc1 is a read certificate, its bytes and what they say.
type hc1 struct {
	message *message
	claims  *claims
	dcc     DCC
}

func parseHCERT(framed []byte) (*hc1, error) {
	m, err := parseMessage(framed)
	if err != nil {
		return nil, Refuse(Malformed, "%w", err)
	}
	c, err := parseClaims(m.payload)
	if err != nil {
		return nil, Refuse(Malformed, "%w", err)
	}
	if c.hcert == nil {
		return nil, Refuse(Malformed, "it holds no health certificate")
	}
	h := &hc1{message: m, claims: c}
	if err := decoding.Unmarshal(c.hcert, &h.dcc); err != nil {
		return nil, Refuse(Malformed, "health certificate: not the CBOR of the schema")
	}
	h.dcc.trim()
	return h, nil
}

func (h *hc1) certificate() HC1 {
	return HC1{Issuer: h.claims.issuer, IssuedAt: h.claims.issuedAt, Expires: h.claims.expires, DCC: h.dcc}
}

// verify goes from what everything rests on to what may change: the signature,
// what the key may sign, the content, revocation, the times, the list's age.
func (h *hc1) verify(t *Trust, now time.Time, national bool) (Key, error) {
	kid := h.message.kid()
	alg, ok := h.message.algorithm()
	if !ok {
		return Key{}, Refuse(Malformed, "it names no algorithm")
	}
	if h.message.headers.crit || h.message.unsafe.crit {
		return Key{}, Refuse(Unsupported, "it demands an extension of COSE")
	}
	if alg != cose.ES256 && alg != cose.PS256 {
		return Key{}, Refuse(Unsupported, "COSE algorithm %d", int(alg))
	}
	store := UseHC1
	if national {
		store = UseExemption
	}
	listed := func(k Key) bool { return k.Usage&store != 0 || national && k.Usage&UseHC1 != 0 }
	key, err := t.check(kid, now, listed, func(k Key) error { return h.message.verify(k.Public, alg, nil) })
	if err != nil {
		return Key{}, err
	}
	if key.Usage&usageOf(h.dcc.Kind()) == 0 && h.dcc.Kind() != "" {
		return Key{}, Refuse(KeyUsage, "its key may not sign a %s", h.dcc.Kind())
	}
	if err := h.checkContent(national); err != nil {
		return Key{}, err
	}
	if t.revoked(kid, h.dcc.ID()) {
		return Key{}, Refuse(Revoked, "its issuer took it back")
	}
	if err := checkTimes(h.claims.issuedAt, h.claims.notBefore, h.claims.expires, now); err != nil {
		return Key{}, err
	}
	return key, t.fresh(now)
}

// checkContent refuses what changes the meaning, whoever signed it (rule T14).
func (h *hc1) checkContent(national bool) error {
	switch {
	case h.dcc.events() != 1:
		return Refuse(Content, "it holds %d entries; one belongs there", h.dcc.events())
	case h.dcc.Name == (Name{}):
		return Refuse(Content, "it names nobody")
	case h.claims.expires.IsZero():
		return Refuse(Content, "it has no end")
	case national != (h.dcc.Kind() == KindExemption):
		return Refuse(Content, "a %s does not belong behind this prefix", h.dcc.Kind())
	}
	return nil
}
