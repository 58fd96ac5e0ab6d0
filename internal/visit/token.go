package visit

import (
	"crypto/ecdh"
	"crypto/hmac"
	"crypto/hpke"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"naru/internal/fault"
)

// Sizes, in bytes.
const (
	headSize   = 3       // version, day
	shell      = 32 + 16 // what each sealing adds: encapsulated key, tag
	plainSize  = 1 + handleSize + 4 + macSize
	handleSize = 16
	macSize    = 16
	TokenSize  = headSize + 2*shell + plainSize
)

const version = 1

// Token is a visit's sealed part: a version, the day, and what two custodians open
// together. It is bound to nothing else that can be seen.
type Token []byte

// Day is the day whose keys open it.
func (t Token) Day() Day { return Day(binary.BigEndian.Uint16(t[1:])) }

// ParseToken takes a token from outside. Code Malformed.
func ParseToken(b []byte) (Token, error) {
	if len(b) != TokenSize || b[0] != version {
		return nil, fault.New(fault.Malformed, "visit.token_bad")
	}
	return Token(b), nil
}

// check says that a token is one, of the day or of the day before or after: the QR was
// made on the person's clock.
func (t Token) check(day Day) error {
	if _, err := ParseToken(t); err != nil {
		return err
	}
	if d := t.Day(); d+1 < day || d > day+1 {
		return fault.New(fault.Invalid, "visit.other_day")
	}
	return nil
}

// The suite of both sealings (RFC 9180): it is small in a QR code, and browsers have it.
func suite() (hpke.KDF, hpke.AEAD) { return hpke.HKDFSHA256(), hpke.AES128GCM() }

var kem = hpke.DHKEM(ecdh.X25519())

func info(day Day, which string) []byte {
	return fmt.Appendf(nil, "naru/visit/1 %s %d", which, day)
}

// Custodian names one of the two who open together.
type Custodian string

// The custodians: who keeps the register, and who guards what is inside.
const (
	Outer Custodian = "outer" // opens first
	Inner Custodian = "inner"
)

// DayKey is a custodian's public key of a day.
type DayKey struct {
	Custodian Custodian
	Day       Day
	Public    []byte // 32 bytes
}

// NewDayKey makes a key for a day; private is to be destroyed on the day's DestroyOn.
func NewDayKey(c Custodian, day Day) (private []byte, public DayKey, err error) {
	k, err := kem.GenerateKey()
	if err != nil {
		return nil, DayKey{}, fmt.Errorf("make day key: %w", err)
	}
	if private, err = k.Bytes(); err != nil {
		return nil, DayKey{}, fmt.Errorf("make day key: %w", err)
	}
	return private, DayKey{c, day, k.PublicKey().Bytes()}, nil
}

// PublicOf is the public key of a private one.
func PublicOf(c Custodian, day Day, private []byte) (DayKey, error) {
	k, err := kem.NewPrivateKey(private)
	if err != nil {
		return DayKey{}, fmt.Errorf("read day key: %w", err)
	}
	return DayKey{c, day, k.PublicKey().Bytes()}, nil
}

// Check refuses a key that cannot be one. Code Malformed.
func (k DayKey) Check() error {
	if _, err := kem.NewPublicKey(k.Public); err != nil || k.Custodian != Outer && k.Custodian != Inner {
		return fault.New(fault.Malformed, "visit.key_bad")
	}
	return nil
}

// Kind is how a person came into the register.
type Kind uint8

// The kinds.
const (
	ByCode Kind = 1 // the QR code of a wallet or a platform
	ByCall Kind = 2 // a call, whose number is the contact
)

// Contact is what an investigation gets: a handle that its issuer can follow to a
// person, and nobody else can.
type Contact struct {
	Kind   Kind
	Handle [handleSize]byte
	Minute time.Time // when the code was made
	MAC    [macSize]byte
}

// NewContact makes a contact for a day, which the issuer vouches for. A wallet has one
// for each day and seals it anew for each visit.
func NewContact(issuer []byte, kind Kind, day Day) Contact {
	c := Contact{Kind: kind}
	_, _ = rand.Read(c.Handle[:]) // never fails: see crypto/rand
	c.MAC = c.mac(issuer, day)
	return c
}

func (c Contact) mac(issuer []byte, day Day) (sum [macSize]byte) {
	m := hmac.New(sha256.New, issuer)
	m.Write([]byte("naru/contact/1"))
	m.Write([]byte{byte(c.Kind), byte(day >> 8), byte(day)})
	m.Write(c.Handle[:])
	copy(sum[:], m.Sum(nil))
	return sum
}

// Seal makes the token of one visit: fresh each time, so that nobody can tell that two
// are of one person (rule V2). Both keys must be of one day.
func Seal(c Contact, minute time.Time, inner, outer DayKey) (Token, error) {
	if inner.Day != outer.Day || inner.Custodian != Inner || outer.Custodian != Outer {
		return nil, fmt.Errorf("seal visit: keys of %s %d and %s %d", inner.Custodian, inner.Day, outer.Custodian, outer.Day)
	}
	c.Minute = minute
	plain := c.bytes()
	for _, key := range []DayKey{inner, outer} {
		public, err := kem.NewPublicKey(key.Public)
		if err != nil {
			return nil, fmt.Errorf("seal visit: %w", err)
		}
		kdf, aead := suite()
		if plain, err = hpke.Seal(public, kdf, aead, info(key.Day, string(key.Custodian)), plain); err != nil {
			return nil, fmt.Errorf("seal visit: %w", err)
		}
	}
	head := []byte{version, byte(inner.Day >> 8), byte(inner.Day)}
	return Token(append(head, plain...)), nil
}
