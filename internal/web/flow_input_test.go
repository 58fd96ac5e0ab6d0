package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"naru/internal/gate"
)

const (
	urlencoded = "application/x-www-form-urlencoded"
	aKey       = "0123456789abcdef0123"
)

// TestFlowRefusesBytesItCannotRead runs every form of the flow through what a
// body can be wrong in before anybody looks at its values.
func TestFlowRefusesBytesItCannotRead(t *testing.T) {
	t.Parallel()
	h := newFlowHouse(t)
	unproven := h.browser("").enter(flowEligible)
	proven := h.browser("").enter([]string{"name", "가상셋", "born", "1964-01-01", "mobile", "010-0000-0003", "consent", "yes"}).proveIt()
	looked := h.browser("").get("/lookup")
	forms := map[string]*flowBrowser{
		step("/prove/send"): unproven, step("/prove"): unproven, step("/extend"): proven, step("/clinic"): proven,
		step("/hold"): proven, step("/release"): proven, step("/confirm"): proven,
		"/lookup": looked, "/lookup/send": looked, "/lookup/code": looked, "/demo/open/" + flowCampaign: looked,
	}
	for path, b := range forms {
		for name, c := range map[string]struct {
			kind, body string
			want       int
		}{
			"oversized":         {urlencoded, "a=" + strings.Repeat("x", 9<<10), http.StatusRequestEntityTooLarge},
			"another type":      {"application/json", "{}", http.StatusUnsupportedMediaType},
			"no type":           {"", "code=1", http.StatusUnsupportedMediaType},
			"bad UTF-8":         {urlencoded, "code=%ff%fe&name=%ff&hold=%ff&clinic=%c3%28", http.StatusBadRequest},
			"bad escape":        {urlencoded, "code=%zz", http.StatusBadRequest},
			"a field twice":     {urlencoded, "key=a&key=b&code=1&code=2", http.StatusBadRequest},
			"a control sign":    {urlencoded, "code=%00&name=%00", http.StatusBadRequest},
			"an unknown method": {"", "", http.StatusMethodNotAllowed},
		} {
			method := http.MethodPost
			if name == "an unknown method" {
				method = http.MethodDelete
			}
			b.send(method, path, c.kind, c.body)
			if b.status != c.want || !strings.Contains(b.page, "<h1>") {
				t.Errorf("%s with %s: status %d, want %d and a page\n%s", path, name, b.status, c.want, flowMain(b.page))
			}
			if b.header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s with %s may be cached: %q", path, name, b.header.Get("Cache-Control"))
			}
		}
	}
}

// TestFlowRefusesWrongValues is the table of values that can be read and are
// wrong: a page with the right status, never blank, the form kept.
func TestFlowRefusesWrongValues(t *testing.T) {
	t.Parallel()
	b := newFlowHouse(t).browser("")
	b.enter(flowEligible).proveIt().toTimes()
	clinic, start, past := b.value("clinic"), b.value("start"), "2021-07-01T00:00:00Z"
	for name, c := range map[string]struct {
		path  string
		pairs []string
		want  int
		says  string
	}{
		"no time chosen":           {"/hold", []string{"key", aKey, "clinic", clinic}, 422, "시간을 하나 고르세요"},
		"a past date":              {"/hold", []string{"key", aKey, "clinic", clinic, "start", past}, 422, "그 시간은 예약할 수 없습니다"},
		"a time between the slots": {"/hold", []string{"key", aKey, "clinic", clinic, "start", "2021-07-26T00:01:00Z"}, 422, "그 시간은 예약할 수 없습니다"},
		"a time that is none":      {"/hold", []string{"key", aKey, "clinic", clinic, "start", "soon"}, 422, "화면이 오래되었거나"},
		"a short key":              {"/hold", []string{"key", "x", "clinic", clinic, "start", start}, 422, "화면이 오래되었거나"},
		"no key":                   {"/hold", []string{"clinic", clinic, "start", start}, 422, "화면이 오래되었거나"},
		"a clinic that is none":    {"/hold", []string{"key", aKey, "clinic", "nowhere", "start", start}, 404, ""},
		"choosing such a clinic":   {"/clinic", []string{"clinic", "nowhere"}, 404, "그런 의료기관이 없습니다"},
		"confirming a short key":   {"/confirm", []string{"key", "x", "hold", "y"}, 303, ""},
		"confirming no such hold":  {"/confirm", []string{"key", aKey, "hold", strings.Repeat("0", 32)}, 303, ""},
	} {
		b.post(step(c.path), c.pairs...)
		if b.status != c.want || c.want != 303 && !strings.Contains(b.page, "<h1>") {
			t.Errorf("%s: status %d, want %d\n%s", name, b.status, c.want, flowMain(b.page))
		}
		b.says(c.says)
	}
	for path, want := range map[string]struct {
		status int
		at     string
	}{
		"/region?sido=99":             {422, "/region"},
		"/region?sido=%ff":            {400, "/region"},
		"/region?sido=1&sido=2":       {400, "/region"},
		"/clinics?region=nowhere":     {422, "/region"},
		"/clinics?region=1100000000":  {200, "/region"}, // one more level is to be chosen
		"/clinics?region=1168000000":  {200, "/clinics"},
		"/times?clinic=nowhere":       {404, "/times"},
		"/times?day=2021-02-30":       {200, "/times"},
		"/prove":                      {200, "/times"}, // proven already: on to where the person stands
		"/region?sido=36&sigungu=999": {422, "/region"},
	} {
		b.get(step(path))
		if b.status != want.status || !strings.HasPrefix(b.at, step(want.at)) {
			t.Errorf("%s leads to %s with %d, want %s with %d", path, b.at, b.status, want.at, want.status)
		}
	}
}

// TestProgramsGetProblemDocuments asks as a program does.
func TestProgramsGetProblemDocuments(t *testing.T) {
	t.Parallel()
	h := newFlowHouse(t)
	b := h.browser("").enter(flowEligible).proveIt().toTimes()
	clinic, start := b.value("clinic"), b.value("start")
	h.accept = "application/json"
	for name, c := range map[string]struct {
		b     *flowBrowser
		path  string
		pairs []string
		want  int
		code  string
	}{
		"a stranger":      {h.browser(""), "/hold", nil, 401, "unauthenticated"},
		"a past date":     {b, "/hold", []string{"key", aKey, "clinic", clinic, "start", "2021-07-01T00:00:00Z"}, 422, "invalid"},
		"no key":          {b, "/hold", []string{"clinic", clinic, "start", start}, 422, "invalid"},
		"no such clinic":  {b, "/clinic", []string{"clinic", "nowhere"}, 404, "not_found"},
		"no such hold":    {b, "/confirm", []string{"key", aKey, "hold", "0"}, 410, "expired"},
		"another content": {b, "/hold", []string{"key", aKey, "clinic", clinic, "start", "x"}, 422, "invalid"},
	} {
		c.b.post(step(c.path), c.pairs...)
		if c.b.status != c.want || c.b.header.Get("Content-Type") != "application/problem+json" || !strings.Contains(c.b.page, `"code":"`+c.code+`"`) {
			t.Errorf("%s: status %d, want %d %s: %s", name, c.b.status, c.want, c.code, c.b.page)
		}
	}
}

func TestReplayedFormsLeadToTheirResult(t *testing.T) {
	t.Parallel()
	b := newFlowHouse(t).browser("")
	b.enter(flowEligible).proveIt().toTimes()
	hold := []string{"key", b.value("key"), "clinic", b.value("clinic"), "start", b.value("start")}
	b.post(step("/hold"), hold...).follow().want(200, step("/confirm"))
	first := b.value("hold")
	b.post(step("/hold"), hold...).follow().want(200, step("/confirm"))
	if again := b.value("hold"); again != first {
		t.Errorf("the same key took hold %s after %s", again, first)
	}
	other := append([]string{}, hold...)
	other[5] = b.get(step("/times?day=2021-07-28")).value("start")
	b.post(step("/hold"), other...).want(422, step("/hold")).says("같은 화면에서 다른 내용")
	b.get(step("/confirm"))
	confirm := []string{"key", b.value("key"), "hold", first}
	b.post(step("/confirm"), confirm...).follow().want(200, step("/done"))
	number := b.number()
	b.post(step("/confirm"), confirm...).follow().want(200, step("/done")).says(number)
	b.post(step("/confirm"), "key", "another-key-of-16-signs", "hold", first).follow().want(200, step("/done")).says(number)
	b.post(step("/hold"), hold...).follow().want(200, step("/done")).says(number)
	campaign, err := b.Campaign(flowCampaign)
	flowMust(t, err)
	left := b.Left(campaign, gate.Web, hold[3])
	b.post(step("/release"), "hold", first).follow().want(200, step("/done")).says(number)
	if now := b.Left(campaign, gate.Web, hold[3]); now != left {
		t.Errorf("an old form gave booked places back: %d left before, %d after", left, now)
	}
}

func TestFullTimeKeepsTheForm(t *testing.T) {
	t.Parallel()
	h := newFlowHouse(t)
	var others []*flowBrowser
	for i := range 12 { // more people than the slot takes
		others = append(others, h.browser("").join([]string{"name", "가상", "born", "1964-02-02", "mobile", "010-0000-1" + flowDigits(i), "consent", "yes"}))
	}
	b := h.browser("").enter(flowEligible).proveIt().toTimes()
	clinic, start := b.value("clinic"), b.value("start")
	full := false
	for _, other := range others {
		other.post(step("/enter")).follow().proveIt()
		if other.post(step("/hold"), "key", aKey, "clinic", clinic, "start", start); other.status == http.StatusConflict {
			full = true
			break
		}
		other.follow()
		other.post(step("/confirm"), "key", aKey+"c", "hold", other.value("hold")).follow().want(200, step("/done"))
	}
	if !full {
		t.Fatal("the slot takes more people than there are")
	}
	b.post(step("/hold"), "key", aKey, "clinic", clinic, "start", start).want(http.StatusConflict, step("/hold"))
	b.says("방금 다른 분이", "가까운 시간", "마감")
	if next := b.value("start"); next == start {
		t.Error("a full time can still be chosen")
	}
	b.post(step("/hold"), "key", aKey+"2", "clinic", b.value("clinic"), "start", b.value("start")).follow().want(200, step("/confirm"))
}

func flowDigits(i int) string {
	return string([]byte{'0' + byte(i/100), '0' + byte(i/10%10), '0' + byte(i%10)})
}

func TestTokensOfOthersOpenNothing(t *testing.T) {
	t.Parallel()
	h := newFlowHouse(t)
	owner := h.browser("").enter(flowEligible).proveIt()
	session, browser := "__Host-naru-session-"+flowCampaign, "__Host-naru-browser"
	for name, c := range map[string]struct {
		cookies map[string]string
		want    int
	}{
		"a stolen session":       {map[string]string{session: owner.cookies[session]}, http.StatusUnauthorized},
		"in another browser":     {map[string]string{session: owner.cookies[session], browser: "AAAAAAAAAAAAAAAAAAAAAA"}, http.StatusUnauthorized},
		"a changed session":      {map[string]string{session: owner.cookies[session] + "x", browser: owner.cookies[browser]}, http.StatusUnauthorized},
		"a ticket as a session":  {map[string]string{session: owner.cookies["__Host-naru-ticket-"+flowCampaign], browser: owner.cookies[browser]}, http.StatusUnauthorized},
		"the owner with cookies": {map[string]string{session: owner.cookies[session], browser: owner.cookies[browser]}, http.StatusOK},
	} {
		b := h.browser("")
		for k, v := range c.cookies {
			b.cookies[k] = v
		}
		if b.get(step("/region")); b.status != c.want {
			t.Errorf("%s: status %d, want %d\n%s", name, b.status, c.want, flowMain(b.page))
		}
	}
	h.add(20 * time.Minute)
	owner.get(step("/region")).want(http.StatusGone, step("/region")).says("이용 시간이 끝났습니다", "내 자리로 다시 들어가기")
	owner.lead(2)
	owner.serveUntilTurn()
	owner.post(step("/enter")).follow().want(http.StatusOK, step("/prove"))
}

func TestCodePageSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	b := newFlowHouse(t).browser("").enter(flowEligible)
	b.says("인증번호 받기", "내 휴대전화가 아닌가요")
	b.post(step("/prove"), "code", "123456").want(http.StatusGone, step("/prove")).says("인증번호를 다시 받아")
	b.post(step("/prove/send")).follow().says("인증번호를 보냈습니다")
	b.post(step("/prove/send")).want(http.StatusTooManyRequests, step("/prove/send")).says("초 뒤에 다시")
	code := b.code()
	wrong := "000000"
	if code == wrong {
		wrong = "000001"
	}
	b.post(step("/prove"), "code", "12").want(422, step("/prove")).says("숫자 여섯 자리입니다", `aria-invalid="true"`, `href="#f-code"`)
	b.post(step("/prove"), "code", wrong).want(422, step("/prove")).says("4번 더")
	b.post(step("/prove"), "code", code).follow().want(200, step("/region"))
}

func TestTimesCanBeExtended(t *testing.T) {
	t.Parallel()
	h := newFlowHouse(t)
	b := h.browser("").enter(flowEligible).proveIt().toConfirm()
	h.add(4 * time.Minute)
	b.post(step("/extend"), "back", "confirm").follow().want(200, step("/confirm"))
	h.add(4 * time.Minute)
	b.get(step("/confirm")).want(200, step("/confirm")).says("예약 확정하기")
	h.add(6 * time.Minute)
	b.get(step("/confirm")).want(200, step("/times")).says("맡아 둔 시간이 끝나")
	b.post(step("/extend"), "back", "clinics:1168000000").follow().want(200, step("/clinics?region=1168000000"))
	h.add(time.Minute)
	b.post(step("/extend"), "back", "https://example.org/").follow().want(200, step("/times"))
}

func TestExtendingEndsSomewhere(t *testing.T) {
	t.Parallel()
	h := newFlowHouse(t)
	b := h.browser("").enter(flowEligible).proveIt()
	for range 8 {
		h.add(9 * time.Minute)
		if b.post(step("/extend"), "back", "region"); b.status != http.StatusSeeOther {
			break
		}
	}
	b.want(http.StatusConflict, step("/extend")).says("시간을 더 늘릴 수 없습니다", "예약 계속하기")
}

func TestPersonalPagesAreNotKept(t *testing.T) {
	t.Parallel()
	b := newFlowHouse(t).browser("").enter(flowEligible)
	for _, path := range []string{step("/prove"), "/lookup", "/inbox", "/inbox.json?to=01000000001"} {
		b.get(path)
		if got := b.header.Get("Cache-Control"); b.status != 200 || got != "no-store" {
			t.Errorf("%s: status %d, Cache-Control %q", path, b.status, got)
		}
	}
	b.get("/inbox?to="+url.QueryEscape("abc")).want(422, "/inbox")
}
