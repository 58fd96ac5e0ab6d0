package cose

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// Bounds of the CBOR that is read. A real certificate nests 6 levels and holds
// less than 40 pairs.
const (
	MaxDepth = 16
	MaxItems = 256
)

// ErrCBOR ends the sentence "the claim 4 ...".
var ErrCBOR = errors.New("is not the CBOR that belongs here")

// The major types of CBOR (RFC 8949, 3.1).
const (
	MajorUint   = 0
	MajorNegint = 1
	MajorBytes  = 2
	MajorText   = 3
	MajorArray  = 4
	MajorMap    = 5
	MajorTag    = 6
	MajorSimple = 7
)

// Indefinite is the length of what ends by a break.
const Indefinite = math.MaxUint64

// ReadHead takes one item's head off b: its major type and its argument. Lengths
// are not compared with what is left. An Indefinite length is `Indefinite`; a
// break is MajorSimple with it.
func ReadHead(b []byte) (major byte, arg uint64, rest []byte, err error) {
	if len(b) == 0 {
		return 0, 0, nil, ErrCBOR
	}
	major, info := b[0]>>5, b[0]&31
	size := 0
	switch {
	case info < 24:
		return major, uint64(info), b[1:], nil
	case info == 31 && major != MajorUint && major != MajorNegint && major != MajorTag:
		return major, Indefinite, b[1:], nil
	case info > 27:
		return 0, 0, nil, ErrCBOR
	}
	size = 1 << (info - 24)
	if len(b) <= size {
		return 0, 0, nil, ErrCBOR
	}
	var wide [8]byte
	copy(wide[8-size:], b[1:1+size])
	arg = binary.BigEndian.Uint64(wide[:])
	if arg == Indefinite && major != MajorUint && major != MajorNegint && major != MajorSimple {
		return 0, 0, nil, ErrCBOR // no length is that long
	}
	return major, arg, b[1+size:], nil
}

// ReadString takes a string of one major type and definite length off b.
func ReadString(b []byte, wanted byte) (s, rest []byte, err error) {
	major, n, rest, err := ReadHead(b)
	if err != nil || major != wanted || n > uint64(len(rest)) {
		return nil, nil, ErrCBOR
	}
	return rest[:n], rest[n:], nil
}

// ReadLabel takes an integer or text off b: what keys of COSE and CWT maps are.
func ReadLabel(b []byte) (n int64, text string, rest []byte, err error) {
	major, arg, rest, err := ReadHead(b)
	switch {
	case err != nil || arg > math.MaxInt64 && major <= MajorText:
		return 0, "", nil, ErrCBOR
	case major == MajorUint:
		return int64(arg), "", rest, nil //nolint:gosec // bounded above
	case major == MajorNegint:
		return -1 - int64(arg), "", rest, nil //nolint:gosec // bounded above
	case major == MajorText && arg <= uint64(len(rest)) && arg > 0:
		return 0, string(rest[:arg]), rest[arg:], nil
	}
	return 0, "", nil, ErrCBOR
}

// ReadNumber takes an integer or a float off b. A float that is not finite is
// refused.
func ReadNumber(b []byte) (f float64, rest []byte, err error) {
	major, arg, rest, err := ReadHead(b)
	if err != nil || len(b) == 0 {
		return 0, nil, ErrCBOR
	}
	switch {
	case major == MajorUint:
		f = float64(arg)
	case major == MajorNegint:
		f = -1 - float64(arg)
	case major == MajorSimple && b[0] >= 0xf9 && b[0] <= 0xfb:
		f = float(b[0]&31, arg)
	default:
		return 0, nil, ErrCBOR
	}
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return 0, nil, ErrCBOR
	}
	return f, rest, nil
}

// Skip takes one whole item off b, whatever it is.
func Skip(b []byte, depth int) (rest []byte, err error) {
	major, arg, rest, err := ReadHead(b)
	if err != nil || depth > MaxDepth {
		return nil, ErrCBOR
	}
	if arg == Indefinite && (major >= MajorBytes && major <= MajorMap) {
		return skipUntilBreak(rest, major, depth)
	}
	items := arg
	switch major {
	case MajorBytes, MajorText:
		if arg > uint64(len(rest)) {
			return nil, ErrCBOR
		}
		return rest[arg:], nil
	case MajorUint, MajorNegint:
		return rest, nil
	case MajorSimple:
		if arg == Indefinite && b[0] == 0xff {
			return nil, ErrCBOR // a break where nothing was open
		}
		return rest, nil
	case MajorTag:
		items = 1
	case MajorMap:
		items = 2 * arg
	}
	if items > 2*MaxItems || arg > MaxItems && major != MajorTag {
		return nil, ErrCBOR
	}
	for range items {
		if rest, err = Skip(rest, depth+1); err != nil {
			return nil, err
		}
	}
	return rest, nil
}

// skipUntilBreak takes the items of an open string, array or map off b.
func skipUntilBreak(b []byte, major byte, depth int) (rest []byte, err error) {
	for n := range 2*MaxItems + 1 {
		if len(b) > 0 && b[0] == 0xff {
			if major == MajorMap && n%2 == 1 {
				return nil, ErrCBOR
			}
			return b[1:], nil
		}
		if major <= MajorText { // the pieces of a string are strings of its kind
			if _, b, err = ReadString(b, major); err != nil {
				return nil, err
			}
		} else if b, err = Skip(b, depth+1); err != nil {
			return nil, err
		}
	}
	return nil, ErrCBOR
}

// SkipTag takes one tag off b, if it is there.
func SkipTag(b []byte, tag uint64) []byte {
	if major, n, rest, err := ReadHead(b); err == nil && major == MajorTag && n == tag {
		return rest
	}
	return b
}

// Labels are those that a map has had so far; a map has few.
type Labels struct {
	small uint32 // bit n: the label n, from 0 to 31
	other []string
}

// Add tells whether a label, a number or a text, is the first of its kind.
func (l *Labels) Add(n int64, text string) bool {
	if text == "" && n >= 0 && n < 32 {
		fresh := l.small&(1<<n) == 0
		l.small |= 1 << n
		return fresh
	}
	if text == "" {
		text = fmt.Sprintf("\x00%d", n)
	}
	for _, o := range l.other {
		if o == text {
			return false
		}
	}
	l.other = append(l.other, text)
	return true
}

// float is the value of a float's bits (RFC 8949, 3.3); info says how many there are.
func float(info byte, bits uint64) float64 {
	switch info {
	case 25:
		return half(uint16(bits)) //nolint:gosec // two bytes
	case 26:
		return float64(math.Float32frombits(uint32(bits))) //nolint:gosec // four bytes
	}
	return math.Float64frombits(bits)
}

// half is a float of two bytes (RFC 8949, appendix D).
func half(bits uint16) float64 {
	exponent, mantissa := int(bits>>10&31), float64(bits&0x3ff)
	var f float64
	switch exponent {
	case 0:
		f = math.Ldexp(mantissa, -24)
	case 31:
		f = math.Inf(1)
		if mantissa != 0 {
			f = math.NaN()
		}
	default:
		f = math.Ldexp(mantissa+1024, exponent-25)
	}
	if bits&0x8000 != 0 {
		return -f
	}
	return f
}
