package credential

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/fxamacker/cbor/v2"
)

// Bounds of the CBOR that is read. A real certificate nests 6 levels and holds
// less than 40 pairs.
const (
	maxDepth = 16
	maxItems = 256
)

var errCBOR = errors.New("is not the CBOR that belongs here")

// decoding reads health certificates: the same key twice is refused, depth and
// size are bounded, texts are UTF-8. Tags are let through, because some issuers
// tag their dates.
var decoding = func() cbor.DecMode {
	mode, err := cbor.DecOptions{
		DupMapKey:        cbor.DupMapKeyEnforcedAPF,
		MaxNestedLevels:  maxDepth,
		MaxArrayElements: maxItems,
		MaxMapPairs:      maxItems,
		IndefLength:      cbor.IndefLengthAllowed,
		UTF8:             cbor.UTF8RejectInvalid,
		TimeTagToAny:     cbor.TimeTagToRFC3339Nano,
	}.DecMode()
	if err != nil {
		panic(err) // the options above are wrong
	}
	return mode
}()

// encoding writes deterministic CBOR (RFC 8949, 4.2.1).
var encoding = func() cbor.EncMode {
	mode, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		panic(err) // the options above are wrong
	}
	return mode
}()

// Count is a number of doses. Some issuers write it as 2.0; what is no whole
// number is refused.
type Count int

// UnmarshalCBOR takes an integer, a whole float, or null for 0.
func (c *Count) UnmarshalCBOR(b []byte) error {
	if len(b) == 1 && b[0] < 24 {
		*c = Count(b[0])
		return nil
	}
	if len(b) == 1 && (b[0] == 0xf6 || b[0] == 0xf7) {
		*c = 0
		return nil
	}
	f, rest, err := readNumber(b)
	if err != nil || len(rest) != 0 || f != math.Trunc(f) || math.Abs(f) > 1e6 {
		return fmt.Errorf("a number of doses %w", errCBOR)
	}
	*c = Count(f)
	return nil
}

// The major types of CBOR (RFC 8949, 3.1).
const (
	majorUint   = 0
	majorNegint = 1
	majorBytes  = 2
	majorText   = 3
	majorArray  = 4
	majorMap    = 5
	majorTag    = 6
	majorSimple = 7
)

// indefinite is the length of what ends by a break.
const indefinite = math.MaxUint64

// readHead takes one item's head off b: its major type and its argument. Lengths
// are not compared with what is left. An indefinite length is `indefinite`; a
// break is majorSimple with it.
func readHead(b []byte) (major byte, arg uint64, rest []byte, err error) {
	if len(b) == 0 {
		return 0, 0, nil, errCBOR
	}
	major, info := b[0]>>5, b[0]&31
	size := 0
	switch {
	case info < 24:
		return major, uint64(info), b[1:], nil
	case info == 31 && major != majorUint && major != majorNegint && major != majorTag:
		return major, indefinite, b[1:], nil
	case info > 27:
		return 0, 0, nil, errCBOR
	}
	size = 1 << (info - 24)
	if len(b) <= size {
		return 0, 0, nil, errCBOR
	}
	var wide [8]byte
	copy(wide[8-size:], b[1:1+size])
	arg = binary.BigEndian.Uint64(wide[:])
	if arg == indefinite && major != majorUint && major != majorNegint && major != majorSimple {
		return 0, 0, nil, errCBOR // no length is that long
	}
	return major, arg, b[1+size:], nil
}

// readString takes a string of one major type and definite length off b.
func readString(b []byte, wanted byte) (s, rest []byte, err error) {
	major, n, rest, err := readHead(b)
	if err != nil || major != wanted || n > uint64(len(rest)) {
		return nil, nil, errCBOR
	}
	return rest[:n], rest[n:], nil
}

// readLabel takes an integer or text off b: what keys of COSE and CWT maps are.
func readLabel(b []byte) (n int64, text string, rest []byte, err error) {
	major, arg, rest, err := readHead(b)
	switch {
	case err != nil || arg > math.MaxInt64 && major <= majorText:
		return 0, "", nil, errCBOR
	case major == majorUint:
		return int64(arg), "", rest, nil //nolint:gosec // bounded above
	case major == majorNegint:
		return -1 - int64(arg), "", rest, nil //nolint:gosec // bounded above
	case major == majorText && arg <= uint64(len(rest)) && arg > 0:
		return 0, string(rest[:arg]), rest[arg:], nil
	}
	return 0, "", nil, errCBOR
}

// readNumber takes an integer or a float off b. A float that is not finite is
// refused.
func readNumber(b []byte) (f float64, rest []byte, err error) {
	major, arg, rest, err := readHead(b)
	if err != nil || len(b) == 0 {
		return 0, nil, errCBOR
	}
	switch {
	case major == majorUint:
		f = float64(arg)
	case major == majorNegint:
		f = -1 - float64(arg)
	case major == majorSimple && b[0] >= 0xf9 && b[0] <= 0xfb:
		if err := decoding.Unmarshal(b[:len(b)-len(rest)], &f); err != nil {
			return 0, nil, errCBOR
		}
	default:
		return 0, nil, errCBOR
	}
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return 0, nil, errCBOR
	}
	return f, rest, nil
}

// skip takes one whole item off b, whatever it is.
func skip(b []byte, depth int) (rest []byte, err error) {
	major, arg, rest, err := readHead(b)
	if err != nil || depth > maxDepth {
		return nil, errCBOR
	}
	if arg == indefinite && (major >= majorBytes && major <= majorMap) {
		return skipUntilBreak(rest, major, depth)
	}
	items := arg
	switch major {
	case majorBytes, majorText:
		if arg > uint64(len(rest)) {
			return nil, errCBOR
		}
		return rest[arg:], nil
	case majorUint, majorNegint:
		return rest, nil
	case majorSimple:
		if arg == indefinite && b[0] == 0xff {
			return nil, errCBOR // a break where nothing was open
		}
		return rest, nil
	case majorTag:
		items = 1
	case majorMap:
		items = 2 * arg
	}
	if items > 2*maxItems || arg > maxItems && major != majorTag {
		return nil, errCBOR
	}
	for range items {
		if rest, err = skip(rest, depth+1); err != nil {
			return nil, err
		}
	}
	return rest, nil
}

// skipUntilBreak takes the items of an open string, array or map off b.
func skipUntilBreak(b []byte, major byte, depth int) (rest []byte, err error) {
	for n := range 2*maxItems + 1 {
		if len(b) > 0 && b[0] == 0xff {
			if major == majorMap && n%2 == 1 {
				return nil, errCBOR
			}
			return b[1:], nil
		}
		if major <= majorText { // the pieces of a string are strings of its kind
			if _, b, err = readString(b, major); err != nil {
				return nil, err
			}
		} else if b, err = skip(b, depth+1); err != nil {
			return nil, err
		}
	}
	return nil, errCBOR
}
