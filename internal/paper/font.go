package paper

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"sync"
)

// packed is a part of Pretendard (OFL 1.1, see font/OFL.txt); script/font makes it.
//
//go:embed font/paper.ttf.gz
var packed []byte

// font is the TrueType file, unpacked once.
var font = sync.OnceValue(func() []byte {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		panic(err) // the file is part of the program
	}
	raw, err := io.ReadAll(z)
	if err != nil {
		panic(err) // as above
	}
	return raw
})

// printable are the letters that the font has, as tools/font/subset.mjs chooses them.
var printable = [][2]rune{{0x20, 0x7e}, {0xa0, 0x148}, {0x14a, 0x17f}, {0x2010, 0x2027}, {0x3131, 0x3163}, {0xac00, 0xd7a3}}

// canPrint tells whether the font has every letter of a text.
func canPrint(text string) bool {
	for _, r := range text {
		found := false
		for _, span := range printable {
			found = found || r >= span[0] && r <= span[1]
		}
		if !found {
			return false
		}
	}
	return true
}
