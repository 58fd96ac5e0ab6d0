package web_test

import (
	"bytes"
	"context"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"naru/examples"
	"naru/internal/agency"
	"naru/internal/campaign"
	"naru/internal/clinic"
	"naru/internal/i18n"
	"naru/internal/limit"
	"naru/internal/message"
	"naru/internal/proof"
	"naru/internal/store"
	"naru/internal/web"
)

const flowCampaign = "covid19-2021-07-12"

var flowOpening = time.Date(2021, 7, 11, 15, 0, 0, 0, time.UTC) // 2021-07-12 00:00 in Seoul

// flowHouse is a real store and server, just before the lobby of 12 July 2021
// closes, with made-up clinics and a clock that the test moves.
type flowHouse struct {
	*store.Store
	t       *testing.T
	server  http.Handler
	agency  *agency.Agency
	dir     string
	opening time.Time
	accept  string
	broken  bool             // the store was closed: 503 is expected
	desk    *proof.Desk      // nil: the server makes one for codes
	door    *proof.StaffDoor // nil: staff have no sign-in service
	mu      sync.Mutex
	now     time.Time
}

func (h *flowHouse) Now() time.Time { h.mu.Lock(); defer h.mu.Unlock(); return h.now }

func (h *flowHouse) add(d time.Duration) { h.mu.Lock(); defer h.mu.Unlock(); h.now = h.now.Add(d) }

// flowCountry is where a flowHouse stands.
type flowCountry struct {
	agency, regions []byte
	file            string // of the campaign
	opening         time.Time
	clinics         func(*clinic.Regions) []clinic.Clinic
	desk            func(*flowHouse) *proof.Desk // nil: codes only
	edits           []string                     // what the campaign file says, and what it is to say, in turn
}

func newFlowHouse(t *testing.T, edits ...string) *flowHouse {
	t.Helper()
	return newFlowHouseIn(t, flowCountry{
		examples.AgencyYAML, examples.RegionsCSV, "campaigns/2021-07-12.yaml", flowOpening,
		func(rs *clinic.Regions) []clinic.Clinic { return clinic.Generate(rs, 300, 1) }, nil, edits,
	})
}

func newFlowHouseIn(t *testing.T, c flowCountry) *flowHouse {
	t.Helper()
	a, err := agency.Load(c.agency)
	flowMust(t, err)
	dir := t.TempDir()
	h := &flowHouse{t: t, agency: a, dir: dir, opening: c.opening, now: c.opening.Add(-140 * time.Second)}
	regions, _, err := clinic.ParseRegions(bytes.NewReader(c.regions), len(a.RegionLevels))
	flowMust(t, err)
	files, err := clinic.Build(regions, c.clinics(regions), nil)
	flowMust(t, err)
	flowMust(t, store.SaveStatic(dir, files))
	o := store.Options{Dir: dir, Now: h.Now, Agency: a, Fatal: func(err error) { panic(err) }}
	if c.desk != nil {
		h.desk = c.desk(h)
		o.Lights = h.desk.Lights
	}
	h.Store, err = store.Open(t.Context(), o)
	flowMust(t, err)
	t.Cleanup(func() { _ = h.Close() })
	h.publish(c.file, c.edits...)
	h.serveWith(nil)
	h.lead(1)
	return h
}

// serveWith makes the server, which serves as many steps at once as the limiter says.
func (h *flowHouse) serveWith(l *limit.Limiter) {
	h.t.Helper()
	words, err := i18n.New()
	flowMust(h.t, err)
	h.server, err = web.New(web.Options{
		Store: h.Store, Agency: h.agency, Catalogue: words, Now: h.Now, Mock: true, Development: true, Limit: l, Desk: h.desk, Public: "http://localhost:8080", Staff: h.door,
		ReportSecrets: map[message.ProviderID]string{"text": reportSecret},
		Demo:          []web.TestPerson{{Name: "가상하나", Born: "1965-03-09", Mobile: "01000000001", Note: "flow.demo_why"}},
	})
	flowMust(h.t, err)
}

func (h *flowHouse) publish(file string, edits ...string) {
	h.t.Helper()
	text, err := examples.Campaigns.ReadFile(file)
	flowMust(h.t, err)
	text = []byte(strings.NewReplacer(edits...).Replace(string(text)))
	c, err := campaign.Parse(text, h.agency)
	flowMust(h.t, err)
	_, err = h.Publish(h.t.Context(), text, c)
	flowMust(h.t, err)
}

func flowMust(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (h *flowHouse) lead(n int) {
	h.t.Helper()
	for range n {
		flowMust(h.t, h.Lead(context.Background()))
	}
}

// open brings the line from the lobby to serving.
func (h *flowHouse) open() {
	h.t.Helper()
	h.add(h.opening.Sub(h.Now()) - time.Minute)
	h.lead(3)
	h.add(time.Minute)
	h.lead(2)
	for range 3 {
		h.add(time.Second)
		h.lead(1)
	}
}

// deliver hands queued messages to the inbox, as the postman does.
func (h *flowHouse) deliver() []store.Message {
	h.t.Helper()
	queued, err := h.Queued(h.t.Context(), 100)
	flowMust(h.t, err)
	flowMust(h.t, h.Delivered(h.t.Context(), queued, nil))
	return queued
}

// code is the newest one-time code that was sent.
func (h *flowHouse) code() string {
	h.t.Helper()
	code := ""
	for _, m := range h.deliver() {
		if m.Kind == "code" {
			code = m.Values["Code"]
		}
	}
	if code == "" {
		h.t.Fatal("no code was sent")
	}
	return code
}

// flowBrowser is a browser without JavaScript that keeps its own cookies.
type flowBrowser struct {
	*flowHouse
	prefix  string // of the language
	cookies map[string]string
	at      string // where it is, without the prefix
	status  int
	page    string // what it shows
	header  http.Header
}

func (h *flowHouse) browser(prefix string) *flowBrowser {
	return &flowBrowser{flowHouse: h, prefix: prefix, cookies: map[string]string{}}
}

func (b *flowBrowser) send(method, path, kind, body string) {
	b.t.Helper()
	r := httptest.NewRequestWithContext(b.t.Context(), method, b.prefix+path, strings.NewReader(body))
	r.Host = "127.0.0.1:8080"
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	if b.accept != "" {
		r.Header.Set("Accept", b.accept)
	}
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	b.server.ServeHTTP(w, r)
	answer := w.Result()
	for _, c := range answer.Cookies() {
		if !strings.HasPrefix(c.Name, "__Host-") || !c.Secure || !c.HttpOnly || c.Path != "/" {
			b.t.Errorf("%s %s sets a careless cookie: %v", method, path, c)
		}
		if b.cookies[c.Name] = c.Value; c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	raw, _ := io.ReadAll(answer.Body)
	b.status, b.page, b.header, b.at = answer.StatusCode, string(raw), answer.Header, path
	if strings.Contains(b.page, "⟦") {
		b.t.Errorf("%s %s shows a message that is not in the catalogue: %s", method, path, flowAround(b.page, "⟦"))
	}
	if b.status >= 500 && !b.broken {
		b.t.Errorf("%s %s: status %d", method, path, b.status)
	}
}

// follow goes where a redirect leads.
func (b *flowBrowser) follow() *flowBrowser {
	b.t.Helper()
	for range 5 {
		if b.status != http.StatusSeeOther {
			return b
		}
		to := b.header.Get("Location")
		rest, found := strings.CutPrefix(to, b.prefix)
		if !found {
			b.t.Fatalf("the language was lost on the way to %s", to)
		}
		rest, _, _ = strings.Cut(rest, "#") // a browser keeps it to itself
		b.send(http.MethodGet, rest, "", "")
	}
	b.t.Fatalf("redirects go round in circles at %s", b.at)
	return b
}

func (b *flowBrowser) get(path string) *flowBrowser {
	b.t.Helper()
	b.send(http.MethodGet, path, "", "")
	return b.follow()
}

// post sends a form and does not follow.
func (b *flowBrowser) post(path string, pairs ...string) *flowBrowser {
	b.t.Helper()
	values := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	b.send(http.MethodPost, path, "application/x-www-form-urlencoded", values.Encode())
	return b
}

// want fails unless the browser is at the path with the status.
func (b *flowBrowser) want(status int, path string) *flowBrowser {
	b.t.Helper()
	if b.status != status || !strings.HasPrefix(b.at, path) {
		b.t.Fatalf("at %s with status %d, want %s with %d\n%s", b.at, b.status, path, status, flowMain(b.page))
	}
	return b
}

// says fails unless the page shows the words.
func (b *flowBrowser) says(words ...string) *flowBrowser {
	b.t.Helper()
	plain := html.UnescapeString(b.page)
	for _, w := range words {
		if !strings.Contains(plain, w) {
			b.t.Errorf("%s does not say %q:\n%s", b.at, w, flowMain(b.page))
		}
	}
	return b
}

// value is the value of the first input with the name that can be chosen.
func (b *flowBrowser) value(name string) string {
	b.t.Helper()
	for _, tag := range flowInput.FindAllString(b.page, -1) {
		if strings.Contains(tag, `name="`+name+`"`) && !strings.Contains(tag, " disabled") {
			return html.UnescapeString(flowValue.FindStringSubmatch(tag)[1])
		}
	}
	b.t.Fatalf("%s has no input %q:\n%s", b.at, name, flowMain(b.page))
	return ""
}

var (
	flowInput = regexp.MustCompile(`<input[^>]*>`)
	flowValue = regexp.MustCompile(` value="([^"]*)"`)
	flowTags  = regexp.MustCompile(`<[^>]*>`)
	flowBlank = regexp.MustCompile(`\s+`)
)

func flowMain(page string) string {
	_, rest, _ := strings.Cut(page, "<main")
	return flowBlank.ReplaceAllString(flowTags.ReplaceAllString(rest, " "), " ")
}

func flowAround(page, mark string) string {
	i := strings.Index(page, mark)
	return page[i:min(i+60, len(page))]
}

// step is an address of the campaign.
func step(rest string) string { return "/c/" + flowCampaign + rest }

// flowPerson is what somebody types to join.
var (
	flowEligible = []string{"name", "가상하나", "born", "1965-03-09", "mobile", "010-0000-0001", "consent", "yes"}
	flowYoung    = []string{"name", "가상둘", "born", "1981-05-20", "mobile", "010-0000-0002", "consent", "yes"}
)

// join gives the browser a place in the line.
func (b *flowBrowser) join(who []string) *flowBrowser {
	b.t.Helper()
	return b.post(step("/join"), who...).follow().want(http.StatusOK, step("/wait"))
}

// enter joins, waits for the opening and goes in.
func (b *flowBrowser) enter(who []string) *flowBrowser {
	b.t.Helper()
	b.join(who)
	if b.Now().Before(flowOpening) {
		b.open()
	}
	b.serveUntilTurn()
	return b.post(step("/enter")).follow()
}

// serveUntilTurn lets the line move for a few seconds.
func (b *flowBrowser) serveUntilTurn() {
	b.t.Helper()
	for range 5 {
		b.add(time.Second)
		b.lead(1)
	}
}

// proveIt sends for the code and types it.
func (b *flowBrowser) proveIt() *flowBrowser {
	b.t.Helper()
	b.want(http.StatusOK, step("/prove"))
	b.post(step("/prove/send")).follow().want(http.StatusOK, step("/prove"))
	return b.post(step("/prove"), "code", b.code()).follow()
}

// toTimes chooses the first clinic of 강남구.
func (b *flowBrowser) toTimes() *flowBrowser {
	b.t.Helper()
	return b.toTimesIn("1168000000")
}

func (b *flowBrowser) toTimesIn(region string) *flowBrowser {
	b.t.Helper()
	b.get(step("/clinics?region="+region)).want(http.StatusOK, step("/clinics"))
	return b.post(step("/clinic"), "clinic", b.value("clinic"), "region", region).follow().want(http.StatusOK, step("/times"))
}

// toConfirm takes the first free time.
func (b *flowBrowser) toConfirm() *flowBrowser {
	b.t.Helper()
	b.toTimes()
	return b.post(step("/hold"), "key", b.value("key"), "clinic", b.value("clinic"), "start", b.value("start")).follow().want(http.StatusOK, step("/confirm"))
}

// toDone confirms.
func (b *flowBrowser) toDone() *flowBrowser {
	b.t.Helper()
	b.toConfirm()
	return b.post(step("/confirm"), "key", b.value("key"), "hold", b.value("hold")).follow().want(http.StatusOK, step("/done"))
}

// number is the reservation number the page shows.
func (b *flowBrowser) number() string {
	b.t.Helper()
	found := regexp.MustCompile(`[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}`).FindString(b.page)
	if found == "" {
		b.t.Fatalf("no reservation number:\n%s", flowMain(b.page))
	}
	return found
}
