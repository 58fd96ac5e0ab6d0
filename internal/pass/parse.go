package pass

import (
	"bytes"
	"strings"
	"time"
	"unicode/utf8"

	"naru/internal/cose"
)

// Unverified is a presentation that was read. It says nothing about anybody yet.
type Unverified struct {
	shown *presentation
	held  *credential
}

// IsPass tells whether a text claims to be a presentation.
func IsPass(text string) bool { return strings.HasPrefix(text, Prefix) }

// Parse reads the text of a QR code. The error's reason is Malformed, Truncated,
// OverLong or Unsupported.
func Parse(text string) (Unverified, error) {
	coded, ok := strings.CutPrefix(text, Prefix)
	switch {
	case !ok:
		return Unverified{}, refuse(Malformed, "it does not begin with %s", Prefix)
	case len(text) > MaxText:
		return Unverified{}, refuse(OverLong, "%d signs", len(text))
	}
	b, err := cose.AppendDecoded45(make([]byte, 0, len(coded)), coded)
	if err != nil {
		return Unverified{}, refuse(Malformed, "%w", err)
	}
	r := &reader{b: b}
	shown := r.presentation()
	if r.reason == "" && len(r.b) > 0 {
		r.fail(OverLong)
	}
	if r.reason != "" {
		return Unverified{}, refuse(r.reason, "the presentation cannot be read at byte %d", len(b)-len(r.b))
	}
	held, err := parseCredential(shown.credential)
	if err != nil {
		return Unverified{}, err
	}
	var room [MaxText]byte
	if !bytes.Equal(shown.encode(room[:0]), b) {
		return Unverified{}, refuse(Malformed, "it is not in its one encoding")
	}
	return Unverified{shown, held}, nil
}

// parseCredential reads a credential of its own, as wallets keep it.
func parseCredential(b []byte) (*credential, error) {
	r := &reader{b: b}
	held := r.credential()
	if r.reason == "" && len(r.b) > 0 {
		r.fail(OverLong)
	}
	if r.reason != "" {
		return nil, refuse(r.reason, "the credential cannot be read at byte %d", len(b)-len(r.b))
	}
	var room [256]byte
	if !bytes.Equal(held.encode(room[:0]), b) {
		return nil, refuse(Malformed, "the credential is not in its one encoding")
	}
	return held, nil
}

// reader takes items off bytes until the first that does not belong.
type reader struct {
	b      []byte
	reason Reason
}

func (r *reader) fail(why Reason) {
	if r.reason == "" {
		r.reason = why
	}
}

// head takes the head of an item of one type.
func (r *reader) head(major byte) uint64 {
	if r.reason != "" {
		return 0
	}
	got, n, rest, err := cose.ReadHead(r.b)
	switch {
	case err != nil && len(r.b) < 9: // a head has at most 9 bytes
		r.fail(Truncated)
	case err != nil || got != major:
		r.fail(Malformed)
	default:
		r.b = rest
	}
	return n
}

// want takes bytes that must stand there.
func (r *reader) want(these ...byte) {
	switch {
	case r.reason != "":
	case bytes.HasPrefix(r.b, these):
		r.b = r.b[len(these):]
	case bytes.HasPrefix(these, r.b):
		r.fail(Truncated)
	default:
		r.fail(Malformed)
	}
}

// is tells whether a byte is next, and takes it then.
func (r *reader) is(b byte) bool {
	if r.reason != "" || len(r.b) == 0 || r.b[0] != b {
		return false
	}
	r.b = r.b[1:]
	return true
}

// string takes a string of one type that is at most so long.
func (r *reader) string(major byte, most uint64) []byte {
	n := r.head(major)
	switch {
	case r.reason != "":
		return nil
	case n > most:
		r.fail(Malformed)
		return nil
	case n > uint64(len(r.b)):
		r.fail(Truncated)
		return nil
	}
	s := r.b[:n:n]
	r.b = r.b[n:]
	return s
}

// fill takes a byte string that is just as long as a part is.
func (r *reader) fill(part []byte) {
	s := r.string(cose.MajorBytes, uint64(len(part)))
	if r.reason == "" && len(s) != len(part) {
		r.fail(Malformed)
	}
	copy(part, s)
}

// optional takes nothing, or a byte string of one size.
func (r *reader) optional(size int) []byte {
	if r.is(null) {
		return nil
	}
	part := make([]byte, size)
	r.fill(part)
	return part
}

func (r *reader) presentation() *presentation {
	p := &presentation{}
	if major, _, rest, err := cose.ReadHead(r.b); err == nil && major == cose.MajorArray && len(rest) > 0 && rest[0] != version && rest[0] < 24 {
		r.fail(Unsupported)
		return p
	}
	r.want(0x87, version)
	p.credential = r.string(cose.MajorBytes, 512)
	p.time = r.head(cose.MajorUint)
	if p.time > latest {
		r.fail(Malformed)
	}
	p.token, p.nonce = r.optional(TokenSize), r.optional(NonceSize)
	if !r.is(null) {
		p.opening = r.opening()
	}
	r.fill(p.signature[:])
	return p
}

func (r *reader) opening() *Opened {
	o := &Opened{}
	r.want(0x83)
	r.fill(o.Salt[:])
	o.Name = string(r.string(cose.MajorText, MaxName))
	o.Born = string(r.string(cose.MajorText, uint64(len(time.DateOnly))))
	if r.reason == "" && (!o.check() || !utf8.ValidString(o.Name)) {
		r.fail(Malformed)
	}
	return o
}

func (r *reader) credential() *credential {
	c := &credential{}
	r.want(0x84, 0x40|5+KidSize, 0xa2, 1, 0x26, 4)
	r.fill(c.kid[:])
	r.want(0xa0)
	size := r.head(cose.MajorBytes)
	if r.reason == "" && size > uint64(len(r.b)) {
		r.fail(Truncated)
	}
	before := len(r.b)
	r.claims(&c.claims)
	if r.reason == "" && uint64(before-len(r.b)) != size { //nolint:gosec // not negative
		r.fail(Malformed)
	}
	r.fill(c.signature[:])
	return c
}

// latest is the last second of the year 9999.
const latest = 253402300799

func (r *reader) claims(c *claims) {
	if ends := r.is(0xa4); ends {
		r.want(claimEnds)
		at := r.head(cose.MajorUint)
		if at > latest || at == 0 {
			r.fail(Malformed)
			return
		}
		c.proof.Ends = time.Unix(int64(at), 0).UTC() //nolint:gosec // bounded above
	} else {
		r.want(0xa3)
	}
	r.want(claimID)
	r.fill(c.id[:])
	r.want(claimCnf, 0xa1, 1, 0xa4, 1, 2, 0x20, 1, 0x21)
	r.fill(c.key[1:])
	r.want(0x22)
	c.key[0] = 2
	if r.is(0xf5) {
		c.key[0] = 3
	} else {
		r.want(0xf4)
	}
	if n := r.head(cose.MajorNegint); r.reason == "" && n != claimProof-1 {
		r.fail(Malformed)
	}
	r.proof(&c.proof)
}

func (r *reader) proof(p *Proof) {
	r.want(0x84)
	kind := r.head(cose.MajorUint)
	if kind > 255 {
		r.fail(Unsupported)
		return
	}
	p.Kind = Kind(kind)
	p.Class, p.Event = r.head(cose.MajorUint), r.head(cose.MajorUint)
	r.fill(p.Commitment[:])
}
