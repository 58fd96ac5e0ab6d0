package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"naru/examples"
	"naru/internal/agency"
	"naru/internal/campaign"
	"naru/internal/clinic"
	"naru/internal/i18n"
	"naru/internal/store"
)

const july = "covid19-2021-07-12"

// opening is 2021-07-12 00:00 in Seoul.
var opening = time.Date(2021, 7, 11, 15, 0, 0, 0, time.UTC)

// stopped is a clock that is moved by the test alone.
type stopped struct {
	mu  sync.Mutex
	now time.Time
}

func (c *stopped) Now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.now }

func (c *stopped) Add(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.now = c.now.Add(d) }

// house is the server over a real store, twenty minutes before the opening.
type house struct {
	*Server
	t     testing.TB
	store *store.Store
	clock *stopped
	log   *bytes.Buffer
}

// country is whose agency, regions and campaign a house is built with.
type country struct {
	agency, regions []byte
	levels          int
	file            string
}

func korea() country {
	return country{examples.AgencyYAML, examples.RegionsCSV, 3, "campaigns/2021-07-12.yaml"}
}

func newHouse(t testing.TB) *house { return newHouseIn(t, korea()) }

func newHouseIn(t testing.TB, k country) *house {
	t.Helper()
	a, err := agency.Load(k.agency)
	must(t, err)
	text, err := examples.Campaigns.ReadFile(k.file)
	must(t, err)
	c, err := campaign.Parse(text, a)
	must(t, err)
	regions, _, err := clinic.ParseRegions(bytes.NewReader(k.regions), k.levels)
	must(t, err)
	files, err := clinic.Build(regions, clinic.Generate(regions, 300, 1), nil)
	must(t, err)
	dir := t.TempDir()
	must(t, store.SaveStatic(dir, files))
	h := &house{t: t, clock: &stopped{now: c.OpeningAt().Add(-20 * time.Minute)}, log: &bytes.Buffer{}}
	h.store, err = store.Open(context.Background(), store.Options{
		Dir: dir, Now: h.clock.Now, Agency: a, Fatal: func(err error) { panic(err) },
	})
	must(t, err)
	t.Cleanup(func() { _ = h.store.Close() })
	_, err = h.store.Publish(t.Context(), text, c)
	must(t, err)
	words, err := i18n.New()
	must(t, err)
	h.Server, err = New(Options{
		Store: h.store, Agency: a, Catalogue: words, Now: h.clock.Now, Mock: true, Development: true,
		Log: slog.New(slog.NewJSONHandler(h.log, nil)),
	})
	must(t, err)
	return h
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// lead takes n steps of the line's leader.
func (h *house) lead(n int) {
	h.t.Helper()
	for range n {
		must(h.t, h.store.Lead(context.Background()))
	}
}

// to moves the clock to an instant relative to the opening and leads there.
func (h *house) to(beforeOpening time.Duration) {
	h.t.Helper()
	h.clock.Add(opening.Add(-beforeOpening).Sub(h.clock.Now()))
	h.lead(3)
}

// openGate brings the line from where it is to serving.
func (h *house) openGate() {
	h.t.Helper()
	h.lead(1)
	h.to(time.Minute)
	h.to(0)
	for range 3 {
		h.clock.Add(time.Second)
		h.lead(1)
	}
}

// onThisMachine gives a request that was made without a host the server's own.
func onThisMachine(r *http.Request) *http.Request {
	if r.Host == "example.com" { // what httptest puts there
		r.Host = "127.0.0.1:8080"
	}
	return r
}

// visitor is one browser: it keeps cookies as browsers do.
type visitor struct {
	h       *house
	cookies map[string]string
}

func (h *house) visitor() *visitor { return &visitor{h: h, cookies: map[string]string{}} }

// reply is an answer that has been read.
type reply struct {
	*http.Response
	body string
}

// do sends a request with the visitor's cookies and keeps what comes back.
func (v *visitor) do(r *http.Request) reply {
	v.h.t.Helper()
	for name, value := range v.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	onThisMachine(r)
	w := httptest.NewRecorder()
	v.h.ServeHTTP(w, r)
	answer := w.Result()
	for _, c := range answer.Cookies() {
		// The wallet's mark alone is read by a script: it says "1" and grants nothing (docs/adr/0037).
		if !c.Secure || c.HttpOnly == (c.Name == "__Host-naru-wallet" && c.Value == "1") || c.Path != "/" || c.SameSite != http.SameSiteLaxMode || !strings.HasPrefix(c.Name, "__Host-") {
			v.h.t.Errorf("cookie %s is not a __Host- cookie out of reach of scripts", c.Name)
		}
		if v.cookies[c.Name] = c.Value; c.MaxAge < 0 {
			delete(v.cookies, c.Name)
		}
	}
	body, err := io.ReadAll(answer.Body)
	must(v.h.t, err)
	return reply{answer, string(body)}
}

func (v *visitor) get(path string) reply {
	v.h.t.Helper()
	return v.do(httptest.NewRequest(http.MethodGet, path, nil))
}

func (v *visitor) post(path string, fields ...string) reply {
	v.h.t.Helper()
	return v.do(posting(path, fields...))
}

// posting is a form of names and values in turn, as a browser sends it.
func posting(path string, fields ...string) *http.Request {
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return r
}

// join puts the visitor in line as somebody born in 1965.
func (v *visitor) join(n int) reply {
	v.h.t.Helper()
	return v.post("/c/"+july+"/join", "name", "가상사람", "born", "1965-03-09", "mobile", fmt.Sprintf("010-0000-%04d", n), "consent", "yes")
}

// want fails unless the answer has the status and says all the words.
func (a reply) want(t testing.TB, status int, words ...string) {
	t.Helper()
	if a.StatusCode != status {
		t.Errorf("status %d, want %d; location %q; body %.600s", a.StatusCode, status, a.Header.Get("Location"), a.body)
	}
	for _, w := range words {
		if !strings.Contains(a.body, w) {
			t.Errorf("the page does not say %q: %.3000s", w, a.body)
		}
	}
	if strings.Contains(a.body, "⟦") {
		i := strings.Index(a.body, "⟦")
		t.Errorf("a message is missing: %.80s", a.body[i:])
	}
}

// wantAt fails unless the answer leads to the path.
func (a reply) wantAt(t testing.TB, path string) {
	t.Helper()
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != path {
		t.Errorf("status %d to %q, want 303 to %q: %.600s", a.StatusCode, a.Header.Get("Location"), path, a.body)
	}
}

// packed is how many bytes a text takes on the wire.
func packed(t testing.TB, text string) int {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write([]byte(text))
	must(t, err)
	must(t, z.Close())
	return b.Len()
}
