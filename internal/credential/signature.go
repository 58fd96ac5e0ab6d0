package credential

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"

	"naru/internal/cose"
)

// The sizes of RSA keys that are accepted, in bits.
const (
	minRSA = 2048
	maxRSA = 8192
)

// suits says whether a key can make signatures of an algorithm. ES256 is held to
// P-256 (rule T5): COSE would allow any curve, HCERT and JWS do not, and a
// country that lists a P-384 key for it has made a mistake that must show.
func suits(key any, alg cose.Algorithm) bool {
	switch k := key.(type) {
	case *ecdsa.PublicKey:
		return alg == cose.ES256 && k.Curve == elliptic.P256() || alg == cose.ES384 && k.Curve == elliptic.P384() ||
			alg == cose.ES512 && k.Curve == elliptic.P521()
	case *rsa.PublicKey:
		bits := k.N.BitLen()
		return (alg == cose.PS256 || alg == cose.PS384 || alg == cose.PS512) && bits >= minRSA && bits <= maxRSA
	case ed25519.PublicKey:
		return alg == cose.EdDSA && len(k) == ed25519.PublicKeySize
	}
	return false
}

// verifySignature refuses with UnsuitableKey, Unsupported or Signature.
func verifySignature(key any, alg cose.Algorithm, signed, signature []byte) error {
	if digest(alg, nil) == nil && alg != cose.EdDSA {
		return Refuse(Unsupported, "COSE algorithm %d", int(alg))
	}
	if !suits(key, alg) {
		return Refuse(UnsuitableKey, "algorithm %d with a key %s", int(alg), describeKey(key))
	}
	ok := false
	switch k := key.(type) {
	case *ecdsa.PublicKey:
		ok = cose.VerifyES(k, digest(alg, signed), signature)
	case *rsa.PublicKey:
		hash := map[cose.Algorithm]crypto.Hash{cose.PS256: crypto.SHA256, cose.PS384: crypto.SHA384, cose.PS512: crypto.SHA512}[alg]
		options := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: hash}
		ok = rsa.VerifyPSS(k, hash, digest(alg, signed), signature, options) == nil
	case ed25519.PublicKey:
		ok = ed25519.Verify(k, signed, signature)
	}
	if !ok {
		return Refuse(Signature, "the signature does not fit the key")
	}
	return nil
}

// digest is nil for an algorithm that is not known, and for EdDSA.
func digest(alg cose.Algorithm, b []byte) []byte {
	switch alg {
	case cose.ES256, cose.PS256:
		sum := sha256.Sum256(b)
		return sum[:]
	case cose.ES384, cose.PS384:
		sum := sha512.Sum384(b)
		return sum[:]
	case cose.ES512, cose.PS512:
		sum := sha512.Sum512(b)
		return sum[:]
	}
	return nil
}

func describeKey(key any) string {
	switch k := key.(type) {
	case *ecdsa.PublicKey:
		return "on " + k.Params().Name
	case *rsa.PublicKey:
		return "of RSA"
	case ed25519.PublicKey:
		return "of Ed25519"
	}
	return "of an unknown kind"
}
