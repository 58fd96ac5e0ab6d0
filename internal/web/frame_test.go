package web

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"naru/examples"
	"naru/internal/gate"
)

func TestLanguages(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.lead(1)
	for _, c := range []struct {
		path, lang, other string
		status            int
	}{
		{"/", "ko", `href="/en/"`, 200},
		{"/en/", "en", `href="/"`, 200},
		{"/en", "en", `href="/"`, 200},
		{"/c/" + july, "ko", `href="/en/c/` + july + `"`, 200},
		{"/en/c/" + july, "en", `href="/c/` + july + `"`, 200},
		{"/en/nowhere?x=1", "en", `href="/nowhere?x=1"`, 404},
		{"/english", "ko", `href="/en/english"`, 404},
		{"/ko/", "ko", `href="/en/ko/"`, 404},
	} {
		got := h.visitor().get(c.path)
		got.want(t, c.status, `<html lang="`+c.lang+`"`, c.other)
		if said := got.Header.Get("Content-Language"); said != c.lang && c.status == 200 {
			t.Errorf("%s: Content-Language %q", c.path, said)
		}
	}
}

// The second country has English first, two levels of regions and another zone.
func TestTheSecondCountry(t *testing.T) {
	t.Parallel()
	h := newHouseIn(t, country{examples.SecondAgencyYAML, examples.SecondRegionsCSV, 2, "campaigns/second-country.yaml"})
	h.lead(1)
	lang := h.opts.Agency.DefaultLanguage()
	helpline := h.opts.Agency.Helpline.Number
	h.visitor().get("/").want(t, 200, `<html lang="`+lang+`"`, helpline)
	id := string(h.store.Campaigns()[0].Campaign.ID)
	h.visitor().get("/c/"+id).want(t, 200, h.opts.Agency.Phone.Example)
	v := h.visitor()
	v.post("/c/"+id+"/join", "name", "Made Up", "born", "1950-03-09", "mobile", h.opts.Agency.Phone.Example, "consent", "yes").
		wantAt(t, "/c/"+id+"/wait")
	v.get("/c/"+id+"/wait").want(t, 200, shown("lobby"), helpline)
}

var (
	heading = regexp.MustCompile(`<h([1-6])[ >]`)
	input   = regexp.MustCompile(`<(?:input|select)[^>]*>`)
	fieldID = regexp.MustCompile(` id="([^"]+)"`)
)

// Every page has one first heading, headings in order, a label for each field,
// a title of its own, and the helpline in the same place (rule W19).
func TestTheBonesOfEveryPage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.lead(1)
	v := h.visitor()
	v.join(1)
	titles := map[string]string{}
	place := ""
	for _, path := range []string{"/", "/notice", "/nowhere", "/c/" + july, "/c/" + july + "/wait", "/draw/" + july} {
		page := v.get(path).body
		last := "0"
		for i, m := range heading.FindAllStringSubmatch(page, -1) {
			if (m[1] == "1") != (i == 0) || m[1] > last && m[1][0]-last[0] > 1 {
				t.Errorf("%s: heading %d is of level %s after %s", path, i, m[1], last)
			}
			last = m[1]
		}
		for _, tag := range input.FindAllString(page, -1) {
			id := fieldID.FindStringSubmatch(tag)
			if !strings.Contains(tag, `type="hidden"`) && (id == nil || !strings.Contains(page, `for="`+id[1]+`"`)) {
				t.Errorf("%s: no label for %s", path, tag)
			}
		}
		title := regexp.MustCompile(`<title>(.*?)</title>`).FindStringSubmatch(page)[1]
		if other, twice := titles[title]; twice {
			t.Errorf("%s and %s are both called %q", path, other, title)
		}
		titles[title] = path
		head, _, found := strings.Cut(page, "<main")
		at := head[strings.LastIndex(head, `<nav`):]
		at = at[strings.Index(at, "</nav>"):]
		if place == "" {
			place = at
		}
		if !found || at != place || !strings.Contains(at, "1339") {
			t.Errorf("%s: the helpline is not where it is elsewhere: %q", path, at)
		}
	}
}

// Without a script the waiting page asks again by itself; with one, the script
// does (rule W17).
func TestTheWaitingPageWorksWithoutScript(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.lead(1)
	v := h.visitor()
	v.join(1)
	if !regexp.MustCompile(`<noscript><meta http-equiv="refresh" content="[0-9]+"></noscript>`).MatchString(v.get("/c/" + july + "/wait").body) {
		t.Error("the page does not ask again by itself")
	}
	v.get("/c/"+july+"/wait").want(t, 200, `<form method="post" action="/c/`+july+`/enter"`)
}

func TestRefresh(t *testing.T) {
	t.Parallel()
	far, near := uint64(1e6), uint64(0)
	for _, c := range []struct {
		phase gate.Phase
		ahead uint64
		until time.Duration
		want  int
	}{
		{gate.LobbyOpen, far, 20 * time.Minute, 60},
		{gate.LobbyOpen, far, 30 * time.Second, 33},
		{gate.LobbyOpen, far, time.Second, 5},
		{gate.Open, far, -time.Hour, 60},
		{gate.Open, near, -time.Hour, 5},
	} {
		board := gate.Board{Phase: c.phase, Poll: gate.DefaultPoll()}
		if got := refreshIn(board, c.ahead, c.until); got != c.want {
			t.Errorf("%s, %d ahead, %v to go: %d s, want %d", c.phase, c.ahead, c.until, got, c.want)
		}
	}
}

func TestWhenNoSeatIsFree(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.lead(1)
	v := h.visitor()
	v.join(1)
	h.openGate()
	v.get("/c/"+july+"/wait?said=seat").want(t, 200, shown("seat"), "지금은 안에 빈자리가 없습니다", "15분")
	v.get("/en/c/"+july+"/wait?said=slow").want(t, 200, shown("slow"), "Your turn is recorded")
}

func TestNoAddressOpensAStep(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.openGate()
	for _, step := range []string{"book", "prove", "region", "clinics", "times", "confirm", "done"} {
		got := h.visitor().get("/c/" + july + "/" + step)
		if got.StatusCode == 200 || got.StatusCode >= 500 || len(got.body) == 0 && got.StatusCode != 303 {
			t.Errorf("%s: status %d", step, got.StatusCode)
		}
	}
}

func TestAnotherDeviceIsAskedAgain(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.lead(1)
	v := h.visitor()
	v.join(1)
	h.openGate()
	v.post("/c/"+july+"/enter").wantAt(t, "/c/"+july+"/book")
	delete(v.cookies, claimCookie+july)
	v.get("/c/"+july+"/prove").want(t, 401, "다시 적어 주세요", `href="/c/`+july+`"`)
}

func TestProgramsEnterToo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.lead(1)
	v := h.visitor()
	v.join(1)
	ask := func() reply {
		r := posting("/en/c/" + july + "/enter")
		r.Header.Set("Accept", "application/json")
		return v.do(r)
	}
	wantProblem(t, ask(), 403)
	h.openGate()
	if got := ask(); got.StatusCode != 200 || got.body != `{"url":"/en/c/`+july+`/book"}` {
		t.Errorf("status %d: %s", got.StatusCode, got.body)
	}
	late := h.visitor()
	late.join(2)
	r := posting("/c/" + july + "/enter")
	r.Header.Set("Accept", "application/json")
	got := late.do(r)
	wantProblem(t, got, 409)
	if got.Header.Get("Retry-After") == "" {
		t.Error("a wait without Retry-After")
	}
	late.post("/c/"+july+"/enter").wantAt(t, "/c/"+july+"/wait?said=open")
}

func TestBoard(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.lead(1)
	got := h.visitor().get("/board/" + july)
	got.want(t, 200, `"phase":"lobby"`)
	if len(got.body) > gate.MaxBoard || got.Header.Get("Cache-Control") != "public, max-age=1, stale-while-revalidate=5" || len(got.Cookies()) != 0 {
		t.Errorf("%d bytes, %v", len(got.body), got.Header)
	}
	r := httptest.NewRequest(http.MethodGet, "/board/"+july, nil)
	r.Header.Set("If-None-Match", `"x", W/`+got.Header.Get("ETag"))
	if again := h.visitor().do(r); again.StatusCode != http.StatusNotModified || again.body != "" {
		t.Errorf("status %d with %d bytes", again.StatusCode, len(again.body))
	}
	wantProblem(t, h.visitor().get("/board/nowhere"), 404)
}

func TestSharedPagesAreMadeOnce(t *testing.T) {
	t.Parallel()
	now := &stopped{now: opening}
	s, made := newShelf(now.Now), 0
	build := func() (static, error) { made++; return finish(fmt.Append(nil, made)), nil }
	for _, c := range []struct {
		key  string
		wait time.Duration
		made int
	}{{"ko front", 0, 1}, {"ko front", shelfLife / 2, 1}, {"en front", 0, 2}, {"ko front", shelfLife / 2, 3}} {
		now.Add(c.wait)
		if _, err := s.get(c.key, build); err != nil || made != c.made {
			t.Errorf("%s after %v: made %d pages, want %d (%v)", c.key, c.wait, made, c.made, err)
		}
	}
	for i := range 2 * maxShelf {
		_, _ = s.get(fmt.Sprint(i), build)
	}
	if shelfLife > 2*time.Second {
		t.Errorf("a page may be %v old", shelfLife)
	}
	if len(s.pages) > maxShelf {
		t.Errorf("%d pages are kept", len(s.pages))
	}
}

// A page that repeats what was typed beside something secret must not be
// compressed (BREACH): only the pages that call renderPlain are (rule W9).
func TestPersonalPagesAreNotCompressed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.lead(1)
	r := posting("/c/"+july+"/join", "name", "가상사람", "born", "x")
	r.Header.Set("Accept-Encoding", "gzip")
	got := h.visitor().do(r)
	got.want(t, 422, "가상사람")
	if got.Header.Get("Content-Encoding") != "" || got.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", got.Header)
	}
}

func TestARenderingThatFailsIsAPage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.handle("GET /half", func(w http.ResponseWriter, r *http.Request) error {
		return h.render(w, r, 200, templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
			_, _ = io.WriteString(w, "half a page")
			return io.ErrUnexpectedEOF
		}))
	})
	got := h.visitor().get("/half")
	got.want(t, 500, "저희 쪽에 문제가 생겼습니다")
	if strings.Contains(got.body, "half a page") {
		t.Error("half a page was sent")
	}
}

func FuzzFields(f *testing.F) {
	for _, seed := range []string{"name=a&born=b", "name=%ff", "a=1&a=2", "%zz", ";", "name=%00", strings.Repeat("a=1&", 100)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, encoded string) {
		got, err := fields(encoded, []string{"name", "born"})
		if err != nil {
			if len(got) != 0 || StatusOf(err) != http.StatusBadRequest {
				t.Errorf("fields with an error: %v, %v", got, err)
			}
			return
		}
		for name, value := range got {
			if !readable(value) || name != "name" && name != "born" {
				t.Errorf("%q is %q", name, value)
			}
		}
	})
}

func FuzzBoardMemory(f *testing.F) {
	for _, seed := range []string{"", "1.2.3", "1.18446744073709551615.100", "1..", "1.2.3.4", "\xff"} {
		f.Add(seed)
	}
	board := gate.Board{Campaign: "c", Epoch: 1, Version: 9, Phase: gate.Open, Serving: 50, L: 100, Poll: gate.DefaultPoll()}
	f.Fuzz(func(t *testing.T, memory string) {
		got := newest(board, memory)
		if err := got.Validate(); err != nil || got.Serving < board.Serving || got.Version < board.Version {
			t.Errorf("%q gives %+v (%v)", memory, got, err)
		}
	})
}

func BenchmarkBoard(b *testing.B) {
	h := newHouse(b)
	h.lead(1)
	r := onThisMachine(httptest.NewRequest(http.MethodGet, "/board/"+july, nil))
	b.ReportAllocs()
	for b.Loop() {
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
}

func BenchmarkWaitingPage(b *testing.B) {
	h := newHouse(b)
	h.openGate()
	v := h.visitor()
	v.join(1)
	b.ReportAllocs()
	for b.Loop() {
		v.get("/c/" + july + "/wait")
	}
}
