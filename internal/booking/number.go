package booking

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"time"

	"naru/internal/fault"
)

// Number is a reservation number as people read it aloud: 12 characters of an
// alphabet without look-alikes, of which the first two name the bucket and ten
// (50 bits) are random, so that nobody guesses one (rule B8).
type Number string

// HoldID names a hold: 4 bytes of the second in which it was made, 2 of the
// bucket of its clinic, where its places are, and 10 random ones, in hex. The time
// comes first so that what is held together is stored together (ADR 0015).
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

// NewHoldID makes an id nobody guesses in a clinic's bucket (0 and up). The time
// only orders ids: a wrong clock makes them slower, never wrong.
func NewHoldID(bucket int16, now time.Time) HoldID {
	var b [16]byte
	_, _ = rand.Read(b[6:])                              // never fails: see crypto/rand
	binary.BigEndian.PutUint32(b[:], uint32(now.Unix())) //nolint:gosec // seconds until 2106
	binary.BigEndian.PutUint16(b[4:], uint16(bucket))    //nolint:gosec // not negative
	return HoldID(hex.EncodeToString(b[:]))
}

// Bucket is the bucket the hold's places are in; ok is false for a text that is
// no hold's id.
func (h HoldID) Bucket() (bucket int16, ok bool) {
	b, err := hex.DecodeString(string(h))
	if err != nil || len(b) != 16 || b[4] > 0x7f {
		return 0, false
	}
	return int16(binary.BigEndian.Uint16(b[4:])), true //nolint:gosec // below 2^15, see above
}

// Made is the second in which the hold was made, by the clock of the node that made
// it; ok is false for a text that is no hold's id.
func (h HoldID) Made() (at time.Time, ok bool) {
	b, err := hex.DecodeString(string(h))
	if err != nil || len(b) != 16 {
		return time.Time{}, false
	}
	return time.Unix(int64(binary.BigEndian.Uint32(b)), 0).UTC(), true
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
