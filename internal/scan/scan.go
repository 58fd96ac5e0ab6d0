// Package scan reads QR codes out of pictures.
//
// It promises that a picture which is no picture, too large, or without a
// readable code is an error and never a guess, that memory and time are bounded
// whatever the bytes are, and that texts come out as they were printed. It does
// not know what the texts mean. It follows ISO/IEC 18004; the decoder is gozxing,
// a port of ZXing (docs/adr/0032).
package scan

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // the formats that are read
	_ "image/png"
	"slices"

	"github.com/makiuchi-d/gozxing"
	multi "github.com/makiuchi-d/gozxing/multi/qrcode"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// Bounds of a picture: a photograph of a telephone fits, a bomb does not.
const (
	MaxBytes  = 32 << 20
	MaxPixels = 50_000_000
)

// largest is the width or height above which a picture is first made smaller: a
// code that fills it has pixels enough.
const largest = 1600

// The errors. ErrNoCode is about the picture; the other is about the bytes.
var (
	ErrNoCode    = errors.New("no QR code was read in the picture; take it again, closer, sharper and without glare")
	ErrNoPicture = errors.New("not a PNG or JPEG picture that can be read")
)

// Codes returns the texts of the QR codes in a PNG or JPEG, each once.
func Codes(b []byte) ([]string, error) {
	if len(b) > MaxBytes {
		return nil, fmt.Errorf("%w: larger than %d bytes", ErrNoPicture, MaxBytes)
	}
	config, _, err := image.DecodeConfig(bytes.NewReader(b))
	if err != nil || config.Width < 1 || config.Height < 1 || config.Width > MaxPixels/config.Height {
		return nil, fmt.Errorf("%w: from 1 to %d pixels", ErrNoPicture, MaxPixels)
	}
	picture, _, err := image.Decode(bytes.NewReader(b))
	if err != nil {
		return nil, ErrNoPicture
	}
	grey := greyOf(picture)
	for _, try := range tries(grey) {
		if texts := decode(try); len(texts) > 0 {
			return texts, nil
		}
	}
	if text, ok := straight(grey); ok {
		return []string{text}, nil
	}
	return nil, ErrNoCode
}

// IsPicture says whether the bytes begin like a PNG or a JPEG.
func IsPicture(b []byte) bool {
	return bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")) || bytes.HasPrefix(b, []byte("\xff\xd8\xff"))
}

// tries are the picture in the sizes in which codes are looked for. A code whose
// modules are one pixel, or that touches the edge, is found only after it was
// given more of both.
func tries(grey *image.Gray) []*image.Gray {
	var all []*image.Gray
	size := max(grey.Rect.Dx(), grey.Rect.Dy())
	if size > largest {
		grey = shrink(grey, (size+largest-1)/largest)
		size = max(grey.Rect.Dx(), grey.Rect.Dy())
	}
	all = append(all, frame(grey))
	for _, by := range []int{2, 3} {
		if size*by <= largest {
			all = append(all, frame(enlarge(grey, by)))
		}
	}
	for _, by := range []int{2, 3} {
		if size/by >= 150 {
			all = append(all, frame(shrink(grey, by)))
		}
	}
	return all
}

// decode looks for codes in one picture, in several ways from fast to thorough.
func decode(grey *image.Gray) []string {
	source := gozxing.NewLuminanceSourceFromImage(grey)
	hard := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true}
	pure := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true}
	for _, s := range []gozxing.LuminanceSource{source, gozxing.NewInvertedLuminanceSource(source)} {
		for _, b := range []gozxing.Binarizer{gozxing.NewHybridBinarizer(s), gozxing.NewGlobalHistgramBinarizer(s)} {
			bitmap, err := gozxing.NewBinaryBitmap(b)
			if err != nil {
				continue
			}
			if texts := several(bitmap, hard); len(texts) > 0 {
				return texts
			}
			for _, hints := range []map[gozxing.DecodeHintType]any{hard, pure} {
				if text, ok := one(bitmap, hints); ok {
					return []string{text}
				}
			}
		}
	}
	return nil
}

// several reads all codes of a picture.
func several(bitmap *gozxing.BinaryBitmap, hints map[gozxing.DecodeHintType]any) (texts []string) {
	defer contain()
	found, err := multi.NewQRCodeMultiReader().DecodeMultiple(bitmap, hints)
	if err != nil {
		return nil
	}
	for _, r := range found {
		if text := r.GetText(); !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	return texts
}

func one(bitmap *gozxing.BinaryBitmap, hints map[gozxing.DecodeHintType]any) (text string, ok bool) {
	defer contain()
	found, err := qrcode.NewQRCodeReader().Decode(bitmap, hints)
	if err != nil {
		return "", false
	}
	return found.GetText(), true
}

// contain turns a panic of the decoder into "nothing was found": it reads what
// strangers photograph, and one of its indexes may be wrong. Where it is called
// the results are still empty.
func contain() { _ = recover() }
