package pass

import (
	"crypto"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"naru/internal/cose"
)

// Issue signs a credential for a key of the person's device. The same arguments give the
// same bytes when the issuer's key is in memory, so that a request that is repeated gets
// what it got (rule Q2).
func Issue(by cose.Signer, id ID, holder HolderKey, p Proof) ([]byte, error) {
	c := credential{claims: claims{id, holder, p}}
	if copy(c.kid[:], by.Kid) != KidSize || len(by.Kid) != KidSize {
		return nil, fmt.Errorf("issue pass: a key id has %d bytes, this one has %d", KidSize, len(by.Kid))
	}
	if _, err := holder.public(); err != nil {
		return nil, fmt.Errorf("issue pass: %w", err)
	}
	if p.facts() == nil {
		return nil, fmt.Errorf("issue pass: kind %d, class %d, event %d cannot be written", p.Kind, p.Class, p.Event)
	}
	if !p.Ends.IsZero() && (p.Ends.Unix() <= 0 || p.Ends.Unix() > latest) {
		return nil, errors.New("issue pass: the end lies outside of the years that are written")
	}
	digest := sha256.Sum256(c.signed(nil))
	signature, err := by.Sign(digest[:])
	if err != nil {
		return nil, fmt.Errorf("issue pass: %w", err)
	}
	copy(c.signature[:], signature)
	return c.encode(nil), nil
}

// Shown is what goes into a presentation beside the credential.
type Shown struct {
	Time    time.Time // on the person's clock
	Token   []byte    // a visit.Token, or nil
	Nonce   []byte    // what the scanner asked for, or nil
	Opening *Opened   // where a rule asks for the person
}

// Present makes the text of a QR code, as wallets do in a browser. The key is the one the
// credential was issued to; it is not compared.
func Present(key crypto.Signer, credential []byte, s Shown) (string, error) {
	if _, err := parseCredential(credential); err != nil {
		return "", err
	}
	p := presentation{credential: credential, time: uint64(max(s.Time.Unix(), 0)), token: s.Token, nonce: s.Nonce, opening: s.Opening} //nolint:gosec // not negative
	switch {
	case p.token != nil && len(p.token) != TokenSize, p.nonce != nil && len(p.nonce) != NonceSize:
		return "", fmt.Errorf("present: a token has %d bytes, a nonce %d", TokenSize, NonceSize)
	case p.opening != nil && !p.opening.check():
		return "", fmt.Errorf("present: a name has 1 to %d bytes, a day of birth is 2006-01-02", MaxName)
	}
	by, err := cose.NewSigner(key, make([]byte, KidSize))
	if err != nil {
		return "", fmt.Errorf("present: %w", err)
	}
	digest := sha256.Sum256(p.signed(nil))
	signature, err := by.Sign(digest[:])
	if err != nil {
		return "", fmt.Errorf("present: %w", err)
	}
	copy(p.signature[:], signature)
	return string(cose.AppendBase45([]byte(Prefix), p.encode(nil))), nil
}
