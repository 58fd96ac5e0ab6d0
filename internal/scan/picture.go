package scan

import (
	"image"
	"image/color"
	"image/draw"
)

// greyOf is the picture in grey, what is transparent in white.
func greyOf(p image.Image) *image.Gray {
	bounds := p.Bounds()
	flat := image.NewRGBA(image.Rect(0, 0, bounds.Dx(), bounds.Dy()))
	draw.Draw(flat, flat.Rect, image.White, image.Point{}, draw.Src)
	draw.Draw(flat, flat.Rect, p, bounds.Min, draw.Over)
	grey := image.NewGray(flat.Rect)
	for i := range grey.Pix {
		r, g, b := int(flat.Pix[4*i]), int(flat.Pix[4*i+1]), int(flat.Pix[4*i+2])
		grey.Pix[i] = byte((299*r + 587*g + 114*b) / 1000) // ITU-R BT.601
	}
	return grey
}

// quiet is the white that is put around a picture, in pixels.
const quiet = 24

func frame(grey *image.Gray) *image.Gray {
	out := image.NewGray(image.Rect(0, 0, grey.Rect.Dx()+2*quiet, grey.Rect.Dy()+2*quiet))
	draw.Draw(out, out.Rect, image.NewUniform(color.Gray{Y: 255}), image.Point{}, draw.Src)
	draw.Draw(out, grey.Rect.Add(image.Pt(quiet, quiet)), grey, image.Point{}, draw.Src)
	return out
}

func enlarge(grey *image.Gray, by int) *image.Gray {
	out := image.NewGray(image.Rect(0, 0, grey.Rect.Dx()*by, grey.Rect.Dy()*by))
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			out.Pix[y*out.Stride+x] = grey.Pix[y/by*grey.Stride+x/by]
		}
	}
	return out
}

// shrink takes the mean of each square.
func shrink(grey *image.Gray, by int) *image.Gray {
	out := image.NewGray(image.Rect(0, 0, grey.Rect.Dx()/by, grey.Rect.Dy()/by))
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			sum := 0
			for dy := range by {
				for dx := range by {
					sum += int(grey.Pix[(y*by+dy)*grey.Stride+x*by+dx])
				}
			}
			out.Pix[y*out.Stride+x] = byte(sum / (by * by))
		}
	}
	return out
}
