// Package cose is the ground of what is signed in CBOR: reading items off bytes with
// bounds (RFC 8949), the bytes a COSE_Sign1 signs (RFC 9052), ES256 (RFC 9053), and
// base45 (RFC 9285).
//
// It promises that nothing from outside is allocated by its own claim of a length and
// that depth and counts are bounded. It knows no claim and no certificate, keeps no
// key, and imports nothing but the standard library: scanners run it in a browser.
package cose

// Algorithm is a COSE algorithm number (RFC 9053, IANA "COSE Algorithms").
type Algorithm int

// The algorithms that are known here. Everything of ours is issued with ES256 only;
// certificates with the first two are verified; the rest is for COSE of others.
const (
	ES256 Algorithm = -7
	PS256 Algorithm = -37
	EdDSA Algorithm = -8
	ES384 Algorithm = -35
	ES512 Algorithm = -36
	PS384 Algorithm = -38
	PS512 Algorithm = -39
)
