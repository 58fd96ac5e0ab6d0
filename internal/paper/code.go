package paper

import (
	"errors"
	"fmt"
	"strings"

	"rsc.io/qr/coding"
)

// quiet is the white margin that a QR code must have, in modules (ISO/IEC 18004).
const quiet = 4

// cardVersion is the largest code that readers of SMART Health Cards must take.
const cardVersion = 22

// Code is a QR code.
type Code struct{ code *coding.Code }

// Encode writes a text as a QR code: with the most correction (at most level Q, as HCERT
// advises) that a code has room for. A card's digits are written as digits.
func Encode(text string) (Code, error) {
	parts, versions := []coding.Encoding{coding.Alpha(text)}, []int{coding.MaxVersion}
	if digits, ok := strings.CutPrefix(text, "shc:/"); ok {
		parts, versions = []coding.Encoding{coding.String("shc:/"), coding.Num(digits)}, []int{cardVersion, coding.MaxVersion}
	}
	for _, part := range parts {
		if err := part.Check(); err != nil {
			return Code{}, fmt.Errorf("encode QR code: %w", err)
		}
	}
	for _, most := range versions {
		for _, level := range []coding.Level{coding.Q, coding.M, coding.L} {
			if version, ok := smallest(parts, level, most); ok {
				return draw(parts, level, version)
			}
		}
	}
	return Code{}, errors.New("the text is too long for one QR code")
}

func smallest(parts []coding.Encoding, level coding.Level, most int) (coding.Version, bool) {
	for v := coding.Version(coding.MinVersion); int(v) <= most; v++ {
		bits := 0
		for _, part := range parts {
			bits += part.Bits(v)
		}
		if bits <= 8*v.DataBytes(level) {
			return v, true
		}
	}
	return 0, false
}

func draw(parts []coding.Encoding, level coding.Level, version coding.Version) (Code, error) {
	plan, err := coding.NewPlan(version, level, 0)
	if err != nil {
		return Code{}, fmt.Errorf("encode QR code: %w", err)
	}
	code, err := plan.Encode(parts...)
	if err != nil {
		return Code{}, fmt.Errorf("encode QR code: %w", err)
	}
	return Code{code}, nil
}

// Size is how many modules wide the code is, with its margin.
func (c Code) Size() int { return c.code.Size + 2*quiet }

// runs calls back for each row's stretches of black, with the margin counted.
func (c Code) runs(each func(x, y, length int)) {
	for y := range c.code.Size {
		for x := 0; x < c.code.Size; x++ {
			from := x
			for x < c.code.Size && c.code.Black(x, y) {
				x++
			}
			if x > from {
				each(from+quiet, y+quiet, x-from)
			}
		}
	}
}

// Path is the code as the path of an SVG picture of Size by Size.
func (c Code) Path() string {
	var b strings.Builder
	c.runs(func(x, y, length int) { fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", x, y, length, length) })
	return b.String()
}
