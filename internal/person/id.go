package person

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"strings"

	"naru/internal/fault"
)

// Buckets is the number of parts into which growing tables are cut (DESIGN §3).
const Buckets = 1024

// ID is a person's random public id: 2 bytes bucket, 14 random bytes, base32.
// The bucket is that of the claim the person first proved, so that the claim,
// the person and all their rows share one bucket and one small transaction.
type ID string

var idText = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// NewID makes a random id in a bucket (0 to Buckets-1).
func NewID(bucket int16) ID {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: see crypto/rand
	binary.BigEndian.PutUint16(b[:], uint16(bucket))
	return ID(idText.EncodeToString(b[:]))
}

// Bucket is the bucket of a person's rows, or a fault of code Malformed.
func (id ID) Bucket() (int16, error) {
	b, err := idText.DecodeString(strings.ToLower(string(id)))
	if err != nil || len(b) != 16 {
		return 0, fault.New(fault.Malformed, "person.id_malformed")
	}
	n := binary.BigEndian.Uint16(b)
	if n >= Buckets {
		return 0, fault.New(fault.Malformed, "person.id_malformed")
	}
	return int16(n), nil
}

// Bucket is the bucket of the rows found by an index.
func (x Index) Bucket() int16 { return int16(binary.BigEndian.Uint16(x.Sum[:]) % Buckets) }
