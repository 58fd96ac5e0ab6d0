package e2e

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"rsc.io/qr"
)

// The picture of the made-up camera: one frame of a Y4M file, which Chromium reads again
// and again. Writing over it is what the camera sees next.
const (
	frameWidth  = 960
	frameHeight = 720
)

// lens is what stands between a code and the camera.
type lens struct {
	turned float64 // degrees
	blur   int     // half the side of the square over which it is smeared, in pixels
}

// camera is a file that Chromium takes for a camera.
type camera struct {
	t    *testing.T
	file string
}

func newCamera(t *testing.T) *camera {
	c := &camera{t, filepath.Join(t.TempDir(), "camera.y4m")}
	c.sees("", lens{})
	return c
}

// sees holds a code before the camera; "" is a grey wall.
func (c *camera) sees(text string, l lens) {
	c.t.Helper()
	luma := bytes.Repeat([]byte{200}, frameWidth*frameHeight)
	if text != "" {
		code, err := qr.Encode(text, qr.M)
		if err != nil {
			c.t.Fatal(err)
		}
		paint(luma, code, l)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "YUV4MPEG2 W%d H%d F30:1 Ip A1:1 C420\nFRAME\n", frameWidth, frameHeight)
	b.Write(luma)
	b.Write(bytes.Repeat([]byte{128}, frameWidth*frameHeight/2)) // no colour
	f, err := os.OpenFile(c.file, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err = f.WriteAt(b.Bytes(), 0); err == nil { // in place: the browser has it open
		err = f.Close()
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

// paint draws a code with its margin, turned around the middle, and smears it.
func paint(luma []byte, code *qr.Code, l lens) {
	const margin = 4
	side := code.Size + 2*margin
	module := float64(frameHeight) * 0.7 / float64(side)
	sin, cos := math.Sincos(l.turned * math.Pi / 180)
	for y := range frameHeight {
		for x := range frameWidth {
			dx, dy := float64(x)-frameWidth/2, float64(y)-frameHeight/2
			u := (dx*cos+dy*sin)/module + float64(side)/2
			v := (dy*cos-dx*sin)/module + float64(side)/2
			if u < 0 || v < 0 || u >= float64(side) || v >= float64(side) {
				continue
			}
			luma[y*frameWidth+x] = 235
			if code.Black(int(u)-margin, int(v)-margin) {
				luma[y*frameWidth+x] = 20
			}
		}
	}
	if l.blur > 0 {
		smear(luma, l.blur)
	}
}

func smear(luma []byte, r int) {
	sharp := bytes.Clone(luma)
	for y := r; y < frameHeight-r; y++ {
		for x := r; x < frameWidth-r; x++ {
			sum := 0
			for j := -r; j <= r; j++ {
				for i := -r; i <= r; i++ {
					sum += int(sharp[(y+j)*frameWidth+x+i])
				}
			}
			luma[y*frameWidth+x] = byte(sum / ((2*r + 1) * (2*r + 1)))
		}
	}
}

// tablet is a Chromium of its own whose camera is c, at the size of a tablet.
func tablet(t *testing.T, c *camera) *tab {
	t.Helper()
	need(t, "chromium")
	all := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("lang", "ko-KR"),
		chromedp.Flag("use-fake-ui-for-media-stream", true), chromedp.Flag("use-fake-device-for-media-stream", true),
		chromedp.Flag("use-file-for-fake-video-capture", c.file), chromedp.WindowSize(1180, 820),
	)
	allocator, end := chromedp.NewExecAllocator(context.Background(), all...)
	ctx, _ := chromedp.NewContext(allocator)
	d := &tab{t: t, ctx: ctx}
	t.Cleanup(func() {
		if t.Failed() {
			d.picture("failed-" + t.Name())
			t.Logf("the page at the end: %s", where(d))
		}
		_ = chromedp.Cancel(ctx)
		end()
	})
	d.do(chromedp.Steps())
	d.width(1180, 820)
	return d
}
