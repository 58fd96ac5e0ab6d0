package booking

import (
	"crypto/sha256"
	"encoding/binary"

	"naru/internal/fault"
)

// Key is the idempotency key of one act of one person: the same key with the
// same body gives the same answer, with another body it is refused (rule B11).
type Key string

// ParseKey takes 16 to 64 characters of letters, digits, '-' and '_'.
func ParseKey(s string) (Key, error) {
	bad := fault.New(fault.Invalid, "booking.key_invalid").With("Field", "key")
	if len(s) < 16 || len(s) > 64 {
		return "", bad
	}
	for _, r := range s {
		if !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '-' || r == '_') {
			return "", bad
		}
	}
	return Key(s), nil
}

// BodyHash is what a key is compared with: the act and its length-prefixed values.
func BodyHash(act string, values ...string) [32]byte {
	h := sha256.New()
	var n [4]byte
	for _, v := range append([]string{act}, values...) {
		binary.BigEndian.PutUint32(n[:], uint32(len(v))) //nolint:gosec // values are bounded form fields
		h.Write(n[:])
		h.Write([]byte(v))
	}
	var sum [32]byte
	h.Sum(sum[:0])
	return sum
}
