package credential

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
)

// The sizes of RSA keys that are accepted, in bits.
const (
	minRSA = 2048
	maxRSA = 8192
)

// suits says whether a key can make signatures of an algorithm. ES256 is held to
// P-256 (rule T5): COSE would allow any curve, HCERT and JWS do not, and a
// country that lists a P-384 key for it has made a mistake that must show.
func suits(key any, alg Algorithm) bool {
	switch k := key.(type) {
	case *ecdsa.PublicKey:
		return alg == ES256 && k.Curve == elliptic.P256() || alg == ES384 && k.Curve == elliptic.P384() ||
			alg == ES512 && k.Curve == elliptic.P521()
	case *rsa.PublicKey:
		bits := k.N.BitLen()
		return (alg == PS256 || alg == PS384 || alg == PS512) && bits >= minRSA && bits <= maxRSA
	case ed25519.PublicKey:
		return alg == EdDSA && len(k) == ed25519.PublicKeySize
	}
	return false
}

// verifySignature refuses with UnsuitableKey, Unsupported or Signature.
func verifySignature(key any, alg Algorithm, signed, signature []byte) error {
	if digest(alg, nil) == nil && alg != EdDSA {
		return Refuse(Unsupported, "COSE algorithm %d", int(alg))
	}
	if !suits(key, alg) {
		return Refuse(UnsuitableKey, "algorithm %d with a key %s", int(alg), describeKey(key))
	}
	ok := false
	switch k := key.(type) {
	case *ecdsa.PublicKey:
		ok = verifyES(k, digest(alg, signed), signature)
	case *rsa.PublicKey:
		hash := map[Algorithm]crypto.Hash{PS256: crypto.SHA256, PS384: crypto.SHA384, PS512: crypto.SHA512}[alg]
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
func digest(alg Algorithm, b []byte) []byte {
	switch alg {
	case ES256, PS256:
		sum := sha256.Sum256(b)
		return sum[:]
	case ES384, PS384:
		sum := sha512.Sum384(b)
		return sum[:]
	case ES512, PS512:
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
