package credential

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"naru/internal/cose"
)

// MaxChunks is the most codes that a card may be cut into.
const MaxChunks = 32

// JoinSHC puts the texts of a card's codes together and returns the JWS: one
// text, or all of the deprecated chunks (shc:/2/3/...), in any order.
func JoinSHC(texts ...string) (string, error) {
	if len(texts) == 0 || len(texts) > MaxChunks {
		return "", Refuse(Malformed, "1 to %d codes", MaxChunks)
	}
	parts := make([]string, 0, len(texts))
	for _, text := range texts {
		index, of, digits, err := cutChunk(text)
		if err != nil {
			return "", err
		}
		if len(parts) == 0 {
			parts = make([]string, of)
		}
		if of != len(parts) {
			return "", Refuse(Malformed, "codes of two cards")
		}
		jws, err := undigit(digits)
		if err != nil {
			return "", err
		}
		if parts[index-1] != "" && parts[index-1] != jws {
			return "", Refuse(Malformed, "two codes say to be number %d", index)
		}
		parts[index-1] = jws
	}
	if missing := slices.Index(parts, ""); missing >= 0 {
		return "", Refuse(Incomplete, "code %d of %d is missing", missing+1, len(parts))
	}
	return strings.Join(parts, ""), nil
}

// cutChunk reads shc:/digits and shc:/2/3/digits.
func cutChunk(text string) (index, of int, digits string, err error) {
	rest, ok := strings.CutPrefix(text, prefixSHC)
	if !ok {
		return 0, 0, "", Refuse(Malformed, "a card's code begins with shc:/")
	}
	first, more, chunked := strings.Cut(rest, "/")
	if !chunked {
		return 1, 1, rest, nil
	}
	second, digits, ok := strings.Cut(more, "/")
	index, err1 := strconv.Atoi(first)
	of, err2 := strconv.Atoi(second)
	if !ok || err1 != nil || err2 != nil || index < 1 || of < index || of > MaxChunks {
		return 0, 0, "", Refuse(Malformed, "the code's number is not like shc:/1/2/")
	}
	return index, of, digits, nil
}

// undigit turns pairs of digits into the signs that they stand for.
func undigit(digits string) (string, error) {
	if len(digits) == 0 || len(digits)%2 != 0 || len(digits) > 2*MaxText {
		return "", Refuse(Malformed, "a card's code is pairs of digits; this one has %d", len(digits))
	}
	out := make([]byte, len(digits)/2)
	for i := range out {
		a, b := digits[2*i]-'0', digits[2*i+1]-'0'
		if a > 9 || b > 9 || 10*a+b > 'z'-'-' {
			return "", Refuse(Malformed, "digits %d and %d stand for no sign", 2*i+1, 2*i+2)
		}
		out[i] = 10*a + b + '-'
	}
	return string(out), nil
}

// card is a read SMART Health Card.
type card struct {
	signed    string // header and payload as they came
	signature []byte
	kid       []byte
	kidText   string
	said      Card
}

type jwsHeader struct {
	Alg  string          `json:"alg"`
	Zip  string          `json:"zip"`
	Kid  string          `json:"kid"`
	Crit json.RawMessage `json:"crit"`
}

func parseCard(jws string) (*card, error) {
	if len(jws) > MaxText {
		return nil, Refuse(Malformed, "longer than %d bytes", MaxText)
	}
	parts := strings.Split(jws, ".")
	if len(parts) != 3 {
		return nil, Refuse(Malformed, "a JWS has three parts, this one %d", len(parts))
	}
	h, err := parseHeader(parts[0])
	if err != nil {
		return nil, err
	}
	signature, err := decode64(parts[2])
	if err != nil {
		return nil, Refuse(Malformed, "JWS signature: not base64url")
	}
	if len(signature) != 64 {
		return nil, Refuse(Malformed, "JWS signature: %d bytes; ES256 has 64, r and s", len(signature))
	}
	payload, err := inflatePart(parts[1])
	if err != nil {
		return nil, err
	}
	c := &card{signed: jws[:len(parts[0])+1+len(parts[1])], signature: signature, kid: kidOf(h.Kid), kidText: h.Kid}
	return c, c.said.read(payload)
}

func parseHeader(part string) (jwsHeader, error) {
	b, err := decode64(part)
	if err != nil {
		return jwsHeader{}, Refuse(Malformed, "JWS header: not base64url")
	}
	var h jwsHeader
	if err := strictJSON(b, &h); err != nil {
		return jwsHeader{}, Refuse(Malformed, "JWS header: %w", err)
	}
	switch {
	case h.Crit != nil:
		return jwsHeader{}, Refuse(Unsupported, "it demands an extension of JWS")
	case h.Alg == "" || h.Kid == "":
		return jwsHeader{}, Refuse(Malformed, "JWS header: alg and kid belong there")
	case h.Alg != "ES256":
		return jwsHeader{}, Refuse(Unsupported, "JWS algorithm; a card has ES256")
	case h.Zip != "DEF":
		return jwsHeader{}, Refuse(Malformed, "JWS header: zip must be DEF")
	}
	return h, nil
}

func inflatePart(part string) ([]byte, error) {
	packed, err := decode64(part)
	if err != nil {
		return nil, Refuse(Malformed, "JWS payload: not base64url")
	}
	out, rest, err := inflateRaw(packed)
	if err != nil {
		return nil, Refuse(Malformed, "JWS payload: %w", err)
	}
	if len(rest) > 0 {
		return nil, Refuse(Malformed, "JWS payload: bytes after its end")
	}
	return out, nil
}

func decode64(part string) ([]byte, error) {
	if strings.ContainsAny(part, "\r\n") { // the decoder would let them through
		return nil, errors.New("line breaks")
	}
	return base64.RawURLEncoding.Strict().DecodeString(part)
}

// strictJSON reads exactly one JSON value.
func strictJSON(b []byte, into any) error {
	if err := json.Unmarshal(b, into); err != nil {
		return errors.New("not the JSON that belongs there, or something follows it")
	}
	return nil
}

// kidOf is a key id as bytes: the base64 that it nearly always is, or the text.
// Lists and certificates go through here alike.
func kidOf(text string) []byte {
	for _, e := range []*base64.Encoding{base64.RawURLEncoding, base64.StdEncoding, base64.RawStdEncoding} {
		if b, err := e.DecodeString(text); err == nil {
			return b
		}
	}
	return []byte(text)
}

// Card is what a SMART Health Card says.
type Card struct {
	Issuer       string         `json:"issuer"`
	NotBefore    time.Time      `json:"issued_at"`
	Expires      time.Time      `json:"expires,omitzero"`
	RevocationID string         `json:"-"`
	Types        []string       `json:"types"`
	Patients     []Patient      `json:"patients"`
	Doses        []Immunization `json:"doses,omitempty"`
}

// Kind is what the card proves, "" for what is no kind of ours.
func (c *Card) Kind() Kind {
	switch {
	case len(c.Doses) > 0 || slices.Contains(c.Types, TypeImmunization):
		return KindVaccination
	case slices.Contains(c.Types, TypeLaboratory):
		return KindTest
	}
	return ""
}

func (c *Card) read(payload []byte) error {
	var p cardPayload
	if err := strictJSON(payload, &p); err != nil {
		return Refuse(Malformed, "JWS payload: %w", err)
	}
	c.Issuer, c.Types, c.RevocationID = p.Issuer, p.VC.Type, p.VC.RID
	var ok1, ok2 bool
	c.NotBefore, ok1 = dateOf(p.NotBefore)
	c.Expires, ok2 = dateOf(p.Expires)
	if !ok1 || !ok2 || p.NotBefore == "" {
		return Refuse(Malformed, "JWS payload: nbf and exp are seconds since 1970")
	}
	return c.readBundle(&p)
}

// dateOf reads a NumericDate of JWT; "" is not said.
func dateOf(n json.Number) (time.Time, bool) {
	if n == "" {
		return time.Time{}, true
	}
	f, err := n.Float64()
	if err != nil || math.Abs(f) > latest {
		return time.Time{}, false
	}
	whole, part := math.Modf(f)
	return time.Unix(int64(whole), int64(part*1e9)).UTC(), true
}

func (c *card) verify(t *Trust, now time.Time) (Key, error) {
	listed := func(k Key) bool { return k.Usage&UseCard != 0 && (k.Issuer == "" || k.Issuer == c.said.Issuer) }
	signed := []byte(c.signed)
	key, err := t.check(c.kid, now, listed, func(k Key) error { return verifySignature(k.Public, cose.ES256, signed, c.signature) })
	if err != nil {
		return Key{}, err
	}
	if err := c.said.check(); err != nil {
		return Key{}, err
	}
	if t.cardRevoked(c.kid, c.kidText, c.said.RevocationID, c.said.NotBefore) {
		return Key{}, Refuse(Revoked, "its issuer took it back")
	}
	if err := checkTimes(time.Time{}, c.said.NotBefore, c.said.Expires, now); err != nil {
		return Key{}, err
	}
	return key, t.fresh(now)
}

// check refuses what is signed and no card about one person (rule T16).
func (c *Card) check() error {
	switch {
	case !isIssuer(c.Issuer):
		return Refuse(Content, "its issuer is not an https address without a slash at its end")
	case !slices.Contains(c.Types, TypeHealthCard):
		return Refuse(Content, "it does not say to be a health card")
	case len(c.Patients) != 1:
		return Refuse(Content, "it is about %d people; a card is about one", len(c.Patients))
	case !c.Expires.IsZero() && !c.Expires.After(c.NotBefore):
		return Refuse(Content, "it ends before it begins")
	}
	return nil
}

func isIssuer(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme == "https" && u.Host != "" && u.RawQuery == "" && u.Fragment == "" && !strings.HasSuffix(s, "/")
}

// IsJWS says whether a text looks like a card in its compact form.
func IsJWS(text string) bool { return strings.HasPrefix(text, "eyJ") && strings.Count(text, ".") == 2 }

// IsChunk says whether a text is one of a card's codes in chunks.
func IsChunk(text string) bool {
	return strings.HasPrefix(text, prefixSHC) && strings.Contains(text[len(prefixSHC):], "/")
}

// ParseSHCFile reads a .smart-health-card file: the cards in it, each a JWS.
// White space after its JSON is refused like anything else there.
func ParseSHCFile(b []byte) ([]string, error) {
	var f struct {
		Cards []string `json:"verifiableCredential"`
	}
	if err := strictJSON(b, &f); err != nil || len(f.Cards) == 0 || len(b) > MaxText || b[len(b)-1] != '}' {
		return nil, Refuse(Malformed, "not a .smart-health-card file")
	}
	return f.Cards, nil
}
