package visit

import (
	"strings"
	"time"

	"naru/internal/fault"
)

// Bounds of a telephone number, in digits with the country's (ITU-T E.164).
const (
	minNumber = 7
	maxNumber = 15
)

// Caller is who called a facility's number. The number is inside of the sealed token
// and nowhere else, so it goes when the day's keys go.
type Caller struct {
	Number string // digits with the country's, without a plus sign
	Proven bool   // a listed telephone carrier vouched for it
}

// Valid says that a number can be one. Code Invalid.
func (c Caller) Valid() error {
	if len(c.Number) < minNumber || len(c.Number) > maxNumber || strings.Trim(c.Number, "0123456789") != "" {
		return fault.New(fault.Invalid, "visit.no_number")
	}
	return nil
}

// Call is a visit that was made by telephone.
type Call struct {
	ID       string // of the call, unique between caller and callee; never stored as it is
	Facility FacilityID
	Caller   Caller
	At       time.Time
}

// NumberBucket is the part of the register in which a number's row is, of n.
func NumberBucket(number string, n int) int16 { return FacilityID(number).Bucket(n) }

// What the first byte of a handle says of a call: the number of digits, and this bit
// when the number is proven. Two digits a byte follow, then zeros.
const provenBit = 0x80

// NewCallContact makes the contact of a call, whose handle is the number itself: the
// number needs no list beside the register that would have to be kept and destroyed
// (rule V20). Code Invalid for what cannot be a number.
func NewCallContact(issuer []byte, c Caller, day Day) (Contact, error) {
	if err := c.Valid(); err != nil {
		return Contact{}, err
	}
	contact := Contact{Kind: ByCall}
	contact.Handle[0] = byte(len(c.Number))
	if c.Proven {
		contact.Handle[0] |= provenBit
	}
	for i := range len(c.Number) {
		contact.Handle[1+i/2] |= (c.Number[i] - '0') << (4 - 4*(i%2))
	}
	contact.MAC = contact.mac(issuer, day)
	return contact, nil
}

// Caller is who called, of an opened contact that is Usable. Code Invalid for one that
// is not of a call.
func (c Contact) Caller() (Caller, error) {
	n := int(c.Handle[0] &^ provenBit)
	if c.Kind != ByCall || n > maxNumber {
		return Caller{}, unusable(nil)
	}
	digits := make([]byte, n)
	for i := range digits {
		digits[i] = '0' + c.Handle[1+i/2]>>(4-4*(i%2))&0x0f
	}
	caller := Caller{Number: string(digits), Proven: c.Handle[0]&provenBit != 0}
	if caller.Valid() != nil {
		return Caller{}, unusable(nil)
	}
	return caller, nil
}
