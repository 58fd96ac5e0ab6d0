package scan

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"strings"
	"testing"

	"rsc.io/qr"
)

func drawn(t testing.TB, text string) []byte {
	t.Helper()
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		t.Fatal(err)
	}
	return code.PNG()
}

func TestWhatWasDrawnIsRead(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"HC1:6BF", "HC1:" + strings.Repeat("AB C%1", 100), "shc:/" + strings.Repeat("56", 300)} {
		if got, err := Codes(drawn(t, text)); err != nil || len(got) != 1 || got[0] != text {
			t.Errorf("%d signs: %q, %v", len(text), got, err)
		}
	}
}

func TestNoPictureAndNoCodeAreToldApart(t *testing.T) {
	t.Parallel()
	var white bytes.Buffer
	if err := png.Encode(&white, image.NewGray(image.Rect(0, 0, 300, 300))); err != nil {
		t.Fatal(err)
	}
	if _, err := Codes(white.Bytes()); !errors.Is(err, ErrNoCode) {
		t.Errorf("an empty picture: %v", err)
	}
	whole := drawn(t, "HC1:6BF")
	for name, b := range map[string][]byte{"nothing": nil, "a text": []byte("HC1:"), "half a picture": whole[:len(whole)/2]} {
		if _, err := Codes(b); !errors.Is(err, ErrNoPicture) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestBombsAreNotUnpacked(t *testing.T) {
	t.Parallel()
	whole := drawn(t, "HC1:6BF")
	bomb := bytes.Clone(whole)
	copy(bomb[16:], []byte{0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff}) // 65535 x 65535
	if _, err := Codes(bomb); !errors.Is(err, ErrNoPicture) {
		t.Errorf("a picture of four billion pixels: %v", err)
	}
}

func FuzzImage(f *testing.F) {
	f.Add(drawn(f, "HC1:6BF"))
	f.Add([]byte("\xff\xd8\xff\xe0"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if texts, err := Codes(b); (err == nil) == (len(texts) == 0) {
			t.Fatal("texts and an error")
		}
	})
}
