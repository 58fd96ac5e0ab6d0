package credential

import (
	"errors"
	"hash/adler32"
)

// MaxInflated is the most that a certificate may become when it is inflated, in
// bytes. The largest real ones are below 10 kB; a bomb stops here.
const MaxInflated = 256 << 10

var (
	errInflate  = errors.New("cannot be inflated")
	errTooLarge = errors.New("becomes too large when inflated")
)

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

// inflater undoes DEFLATE (RFC 1951) for texts of a few hundred bytes: it builds
// no look-up tables, which cost the standard library more than the reading
// itself, and it is stricter (docs/adr/0031). A fault is kept in bad until the
// block ends, so that the inner loops stay small.
type inflater struct {
	in   []byte
	acc  uint64
	held uint // bits in acc
	out  []byte
	bad  bool
}

// inflateRaw undoes DEFLATE and returns what followed it. The bits that fill the
// last byte up must be zero: they are outside the checksum, and what is accepted
// has one form.
func inflateRaw(b []byte) (out, rest []byte, err error) {
	i := inflater{in: b, out: make([]byte, 0, min(4*len(b)+64, MaxInflated))}
	for final := false; !final; {
		final = i.take(1) == 1
		switch i.take(2) {
		case 0:
			i.stored()
		case 1:
			i.codes(&fixedLiterals, &fixedDistances)
		case 2:
			i.dynamic()
		default:
			i.bad = true
		}
		if len(i.out) > MaxInflated {
			return nil, nil, errTooLarge
		}
		if i.bad {
			return nil, nil, errInflate
		}
	}
	if i.take(i.held&7) != 0 || i.bad {
		return nil, nil, errInflate
	}
	return i.out, b[len(b)-len(i.in)-int(i.held/8):], nil
}

// fill brings at least 32 bits into acc, as far as there are any.
func (i *inflater) fill() {
	for i.held <= 56 && len(i.in) > 0 {
		i.acc |= uint64(i.in[0]) << i.held
		i.in = i.in[1:]
		i.held += 8
	}
}

func (i *inflater) take(n uint) int {
	if i.held < n {
		if i.fill(); i.held < n {
			i.bad = true
			return 0
		}
	}
	v := int(i.acc & (1<<n - 1)) //nolint:gosec // n is at most 16
	i.acc >>= n
	i.held -= n
	return v
}

func (i *inflater) stored() {
	if i.take(i.held&7) != 0 {
		i.bad = true
	}
	n, not := i.take(16), i.take(16)
	if n != ^not&0xffff || len(i.out)+n > MaxInflated {
		i.bad = true
		return
	}
	for range n {
		i.out = append(i.out, byte(i.take(8)))
	}
}

// huffman is a canonical code: how many there are of each length, and what they
// stand for in order.
type huffman struct {
	count   [16]uint16
	symbols [288]uint16
}

// build makes the code of the lengths. Codes that leave something undefined are
// refused, but for a single code of one bit, which compressors write.
func (h *huffman) build(lengths []byte) bool {
	h.count = [16]uint16{}
	for _, l := range lengths {
		h.count[l]++
	}
	var offsets [16]uint16
	left := 1
	for l := 1; l < 16; l++ {
		if left = 2*left - int(h.count[l]); left < 0 {
			return false
		}
		if l < 15 {
			offsets[l+1] = offsets[l] + h.count[l]
		}
	}
	for s, l := range lengths {
		if l != 0 {
			h.symbols[offsets[l]] = uint16(s) //nolint:gosec // below 288
			offsets[l]++
		}
	}
	used := len(lengths) - int(h.count[0])
	return left == 0 || used == 0 || used == 1 && h.count[1] == 1
}

// symbol reads one code, bit by bit: most have 4 to 7.
func (i *inflater) symbol(h *huffman) int {
	if i.held < 15 {
		i.fill()
	}
	code, first, index := 0, 0, 0
	acc := i.acc
	for l := 1; l < 16; l++ {
		code |= int(acc & 1)
		acc >>= 1
		count := int(h.count[l])
		if code-count < first {
			if uint(l) > i.held { //nolint:gosec // from 1 to 15
				break
			}
			i.acc = acc
			i.held -= uint(l) //nolint:gosec // from 1 to 15
			return int(h.symbols[index+code-first])
		}
		index += count
		first = (first + count) << 1
		code <<= 1
	}
	i.bad = true
	return endOfBlock
}

const endOfBlock = 256

// The lengths and distances of matches (RFC 1951, 3.2.5): base and extra bits.
var (
	lengthBase    = [29]uint16{3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258}
	lengthExtra   = [29]uint8{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0}
	distanceBase  = [30]uint16{1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577}
	distanceExtra = [30]uint8{0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13}
)

func (i *inflater) codes(literals, distances *huffman) {
	for !i.bad && len(i.out) <= MaxInflated {
		s := i.symbol(literals)
		if s < endOfBlock {
			i.out = append(i.out, byte(s))
			continue
		}
		if s == endOfBlock {
			return
		}
		i.match(s-endOfBlock-1, distances)
	}
}

// match copies what was written before. It may run into itself.
func (i *inflater) match(s int, distances *huffman) {
	if s >= len(lengthBase) {
		i.bad = true
		return
	}
	length := int(lengthBase[s]) + i.take(uint(lengthExtra[s]))
	d := i.symbol(distances)
	if d >= len(distanceBase) {
		i.bad = true
		return
	}
	distance := int(distanceBase[d]) + i.take(uint(distanceExtra[d]))
	if i.bad || distance > len(i.out) {
		i.bad = true
		return
	}
	from := len(i.out) - distance
	for n := range length {
		i.out = append(i.out, i.out[from+n])
	}
}

// order is the order in which the lengths of the code of lengths stand.
var order = [19]byte{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

func (i *inflater) dynamic() {
	literals, distances, n := i.take(5)+257, i.take(5)+1, i.take(4)+4
	if literals > 286 || distances > 30 {
		i.bad = true
		return
	}
	var lengths [320]byte
	for _, at := range order[:n] {
		lengths[at] = byte(i.take(3))
	}
	var code, distance huffman
	if !code.build(lengths[:19]) {
		i.bad = true
		return
	}
	lengths = [320]byte{}
	i.lengths(&code, lengths[:literals+distances])
	if i.bad || lengths[endOfBlock] == 0 || !code.build(lengths[:literals]) || !distance.build(lengths[literals:literals+distances]) {
		i.bad = true
		return
	}
	i.codes(&code, &distance)
}

// lengths reads the lengths of the codes, themselves coded.
func (i *inflater) lengths(code *huffman, into []byte) {
	for n := 0; n < len(into) && !i.bad; {
		s := i.symbol(code)
		if s < 16 {
			into[n] = byte(s)
			n++
			continue
		}
		value, times := byte(0), 0
		switch s {
		case 16:
			if n == 0 {
				i.bad = true
				return
			}
			value, times = into[n-1], 3+i.take(2)
		case 17:
			times = 3 + i.take(3)
		case 18:
			times = 11 + i.take(7)
		default:
			i.bad = true
			return
		}
		if n+times > len(into) {
			i.bad = true
			return
		}
		for range times {
			into[n] = value
			n++
		}
	}
}

// The fixed codes (RFC 1951, 3.2.6).
var fixedLiterals, fixedDistances = func() (l, d huffman) {
	var lengths [288]byte
	for s := range lengths {
		switch {
		case s < 144:
			lengths[s] = 8
		case s < 256:
			lengths[s] = 9
		case s < 280:
			lengths[s] = 7
		default:
			lengths[s] = 8
		}
	}
	l.build(lengths[:])
	d.build([]byte{5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5})
	return l, d
}()
