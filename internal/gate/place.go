package gate

import (
	"bytes"
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
)

// Place is the draw for one leaf of the roll (rule G9): u, the first 8 bytes of
// HMAC-SHA-256(seed, leaf), spread over L places. Several leaves may share a
// place; they enter together, in the order of Order. With L = 0 the place is 0.
func Place(seed, leaf [32]byte, L uint64) (place, u uint64) {
	h := hmac.New(sha256.New, seed[:])
	h.Write(leaf[:])
	var sum [sha256.Size]byte
	u = binary.BigEndian.Uint64(h.Sum(sum[:0]))
	return spread(u, L), u
}

// spread is floor(u·L / 2^64), the high word of the 128-bit product.
func spread(u, L uint64) uint64 {
	place, _ := bits.Mul64(u, L)
	return place
}

// Place returns the ticket's place: by the draw in the lobby, behind the whole
// lobby by number when late (rule G10). It never changes once the seed is known.
func (t Ticket) Place(seed [32]byte, L uint64) uint64 {
	if t.Kind == Late {
		return L + t.Number
	}
	place, _ := Place(seed, Leaf(t.ID), L)
	return place
}

// Drawn is a leaf with its result of the draw.
type Drawn struct {
	U    uint64
	Leaf [32]byte
}

// Order compares two leaves of the lobby for the line: by u, then by leaf. It
// agrees with the places and also orders those who share one.
func Order(a, b Drawn) int {
	return cmp.Or(cmp.Compare(a.U, b.U), bytes.Compare(a.Leaf[:], b.Leaf[:]))
}
