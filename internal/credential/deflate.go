package credential

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"io"
	"sync"
)

// deflater is a zlib writer that is kept for the next certificate.
type deflater struct {
	out  bytes.Buffer
	zlib *zlib.Writer
	raw  *flate.Writer
}

var deflaters = sync.Pool{New: func() any {
	d := &deflater{}
	d.zlib, _ = zlib.NewWriterLevel(&d.out, zlib.BestCompression) // the level is one that exists
	d.raw, _ = flate.NewWriter(&d.out, flate.BestCompression)
	return d
}}

// deflate compresses b, as zlib or raw.
func deflate(b []byte, raw bool) []byte {
	d := deflaters.Get().(*deflater) //nolint:errcheck // the pool holds nothing else
	defer deflaters.Put(d)
	d.out.Reset()
	var w interface {
		io.WriteCloser
		Reset(w io.Writer)
	} = d.zlib
	if raw {
		w = d.raw
	}
	w.Reset(&d.out)
	_, _ = w.Write(b) // into memory
	_ = w.Close()
	return bytes.Clone(d.out.Bytes())
}
