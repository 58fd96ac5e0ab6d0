package credential

import (
	"fmt"
	"math"

	"github.com/fxamacker/cbor/v2"

	"naru/internal/cose"
)

// decoding reads health certificates: the same key twice is refused, depth and
// size are bounded, texts are UTF-8. Tags are let through, because some issuers
// tag their dates.
var decoding = func() cbor.DecMode {
	mode, err := cbor.DecOptions{
		DupMapKey:        cbor.DupMapKeyEnforcedAPF,
		MaxNestedLevels:  cose.MaxDepth,
		MaxArrayElements: cose.MaxItems,
		MaxMapPairs:      cose.MaxItems,
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
	f, rest, err := cose.ReadNumber(b)
	if err != nil || len(rest) != 0 || f != math.Trunc(f) || math.Abs(f) > 1e6 {
		return fmt.Errorf("a number of doses %w", cose.ErrCBOR)
	}
	*c = Count(f)
	return nil
}
