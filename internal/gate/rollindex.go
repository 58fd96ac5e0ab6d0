package gate

import (
	"fmt"
	"io"
	"slices"
)

// chunk is how many leaves of a roll are read for one proof; a power of two, so
// that each chunk but the last is a whole subtree.
const chunk = 1024

// RollIndex finds proofs in a roll file without holding the roll: 64 bytes in
// memory for each 1,024 leaves. It does not change once made.
type RollIndex struct {
	size  uint64
	first [][32]byte // the first leaf of each chunk
	nodes [][32]byte // the root of each chunk
}

// Chunks makes the index of a roll for the file that Write wrote.
func (r *Roll) Chunks() *RollIndex {
	x := &RollIndex{size: r.L()}
	for leaves := range slices.Chunk(r.leaves, chunk) {
		x.first = append(x.first, leaves[0])
		x.nodes = append(x.nodes, merkleRoot(leaves))
	}
	return x
}

// Prove returns the number of a leaf and its audit path, from the leaf up, as
// Roll.Proof would. It reads one chunk of the file. found is false when the leaf
// is not in the roll.
func (x *RollIndex) Prove(leaf [32]byte, file io.ReaderAt) (i uint64, path [][32]byte, found bool, err error) {
	c, exact := slices.BinarySearchFunc(x.first, leaf, compareLeaves)
	if !exact {
		c--
	}
	if c < 0 {
		return 0, nil, false, nil
	}
	from := uint64(c) * chunk //nolint:gosec // not negative
	b := make([]byte, 32*min(chunk, x.size-from))
	if _, err := file.ReadAt(b, int64(len(rollMagic)+8)+32*int64(from)); err != nil { //nolint:gosec // bounded by MaxRoll
		return 0, nil, false, fmt.Errorf("read roll: %w", err)
	}
	leaves := make([][32]byte, 0, chunk)
	for leaf := range slices.Chunk(b, 32) {
		leaves = append(leaves, [32]byte(leaf))
	}
	at, found := slices.BinarySearchFunc(leaves, leaf, compareLeaves)
	if !found {
		return 0, nil, false, nil
	}
	return from + uint64(at), append(auditPath(at, leaves), nodePath(c, x.nodes)...), true, nil //nolint:gosec // not negative
}

// nodePath is auditPath over the roots of the chunks.
func nodePath(i int, nodes [][32]byte) [][32]byte {
	if len(nodes) == 1 {
		return nil
	}
	k := splitAt(len(nodes))
	if i < k {
		return append(nodePath(i, nodes[:k]), nodeRoot(nodes[k:]))
	}
	return append(nodePath(i-k, nodes[k:]), nodeRoot(nodes[:k]))
}

func nodeRoot(nodes [][32]byte) [32]byte {
	if len(nodes) == 1 {
		return nodes[0]
	}
	k := splitAt(len(nodes))
	return hashNode(nodeRoot(nodes[:k]), nodeRoot(nodes[k:]))
}
