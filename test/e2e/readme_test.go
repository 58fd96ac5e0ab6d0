package e2e

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// The picture of README.md: the front page, and the waiting page of somebody with
// many people ahead. It is made again with NARU_SCREENSHOTS=DIR and lands there
// as front.png; docs/img/front.png is a copy.
func TestPictureForTheReadme(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("NARU_SCREENSHOTS")
	if dir == "" {
		t.Skip("a picture is made with NARU_SCREENSHOTS=DIR")
	}
	s := demo(t)
	front := phone(t)
	front.open(s.url + "/")
	left := front.window()
	s.crowd(4000)
	farthest, ahead := visit{}, -1
	var all []visit
	for i := range 4 {
		v := visit{device: phone(t), server: s, who: citizen(90 + i)}
		v.joins()
		all = append(all, v)
	}
	s.open()
	for _, v := range all {
		v.open(v.step("/wait"))
		if place, err := strconv.Atoi(data(v, "place")); err == nil && place > ahead {
			farthest, ahead = v, place
		}
	}
	until(t, patience, "the wait can be told", func() bool { return !strings.Contains(text(farthest, `#n-wait`), "알 수 없습니다") })
	right := farthest.device.(*tab).window()
	shows(farthest, shown+` h2`, "순서를 기다리고 있습니다")
	if err := os.WriteFile(filepath.Join(dir, "front.png"), beside(t, left, right), 0o600); err != nil {
		t.Fatal(err)
	}
}

// window is what a phone shows without scrolling.
func (d *tab) window() image.Image {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.ctx, patience)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		d.t.Fatal(err)
	}
	picture, err := png.Decode(bytes.NewReader(text))
	if err != nil {
		d.t.Fatal(err)
	}
	return picture
}

// beside puts two pictures next to each other on grey.
func beside(t *testing.T, left, right image.Image) []byte {
	t.Helper()
	const gap = 24
	l, r := left.Bounds().Size(), right.Bounds().Size()
	out := image.NewRGBA(image.Rect(0, 0, l.X+r.X+3*gap, max(l.Y, r.Y)+2*gap))
	draw.Draw(out, out.Bounds(), image.NewUniform(color.Gray{Y: 0xd8}), image.Point{}, draw.Src)
	draw.Draw(out, image.Rect(gap, gap, gap+l.X, gap+l.Y), left, left.Bounds().Min, draw.Src)
	draw.Draw(out, image.Rect(2*gap+l.X, gap, 2*gap+l.X+r.X, gap+r.Y), right, right.Bounds().Min, draw.Src)
	var b bytes.Buffer
	if err := png.Encode(&b, out); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
