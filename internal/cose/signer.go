package cose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
)

// Signer signs certificates. Key may be in a file or in a device; Kid is what
// verifiers find the public key by: for HC1 the first 8 bytes of the SHA-256 of
// the signer's certificate, for a SMART Health Card the SHA-256 thumbprint of
// its JWK (Thumbprint).
type Signer struct {
	Key crypto.Signer
	Kid []byte
	Alg Algorithm
}

// NewSigner makes a signer with ES256. It refuses any key but P-256: others
// would sign, and nobody abroad could verify (rule T4).
func NewSigner(key crypto.Signer, kid []byte) (Signer, error) {
	public, ok := key.Public().(*ecdsa.PublicKey)
	if !ok || public.Curve != elliptic.P256() {
		return Signer{}, errors.New("the key is not an EC key on P-256; make one with: openssl ecparam -genkey -name prime256v1")
	}
	if len(kid) == 0 || len(kid) > 64 {
		return Signer{}, fmt.Errorf("a key id has 1 to 64 bytes, this one has %d", len(kid))
	}
	return Signer{Key: key, Kid: kid, Alg: ES256}, nil
}

// Check signs and verifies once. An issuer calls it before it serves, so that a
// device whose public key is of another pair is found at the start.
func (s Signer) Check() error {
	digest := sha256.Sum256([]byte("naru/signer/check"))
	signature, err := s.Sign(digest[:])
	if err != nil {
		return err
	}
	public, ok := s.Key.Public().(*ecdsa.PublicKey)
	if !ok || !VerifyES(public, digest[:], signature) {
		return errors.New("the key's signature does not fit its public key")
	}
	return nil
}

// Sign returns r and s, 32 bytes each. A key in memory signs deterministically
// (RFC 6979), so that the same certificate is the same bytes when it is signed
// again after a crash (rule T34).
func (s Signer) Sign(digest []byte) ([]byte, error) {
	if s.Alg != ES256 || s.Key == nil {
		return nil, errors.New("sign: the signer was not made by NewSigner")
	}
	source := rand.Reader
	if _, inMemory := s.Key.(*ecdsa.PrivateKey); inMemory {
		source = nil
	}
	der, err := s.Key.Sign(source, digest, crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	return RawSignature(der, 32)
}

// RawSignature turns an ASN.1 signature into r and s of size bytes each.
func RawSignature(der []byte, size int) ([]byte, error) {
	var v struct{ R, S *big.Int }
	rest, err := asn1.Unmarshal(der, &v)
	if err != nil || len(rest) != 0 || v.R.Sign() <= 0 || v.S.Sign() <= 0 || v.R.BitLen() > 8*size || v.S.BitLen() > 8*size {
		return nil, errors.New("sign: the key returned what is no ECDSA signature")
	}
	raw := make([]byte, 2*size)
	v.R.FillBytes(raw[:size])
	v.S.FillBytes(raw[size:])
	return raw, nil
}
