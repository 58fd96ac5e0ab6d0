package gate

import (
	"bytes"
	"crypto/sha256"
	"slices"

	"naru/internal/fault"
)

// Leaf is how the roll shows a ticket: a hash that its holder can recompute
// and nobody else can trace back (rule G6).
func Leaf(id TicketID) [32]byte {
	return sha256.Sum256(append([]byte("naru/leaf/1"), id[:]...))
}

// Roll is the closed list of the lobby: distinct leaves in ascending order and
// their Merkle root. It does not change once made.
type Roll struct {
	leaves [][32]byte
	root   [32]byte
}

// NewRoll sorts a copy of the leaves. A leaf that occurs twice is fault Invalid
// "gate.roll_duplicate": one ticket has one place.
func NewRoll(leaves [][32]byte) (*Roll, error) {
	sorted := slices.Clone(leaves)
	slices.SortFunc(sorted, compareLeaves)
	for i := 1; i < len(sorted); i++ {
		if sorted[i] == sorted[i-1] {
			return nil, fault.New(fault.Invalid, "gate.roll_duplicate")
		}
	}
	return &Roll{leaves: sorted, root: merkleRoot(sorted)}, nil
}

// Root is the Merkle root of RFC 6962 over the ascending leaves; SHA-256 of
// nothing for an empty roll.
func (r *Roll) Root() [32]byte { return r.root }

// L is the number of leaves.
func (r *Roll) L() uint64 { return uint64(len(r.leaves)) }

// Leaf returns leaf i in ascending order; it panics when there is none.
func (r *Roll) Leaf(i int) [32]byte { return r.leaves[i] }

// Index finds a leaf.
func (r *Roll) Index(leaf [32]byte) (i int, found bool) {
	return slices.BinarySearchFunc(r.leaves, leaf, compareLeaves)
}

func compareLeaves(a, b [32]byte) int { return bytes.Compare(a[:], b[:]) }

func hashLeaf(leaf [32]byte) [32]byte {
	return sha256.Sum256(append([]byte{0}, leaf[:]...))
}

func hashNode(left, right [32]byte) [32]byte {
	var b [65]byte
	b[0] = 1
	copy(b[1:], left[:])
	copy(b[33:], right[:])
	return sha256.Sum256(b[:])
}

// merkleRoot keeps one hash per level, so a roll of millions needs no tree in
// memory.
func merkleRoot(leaves [][32]byte) [32]byte {
	if len(leaves) == 0 {
		return sha256.Sum256(nil)
	}
	var stack [][32]byte
	for i, leaf := range leaves {
		h := hashLeaf(leaf)
		for n := i; n&1 == 1; n >>= 1 {
			h = hashNode(stack[len(stack)-1], h)
			stack = stack[:len(stack)-1]
		}
		stack = append(stack, h)
	}
	root := stack[len(stack)-1]
	for i := len(stack) - 2; i >= 0; i-- {
		root = hashNode(stack[i], root)
	}
	return root
}
