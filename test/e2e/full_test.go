package e2e

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// Others take the time that somebody is about to take: the person stays on the
// page with everything chosen and the next best times (R12), and books another.
func TestFullTimeKeepsThePersonOnThePage(t *testing.T) {
	t.Parallel()
	need(t, "chromium")
	s := demo(t)
	s.open()
	v := visit{device: phone(t), server: s, who: citizen(40)}
	v.joins()
	v.enters()
	v.proves()
	v.choosesRegion()
	v.choosesClinic()
	clinic := v.ask(`document.querySelector("input[name=clinic]").value`)
	start := v.ask(`document.querySelector("input[name=start]:not([disabled])").value`)
	left, err := strconv.Atoi(digits.FindString(text(v, `.choice:has(input[name=start]:not([disabled])) .left`)))
	if err != nil || left < 1 || left > 50 {
		t.Fatalf("places left are not told: %d, %v", left, err)
	}
	for i := range left {
		takes(s, citizen(100+i), clinic, start)
	}

	v.click(`input[name=start]:not([disabled])`)
	v.press(`form[action$="/hold"] button`)
	shows(v, "h1", "날짜와 시간을 고르세요")
	shows(v, `#alert`, "방금 다른 분이 그 자리를 잡았습니다", "가까운 시간")
	if v.ask(`document.querySelector("input[name=clinic]").value`) != clinic {
		t.Error("the clinic is no longer chosen")
	}
	if !has(v, `input[name=start][value="`+start+`"][disabled]`) {
		t.Error("the time that is full can still be chosen")
	}
	v.open(v.step("/book"))
	arrives(v, "/times")
	if v.ask(`document.querySelector("input[name=clinic]").value`) != clinic {
		t.Error("the draft was lost")
	}
	v.holds()
	v.confirms()
}

var digits = regexp.MustCompile(`\d+`)

// takes lets a made-up person hold a time over plain HTTP, as a browser without
// scripts would.
func takes(s *server, who person, clinic, start string) {
	s.t.Helper()
	b := &plainBrowser{s: s, cookies: map[string]string{}}
	at := "/c/" + s.campaign
	b.post(at+"/join", url.Values{"name": {who.name}, "born": {who.born}, "mobile": {who.mobile}, "consent": {"yes"}})
	until(s.t, patience, who.name+" enters", func() bool {
		return strings.HasSuffix(b.post(at+"/enter", nil), "/book")
	})
	b.post(at+"/prove/send", nil)
	until(s.t, patience, "a code arrives", func() bool { return s.code(who.mobile) != "" })
	b.post(at+"/prove", url.Values{"code": {s.code(who.mobile)}})
	key := strings.Repeat("k", 18) + who.mobile[len(who.mobile)-4:]
	if to := b.post(at+"/hold", url.Values{"key": {key}, "clinic": {clinic}, "start": {start}}); !strings.HasSuffix(to, "/confirm") {
		s.t.Fatalf("%s could not take %s at %s: sent to %q; %s", who.name, start, clinic, to, b.said)
	}
}

// plainBrowser keeps cookies and sends forms. Go's own jar would keep Secure
// cookies from http, which browsers allow on localhost.
type plainBrowser struct {
	s       *server
	cookies map[string]string
	said    string
}

// post sends a form and tells where it leads.
func (b *plainBrowser) post(path string, form url.Values) string {
	b.s.t.Helper()
	r, err := http.NewRequest(http.MethodPost, b.s.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		b.s.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, _ := io.ReadAll(answer.Body) // only for the words of a failure
	b.said = answer.Status + " " + string(body[:min(len(body), 2000)])
	for _, c := range answer.Cookies() {
		b.cookies[c.Name] = c.Value
	}
	return answer.Header.Get("Location")
}
