package drill

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// shape is a message whose length can be read in two ways. Who reads it the one
// way takes what follows for a body, who reads it the other way for the next
// request: that is how a request is hidden from what stands in front.
type shape struct {
	name, head, rest string // head lines beside Host and Cookie; what follows the empty line
	line             string // "" is POST /c/CAMPAIGN/enter HTTP/1.1
	end              string // of lines; "" is CR LF
	answers          int    // at most: 1 when it is ambiguous
}

// silence is how long an answer is waited for on a raw connection.
const silence = 400 * time.Millisecond

// hiddenRequest is the one inside.
const hiddenRequest = "GET /c/smuggled/wait HTTP/1.1\r\nHost: x\r\n\r\n"

// smuggles sends messages of doubtful length over a raw socket. A refusal is
// right, and so is one way to read it and the end of the connection; an answer to
// what was hidden is not.
func (s *suite) smuggles(ctx context.Context, d *device) {
	s.try("request smuggling", "CL.TE, TE.CL, lengths twice, folded lines, bare LF, odd chunks, sizes too large, NUL, pipelining, over a raw socket; the hidden request must not be answered", func(t *Trick) {
		for _, x := range shapes {
			line, end := x.line, x.end
			if line == "" {
				line = "POST " + atLater(s, "/enter") + " HTTP/1.1"
			}
			if end == "" {
				end = "\r\n"
			}
			lines := []string{line, "Host: " + s.wire.address, "Cookie: " + d.jar.header(), "Content-Type: application/x-www-form-urlencoded"}
			text := strings.Join(lines, end) + end + strings.ReplaceAll(x.head, "\n", end) + end + end + x.rest
			all := s.wire.raw(ctx, text, "POST", silence)
			s.judgeShape(t, x, all)
			s.othersUnharmed(ctx, t, x)
		}
	})
}

func (s *suite) judgeShape(t *Trick, x shape, all []answer) {
	k := knock{method: "smuggle", target: x.name}
	if len(all) == 0 {
		t.saw(k, answer{}, "")
	}
	for _, a := range all {
		t.saw(k, a, opened(a))
	}
	if len(all) > x.answers {
		t.harms("%s: %d answers where %d may come", x.name, len(all), x.answers)
	}
}

// othersUnharmed asks on another connection what everybody may ask.
func (s *suite) othersUnharmed(ctx context.Context, t *Trick, x shape) {
	if a := s.wire.do(ctx, knock{method: "GET", target: "/livez"}); a.status != 200 {
		t.harms("after %s somebody else got %s", x.name, a.word())
	}
}

var shapes = []shape{
	{name: "CL.TE", head: "Content-Length: 48\nTransfer-Encoding: chunked", rest: "0\r\n\r\n" + hiddenRequest, answers: 1},
	{name: "TE.CL", head: "Transfer-Encoding: chunked\nContent-Length: 4", rest: chunk(hiddenRequest) + "0\r\n\r\n", answers: 1},
	{name: "TE.TE", head: "Transfer-Encoding: chunked\nTransfer-Encoding: identity", rest: "0\r\n\r\n" + hiddenRequest, answers: 1},
	{name: "TE chunked, chunked", head: "Transfer-Encoding: chunked, chunked", rest: "0\r\n\r\n" + hiddenRequest, answers: 1},
	{name: "TE xchunked", head: "Transfer-Encoding: xchunked", rest: "0\r\n\r\n" + hiddenRequest, answers: 1},
	{name: "TE space before colon", head: "Transfer-Encoding : chunked", rest: "0\r\n\r\n" + hiddenRequest, answers: 1},
	{name: "TE tab", head: "Content-Length: 5\nTransfer-Encoding:\tchunked", rest: "0\r\n\r\n" + hiddenRequest, answers: 1},
	{name: "TE vertical tab", head: "Transfer-Encoding: \x0bchunked", rest: "0\r\n\r\n" + hiddenRequest, answers: 1},
	{name: "TE quoted", head: `Transfer-Encoding: "chunked"`, rest: "0\r\n\r\n" + hiddenRequest, answers: 1},
	{name: "TE folded", head: "Content-Length: 5\nTransfer-Encoding:\n chunked", rest: "0\r\n\r\n" + hiddenRequest, answers: 1},
	{name: "TE in HTTP/1.0", line: "POST /livez HTTP/1.0", head: "Transfer-Encoding: chunked", rest: "0\r\n\r\n" + hiddenRequest, answers: 1},
	{name: "CL twice, different", head: "Content-Length: 0\nContent-Length: 48", rest: hiddenRequest, answers: 1},
	{name: "CL list, different", head: "Content-Length: 0, 48", rest: hiddenRequest, answers: 1},
	{name: "CL plus", head: "Content-Length: +0", rest: hiddenRequest, answers: 1},
	{name: "CL negative", head: "Content-Length: -1", rest: hiddenRequest, answers: 1},
	{name: "CL hexadecimal", head: "Content-Length: 0x0", rest: hiddenRequest, answers: 1},
	{name: "CL too large", head: "Content-Length: 18446744073709551616", rest: hiddenRequest, answers: 1},
	{name: "CL empty", head: "Content-Length:", rest: hiddenRequest, answers: 1},
	{name: "CL and letters", head: "Content-Length: 0 x", rest: hiddenRequest, answers: 1},
	{name: "CL folded", head: "Content-Length: 0\n 48", rest: hiddenRequest, answers: 1},
	{name: "CL space before colon", head: "Content-Length : 48", rest: hiddenRequest, answers: 1},
	{name: "obs-fold", head: "X-Note: a\n b\nContent-Length: 0", rest: "", answers: 1},
	{name: "fold first", head: " folded: x\nContent-Length: 0", rest: "", answers: 1},
	{name: "NUL in a line", head: "X-Note: a\x00b\nContent-Length: 0", rest: "", answers: 1},
	{name: "CR in a line", head: "X-Note: a\rTransfer-Encoding: chunked\nContent-Length: 0", rest: "", answers: 1},
	{name: "no name", head: ": x\nContent-Length: 0", rest: "", answers: 1},
	{name: "bare LF", head: "Content-Length: 0", end: "\n", answers: 1},
	{name: "bare LF hides a length", head: "X-Note: a\nContent-Length: 0", end: "\n", answers: 1},
	{name: "chunk extension", head: "Transfer-Encoding: chunked", rest: "0;a=b;c=\"d\"\r\n\r\n", answers: 1},
	{name: "chunk extension with LF", head: "Transfer-Encoding: chunked", rest: "0;a\n\r\n" + hiddenRequest, answers: 2},
	{name: "chunk extension too long", head: "Transfer-Encoding: chunked", rest: "0;" + strings.Repeat("a", 70_000) + "\r\n\r\n", answers: 1},
	{name: "chunk size too large", head: "Transfer-Encoding: chunked", rest: "fffffffffffffffff\r\n" + hiddenRequest, answers: 1},
	{name: "chunk size signed", head: "Transfer-Encoding: chunked", rest: "+0\r\n\r\n" + hiddenRequest, answers: 1},
	{name: "chunk size 0x", head: "Transfer-Encoding: chunked", rest: "0x0\r\n\r\n" + hiddenRequest, answers: 1},
	{name: "chunk without its end", head: "Transfer-Encoding: chunked", rest: "1\r\nab0\r\n\r\n" + hiddenRequest, answers: 1},
	{name: "trailer with a length", head: "Transfer-Encoding: chunked\nTrailer: Content-Length", rest: "0\r\nContent-Length: 48\r\n\r\n", answers: 1},
	{name: "GET with a body", line: "GET /livez HTTP/1.1", head: fmt.Sprintf("Content-Length: %d", len(hiddenRequest)), rest: hiddenRequest, answers: 1},
	{name: "two spaces in the line", line: "GET  /livez HTTP/1.1", head: "X: y", answers: 1},
	{name: "HTTP/0.9", line: "GET /livez", head: "X: y", answers: 1},
	{name: "HTTP/1.2", line: "GET /livez HTTP/1.2", head: "X: y", answers: 1},
	{name: "h2c upgrade", line: "GET /livez HTTP/1.1", head: "Connection: Upgrade, HTTP2-Settings\nUpgrade: h2c\nHTTP2-Settings: AAMAAABkAAQAAP__", answers: 1},
	{name: "HTTP/2 preface", line: "PRI * HTTP/2.0", head: "X: y", rest: "SM\r\n\r\n", answers: 2},
	{name: "pipelining", line: "GET /livez HTTP/1.1", head: "X: y", rest: strings.Repeat(hiddenRequest, 3), answers: 4},
}

func chunk(text string) string { return fmt.Sprintf("%x\r\n%s\r\n", len(text), text) }
