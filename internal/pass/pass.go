// Package pass is the proof that a person shows at a door: a credential bound to a key
// of their device, and a presentation of it that is good for half a minute.
//
// It promises that Parse gives only an Unverified and that nothing but Verify makes a
// Verified of it; that what it cannot know is CANNOT TELL and never NOT VALID; that
// there is one encoding of everything, so that two who read the same text agree; and
// that a presentation tells a facility no name unless the person opens it. It asks
// nobody, reads no clock, and decides nothing about places: that is for the rules. It
// is the same code on a server, on the command line and in a scanner's browser.
//
// It follows RFC 8392 (CWT), RFC 8747 (cnf), RFC 9052 and 9053 (COSE, ES256), RFC 8949
// (deterministic CBOR, 4.2.1) and RFC 9285 (base45). The format is in docs/pass.md, the
// rules (letter Q) in docs/rules/pass.md, what it is safe against in docs/adr/0035.
package pass

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"errors"
	"fmt"
	"time"

	"naru/internal/caldate"
)

// Prefix begins the text of a presentation.
const Prefix = "NR1:"

// How long a presentation is good, and how far clocks may be apart for a scanner that
// has no better knowledge.
const (
	Life = 30 * time.Second
	Skew = 30 * time.Second
)

// Bounds. A text of MaxText signs fits into a QR code of version 17 at level M.
const (
	MaxText = 734
	MaxName = 48 // bytes of the name in an opening
)

// Sizes of the parts, in bytes.
const (
	IDSize         = 8
	KidSize        = 8
	NonceSize      = 8
	TokenSize      = 136 // of visit.Token
	SaltSize       = 16
	CommitmentSize = 16
	signatureSize  = 64
)

// Kind is what a proof is of.
type Kind uint8

// The kinds.
const (
	Vaccination Kind = 1
	Test        Kind = 2 // negative ones only
	Recovery    Kind = 3
	Exemption   Kind = 4
	Person      Kind = 5 // of an age for which nothing is asked
)

// ID names one credential, and is what is revoked.
type ID [IDSize]byte

// Kid is the id of an issuer's key: the first 8 bytes of the SHA-256 of its certificate.
type Kid [KidSize]byte

// HolderKey is the public key of one credential: on P-256, compressed (SEC 1, 2.3.3).
type HolderKey [33]byte

// ParseHolderKey reads a public key as browsers export it ("raw": 4, x, y). A point that
// is not on the curve is refused.
func ParseHolderKey(raw []byte) (k HolderKey, err error) {
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), raw)
	if err != nil {
		return k, errors.New("not a public key on P-256 in 65 bytes")
	}
	return HolderKeyOf(public)
}

// HolderKeyOf is the compressed form of a key.
func HolderKeyOf(public *ecdsa.PublicKey) (k HolderKey, err error) {
	raw, err := public.Bytes()
	if err != nil || len(raw) != 65 {
		return k, errors.New("not a public key on P-256")
	}
	k[0] = 2 | raw[64]&1
	copy(k[1:], raw[1:33])
	return k, nil
}

// public finds the point again.
func (k HolderKey) public() (*ecdsa.PublicKey, error) {
	x, y := elliptic.UnmarshalCompressed(elliptic.P256(), k[:])
	if x == nil {
		return nil, errors.New("no point of P-256 has this x")
	}
	raw := [65]byte{4}
	x.FillBytes(raw[1:33])
	y.FillBytes(raw[33:])
	return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), raw[:])
}

// Proof is what a credential says, and nothing else: whose it is stands only in the
// commitment.
type Proof struct {
	Kind       Kind
	Class      uint64 // by kind: docs/pass.md
	Event      uint64
	Ends       time.Time // the last second of the proof; zero: no end
	Commitment [CommitmentSize]byte
}

// VaccinationOn is dose number dose of a first series of so many, on a day.
func VaccinationOn(dose, of int, day caldate.Date) (Proof, error) {
	if dose < 1 || dose > 255 || of < 1 || of > 15 {
		return Proof{}, fmt.Errorf("pass: dose %d of %d cannot be written", dose, of)
	}
	return Proof{Kind: Vaccination, Class: uint64(dose*16 + of), Event: days(day)}, nil
}

// The classes of a test.
const (
	PCR     = 1
	Antigen = 2
)

// TestNoticed is a negative test of a class, and when its result was told.
func TestNoticed(class uint64, at time.Time) Proof {
	return Proof{Kind: Test, Class: class, Event: uint64(max(at.Unix()/60, 0))} //nolint:gosec // not negative
}

// RecoveryOn is a release from isolation on a day.
func RecoveryOn(day caldate.Date) Proof { return Proof{Kind: Recovery, Event: days(day)} }

// The reasons of an exemption, by class.
var exemptions = []string{1: "reaction", 2: "allergy", 3: "immune", 4: "causality", 5: "hospital"}

// ExemptionUntil is an exemption for a reason (docs/rules/rule.md), to the end of a day;
// the zero day: without end.
func ExemptionUntil(reason string, last caldate.Date) (Proof, error) {
	for class, name := range exemptions {
		if name == reason && name != "" {
			p := Proof{Kind: Exemption, Class: uint64(class)} //nolint:gosec // an index
			if !last.IsZero() {
				p.Event = days(last)
			}
			return p, nil
		}
	}
	return Proof{}, fmt.Errorf("pass: the reason %q cannot be written", reason)
}

// BornIn is a person of a year of birth.
func BornIn(year int) Proof { return Proof{Kind: Person, Event: uint64(max(year, 0))} } //nolint:gosec // not negative

// epoch is the day 0 of events.
var epoch = caldate.Date{Year: 1970, Month: time.January, Day: 1}

func days(d caldate.Date) uint64 { return uint64(max(epoch.DaysUntil(d), 0)) } //nolint:gosec // not negative
