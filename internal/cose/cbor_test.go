package cose

import (
	"encoding/hex"
	"math"
	"testing"
)

// The examples of RFC 8949, appendix A.
func TestFloats(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]float64{
		"f90000": 0, "f93c00": 1, "f93e00": 1.5, "f97bff": 65504, "f90001": 5.960464477539063e-8, "f90400": 0.00006103515625,
		"f9c400": -4, "fa47c35000": 100000, "fb3ff199999999999a": 1.1, "fbc010666666666666": -4.1,
	} {
		b, _ := hex.DecodeString(text)
		if f, rest, err := ReadNumber(b); err != nil || f != want || len(rest) > 0 {
			t.Errorf("%s: %v, %v", text, f, err)
		}
	}
	for _, text := range []string{"f97c00", "f97e00", "faff800000", "fb7ff0000000000000"} {
		b, _ := hex.DecodeString(text)
		if f, _, err := ReadNumber(b); err == nil || !math.IsInf(half(0x7c00), 1) {
			t.Errorf("%s is no number: %v", text, f)
		}
	}
}
