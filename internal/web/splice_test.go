package web

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"naru/internal/gate"
	"naru/internal/web/view"
)

// unpack reads one member of gzip, its sum and its length, and nothing beyond.
func unpack(t testing.TB, packed []byte) []byte {
	t.Helper()
	from := bytes.NewReader(packed)
	z, err := gzip.NewReader(from)
	must(t, err)
	z.Multistream(false)
	text, err := io.ReadAll(z)
	must(t, err)
	if from.Len() != 0 {
		t.Errorf("%d bytes behind the member", from.Len())
	}
	return text
}

// However long the values are, the page is whole, compressed and not.
func TestSplice(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("기다리는 사람은 모두 같은 글을 읽습니다. ", 40)
	pages := []string{
		"", "no gap", gap(0), gap(0) + gap(0), "a" + gap(3) + "b", long, long + gap(1), gap(1) + long,
		long + gap(0) + "," + gap(1) + long + gap(2) + "-" + gap(10) + long, long + gap(4) + gap(4) + long + gap(5),
	}
	for _, values := range [][ownValues]string{{}, {"1", "22", "3"}, {0: long, 1: strings.Repeat(long, 12), 10: "끝"}} {
		for _, page := range pages {
			s, err := splice([]byte(page))
			must(t, err)
			want := page
			for i, v := range values {
				want = strings.ReplaceAll(want, gap(i), v)
			}
			if got := s.plain(nil, &values); string(got) != want {
				t.Errorf("plain: %.80q, want %.80q", got, want)
			}
			packed := s.gzip([]byte("before"), &values)[len("before"):]
			if got := unpack(t, packed); string(got) != want {
				t.Errorf("packed: %.80q, want %.80q", got, want)
			}
		}
	}
	for _, page := range []string{"x\xff", "\xff\xff", "\xffz", "\xff" + string(rune('a'+ownValues))} {
		if _, err := splice([]byte(page)); err == nil {
			t.Errorf("%q has a gap that nothing fills", page)
		}
	}
}

func FuzzSplice(f *testing.F) {
	f.Add([]byte("a\xffab\xffbc"), "1", "2")
	f.Add([]byte(strings.Repeat("ab", 200)+"\xffb"), strings.Repeat("x", 300), "")
	f.Fuzz(func(t *testing.T, page []byte, first, second string) {
		s, err := splice(page)
		if err != nil || len(first)+len(second) > 1000 || len(page) > 10_000 {
			t.Skip()
		}
		values := [ownValues]string{first, second}
		if plain := s.plain(nil, &values); !bytes.Equal(unpack(t, s.gzip(nil, &values)), plain) {
			t.Errorf("packed and plain differ: %q", plain)
		}
	})
}

// What is sent is what the template says of this ticket, byte for byte, in every
// state and language, to those who take gzip and to those who do not.
func TestTheWaitingPageIsSpliced(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.lead(1)
	early, other, late := h.visitor(), h.visitor(), h.visitor()
	for n := range 5 {
		h.visitor().join(n + 10)
	}
	early.join(1)
	other.join(3)
	early.cookies[earlyCookie+july] = "1" // says that the proof is made, to nobody else
	states := map[string]bool{}
	look := func() {
		t.Helper()
		for _, v := range []*visitor{early, other, late} {
			for _, path := range []string{"/c/" + july + "/wait", "/en/c/" + july + "/wait", "/c/" + july + "/wait?said=seat", "/c/" + july + `/wait?said="<b>`} {
				if v.cookies[ticketCookie+july] == "" {
					continue
				}
				states[v.sameAsTheTemplate(path)] = true
			}
		}
	}
	look()
	h.to(time.Minute)
	late.join(2)
	look()
	h.to(0)
	look()
	for range 4 {
		h.clock.Add(time.Second)
		h.lead(1)
		look()
	}
	early.cookies[boardCookie+july] = "1.99999.3"
	h.clock.Add(time.Minute) // nothing is read from the store: the page says so
	look()
	for _, want := range []string{"lobby", "drawn", "turn", "seat"} {
		if !states[want] {
			t.Errorf("no page was %q: %v", want, states)
		}
	}
}

// sameAsTheTemplate fails unless the page is what the template says; it returns
// the state.
func (v *visitor) sameAsTheTemplate(path string) string {
	t, h := v.h.t, v.h
	t.Helper()
	plain := v.get(path)
	plain.want(t, 200)
	asked := httptest.NewRequest(http.MethodGet, path, nil)
	asked.Header.Set("Accept-Encoding", "gzip")
	packed := v.do(asked)
	if got := unpack(t, []byte(packed.body)); string(got) != plain.body || packed.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("%s: what is compressed (%q) is another page: %.500s", path, packed.Header.Get("Content-Encoding"), got)
	}
	if plain.Header.Get("Vary") != "Accept-Encoding" || plain.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%s: headers %v", path, plain.Header)
	}
	page, state := h.template(v, path)
	if page != plain.body {
		t.Errorf("%s:\nsent %s\nwant %s", path, plain.body, page)
	}
	return state
}

// template renders the page without gaps.
func (h *house) template(v *visitor, path string) (page, state string) {
	h.t.Helper()
	r := onThisMachine(httptest.NewRequest(http.MethodGet, path, nil))
	for name, value := range v.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	e := h.newEvent()
	r = h.language(e, e.in(r))
	p, err := h.store.Campaign(july)
	must(h.t, err)
	line, err := h.store.View(july)
	must(h.t, err)
	st, err := h.store.Standing(july, v.cookies[ticketCookie+july])
	must(h.t, err)
	board := newest(line.Board, v.cookies[boardCookie+july])
	x := shape{ // from the facts, not by the code that is tested
		lang: e.lang, state: waitState(line.Board, st, r.URL.Query().Get("said")), stale: line.Stale,
		placeKnown: st.PlaceKnown, late: st.Ticket.Kind == gate.Late, earlyMade: v.cookies[earlyCookie+july] != "",
		refresh: refreshIn(board, ahead(st, board), time.Unix(board.OpensAt, 0).Sub(h.clock.Now())),
	}
	w := h.waitPage(r, p, line, x)
	w.Own = h.own(x.lang, board, st)
	var b bytes.Buffer
	must(h.t, view.WaitPage(w).Render(r.Context(), &b))
	return b.String(), x.state
}

// One page is made for a shape and second; what somebody invents is not kept.
func TestTheWaitingPageIsMadeOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.openGate()
	for n := range 3 {
		v := h.visitor()
		v.join(n)
		v.get("/c/"+july+"/wait").want(t, 200)
		v.get("/c/"+july+fmt.Sprintf("/wait?said=%d", n)).want(t, 200)
		v.get("/c/"+july+fmt.Sprintf("/wait?x=%d", n)).want(t, 200)
	}
	if n := len(h.waiting.of); n != 1 {
		t.Errorf("%d pages are kept for one state: %v", n, h.waiting.of)
	}
	first := h.waiting.of
	h.clock.Add(time.Second)
	v := h.visitor()
	v.join(9)
	v.get("/c/" + july + "/wait?said=" + saidStates[0])
	if len(h.waiting.of) != 1 || len(first) != 1 {
		t.Errorf("pages of another second are kept: %d", len(h.waiting.of))
	}
}

// Every value has its gap, and is written safely.
func TestValuesAreSafe(t *testing.T) {
	t.Parallel()
	all := values(gaps)
	for i, v := range all {
		if html.UnescapeString(v) != gap(i) {
			t.Errorf("value %d goes into %q", i, v)
		}
	}
	if got := values(view.Own{Told: `<b>&"`}); !slices.Contains(got[:], "&lt;b&gt;&amp;&#34;") {
		t.Errorf("not escaped: %q", got)
	}
}
