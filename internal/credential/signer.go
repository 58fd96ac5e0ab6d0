package credential

import (
	"crypto"

	"naru/internal/cose"
)

// Signer signs certificates; Kid is, for HC1, the first 8 bytes of the SHA-256 of
// the signer's certificate, for a SMART Health Card the SHA-256 thumbprint of its
// JWK (Thumbprint).
type Signer = cose.Signer

// NewSigner makes a signer with ES256, on P-256 only (rule T4).
func NewSigner(key crypto.Signer, kid []byte) (Signer, error) { return cose.NewSigner(key, kid) }
