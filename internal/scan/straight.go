package scan

import (
	"image"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
)

// straight reads a code that stands upright and fills its own box, as programs
// draw them, without looking for its patterns first: dense codes whose modules
// are drawn two or three pixels wide in turns mislead the search, which wants
// modules of one size.
func straight(grey *image.Gray) (text string, ok bool) {
	defer contain()
	box := darkBox(grey)
	if box.Dx() < 21 || box.Dy() < 21 {
		return "", false
	}
	for modules := 21; modules <= 177 && modules <= min(box.Dx(), box.Dy()); modules += 4 {
		matrix, ok := sample(grey, box, modules)
		if !ok {
			continue
		}
		if found, err := decoder.NewDecoder().Decode(matrix, nil); err == nil {
			return found.GetText(), true
		}
	}
	return "", false
}

// dark is the grey below which a pixel counts as printed.
const dark = 128

// darkBox is the smallest rectangle around all that is printed.
func darkBox(grey *image.Gray) image.Rectangle {
	box := image.Rectangle{}
	for y := range grey.Rect.Dy() {
		for x := range grey.Rect.Dx() {
			if grey.Pix[y*grey.Stride+x] < dark {
				box = box.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return box
}

// sample takes the middle of each module, when three corners look like those of
// a code of that many modules.
func sample(grey *image.Gray, box image.Rectangle, modules int) (*gozxing.BitMatrix, bool) {
	printed := func(x, y int) bool {
		px := box.Min.X + (2*x+1)*box.Dx()/(2*modules)
		py := box.Min.Y + (2*y+1)*box.Dy()/(2*modules)
		return grey.Pix[py*grey.Stride+px] < dark
	}
	for i := range 7 { // the edge of a finder pattern is dark, the ring inside it is light
		far := modules - 1 - i
		if !printed(i, 0) || !printed(0, i) || !printed(far, 0) || !printed(0, far) ||
			i > 0 && i < 6 && (printed(i, 1) || printed(1, i) || printed(far, 1) || printed(1, far)) {
			return nil, false
		}
	}
	matrix, err := gozxing.NewSquareBitMatrix(modules)
	if err != nil {
		return nil, false
	}
	for y := range modules {
		for x := range modules {
			if printed(x, y) {
				matrix.Set(x, y)
			}
		}
	}
	return matrix, true
}
