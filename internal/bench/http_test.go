package bench

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"naru/internal/campaign"
	"naru/internal/i18n"
	"naru/internal/store"
	"naru/internal/web"
)

// webForTest makes the server of "naru serve".
func webForTest(t *testing.T) func(*store.Store, func() time.Time) (*http.Server, error) {
	t.Helper()
	return func(s *store.Store, now func() time.Time) (*http.Server, error) { return webWithLog(t, s, now, nil) }
}

func webWithLog(t *testing.T, s *store.Store, now func() time.Time, log *slog.Logger) (*http.Server, error) {
	t.Helper()
	catalogue, err := i18n.New()
	must(t, err)
	h, err := web.New(web.Options{Store: s, Agency: korea(t), Catalogue: catalogue, Now: now, Development: true, Log: log})
	must(t, err)
	return web.HTTPServer("", h), nil
}

// Every POST of a rush does what it is counted for: people hold and book.
func TestRushBooks(t *testing.T) {
	t.Parallel()
	b := benchForTest(t, sqlite)
	d, err := b.newDesk(t.Context(), sqlite)
	must(t, err)
	for range 2 { // the second confirms what the first held
		rate, requests, err := d.most(t.Context(), 30, queue)
		must(t, err)
		if rate <= 0 || len(requests) != 60 {
			t.Errorf("%d requests at %g a second", len(requests), rate)
		}
	}
	s := &confirmSides{desk: d, limit: 50, rate: 400}
	p99, err := s.ours(t.Context())
	must(t, err)
	if len(s.took) != 20 || p99 <= 0 {
		t.Errorf("%d confirms were timed, p99 %g ms", len(s.took), p99)
	}
	must(t, d.Close())
	r, err := store.Check(t.Context(), d.place.dir, d.place.url)
	must(t, err)
	if r.Booked != 80 || r.Pending != 30 || !r.Sound() {
		t.Errorf("the database has %+v", r)
	}
	must(t, d.server.stop())
}

// Arrivals do not wait for each other: they are spread over the time by their
// rate, each kind in full.
func TestArrivals(t *testing.T) {
	t.Parallel()
	s := &confirmSides{desk: &desk{town: &town{published: store.Published{Campaign: &campaign.Campaign{ID: "x"}}}}, rate: 2000}
	pairs := make([]pair, 10_000)
	all := s.arrivals(pairs)
	counted := 0
	for i, a := range all {
		if a.counts {
			counted++
		}
		if i > 0 && a.at < all[i-1].at {
			t.Fatal("not in the order of time")
		}
	}
	length := all[len(all)-1].at.Seconds()
	if len(all) != 20_000 || counted != 10_000 || length < 9 || length > 11 {
		t.Errorf("%d arrivals, %d counted, in %g s", len(all), counted, length)
	}
}

// The twin answers a join as the server does: status, headers, cookies and log
// line. Otherwise its speed would be that of another work.
func TestTheTwinAnswersAlike(t *testing.T) {
	t.Parallel()
	r := redisForTest(t)
	c, err := dialRedis(r.socket)
	must(t, err)
	defer func() { must(t, c.close()) }()
	town, err := benchForTest(t, sqlite).newTown(t.Context(), nil)
	must(t, err)
	defer func() { must(t, town.close(context.Background())) }()
	must(t, town.openLobby(t.Context()))
	var logs [2]bytes.Buffer
	server, err := webWithLog(t, town.Store, town.clock.Now, slog.New(slog.NewJSONHandler(&logs[0], nil)))
	must(t, err)
	logs[0].Reset() // of what it said when it was made
	twin, err := newTwin(town, c, slog.New(slog.NewJSONHandler(&logs[1], nil)))
	must(t, err)
	text := town.joinRequest("127.0.0.1:1")
	for name, spoil := range map[string]func(*http.Request){
		"a join":                   func(*http.Request) {},
		"the same person again":    func(*http.Request) {},
		"a browser that came back": func(r *http.Request) { r.AddCookie(&http.Cookie{Name: browserCookie, Value: strings.Repeat("A", 22)}) },
	} {
		want, got := answerOf(t, server.Handler, text, spoil), answerOf(t, twin, text, spoil)
		if !slices.Equal(want, got) {
			t.Errorf("%s: the server answers %q, its twin %q", name, want, got)
		}
	}
	if want, got := shape(logs[0].String()), shape(logs[1].String()); want != got {
		t.Errorf("the server logs %s, its twin %s", want, got)
	}
}

// answerOf is an answer in lines: what differs by chance is left out, its length
// is not.
func answerOf(t *testing.T, h http.Handler, text []byte, spoil func(*http.Request)) []string {
	t.Helper()
	_, body, _ := strings.Cut(string(text), "\r\n\r\n")
	r := httptest.NewRequest(http.MethodPost, strings.Fields(string(text))[1], strings.NewReader(body))
	r.Host = "127.0.0.1:1"
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	spoil(r)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	lines := []string{w.Result().Status, w.Body.String()}
	for name, values := range w.Header() {
		for _, v := range values {
			if name == "Set-Cookie" {
				cookie, rest, _ := strings.Cut(v, "=")
				value, rest, _ := strings.Cut(rest, ";")
				v = cookie + strings.Repeat("*", len(value)) + rest
			}
			lines = append(lines, name+": "+v)
		}
	}
	slices.Sort(lines)
	return lines
}

// shape is the first log line with its values taken out, but for route, status,
// campaign and code.
func shape(log string) string {
	line, _, _ := strings.Cut(log, "\n")
	var parts []string
	for part := range strings.SplitSeq(line, ",") {
		name, value, _ := strings.Cut(part, ":")
		if name != `"route"` && name != `"status"` && name != `"campaign"` && name != `"code"` && name != `"method"` {
			value = ""
		}
		parts = append(parts, name+value)
	}
	return strings.Join(parts, " ")
}

// Every join of a rush is a ticket.
func TestJoinsAreTickets(t *testing.T) {
	t.Parallel()
	redisForTest(t) // skips where there is none
	b := benchForTest(t, sqlite)
	opened, err := openJoin(sqlite)(t.Context(), b)
	must(t, err)
	s := opened.(*joinSides)
	_, err = s.ours(t.Context())
	must(t, err)
	must(t, s.town.Close())
	r, err := store.Check(t.Context(), s.town.place.dir, "")
	must(t, err)
	if want := 2*warmUp + s.size; r.Joined != want || !r.Sound() {
		t.Errorf("the database has %+v, want %d tickets", r, want)
	}
	_ = s.close() // the store is closed already
}
