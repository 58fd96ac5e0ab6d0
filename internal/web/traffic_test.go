package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"naru/internal/gate"
	"naru/internal/store"
)

// asked is what Chromium 156 sends when the waiting page's script asks for the
// board again; recorded, with another name of the host.
const asked = "GET /board/" + july + " HTTP/1.1\r\nHost: booking.example.org\r\nConnection: keep-alive\r\n" +
	"If-None-Match: \"446b1eb00945306c\"\r\nsec-ch-ua-platform: \"Linux\"\r\n" +
	"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/156.0.0.0 Safari/537.36\r\n" +
	"sec-ch-ua: \"Not:A-Brand\";v=\"8\", \"Chromium\";v=\"156\"\r\nsec-ch-ua-mobile: ?0\r\nAccept: */*\r\nCache-Control: max-age=0\r\n" +
	"Sec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: cors\r\nSec-Fetch-Dest: empty\r\n" +
	"Referer: https://booking.example.org/c/" + july + "/wait\r\nAccept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: ko-KR,ko;q=0.9\r\n\r\n"

// Far from their turn people wait longest, and there a minute costs at most
// 2 KB in both directions, headers and all, even when the board is new each
// time (docs/results/gate.md has the table).
func TestAWaitingMinuteIsCheap(t *testing.T) {
	t.Parallel()
	const farAway, most = 10_000, 2048
	h := newHouse(t)
	h.lead(1)
	h.opts.HTTPS = true
	b := gate.Board{
		Campaign: july, Epoch: 1, Version: 1_234_567, Phase: gate.Open, Serving: 1_234_567, L: 3_500_000, Late: 123_456,
		Rate: gate.Rate{Low: 12_345, High: 12_999}, Poll: gate.DefaultPoll(), OpensAt: opening.Unix(),
	}
	must(t, b.Validate())
	v := store.View{Board: b, BoardJSON: b.Encode(), ETag: `"446b1eb00945306c"`}
	whole, same := wire(h, v, ""), wire(h, v, v.ETag)
	for _, s := range b.Poll {
		each := 60 / (float64(s.Low+s.High) / 2) // questions a minute
		up, down, not := each*float64(len(asked)), each*float64(whole), each*float64(same)
		t.Logf("from %6d: every %d-%d s, %.1f a minute: up %.0f, down %.0f (304: %.0f), together %.0f (%.0f) bytes", s.From, s.Low, s.High, each, up, down, not, up+down, up+not)
		if s.From >= farAway && up+down > most {
			t.Errorf("from %d on a minute costs %.0f bytes, want %d at most", s.From, up+down, most)
		}
	}
	t.Logf("question %d, answer %d of which the board %d, 304 %d bytes; the page without a script %d bytes", len(asked), whole, len(v.BoardJSON), same, reload(t, h))
}

func wire(h *house, v store.View, match string) int {
	var w wireWriter
	h.writeBoard(&w, match, v)
	return len(w.finish(opening.UTC().Format(http.TimeFormat)))
}

// reload is what one reload of the waiting page takes both ways, when all it
// loads is in the browser already.
func reload(t *testing.T, h *house) int {
	t.Helper()
	v := h.visitor()
	v.join(1)
	r := httptest.NewRequest(http.MethodGet, "/c/"+july+"/wait", nil)
	r.Header.Set("Accept-Encoding", "gzip")
	got := v.do(r)
	var head, cookies strings.Builder
	must(t, got.Header.Write(&head))
	for name, value := range v.cookies {
		fmt.Fprintf(&cookies, "%s=%s; ", name, value)
	}
	t.Logf("page %d, its headers %d, cookies %d bytes", len(got.body), head.Len(), cookies.Len())
	return len(got.body) + head.Len() + cookies.Len() + len(asked)
}
