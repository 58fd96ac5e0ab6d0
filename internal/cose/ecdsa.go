package cose

import "crypto/ecdsa"

// VerifyES checks r and s, each as long as the curve's order.
func VerifyES(key *ecdsa.PublicKey, digest, signature []byte) bool {
	size := (key.Params().BitSize + 7) / 8
	if len(signature) != 2*size {
		return false
	}
	var room [150]byte
	return ecdsa.VerifyASN1(key, digest, derSignature(room[:0], signature[:size], signature[size:]))
}

// derSignature appends the ASN.1 form of r and s, by hand: big integers would
// cost an allocation each on the hot path.
func derSignature(out, r, s []byte) []byte {
	r, s = trimZeros(r), trimZeros(s)
	length := derInteger(r) + derInteger(s)
	out = append(out, 0x30)
	if length >= 0x80 {
		out = append(out, 0x81)
	}
	out = append(out, byte(length)) // at most 140
	for _, n := range [][]byte{r, s} {
		out = append(out, 0x02, byte(derInteger(n)-2))
		if n[0] >= 0x80 {
			out = append(out, 0)
		}
		out = append(out, n...)
	}
	return out
}

// derInteger is how long n becomes, tag and length included.
func derInteger(n []byte) int {
	if n[0] >= 0x80 {
		return len(n) + 3
	}
	return len(n) + 2
}

// trimZeros leaves one byte at least.
func trimZeros(n []byte) []byte {
	for len(n) > 1 && n[0] == 0 {
		n = n[1:]
	}
	return n
}
