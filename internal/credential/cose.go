package credential

import (
	"bytes"
	"fmt"

	"naru/internal/cose"
)

// The tags that may stand before a message: CWT (RFC 8392) and COSE_Sign1.
const (
	tagCWT   = 61
	tagSign1 = 18
)

// header is what is read of a COSE header. Other labels are let through unless
// "crit" names one.
type header struct {
	alg    cose.Algorithm
	hasAlg bool
	kid    []byte
	crit   bool
}

// message is one COSE_Sign1. Its parts point into the bytes that came: what is
// verified is what was signed, never something encoded again.
type message struct {
	protected          []byte // the content of the byte string, as it came
	headers, unsafe    header // the protected and the unprotected one
	payload, signature []byte
}

// parseMessage is strict framing: tags 18, 61+18 or none, an array of four of
// known length, nothing after it.
func parseMessage(b []byte) (*message, error) {
	m := &message{}
	b = cose.SkipTag(cose.SkipTag(b, tagCWT), tagSign1)
	major, n, b, err := cose.ReadHead(b)
	if err != nil || major != cose.MajorArray || n != 4 {
		return nil, fmt.Errorf("COSE_Sign1: an array of four %w", cose.ErrCBOR)
	}
	if m.protected, b, err = cose.ReadString(b, cose.MajorBytes); err != nil {
		return nil, fmt.Errorf("COSE_Sign1: the protected header %w", err)
	}
	if len(m.protected) > 0 {
		if rest, err := m.headers.read(m.protected); err != nil || len(rest) > 0 {
			return nil, fmt.Errorf("COSE_Sign1: the protected header %w", cose.ErrCBOR)
		}
	}
	if b, err = m.unsafe.read(b); err != nil {
		return nil, fmt.Errorf("COSE_Sign1: the unprotected header %w", err)
	}
	if m.payload, b, err = cose.ReadString(b, cose.MajorBytes); err != nil {
		return nil, fmt.Errorf("COSE_Sign1: the payload %w", err)
	}
	if m.signature, b, err = cose.ReadString(b, cose.MajorBytes); err != nil || len(b) > 0 {
		return nil, fmt.Errorf("COSE_Sign1: the signature, and the end after it, %w", cose.ErrCBOR)
	}
	return m, nil
}

// read takes a header map off b. The same label twice is refused.
func (h *header) read(b []byte) (rest []byte, err error) {
	major, pairs, b, err := cose.ReadHead(b)
	if err != nil || major != cose.MajorMap || pairs > cose.MaxItems {
		return nil, cose.ErrCBOR
	}
	var seen cose.Labels
	for range pairs {
		n, text, after, err := cose.ReadLabel(b)
		if err != nil || !seen.Add(n, text) {
			return nil, cose.ErrCBOR
		}
		if b, err = h.value(n, text, after); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// The labels that are understood (RFC 9052, 3.1).
const (
	labelAlg  = 1
	labelCrit = 2
	labelKid  = 4
)

func (h *header) value(label int64, text string, b []byte) (rest []byte, err error) {
	switch {
	case text != "":
	case label == labelAlg:
		alg, name, rest, err := cose.ReadLabel(b)
		if err != nil || name != "" || alg < -1<<31 || alg > 1<<31 {
			return nil, cose.ErrCBOR
		}
		h.alg, h.hasAlg = cose.Algorithm(alg), true
		return rest, nil
	case label == labelKid:
		h.kid, rest, err = cose.ReadString(b, cose.MajorBytes)
		return rest, err
	case label == labelCrit:
		h.crit = true
	}
	return cose.Skip(b, 1)
}

// kid is the key id: the protected one goes before the unprotected (rule T6).
func (m *message) kid() []byte {
	if m.headers.kid != nil {
		return m.headers.kid
	}
	return m.unsafe.kid
}

// algorithm is the protected one, or the unprotected one where a message
// protects none: the key decides what is accepted in any case.
func (m *message) algorithm() (alg cose.Algorithm, ok bool) {
	if m.headers.hasAlg {
		return m.headers.alg, true
	}
	return m.unsafe.alg, m.unsafe.hasAlg
}

// verify checks the signature with one key over what was signed. An empty
// protected header is written in two ways and signed in both (RFC 8152 wants the
// empty string signed, some sign the empty map as it stands).
func (m *message) verify(key any, alg cose.Algorithm, external []byte) error {
	var room [2 << 10]byte
	protected := m.protected
	if bytes.Equal(protected, []byte{0xa0}) {
		protected = nil
	}
	err := verifySignature(key, alg, cose.SignedBytes(room[:0], "Signature1", protected, external, m.payload), m.signature)
	if ReasonOf(err) == Signature && len(protected) != len(m.protected) {
		return verifySignature(key, alg, cose.SignedBytes(room[:0], "Signature1", m.protected, external, m.payload), m.signature)
	}
	return err
}
