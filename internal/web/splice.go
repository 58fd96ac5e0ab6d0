package web

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"html"
	"net/http"
	"strconv"
	"sync"

	"naru/internal/web/view"
)

// gapMark begins a gap. No text in UTF-8 has such a byte, so nothing that is
// written on a page can be taken for one.
const gapMark = '\xff'

// gap is how the page names the place of the n-th value.
func gap(n int) string { return string([]byte{gapMark, 'a' + byte(n)}) }

// gaps stand on a page where one reader's own values will be.
var gaps = view.Own{
	Version: gap(0), Serving: gap(1), Kind: gap(2), Number: gap(3), Ticket: gap(4),
	Place: gap(5), Nth: gap(6), Ahead: gap(7), Told: gap(8), Max: gap(9), Value: gap(10),
}

const ownValues = 11

// values are what goes into the gaps, safe in HTML.
func values(o view.Own) [ownValues]string {
	all := [ownValues]string{o.Version, o.Serving, o.Kind, o.Number, o.Ticket, o.Place, o.Nth, o.Ahead, o.Told, o.Max, o.Value}
	for i, v := range all {
		all[i] = html.EscapeString(v)
	}
	return all
}

// spliced is a page that was made and compressed once, with gaps for what is one
// reader's own. Compressed it is one member of RFC 1952: long texts between gaps
// are deflated, each by itself and up to a whole byte, so that what stands
// between them may be of any length; that, with the values, is stored as it is
// (RFC 1951 §3.2.4). What is secret is thus never compressed beside anything.
type spliced struct{ pieces []piece }

// piece is a text without gaps, after the value of a gap.
type piece struct {
	value int // which; -1: none, the page begins
	raw   []byte
	small []byte // deflated, ends with a whole byte; nil: too short for that
}

// worthPacking is the least length of a text that is deflated by itself.
const worthPacking = 160

var errGap = errors.New("a page with a gap that nothing fills")

// splice divides a page at its gaps.
func splice(page []byte) (*spliced, error) {
	s, value := &spliced{}, -1
	for {
		raw, rest, found := bytes.Cut(page, []byte{gapMark})
		p := piece{value: value, raw: raw}
		if len(raw) >= worthPacking {
			p.small = deflate(raw)
		}
		s.pieces = append(s.pieces, p)
		if !found {
			return s, nil
		}
		if len(rest) == 0 || rest[0] < 'a' || rest[0] >= 'a'+ownValues {
			return nil, errGap
		}
		value, page = int(rest[0]-'a'), rest[1:]
	}
}

// deflate gives blocks of which none is the last; they end with a whole byte.
func deflate(raw []byte) []byte {
	var b bytes.Buffer
	z, _ := flate.NewWriter(&b, flate.BestCompression) // the level is a valid one
	_, _ = z.Write(raw)                                // a buffer takes everything
	_ = z.Flush()
	return b.Bytes()
}

// plain appends the page with the values.
func (s *spliced) plain(to []byte, v *[ownValues]string) []byte {
	for _, p := range s.pieces {
		if p.value >= 0 {
			to = append(to, v[p.value]...)
		}
		to = append(to, p.raw...)
	}
	return to
}

// gzipHead is what gzip writes when it is told neither name nor time.
const gzipHead = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"

// lastBlock is an empty block that says it is the last.
const lastBlock = "\x03\x00"

// gzip appends the page with the values, compressed.
func (s *spliced) gzip(to []byte, v *[ownValues]string) []byte {
	to = append(to, gzipHead...)
	sum, size := uint32(0), 0
	for i := 0; i < len(s.pieces); {
		begin := len(to)
		to = append(to, "\x00\x00\x00\x00\x00"...) // a stored block: its two lengths follow
		for ; i < len(s.pieces); i++ {
			p := &s.pieces[i]
			if p.value >= 0 {
				to = append(to, v[p.value]...)
			}
			if p.small != nil {
				break
			}
			to = append(to, p.raw...)
		}
		stored := to[begin+5:]
		binary.LittleEndian.PutUint16(to[begin+1:], uint16(len(stored)))  //nolint:gosec // numbers and sentences
		binary.LittleEndian.PutUint16(to[begin+3:], ^uint16(len(stored))) //nolint:gosec // the same
		sum, size = crc32.Update(sum, crc32.IEEETable, stored), size+len(stored)
		if len(stored) == 0 {
			to = to[:begin]
		}
		if i < len(s.pieces) {
			p := &s.pieces[i]
			to = append(to, p.small...)
			sum, size = crc32.Update(sum, crc32.IEEETable, p.raw), size+len(p.raw)
			i++
		}
	}
	to = append(to, lastBlock...)
	to = binary.LittleEndian.AppendUint32(to, sum)
	return binary.LittleEndian.AppendUint32(to, uint32(size)) //nolint:gosec // a page
}

var pages = sync.Pool{New: func() any { b := make([]byte, 0, 16<<10); return &b }}

// sendSpliced sends a page with one reader's values. It repeats nothing the
// reader typed, so it may be compressed (rule W9).
func sendSpliced(w http.ResponseWriter, r *http.Request, s *spliced, own view.Own) error {
	body := pages.Get().(*[]byte)
	defer pages.Put(body)
	h, v := w.Header(), values(own)
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Language", eventOf(r).lang)
	h.Set("Vary", "Accept-Encoding")
	if takesGzip(r) {
		h.Set("Content-Encoding", "gzip")
		*body = s.gzip((*body)[:0], &v)
	} else {
		*body = s.plain((*body)[:0], &v)
	}
	h.Set("Content-Length", strconv.Itoa(len(*body)))
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(*body) // the reader may be gone
	return nil
}
