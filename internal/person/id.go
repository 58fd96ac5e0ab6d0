package person

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"strings"
	"time"

	"naru/internal/fault"
)

// Buckets is the number of parts into which growing tables are cut (DESIGN §3).
const Buckets = 1024

// ID is a person's public id: 4 bytes of the second in which it was made, 2 of
// its bucket, 10 random ones, in base32 whose order is that of the bytes. The
// bucket is that of the claim the person first proved, so that the claim, the
// person and all their rows share one bucket and one small transaction. The time
// comes first so that people who come together are stored together (ADR 0015).
type ID string

var idText = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// NewID makes an id nobody guesses in a bucket (0 to Buckets-1). The time only
// orders ids: a wrong clock makes them slower, never wrong.
func NewID(bucket int16, now time.Time) ID {
	var b [16]byte
	_, _ = rand.Read(b[6:])                              // never fails: see crypto/rand
	binary.BigEndian.PutUint32(b[:], uint32(now.Unix())) //nolint:gosec // seconds until 2106
	binary.BigEndian.PutUint16(b[4:], uint16(bucket))    //nolint:gosec // not negative
	return ID(idText.EncodeToString(b[:]))
}

// Bucket is the bucket of a person's rows, or a fault of code Malformed.
func (id ID) Bucket() (int16, error) {
	b, err := idText.DecodeString(strings.ToLower(string(id)))
	if err != nil || len(b) != 16 {
		return 0, fault.New(fault.Malformed, "person.id_malformed")
	}
	n := binary.BigEndian.Uint16(b[4:])
	if n >= Buckets {
		return 0, fault.New(fault.Malformed, "person.id_malformed")
	}
	return int16(n), nil
}

// Bucket is the bucket of the rows found by an index: the same under every key.
func (x Index) Bucket() int16 { return int16(binary.BigEndian.Uint16(x.Sum[:]) % Buckets) }

// FiledIn is the index with the bucket of another; of the 256 bits of its sum, the ten
// that name the bucket are the other's.
func (x Index) FiledIn(bucket int16) Index {
	own := binary.BigEndian.Uint16(x.Sum[:])
	binary.BigEndian.PutUint16(x.Sum[:], own-own%Buckets+uint16(bucket)) //nolint:gosec // below Buckets, which divides 65536
	return x
}
