// Package gate is the waiting room: tickets, the roll, the draw, the board,
// the serving number and admission.
//
// It promises: one place per ticket for good; nobody enters before the serving
// number has passed their place; the order of the lobby is a draw that anyone
// can recompute from public files; the number ahead never grows; a doubt means
// wait, never pass.
//
// It never reads a clock, a database, a socket or a file, never trusts
// anything the browser says about time or place, and never holds a name, a
// birth date or a telephone number. Facts and now go in, a decision comes out.
//
// The rules are numbered G1 onward in docs/rules/gate.md, which also fixes every byte
// layout used here, so that another program can recompute the draw:
//
//	leaf  = SHA-256("naru/leaf/1" ‖ ticket id (16 bytes))
//	root  = Merkle root of RFC 6962 over the ascending leaves
//	seed  = SHA-256(part("naru/draw/1") ‖ part(campaign) ‖ part(epoch) ‖ part(commitment) ‖
//	        part(root) ‖ part(L) ‖ part(secret) ‖ part(round) ‖ part(beacon))
//	u     = first 8 bytes, big-endian, of HMAC-SHA-256(key seed, message leaf)
//	place = floor(u · L / 2^64)
//
// part(x) is the length of x as 4 bytes big-endian, then x; epoch, L and round
// are 8 bytes big-endian; a part that is missing has length 0.
//
// Signed texts (RFC 2104 HMAC, RFC 5869 HKDF, RFC 8032 Ed25519) are described
// at Keys, Ticket, Session and RollStatement.
package gate

import (
	"crypto/sha256"
	"encoding/binary"
)

// MaxCampaign is the longest campaign id, in bytes, that fits the board.
const MaxCampaign = 32

// MaxPlace bounds late numbers, so that every place stays exact in JavaScript.
const MaxPlace = 1 << 40

// appendPart adds a length-prefixed part, so that no two lists of parts can
// have the same bytes.
func appendPart(b, part []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(part)))
	return append(b, part...)
}

func appendUint(b []byte, n uint64) []byte {
	return appendPart(b, binary.BigEndian.AppendUint64(nil, n))
}

// campaignTag stands for the campaign inside a token, at a fixed length.
func campaignTag(campaign string) (tag [8]byte) {
	sum := sha256.Sum256([]byte("naru/campaign/1" + campaign))
	copy(tag[:], sum[:])
	return tag
}
