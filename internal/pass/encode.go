package pass

import (
	"crypto/sha256"
	"time"

	"naru/internal/cose"
)

// The claims of a credential (RFC 8392, RFC 8747, and one of our own).
const (
	claimEnds  = 4
	claimID    = 7
	claimCnf   = 8
	claimProof = 70001 // written as -70001, for private use
)

// claims are what a credential says.
type claims struct {
	id    ID
	key   HolderKey
	proof Proof
}

// credential is one COSE_Sign1.
type credential struct {
	kid       Kid
	claims    claims
	signature [signatureSize]byte
}

// Opened is what a person shows of themselves where a rule asks for it.
type Opened struct {
	Salt [SaltSize]byte
	Name string
	Born string // 2006-01-02
}

// presentation is what a QR code holds.
type presentation struct {
	credential []byte
	time       uint64 // seconds since 1970, on the person's clock
	token      []byte
	nonce      []byte
	opening    *Opened
	signature  [signatureSize]byte
}

// version is that of the presentation; another one is CANNOT TELL.
const version = 1

func (c claims) encode(out []byte) []byte {
	pairs := byte(0xa3)
	if !c.proof.Ends.IsZero() {
		pairs = 0xa4
	}
	out = append(out, pairs)
	if pairs == 0xa4 {
		out = cose.AppendHead(append(out, claimEnds), cose.MajorUint, uint64(max(c.proof.Ends.Unix(), 0))) //nolint:gosec // not negative
	}
	out = appendBytes(append(out, claimID), c.id[:])
	out = append(out, claimCnf, 0xa1, 1, 0xa4, 1, 2, 0x20, 1, 0x21) // {1: {1: EC2, -1: P-256, -2: x, -3: sign
	out = appendBytes(out, c.key[1:])
	out = append(out, 0x22, 0xf4|c.key[0]&1)
	out = cose.AppendHead(out, cose.MajorNegint, claimProof-1)
	out = cose.AppendHead(append(out, 0x84), cose.MajorUint, uint64(c.proof.Kind))
	out = cose.AppendHead(out, cose.MajorUint, c.proof.Class)
	out = cose.AppendHead(out, cose.MajorUint, c.proof.Event)
	return appendBytes(out, c.proof.Commitment[:])
}

// protected is the header {1: ES256, 4: kid}.
func (k Kid) protected(out []byte) []byte {
	return append(append(out, 0xa2, 1, 0x26, 4, 0x40|KidSize), k[:]...)
}

// signed are the bytes that the issuer signs.
func (c *credential) signed(out []byte) []byte {
	var head [5 + KidSize]byte
	var body [160]byte
	return cose.SignedBytes(out, "Signature1", c.kid.protected(head[:0]), nil, c.claims.encode(body[:0]))
}

func (c *credential) encode(out []byte) []byte {
	var head [5 + KidSize]byte
	var body [160]byte
	out = appendBytes(append(out, 0x84), c.kid.protected(head[:0]))
	out = appendBytes(append(out, 0xa0), c.claims.encode(body[:0]))
	return appendBytes(out, c.signature[:])
}

// signed are the bytes that the person's device signs.
func (p *presentation) signed(out []byte) []byte {
	var payload [128]byte
	sum := sha256.Sum256(p.credential)
	b := appendBytes(append(payload[:0], 0x85, version), sum[:])
	b = cose.AppendHead(b, cose.MajorUint, p.time)
	if p.token == nil {
		b = append(b, null)
	} else {
		sum = sha256.Sum256(p.token)
		b = appendBytes(b, sum[:])
	}
	b = appendOptional(b, p.nonce)
	return cose.SignedBytes(out, "Signature1", []byte{0xa1, 1, 0x26}, []byte("NR1/presentation"), b)
}

func (p *presentation) encode(out []byte) []byte {
	out = appendBytes(append(out, 0x87, version), p.credential)
	out = cose.AppendHead(out, cose.MajorUint, p.time)
	out = appendOptional(appendOptional(out, p.token), p.nonce)
	if p.opening == nil {
		out = append(out, null)
	} else {
		out = appendBytes(append(out, 0x83), p.opening.Salt[:])
		out = appendText(appendText(out, p.opening.Name), p.opening.Born)
	}
	return appendBytes(out, p.signature[:])
}

// null is CBOR's nothing.
const null = 0xf6

func appendBytes(out, b []byte) []byte {
	return append(cose.AppendHead(out, cose.MajorBytes, uint64(len(b))), b...)
}

func appendText(out []byte, s string) []byte {
	return append(cose.AppendHead(out, cose.MajorText, uint64(len(s))), s...)
}

func appendOptional(out, b []byte) []byte {
	if b == nil {
		return append(out, null)
	}
	return appendBytes(out, b)
}

// Commit is the commitment to a person, which only who has the salt can open.
func (o Opened) Commit() (c [CommitmentSize]byte) {
	b := append([]byte("naru/pass/1"), o.Salt[:]...)
	b = append(append(append(b, o.Name...), '|'), o.Born...)
	sum := sha256.Sum256(b)
	copy(c[:], sum[:])
	return c
}

// check says that an opening can be written.
func (o *Opened) check() bool {
	_, err := time.Parse(time.DateOnly, o.Born)
	return o.Name != "" && len(o.Name) <= MaxName && err == nil
}
