package booking

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/hex"
	"strings"

	"naru/internal/fault"
)

// Number is a reservation number as people read it aloud: 12 characters of an
// alphabet without look-alikes, of which the first two name the bucket and ten
// (50 bits) are random, so that nobody guesses one (rule B8).
type Number string

// HoldID names a hold; random, 128 bits.
type HoldID string

// digits is Crockford's alphabet: no I, L, O, U.
const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

var numberText = base32.NewEncoding(digits).WithPadding(base32.NoPadding)

// NewNumber makes a random reservation number in a bucket (0 to 1023).
func NewNumber(bucket int16) Number {
	var random [7]byte
	_, _ = rand.Read(random[:]) // never fails: see crypto/rand
	head := string([]byte{digits[bucket>>5&31], digits[bucket&31]})
	return Number(head + numberText.EncodeToString(random[:])[:10])
}

// NewHoldID makes a random hold id.
func NewHoldID() HoldID {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: see crypto/rand
	return HoldID(hex.EncodeToString(b[:]))
}

// String shows the number in three groups of four, as it is printed and read aloud.
func (n Number) String() string {
	if len(n) != 12 {
		return string(n)
	}
	return string(n[:4] + "-" + n[4:8] + "-" + n[8:])
}

// Bucket is the bucket the number names. Call it only for a Number that
// NewNumber or ParseNumber made.
func (n Number) Bucket() int16 {
	return int16(strings.IndexByte(digits, n[0]))<<5 | int16(strings.IndexByte(digits, n[1]))
}

// ParseNumber takes what somebody typed: lower case, full-width signs, spaces
// and hyphens are forgiven, and the letters O, I and L are read as the digits
// they look like (rule B8).
func ParseNumber(s string) (Number, error) {
	bad := fault.New(fault.Invalid, "booking.number_invalid").With("Field", "number")
	if len(s) > 64 {
		return "", bad
	}
	s = strings.NewReplacer(" ", "", "-", "", "O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(strings.Map(narrow, s)))
	if len(s) != 12 || strings.Trim(s, digits) != "" {
		return "", bad
	}
	return Number(s), nil
}

// narrow turns a sign of double width into the usual one.
func narrow(r rune) rune {
	switch {
	case r >= '！' && r <= '～':
		return r - '！' + '!'
	case r == '\u3000':
		return ' '
	}
	return r
}
