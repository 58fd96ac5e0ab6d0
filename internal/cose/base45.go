package cose

import "errors"

// alphabet45 is the alphabet of RFC 9285: the alphanumeric mode of QR codes.
const alphabet45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

// value45 gives the value of each sign, 255 for what is none.
var value45 = func() (table [256]byte) {
	for i := range table {
		table[i] = 255
	}
	for i := range len(alphabet45) {
		table[alphabet45[i]] = byte(i)
	}
	return table
}()

var errBase45 = errors.New("not base45 (RFC 9285)")

// AppendBase45 appends the base45 of b.
func AppendBase45(out, b []byte) []byte {
	for ; len(b) >= 2; b = b[2:] {
		n := int(b[0])<<8 | int(b[1])
		out = append(out, alphabet45[n%45], alphabet45[n/45%45], alphabet45[n/2025])
	}
	if len(b) == 1 {
		out = append(out, alphabet45[b[0]%45], alphabet45[b[0]/45])
	}
	return out
}

// DecodeBase45 is strict: a foreign sign, a group over its range and a single
// sign left over are refused.
func DecodeBase45(text string) ([]byte, error) { return AppendDecoded45(nil, text) }

// AppendDecoded45 is DecodeBase45 behind out.
func AppendDecoded45(out []byte, text string) ([]byte, error) {
	for ; len(text) >= 3; text = text[3:] {
		a, b, c := value45[text[0]], value45[text[1]], value45[text[2]]
		n := int(a) + 45*int(b) + 2025*int(c)
		if a|b|c >= 64 || n > 0xffff { // the values are below 45, so only 255 sets bit 6 or 7
			return nil, errBase45
		}
		out = append(out, byte(n>>8), byte(n))
	}
	switch len(text) {
	case 1:
		return nil, errBase45
	case 2:
		a, b := value45[text[0]], value45[text[1]]
		n := int(a) + 45*int(b)
		if a|b >= 64 || n > 0xff {
			return nil, errBase45
		}
		out = append(out, byte(n))
	}
	return out, nil
}
