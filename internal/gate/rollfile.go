package gate

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"naru/internal/fault"
)

const (
	rollMagic = "NARUROL1"
	// MaxRoll is the most leaves a roll file may hold: more than everybody in
	// the country the first campaign was made for.
	MaxRoll = 1 << 26
)

// Write writes the roll file: "NARUROL1", the number of leaves as 8 bytes
// big-endian, the leaves in ascending order, and nothing after them.
func (r *Roll) Write(w io.Writer) error {
	b := bufio.NewWriter(w)
	b.WriteString(rollMagic)
	b.Write(binary.BigEndian.AppendUint64(nil, r.L()))
	for i := range r.leaves {
		b.Write(r.leaves[i][:])
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write roll: %w", err)
	}
	return nil
}

// ReadRoll reads a roll file and computes its root. It refuses with fault
// Malformed "gate.roll_bad" whatever Write would not have written: another
// magic, leaves out of order or twice, too few, too many, bytes at the end.
// Memory grows with the bytes that arrive, not with the count the file claims.
func ReadRoll(r io.Reader) (*Roll, error) {
	b := bufio.NewReaderSize(r, 1<<16)
	var head [len(rollMagic) + 8]byte
	if _, err := io.ReadFull(b, head[:]); err != nil {
		return nil, badRoll("head", err)
	}
	count := binary.BigEndian.Uint64(head[len(rollMagic):])
	if string(head[:len(rollMagic)]) != rollMagic || count > MaxRoll {
		return nil, badRoll("head", errors.New("not a roll file, or too long"))
	}
	leaves := make([][32]byte, 0, min(count, 1<<16))
	for i := range count {
		var leaf [32]byte
		if _, err := io.ReadFull(b, leaf[:]); err != nil {
			return nil, badRoll(fmt.Sprintf("leaf %d", i), err)
		}
		if i > 0 && compareLeaves(leaves[i-1], leaf) >= 0 {
			return nil, badRoll(fmt.Sprintf("leaf %d", i), errors.New("not above the one before"))
		}
		leaves = append(leaves, leaf)
	}
	if _, err := b.ReadByte(); !errors.Is(err, io.EOF) {
		return nil, badRoll("end", errors.New("bytes after the last leaf"))
	}
	return &Roll{leaves: leaves, root: merkleRoot(leaves)}, nil
}

func badRoll(at string, err error) error {
	return fault.Wrap(fault.Malformed, "gate.roll_bad", fmt.Errorf("%s: %w", at, err))
}
