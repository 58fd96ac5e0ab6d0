package gate

import "math/bits"

// Proof returns the audit path of leaf i (RFC 6962 §2.1.1), from the leaf up.
// It reads the whole roll: ask for it once per person, not per page. It panics
// when there is no leaf i.
func (r *Roll) Proof(i int) [][32]byte {
	_ = r.leaves[i]
	return auditPath(i, r.leaves)
}

func auditPath(i int, leaves [][32]byte) [][32]byte {
	if len(leaves) == 1 {
		return nil
	}
	k := splitAt(len(leaves))
	if i < k {
		return append(auditPath(i, leaves[:k]), merkleRoot(leaves[k:]))
	}
	return append(auditPath(i-k, leaves[k:]), merkleRoot(leaves[:k]))
}

// splitAt is the largest power of two below n.
func splitAt(n int) int { return 1 << (bits.Len(uint(n-1)) - 1) }

// VerifyProof tells whether leaf is number i of the L leaves under root, by
// the algorithm of RFC 9162 §2.1.3.2.
func VerifyProof(root, leaf [32]byte, i, L uint64, proof [][32]byte) bool {
	if i >= L {
		return false
	}
	node, last, h := i, L-1, hashLeaf(leaf)
	for _, p := range proof {
		if last == 0 {
			return false
		}
		if node&1 == 1 || node == last {
			h = hashNode(p, h)
			for node&1 == 0 && node != 0 {
				node, last = node>>1, last>>1
			}
		} else {
			h = hashNode(h, p)
		}
		node, last = node>>1, last>>1
	}
	return last == 0 && h == root
}
