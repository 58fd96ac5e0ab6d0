package credential

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"
)

// MaxBundle is the largest trust bundle that is read, in bytes: all the world's
// keys are about 1 MB, revoked ids 67 bytes each.
const MaxBundle = 256 << 20

// BundleFormat names the file that holds what a verifier needs. A reader takes
// fields that it does not know for additions and leaves them alone; what changes
// a meaning gets another name.
const BundleFormat = "naru-bundle/1"

// bundleFile is every form of trust list that is read; which fields are there
// says which it is:
//
//   - ours: format, version, issued, good_until, keys, revoked;
//   - a JWK Set (RFC 7517), as card issuers publish it: keys;
//   - the list of the Dutch verifier: eu_keys by key id;
//   - the list of the German and Austrian verifiers: certificates.
type bundleFile struct {
	Format    string             `json:"format"`
	Version   uint64             `json:"version"`
	Issued    time.Time          `json:"issued"`
	GoodUntil time.Time          `json:"good_until"`
	Keys      []bundleKey        `json:"keys"`
	Revoked   bundleRevoked      `json:"revoked"`
	EUKeys    map[string][]nlKey `json:"eu_keys"`
	Certs     []gatewayCert      `json:"certificates"`
}

// bundleKey is a JWK with what it may sign, or a certificate.
type bundleKey struct {
	Kid string   `json:"kid"`
	Kty string   `json:"kty"`
	Crv string   `json:"crv"`
	Alg string   `json:"alg"`
	X   string   `json:"x"`
	Y   string   `json:"y"`
	N   string   `json:"n"`
	E   string   `json:"e"`
	For []string `json:"for"` // v, t, r, exemption, shc; absent: see (*bundleKey).usage
	Iss string   `json:"issuer"`

	Cert string `json:"certificate"` // base64 of DER, in the place of the JWK's numbers
}

type bundleRevoked struct {
	IDs   []string `json:"ids"`   // SHA-256 of the UVCI, hexadecimal
	Keys  []string `json:"keys"`  // key ids, base64
	Cards []CRL    `json:"cards"` // as card issuers publish them
}

// nlKey is a key of the Dutch list.
type nlKey struct {
	Public string   `json:"subjectPk"` // base64 of DER
	Usage  []string `json:"keyUsage"`
	Issuer string   `json:"ian"`
	Name   string   `json:"san"`
}

// gatewayCert is a certificate as the EU gateway gives it.
type gatewayCert struct {
	Kid     string `json:"kid"`
	Country string `json:"country"`
	Raw     string `json:"rawData"` // base64 of DER
}

// ParseBundle reads a trust bundle or one of the trust lists above. Keys that
// cannot be read are left out and said: one country's mistake must not take the
// others' keys away (rule T8). A list without a single key is an error.
func ParseBundle(b []byte) (*Trust, []error, error) {
	if len(b) > MaxBundle {
		return nil, nil, fmt.Errorf("trust bundle: larger than %d bytes", MaxBundle)
	}
	var f bundleFile
	if trimmed := bytes.TrimSpace(b); len(trimmed) > 0 && trimmed[0] == '[' { // the gateway's own list is an array
		if err := strictJSON(b, &f.Certs); err != nil {
			return nil, nil, fmt.Errorf("trust bundle: %w", err)
		}
	} else if err := strictJSON(b, &f); err != nil {
		return nil, nil, fmt.Errorf("trust bundle: %w", err)
	}
	if f.Format != "" && f.Format != BundleFormat {
		return nil, nil, fmt.Errorf("trust bundle: this version reads %s", BundleFormat)
	}
	keys, left := f.keys()
	if len(keys) == 0 {
		return nil, left, errors.New("trust bundle: it holds no key that can be used")
	}
	t := NewTrust(keys...)
	t.Version, t.GoodUntil = f.Version, f.GoodUntil
	if err := f.Revoked.into(t); err != nil { // leaving a revocation out would let somebody in
		return nil, left, fmt.Errorf("trust bundle: %w", err)
	}
	return t, left, nil
}

func (f *bundleFile) keys() (keys []Key, left []error) {
	add := func(name string, k Key, err error) {
		if err != nil {
			left = append(left, fmt.Errorf("key %q: %w", name, err))
			return
		}
		keys = append(keys, k)
	}
	for _, k := range f.Keys {
		key, err := k.key(f.Format != "")
		add(k.Kid, key, err)
	}
	for kid, same := range f.EUKeys {
		for _, k := range same {
			public, err := publicOf(k.Public)
			add(kid, Key{Kid: kidOf(kid), Public: public, Usage: usageNamed(k.Usage, UseHC1), Issuer: countryNamed(k)}, err)
		}
	}
	for _, c := range f.Certs {
		key, err := certificateKey(c.Raw, c.Kid)
		if c.Country != "" {
			key.Issuer = c.Country
		}
		add(c.Kid, key, err)
	}
	return keys, left
}

// certificateKey reads a certificate in base64. A list's own key id goes before
// the one that follows from the certificate.
func certificateKey(text, kid string) (Key, error) {
	der, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return Key{}, errors.New("certificate: not base64")
	}
	key, err := KeyOfCertificate(der)
	if kid != "" {
		key.Kid = kidOf(kid)
	}
	return key, err
}

func publicOf(text string) (any, error) {
	der, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, errors.New("public key: not base64")
	}
	if public, err := x509.ParsePKIXPublicKey(der); err == nil {
		return public, nil
	}
	return parseLoosely(der)
}

func countryNamed(k nlKey) string {
	if isCountry(k.Issuer) {
		return k.Issuer
	}
	return ""
}

// parseLoosely takes RSA keys that are marked for PSS (RFC 4055), which the
// standard library does not read.
func parseLoosely(der []byte) (any, error) {
	var spki struct {
		Algorithm struct {
			ID         asn1.ObjectIdentifier
			Parameters asn1.RawValue `asn1:"optional"`
		}
		Key asn1.BitString
	}
	if rest, err := asn1.Unmarshal(der, &spki); err != nil || len(rest) > 0 || !spki.Algorithm.ID.Equal(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}) {
		return nil, errors.New("no public key that can be read")
	}
	return x509.ParsePKCS1PublicKey(spki.Key.Bytes)
}

// usageNamed reads v, t, r, exemption and shc; none of them is the default.
func usageNamed(names []string, usual Usage) Usage {
	var u Usage
	for _, n := range names {
		u |= map[string]Usage{
			"v": UseVaccination, "t": UseTest, "r": UseRecovery, "exemption": UseExemption, "shc": UseCard,
		}[n]
	}
	if len(names) == 0 {
		return usual
	}
	return u
}

// key reads one entry. In a bundle of ours a key may sign what "for" names; a JWK
// Set of others is a card issuer's or a country's, which its kid tells: cards'
// are thumbprints of 32 bytes.
func (k *bundleKey) key(ours bool) (Key, error) {
	if ours && len(k.For) == 0 {
		return Key{}, errors.New(`it does not say what it is for ("for")`)
	}
	if k.Cert != "" {
		key, err := certificateKey(k.Cert, k.Kid)
		key.Issuer, key.Usage = k.Iss, usageNamed(k.For, key.Usage)
		return key, err
	}
	public, err := k.public()
	if err != nil {
		return Key{}, err
	}
	usual := UseHC1
	if len(kidOf(k.Kid)) == sha256.Size {
		usual = UseCard
	}
	return Key{Kid: kidOf(k.Kid), Public: public, Usage: usageNamed(k.For, usual), Issuer: k.Iss}, nil
}

// public makes the key of a JWK's numbers. A point that is not on its curve is
// refused.
func (k *bundleKey) public() (any, error) {
	x, err1 := decode64(k.X)
	y, err2 := decode64(k.Y)
	n, err3 := decode64(k.N)
	e, err4 := decode64(k.E)
	if err := errors.Join(err1, err2, err3, err4); err != nil || k.Kid == "" {
		return nil, errors.New("a JWK has a kid, and numbers in base64url")
	}
	switch k.Kty + k.Crv {
	case "ECP-256":
		return ecPublic(elliptic.P256(), ecdh.P256(), x, y)
	case "ECP-384":
		return ecPublic(elliptic.P384(), ecdh.P384(), x, y)
	case "ECP-521":
		return ecPublic(elliptic.P521(), ecdh.P521(), x, y)
	case "OKPEd25519":
		if len(x) == ed25519.PublicKeySize {
			return ed25519.PublicKey(x), nil
		}
	case "RSA":
		exponent := new(big.Int).SetBytes(e)
		if len(n) <= maxRSA/8 && exponent.IsInt64() && exponent.Int64() > 1 && exponent.Int64() < 1<<31 {
			return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(exponent.Int64())}, nil
		}
	}
	return nil, errors.New("no public key that can be read")
}

func ecPublic(curve elliptic.Curve, check ecdh.Curve, x, y []byte) (any, error) {
	size := (curve.Params().BitSize + 7) / 8
	if len(x) != size || len(y) != size {
		return nil, errors.New("the point's numbers are not as long as the curve's")
	}
	point := slices.Concat([]byte{4}, x, y)
	if _, err := check.NewPublicKey(point); err != nil {
		return nil, errors.New("the point is not on the curve")
	}
	return ecdsa.ParseUncompressedPublicKey(curve, point)
}

// into takes the revocations over. One that cannot be read is an error.
func (r *bundleRevoked) into(t *Trust) error {
	for _, id := range r.IDs {
		if !t.revokeHash(id) {
			return errors.New("revoked ids are SHA-256 hashes in hexadecimal")
		}
	}
	for _, kid := range r.Keys {
		t.RevokeKey(kidOf(kid))
	}
	for _, crl := range r.Cards {
		if err := crl.into(t); err != nil {
			return err
		}
	}
	return nil
}
