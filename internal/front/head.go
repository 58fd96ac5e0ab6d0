package front

import "bytes"

// head is what the beginning of a request says, when it is written in the one
// plain form that nobody reads in two ways.
type head struct {
	method, path, host, match, encoding []byte

	size   int  // bytes up to and with the empty line
	length int  // of the body
	bare   bool // nothing but a request: no body, no word on the connection but keep-alive
}

// maxLength bounds the bodies that are waited for here; no form is longer.
const maxLength = 1 << 20

// readHead reads a request's head. It reports false for whatever is not whole
// and plain: a line that ends otherwise than by CRLF, a control character, a
// folded line, a name that is no plain token, another version than HTTP/1.1,
// more than one Host or Accept-Encoding, a length that is not digits, a transfer coding, an
// upgrade, an expectation.
func readHead(b []byte) (h head, ok bool) {
	line, rest, ok := cutLine(b)
	if !ok || !h.request(line) {
		return head{}, false
	}
	h.length, h.bare = -1, true
	for {
		if line, rest, ok = cutLine(rest); !ok {
			return head{}, false
		}
		if len(line) == 0 {
			break
		}
		if !h.field(line) {
			return head{}, false
		}
	}
	if h.host == nil {
		return head{}, false
	}
	h.size, h.length = len(b)-len(rest), max(h.length, 0)
	return h, true
}

// cutLine takes a line of visible characters, spaces and tabs off.
func cutLine(b []byte) (line, rest []byte, ok bool) {
	i := bytes.IndexByte(b, '\n')
	if i < 1 || b[i-1] != '\r' {
		return nil, nil, false
	}
	line = b[:i-1]
	for _, c := range line {
		if (c < ' ' || c > '~') && c != '\t' {
			return nil, nil, false
		}
	}
	return line, b[i+1:], true
}

// request reads the first line: a method in capitals, one space, a path of
// plain characters, perhaps a query, one space, the version.
func (h *head) request(line []byte) bool {
	target, found := bytes.CutSuffix(line, []byte(" HTTP/1.1"))
	if !found {
		return false
	}
	h.method, h.path, found = bytes.Cut(target, []byte{' '})
	return found && (string(h.method) == "GET" || string(h.method) == "HEAD" || string(h.method) == "POST") &&
		len(h.path) > 0 && h.path[0] == '/' && bytes.IndexByte(h.path, ' ') < 0 && bytes.IndexByte(h.path, '\t') < 0
}

// field reads one header field.
func (h *head) field(line []byte) bool {
	colon := bytes.IndexByte(line, ':')
	if colon < 1 {
		return false
	}
	name, value := line[:colon], bytes.Trim(line[colon+1:], " \t")
	for _, c := range name {
		if !nameByte(c) {
			return false
		}
	}
	switch len(name) {
	case len("host"):
		return !bytes.EqualFold(name, []byte("host")) || h.once(&h.host, value) && plainHost(value)
	case len("if-none-match"):
		return !bytes.EqualFold(name, []byte("if-none-match")) || h.once(&h.match, value)
	case len("connection"):
		if bytes.EqualFold(name, []byte("connection")) && !bytes.EqualFold(value, []byte("keep-alive")) {
			h.bare = false
		}
	case len("accept-encoding"):
		return !bytes.EqualFold(name, []byte("accept-encoding")) || h.once(&h.encoding, value)
	case len("content-length"):
		return !bytes.EqualFold(name, []byte("content-length")) || h.readLength(value)
	}
	return !changesFrame(name)
}

// once takes a value that may be given one time, and not empty.
func (h *head) once(into *[]byte, value []byte) bool {
	if *into != nil || len(value) == 0 {
		return false
	}
	*into = value
	return true
}

func (h *head) readLength(digits []byte) bool {
	if h.length >= 0 || len(digits) == 0 || len(digits) > 9 {
		return false
	}
	n := 0
	for _, c := range digits {
		if c < '0' || c > '9' {
			return false
		}
		n = n*10 + int(c-'0')
	}
	h.length, h.bare = n, false
	return n <= maxLength
}

// changesFrame tells whether a field may say where the request ends or what the
// connection becomes.
func changesFrame(name []byte) bool {
	for _, n := range [][]byte{[]byte("expect"), []byte("upgrade"), []byte("trailer"), []byte("transfer-encoding")} {
		if bytes.EqualFold(name, n) {
			return true
		}
	}
	return false
}

func nameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-'
}

// plainHost takes names, addresses and ports.
func plainHost(b []byte) bool {
	for _, c := range b {
		if !nameByte(c) && c != '.' && c != ':' && c != '[' && c != ']' {
			return false
		}
	}
	return true
}

// left is how many bytes of the request are still to come after b, which begins
// with its first; negative when that cannot be told, or when b has more than
// one request.
func left(b []byte) int {
	h, ok := readHead(b)
	if !ok {
		return -1
	}
	return max(h.size+h.length-len(b), -1)
}

// ask hands a request that is whole, plain and alone to the answer.
func (a Answer) ask(b []byte) []byte {
	h, ok := readHead(b)
	if !ok || !h.bare || h.size != len(b) || string(h.method) != "GET" || bytes.IndexByte(h.path, '?') >= 0 {
		return nil
	}
	return a(h.path, h.host, h.match, h.encoding)
}
