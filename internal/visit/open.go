package visit

import (
	"crypto/hmac"
	"crypto/hpke"
	"time"

	"naru/internal/fault"
)

// Half is a token that one custodian has opened. It says nothing yet.
type Half struct {
	day    Day
	sealed []byte
}

// OpenOuter is the first custodian's part. Code Invalid "visit.unusable" for what was
// never sealed to that key.
func (t Token) OpenOuter(private []byte) (Half, error) {
	if _, err := ParseToken(t); err != nil {
		return Half{}, err
	}
	sealed, err := open(private, t.Day(), Outer, t[headSize:])
	return Half{t.Day(), sealed}, err
}

// OpenInner is the second custodian's part.
func (h Half) OpenInner(private []byte) (Contact, error) {
	plain, err := open(private, h.day, Inner, h.sealed)
	if err != nil {
		return Contact{}, err
	}
	if len(plain) != plainSize {
		return Contact{}, unusable(nil)
	}
	return contactOf(plain), nil
}

func open(private []byte, day Day, c Custodian, sealed []byte) ([]byte, error) {
	key, err := kem.NewPrivateKey(private)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "problem.internal", err)
	}
	kdf, aead := suite()
	plain, err := hpke.Open(key, kdf, aead, info(day, string(c)), sealed)
	if err != nil {
		return nil, unusable(err)
	}
	return plain, nil
}

func unusable(err error) error { return fault.Wrap(fault.Invalid, "visit.unusable", err) }

// maxApart is how far the minute inside may be from the time of the visit: both clocks
// may be wrong, and a code lives for seconds.
const maxApart = 15 * time.Minute

// Usable says that a contact is one its issuer vouched for, made about when the visit
// was. Whatever a stranger sealed into a token is found here and not before (rule V3).
func (c Contact) Usable(issuer []byte, v Visit) error {
	want := c.mac(issuer, v.Token.Day())
	apart := v.At.Sub(c.Minute).Abs()
	if !hmac.Equal(want[:], c.MAC[:]) || apart > maxApart || c.Kind != ByCode && c.Kind != ByCall {
		return unusable(nil)
	}
	return nil
}
