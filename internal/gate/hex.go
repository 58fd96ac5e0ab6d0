package gate

import (
	"encoding/hex"

	"naru/internal/fault"
)

// Hex is bytes shown in public documents as lower-case hexadecimal digits; at
// most 96 bytes, the longest beacon value in use.
type Hex []byte

const maxHex = 96

// MarshalText writes lower-case digits.
func (h Hex) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h), nil }

// UnmarshalText reads lower-case digits only, so that a value has one text.
func (h *Hex) UnmarshalText(text []byte) error {
	if len(text) > 2*maxHex {
		return fault.New(fault.Malformed, "gate.draw_bad")
	}
	b, err := hex.DecodeString(string(text))
	if err != nil || hex.EncodeToString(b) != string(text) {
		return fault.New(fault.Malformed, "gate.draw_bad")
	}
	*h = b
	return nil
}

// fixed returns the 32 bytes of h, or false when it has another length.
func (h Hex) fixed() ([32]byte, bool) {
	if len(h) != 32 {
		return [32]byte{}, false
	}
	return [32]byte(h), true
}
