package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"naru/internal/fault"
)

// badInput is a request that must be refused, and what the page says.
type badInput struct {
	request *http.Request
	status  int
	says    string
}

const joinAt, waitAt, enterAt = "/c/" + july + "/join", "/c/" + july + "/wait", "/c/" + july + "/enter"

func get(path string) *http.Request { return httptest.NewRequest(http.MethodGet, path, nil) }

func with(r *http.Request, name, value string) *http.Request {
	r.Header.Set(name, value)
	return r
}

func other(method, path string) *http.Request { return httptest.NewRequest(method, path, nil) }

func ticketed(path, value string) *http.Request {
	return with(get(path), "Cookie", ticketCookie+july+"="+value)
}

// raw is a form whose bytes are sent as they are.
func raw(path, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	return with(r, "Content-Type", "application/x-www-form-urlencoded")
}

func badAddresses() map[string]badInput {
	return map[string]badInput{
		"an unknown page":            {get("/nowhere"), 404, "찾을 수 없습니다"},
		"an unknown page in English": {get("/en/nowhere"), 404, "Not found"},
		"an unknown campaign":        {get("/c/nowhere"), 404, "일정이 없습니다"},
		"a campaign of bad bytes":    {get("/c/%ff%fe"), 404, "찾을 수 없습니다"},
		"a path that climbs":         {get("/c/../c/" + july), 404, "찾을 수 없습니다"},
		"a double slash":             {get("//c"), 404, "찾을 수 없습니다"},
		"an unknown board":           {with(get("/board/nowhere"), "Accept", "text/html"), 404, "찾을 수 없습니다"},
		"an unknown asset":           {get("/assets/x/naru.css"), 404, "찾을 수 없습니다"},
		"a wrong method":             {other(http.MethodDelete, "/"), 405, "이렇게 열 수 없습니다"},
		"a made-up method":           {other("BREW", "/c/"+july), 405, "이렇게 열 수 없습니다"},
		"posting to a page":          {posting(waitAt), 405, "이렇게 열 수 없습니다"},
	}
}

func badForms() map[string]badInput {
	good := []string{"name", "가상사람", "born", "19650309", "mobile", "01000000001", "consent", "yes"}
	return map[string]badInput{
		"another site's form":          {with(posting(joinAt, good...), "Sec-Fetch-Site", "cross-site"), 403, "다른 누리집"},
		"another site's old form":      {with(with(posting(joinAt, good...), "Sec-Fetch-Site", ""), "Origin", "https://else.example"), 403, "다른 누리집"},
		"a body that is too large":     {raw(joinAt, "name="+strings.Repeat("가", 8<<10)), 413, "너무 큽니다"},
		"a body of another type":       {with(posting(joinAt, good...), "Content-Type", "application/json"), 415, "형식"},
		"a body without a type":        {with(posting(joinAt, good...), "Content-Type", ""), 415, "형식"},
		"bad UTF-8":                    {raw(joinAt, "name=%ff%fe&born=19650309"), 400, "읽지 못했습니다"},
		"bad escapes":                  {raw(joinAt, "name=%zz"), 400, "읽지 못했습니다"},
		"a null byte":                  {raw(joinAt, "name=a%00b"), 400, "읽지 못했습니다"},
		"a field given twice":          {raw(joinAt, "name=a&name=b"), 400, "읽지 못했습니다"},
		"an empty form":                {posting(joinAt), 422, "고칠 것이 있습니다"},
		"a day that does not exist":    {posting(joinAt, "name", "가", "born", "1965-02-30", "mobile", "01000000001", "consent", "yes"), 422, `href="#f-born"`},
		"somebody not yet born":        {posting(joinAt, "name", "가", "born", "2031-01-01", "mobile", "01000000001", "consent", "yes"), 422, `href="#f-born"`},
		"a name of signs":              {posting(joinAt, "name", "<script>", "born", "19650309", "mobile", "01000000001", "consent", "yes"), 422, "&lt;script&gt;"},
		"a number of another country":  {posting(joinAt, "name", "가", "born", "19650309", "mobile", "+1 555 0100", "consent", "yes"), 422, `href="#f-mobile"`},
		"no consent":                   {posting(joinAt, good[:6]...), 422, `href="#f-consent"`},
		"waiting without a ticket":     {get(waitAt), 401, "번호표가 없습니다"},
		"entering without a ticket":    {posting(enterAt), 401, "번호표가 없습니다"},
		"a ticket that is not one":     {ticketed(waitAt, "x"), 401, "먼저 신청이 필요합니다"},
		"a forged ticket":              {ticketed(waitAt, "NT1."+strings.Repeat("A", 50)+"."+strings.Repeat("A", 43)), 401, "먼저 신청이 필요합니다"},
		"two tickets at once":          {with(get(waitAt), "Cookie", ticketCookie+july+"=a; "+ticketCookie+july+"=b"), 401, "번호표가 없습니다"},
		"a query of bad bytes":         {ticketed(waitAt+"?said=%ff", "x"), 401, "먼저 신청"},
		"the roll before it is closed": {with(get("/draw/"+july+"/roll.bin"), "Accept", "text/html"), 404, "찾을 수 없습니다"},
		"demo opening of another site": {with(posting("/demo/open/"+july), "Sec-Fetch-Site", "cross-site"), 403, "다른 누리집"},
	}
}

// Every bad input to the pages up to the gate is answered by a page, or for
// programs a problem document, with the right status (rules W3, W7).
func TestBadInput(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.lead(1)
	for _, table := range []func() map[string]badInput{badAddresses, badForms} {
		forPrograms := table() // a body is read once
		for name, c := range table() {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				got := h.visitor().do(c.request)
				got.want(t, c.status, c.says, "<h1>", `href="tel:1339"`)
				if c.status == 405 && got.Header.Get("Allow") == "" {
					t.Error("a 405 without Allow")
				}
				wantProblem(t, h.visitor().do(with(forPrograms[name].request, "Accept", "application/json")), c.status)
			})
		}
	}
}

func wantProblem(t *testing.T, got reply, status int) {
	t.Helper()
	var p problem
	if err := json.Unmarshal([]byte(got.body), &p); err != nil {
		t.Fatalf("not a document: %v: %.200s", err, got.body)
	}
	kind := got.Header.Get("Content-Type")
	if got.StatusCode != status || p.Status != status || kind != "application/problem+json" || p.Title == "" || p.Code == "" ||
		!strings.HasPrefix(p.Instance, "urn:naru:request:") || strings.Contains(got.body, "⟦") {
		t.Errorf("problem %+v of status %d and type %s", p, got.StatusCode, kind)
	}
}

func TestEveryCodeHasItsAnswer(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, code := range []fault.Code{
		fault.Invalid, fault.Malformed, fault.TooLarge, fault.Method, fault.NotFound, fault.Unauthenticated, fault.Expired,
		fault.Forbidden, fault.Wait, fault.NotOpen, fault.NotEligible, fault.Full, fault.Conflict, fault.KeyReused, fault.TooMany,
		fault.Unavailable, fault.UnknownOutcome, fault.Internal, unsupported, misdirected,
	} {
		a, ok := answers[code]
		if !ok || a.status < 400 {
			t.Errorf("%s has no answer", code)
		}
		for _, part := range []string{"_title", "_next"} {
			if !h.opts.Catalogue.Has("problem." + string(code) + part) {
				t.Errorf("there is no message problem.%s%s", code, part)
			}
		}
	}
	if StatusOf(errors.New("anything")) != http.StatusInternalServerError || StatusOf(fault.New("new", "x.y")) != http.StatusInternalServerError {
		t.Error("what has no code is not internal")
	}
}

func TestAFailureIsShownAsNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.handle("GET /broken", func(http.ResponseWriter, *http.Request) error { return errors.New("SECRET cause") })
	h.handle("GET /panics", func(http.ResponseWriter, *http.Request) error { panic("SECRET panic") })
	h.handle("GET /busy", func(http.ResponseWriter, *http.Request) error {
		return fault.New(fault.TooMany, "person.code_too_soon").With("Seconds", 7)
	})
	for _, path := range []string{"/broken", "/panics"} {
		got := h.visitor().get(path)
		got.want(t, 500, "저희 쪽에 문제가 생겼습니다", "1339")
		if strings.Contains(got.body, "SECRET") {
			t.Errorf("%s shows the cause", path)
		}
	}
	if said := h.log.String(); !strings.Contains(said, "SECRET cause") || !strings.Contains(said, "SECRET panic") {
		t.Error("the cause is not in the log")
	}
	got := h.visitor().get("/busy")
	if got.StatusCode != 429 || got.Header.Get("Retry-After") != "7" {
		t.Errorf("status %d, Retry-After %q", got.StatusCode, got.Header.Get("Retry-After"))
	}
}

func TestWhenTheStoreIsGone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.lead(1)
	v := h.visitor()
	v.join(1)
	must(t, h.store.Close())
	h.clock.Add(10 * time.Second)
	for _, prefix := range []string{"", "/en"} {
		words := map[string][]string{
			"":    {"죄송합니다. 잠시 멈췄습니다", "줄의 자리", "1339"},
			"/en": {"We are sorry", "Your place in line", "1339"},
		}[prefix]
		got := v.post(prefix+"/c/"+july+"/join", "name", "가상사람", "born", "1965-03-09", "mobile", "01000000002", "consent", "yes")
		got.want(t, 503, words...)
		if got.Header.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
		v.get(prefix+"/").want(t, 200)
		v.get(prefix+"/c/"+july).want(t, 200)
		v.get(prefix+"/notice").want(t, 200)
	}
	v.get("/c/"+july+"/wait").want(t, 200, "모든 분의 자리는 그대로이며")
	v.get("/board/"+july).want(t, 200, `"phase":"lobby"`)
	v.get("/livez").want(t, 200, "ok")
	ready := v.get("/readyz")
	wantProblem(t, ready, 503)
}

func TestHeadersOnEveryRoute(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.lead(1)
	wild := regexp.MustCompile(`\{[a-z]+(\.\.\.)?\}`)
	if len(h.Routes()) < 20 {
		t.Fatalf("only %d routes", len(h.Routes()))
	}
	for _, pattern := range append(h.Routes(), "GET /nowhere") {
		method, path, _ := strings.Cut(pattern, " ")
		path = strings.ReplaceAll(strings.ReplaceAll(path, "{$}", ""), "{campaign}", july)
		path = wild.ReplaceAllString(path, "1")
		for _, prefix := range []string{"", "/en"} {
			r := httptest.NewRequest(method, prefix+path, nil)
			if method == http.MethodPost {
				r = posting(prefix + path)
			}
			got := h.visitor().do(r)
			if pattern == "GET /board/{campaign}" && got.StatusCode == http.StatusOK { // data, no page
				if got.Header.Get("X-Content-Type-Options") != "nosniff" || got.Header.Get("Content-Type") != "application/json" {
					t.Errorf("%s: %v", prefix+pattern, got.Header)
				}
				continue
			}
			camera, policy := "camera=()", got.Header.Get("Content-Security-Policy")
			if pattern == "GET /scan" { // the one page with a camera and WebAssembly (rule Q48)
				camera, policy = "camera=(self)", strings.Replace(policy, " 'wasm-unsafe-eval'", "", 1)
			}
			for name, want := range map[string]string{
				"Content-Security-Policy":    "default-src 'none'",
				"X-Content-Type-Options":     "nosniff",
				"Referrer-Policy":            "same-origin",
				"Cross-Origin-Opener-Policy": "same-origin",
				"Permissions-Policy":         camera,
				"Cache-Control":              "",
			} {
				if value := got.Header.Get(name); value == "" || !strings.Contains(value, want) {
					t.Errorf("%s: %s is %q", prefix+pattern, name, value)
				}
			}
			if strings.Contains(policy, "unsafe") {
				t.Errorf("%s: unsafe policy", pattern)
			}
			if len(got.body) == 0 && got.StatusCode >= 400 {
				t.Errorf("%s: a blank page of status %d", pattern, got.StatusCode)
			}
			if strings.Contains(got.body, "⟦") {
				t.Errorf("%s: a message is missing", pattern)
			}
			if bad := regexp.MustCompile(`\son[a-z]+="|\sstyle="|<style|<script>`).FindString(got.body); bad != "" {
				t.Errorf("%s: the policy forbids %q", pattern, bad)
			}
		}
	}
}

func TestTheLogHoldsNothingAboutPeople(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.lead(1)
	v := h.visitor()
	v.join(1)
	h.openGate()
	v.get("/c/" + july + "/wait?said=turn&name=가상사람")
	v.get("/c/가상사람")
	v.get("/lookup?mobile=01000000001")
	v.post("/c/"+july+"/enter").wantAt(t, "/c/"+july+"/book")
	said := h.log.String()
	for _, secret := range []string{
		"가상사람", "%EA%B0%80", "1965", "0000001", "0000-0001", "192.0.2.1", v.cookies[ticketCookie+july], v.cookies[sessionCookie+july],
		v.cookies[browserCookie], v.cookies[claimCookie+july], url.QueryEscape("가상사람"),
	} {
		if secret == "" {
			t.Error("a cookie was not set")
		} else if strings.Contains(said, secret) {
			t.Errorf("the log says %q", secret)
		}
	}
	if n := strings.Count(said, `"msg":"request"`); n != 5 {
		t.Errorf("%d event lines for 5 requests", n)
	}
	if !strings.Contains(said, `"route":"POST /c/{campaign}/enter"`) || !strings.Contains(said, `"campaign":"`+july+`"`) {
		t.Errorf("the event lacks route or campaign: %s", said)
	}
}

func TestPrefersJSON(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		accept  string
		machine bool
		want    bool
	}{
		{"", false, false},
		{"", true, true},
		{"*/*", false, false},
		{"text/html,application/xhtml+xml,*/*;q=0.8", true, false},
		{"application/json", false, true},
		{"application/problem+json", false, true},
		{"text/html;q=0.2, application/json;q=0.9", false, true},
		{"text/html, application/json;q=0.9", false, false},
		{"APPLICATION/JSON", false, true},
		{"application/json;q=x", false, true},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Accept", c.accept)
		if got := prefersJSON(r, c.machine); got != c.want {
			t.Errorf("Accept %q, machine %v: %v", c.accept, c.machine, got)
		}
	}
}
