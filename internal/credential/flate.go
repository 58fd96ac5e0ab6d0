package credential

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"errors"
	"hash/adler32"
	"io"
	"sync"
)

// MaxInflated is the most that a certificate may become when it is inflated, in
// bytes. The largest real ones are below 10 kB; a bomb stops here.
const MaxInflated = 256 << 10

var (
	errInflate  = errors.New("cannot be inflated")
	errTooLarge = errors.New("becomes too large when inflated")
)

// inflater is what one reading needs, kept for the next: a new one for each
// certificate would cost more than a third of its signature.
type inflater struct {
	source bytes.Reader
	flate  io.ReadCloser
	out    []byte
}

var inflaters = sync.Pool{New: func() any {
	i := &inflater{out: make([]byte, 0, 4<<10)}
	i.flate = flate.NewReader(&i.source)
	return i
}}

// Inflate undoes zlib (RFC 1950). Checksum and end are checked: nothing may be
// missing, nothing may follow.
func Inflate(b []byte) ([]byte, error) {
	if len(b) < 6 || b[0]&0x0f != 8 || b[0]>>4 > 7 || (int(b[0])<<8|int(b[1]))%31 != 0 || b[1]&0x20 != 0 {
		return nil, errInflate
	}
	out, rest, err := inflateRaw(b[2:])
	if err != nil {
		return nil, err
	}
	sum := adler32.Checksum(out)
	if len(rest) != 4 || rest[0] != byte(sum>>24) || rest[1] != byte(sum>>16) || rest[2] != byte(sum>>8) || rest[3] != byte(sum) {
		return nil, errInflate
	}
	return out, nil
}

// inflateRaw undoes DEFLATE (RFC 1951) and returns what followed it.
func inflateRaw(b []byte) (out, rest []byte, err error) {
	i := inflaters.Get().(*inflater) //nolint:errcheck // the pool holds nothing else
	defer inflaters.Put(i)
	i.source.Reset(b)
	if err := i.flate.(flate.Resetter).Reset(&i.source, nil); err != nil { //nolint:errcheck // flate promises it
		return nil, nil, errInflate
	}
	if i.out, err = i.all(i.out[:0]); err != nil {
		return nil, nil, err
	}
	return bytes.Clone(i.out), b[len(b)-i.source.Len():], nil
}

func (i *inflater) all(out []byte) ([]byte, error) {
	for {
		if len(out) == cap(out) {
			out = append(out, 0)[:len(out)]
		}
		n, err := i.flate.Read(out[len(out):cap(out)])
		out = out[:len(out)+n]
		switch {
		case len(out) > MaxInflated:
			return out, errTooLarge
		case err == io.EOF: //nolint:errorlint // flate returns it bare
			return out, nil
		case err != nil:
			return out, errInflate
		}
	}
}

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
