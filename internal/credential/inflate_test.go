package credential

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
)

// What the standard library compresses, at every level, comes out again.
func TestInflateUndoesDeflate(t *testing.T) {
	t.Parallel()
	source := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a test's own variety
	for n := range 600 {
		text := make([]byte, source.IntN(4000))
		for i := range text {
			text[i] = byte(source.IntN(1 + n%256))
		}
		var packed bytes.Buffer
		w, err := zlib.NewWriterLevel(&packed, n%12-2)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(text); err != nil || w.Close() != nil {
			t.Fatal(err)
		}
		out, err := Inflate(packed.Bytes())
		if err != nil || !bytes.Equal(out, text) {
			t.Fatalf("level %d, %d bytes: %v", n%12-2, len(text), err)
		}
		if _, err := Inflate(append(packed.Bytes(), 0)); err == nil {
			t.Fatal("a byte followed")
		}
		if _, err := Inflate(packed.Bytes()[:packed.Len()-1]); err == nil {
			t.Fatal("a byte was missing")
		}
	}
}

func TestBombsStop(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	w := zlib.NewWriter(&packed)
	if _, err := w.Write(make([]byte, 100<<20)); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	if _, err := Inflate(packed.Bytes()); !errors.Is(err, errTooLarge) {
		t.Errorf("100 MB out of %d bytes: %v", packed.Len(), err)
	}
}

// FuzzInflate holds the reader against the standard library's: what ours takes,
// theirs takes, with the same result.
func FuzzInflate(f *testing.F) {
	for _, text := range []string{"", "a", "aaaaaaaaaaaaaaaaaaaaaa", "HC1: a certificate, a certificate"} {
		f.Add(deflate([]byte(text), true))
	}
	f.Add([]byte{0x01, 0x02, 0x00, 0xfd, 0xff, 'h', 'i'})
	f.Fuzz(func(t *testing.T, b []byte) {
		out, rest, err := inflateRaw(b)
		if err != nil {
			return
		}
		source := bytes.NewReader(b)
		theirs, err := io.ReadAll(flate.NewReader(source))
		if err != nil || !bytes.Equal(out, theirs) || source.Len() != len(rest) {
			t.Fatalf("ours %x, theirs %x (%v); %d and %d bytes left", out, theirs, err, len(rest), source.Len())
		}
	})
}
