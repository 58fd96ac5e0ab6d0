package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"naru/examples"
	"naru/internal/clinic"
	"naru/internal/identity"
	"naru/internal/proof"
	"naru/internal/proof/mock"
	"naru/internal/web"
)

// rowOfFailures turns any provider's light.
const rowOfFailures = 6

// flowMe is the human behind flowEligible, as a provider says it.
var flowMe = mock.Human{Name: "가상하나", Born: "1965-03-09", Mobile: "+82 10-0000-0001"}

// identityHouse is a flowHouse whose providers are real HTTP servers.
type identityHouse struct {
	*flowHouse
	mocks map[identity.ID]*mock.Provider
}

func newIdentityHouse(t *testing.T, edits ...string) *identityHouse {
	t.Helper()
	i := &identityHouse{mocks: map[identity.ID]*mock.Provider{}}
	i.flowHouse = newFlowHouseIn(t, flowCountry{
		[]byte(strings.ReplaceAll(string(examples.AgencyYAML), "deadline: 5s", "deadline: 1600ms")), examples.RegionsCSV,
		"campaigns/2021-07-12.yaml", flowOpening,
		func(rs *clinic.Regions) []clinic.Clinic { return clinic.Generate(rs, 300, 1) }, i.open, edits,
	})
	return i
}

// open starts the providers and asks each whether it is there.
func (i *identityHouse) open(h *flowHouse) *proof.Desk {
	const back = "http://127.0.0.1:8080/identity/back"
	redirects := map[identity.ID]proof.Redirect{}
	for _, p := range h.agency.Providers {
		if p.Kind != identity.Redirect {
			continue
		}
		var handler http.Handler
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
		h.t.Cleanup(server.Close)
		one, err := mock.New(server.URL, string(p.ID), p.ClientID, back, h.Now)
		flowMust(h.t, err)
		handler, i.mocks[p.ID] = one.Handler(), one
		redirects[p.ID] = proof.NewOIDC(proof.OIDCOptions{Issuer: server.URL, ClientID: p.ClientID, Return: back, Now: h.Now})
	}
	desk, err := proof.NewDesk(h.agency.Providers, redirects, h.Now, nil)
	flowMust(h.t, err)
	desk.Probe(h.t.Context())
	return desk
}

func (i *identityHouse) all(m mock.Mode) {
	for _, p := range i.mocks {
		p.Be(m)
	}
}

// leaves chooses a provider, says there who they are, and gives the address with
// which they come back.
func (b *flowBrowser) leaves(page string, id identity.ID, who mock.Human) string {
	b.t.Helper()
	b.post(step(page+"/begin"), "provider", string(id))
	to := b.header.Get("Location")
	if b.status != http.StatusSeeOther || !strings.Contains(to, "/authorize?") {
		b.t.Fatalf("status %d to %q, want the provider", b.status, to)
	}
	stay := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := stay.PostForm(to, url.Values{"name": {who.Name}, "born": {who.Born}, "mobile": {who.Mobile}, "do": {"allow"}})
	flowMust(b.t, err)
	_ = answer.Body.Close()
	u, err := url.Parse(answer.Header.Get("Location"))
	flowMust(b.t, err)
	return u.RequestURI()
}

// returns follows what the provider answered. The address has no language: the
// one in which the person left comes back.
func (b *flowBrowser) returns(uri string) *flowBrowser {
	b.t.Helper()
	prefix := b.prefix
	b.prefix = ""
	b.send(http.MethodGet, uri, "", "")
	b.prefix = prefix
	return b.follow()
}

func TestProvingAtAProvider(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		prefix, smooth, region, notOurs string
	}{
		"in Korean":  {"", "원활", "어느 지역에서", "이 브라우저에서 시작한"},
		"in English": {"/en", "Smooth", "Where would you like", "not begun in this browser"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newIdentityHouse(t)
			b := h.browser(c.prefix)
			b.enter(flowEligible).want(200, step("/prove")).says(c.smooth, "010-****-0001")
			policy := b.header.Get("Content-Security-Policy")
			if !strings.Contains(policy, "form-action 'self' "+h.mocks["mock-a"].Issuer) {
				t.Errorf("a form may not lead to the provider: %s", policy)
			}
			back := b.leaves("/prove", "mock-a", flowMe)
			stranger := h.browser("")
			stranger.join(flowEligible)
			stranger.send(http.MethodGet, back, "", "")
			stranger.want(http.StatusUnauthorized, "/identity/back").says("이 브라우저에서 시작한")
			b.returns(back).want(200, step("/region")).says(c.region)
			b.returns(back).want(200, step("/region")) // the reload of the way back leads to where one stands
			stranger.post(step("/enter")).follow().want(200, step("/prove"))
			stranger.returns(back).want(http.StatusUnauthorized, "/identity/back")
			b.toDone()
		})
	}
}

// The worst path: the provider takes the person and never answers. They come back
// to the choice with place, session and time; nothing was counted; another method
// works; the dead one can no longer be chosen (rules I3, I5, I7).
func TestAProviderThatDiesMidProof(t *testing.T) {
	t.Parallel()
	h := newIdentityHouse(t)
	b := h.browser("")
	b.enter(flowEligible)
	h.add(150 * time.Second) // of the three minutes
	back := b.leaves("/prove", "mock-a", flowMe)
	h.mocks["mock-a"].Be(mock.Swallow)
	b.returns(back).want(200, step("/prove")).says("인증기관이 답하지 않았습니다", "횟수에 넣지 않습니다")
	b.returns(back).want(200, step("/prove")).says("이미 쓴 인증 결과")
	h.add(150 * time.Second) // the time was given back
	for range identity.Tries + 1 {
		if h.desk.Lights()["mock-a"] == identity.Down {
			break
		}
		back := b.leaves("/prove", "mock-a", flowMe)
		h.mocks["mock-a"].Be(mock.Dead)
		b.returns(back).want(200, step("/prove")).says("인증기관이 답하지 않았습니다")
		h.mocks["mock-a"].Be(mock.Well)
	}
	b.get(step("/prove")).says("중단", "지금은 고를 수 없습니다")
	b.post(step("/prove/begin"), "provider", "mock-a").follow().want(200, step("/prove")).says("지금 응답하지 않습니다")
	b.returns(b.leaves("/prove", "mock-b", flowMe)).want(200, step("/region"))
}

// While every provider is dead no page breaks, the waiting page says why the line
// stands, and when they are back it goes on.
func TestNoPageBreaksWhileEveryProviderIsDead(t *testing.T) {
	t.Parallel()
	h := newIdentityHouse(t)
	inside, waiting := h.browser(""), h.browser("")
	inside.enter(flowEligible)
	waiting.join(flowYoung)
	h.all(mock.Dead)
	for range rowOfFailures {
		_, _ = h.desk.Answer(t.Context(), "mock-a", "x", "n", "v")
		_, _ = h.desk.Answer(t.Context(), "mock-b", "x", "n", "v")
		_ = h.desk.Watch(t.Context(), "code", func(context.Context) error { return http.ErrServerClosed })
	}
	inside.serveUntilTurn()
	server, ok := h.server.(*web.Server)
	if !ok {
		t.Fatal("no server")
	}
	seen := 0
	for _, pattern := range server.Routes() {
		path, get := strings.CutPrefix(pattern, "GET ")
		if !get || strings.Contains(path, "z") && !strings.Contains(path, "{") { // livez, readyz, healthz: for machines
			continue
		}
		path = strings.NewReplacer("{campaign}", flowCampaign, "{$}", "", "{nth}", "1", "{file...}", "x", "{version}", "x", "{file}", "x").Replace(path)
		for _, b := range []*flowBrowser{inside, waiting, h.browser("/en")} {
			b.get(path) // a status of 500 and above is a fault of the test
			if b.page == "" && b.status >= 300 {
				t.Errorf("%s: status %d and nothing to read", path, b.status)
			}
			seen++
		}
	}
	if seen < 60 {
		t.Errorf("only %d pages were seen", seen)
	}
	waiting.get(step("/wait")).says("본인인증이 멈추어 입장도 멈췄습니다")
	inside.get(step("/prove")).want(200, step("/prove")).says("중단")
	inside.post(step("/prove/send")).follow().want(200, step("/prove")).says("지금 응답하지 않습니다")
	h.all(mock.Well)
	for range 60 {
		h.add(time.Second)
		h.desk.Probe(t.Context())
		h.lead(1)
	}
	waiting.get(step("/wait"))
	if strings.Contains(waiting.page, "본인인증이") {
		t.Error("the waiting page still says that proving has stopped")
	}
	inside.post(step("/enter")).follow().want(200, step("/prove"))
	inside.returns(inside.leaves("/prove", "mock-a", flowMe)).want(200, step("/region"))
}

// Whoever proves to be somebody else than they claimed is not let in; such answers
// are counted, for this method alone.
func TestAnotherHumansProofIsNotTheClaims(t *testing.T) {
	t.Parallel()
	h := newIdentityHouse(t)
	b := h.browser("")
	b.enter(flowEligible)
	for _, who := range []mock.Human{
		{Name: "가상두리", Born: "1965-03-09", Mobile: "+82 10-0000-0001"},
		{Name: "가상하나", Born: "1965-03-10", Mobile: "+82 10-0000-0001"},
		{Name: "가상하나", Born: "1965-03-09", Mobile: "+82 10-0000-0009"},
		{Name: "가상하나", Born: "9. März", Mobile: "+82 10-0000-0001"},
		{Name: "<b>", Born: "1965-03-09", Mobile: "1"},
	} {
		b.returns(b.leaves("/prove", "mock-a", who)).want(200, step("/prove")).says("신청할 때 적은 것과 다릅니다")
	}
	b.post(step("/prove/begin"), "provider", "mock-a").follow().want(200, step("/prove")).says("여러 번 맞지 않았습니다")
	for _, bad := range []string{"", "nobody", "code"} {
		b.post(step("/prove/begin"), "provider", bad).follow().want(200, step("/prove")).says("그런 인증 방법이 없습니다")
	}
	cancelled := b.leaves("/prove", "mock-b", flowMe)
	u, err := url.Parse(cancelled)
	flowMust(t, err)
	state := u.Query().Get("state")
	b.returns("/identity/back?error=access_denied&state="+url.QueryEscape(state)).want(200, step("/prove")).says("취소했습니다")
	b.returns(cancelled).want(200, step("/prove")).says("이미 쓴 인증 결과") // its code is not taken any more
	for _, forged := range []string{"", "?state=x", "?state=" + state + "&state=" + state, "?state=" + state[:len(state)-2] + "AA&code=x", "?state=%ff"} {
		b.send(http.MethodGet, "/identity/back"+forged, "", "")
		if b.status != http.StatusUnauthorized && b.status != http.StatusBadRequest || !strings.Contains(b.page, "<h1>") {
			t.Errorf("%.20s: status %d", forged, b.status)
		}
	}
	b.get(step("/prove")).returns(b.leaves("/prove", "mock-b", flowMe)).want(200, step("/region"))
}

// Proving before the opening: at the turn the browser goes straight to the
// booking; a stranger with the same claim must prove (rule I8).
func TestProvingBeforeTheOpening(t *testing.T) {
	t.Parallel()
	h := newIdentityHouse(t)
	b, coded, stranger := h.browser(""), h.browser("/en"), h.browser("")
	b.join(flowEligible).says("먼저 본인인증을 해 두면")
	b.get(step("/early")).want(200, step("/early")).says("미리 본인인증", "원활")
	b.returns(b.leaves("/early", "mock-a", flowMe)).want(200, step("/wait")).says("본인인증을 미리 마쳤습니다")
	b.get(step("/early")).says("본인인증을 미리 마쳤습니다")
	coded.join([]string{"name", "가상셋", "born", "1964-01-01", "mobile", "010-0000-0003", "consent", "yes"})
	coded.post(step("/early/send")).follow().want(200, step("/early")).says("Six digits")
	code := coded.code()
	coded.post(step("/early"), "code", "000000").want(422, step("/early"))
	coded.post(step("/early"), "code", code).follow().want(200, step("/wait")).says("You have proven who you are")
	stranger.join(flowEligible)
	stranger.get(step("/early")).want(200, step("/early")).says("원활") // looks as if nobody had proved
	h.browser("").get(step("/early")).want(http.StatusUnauthorized, step("/early"))
	h.mocks["mock-b"].Be(mock.Failing)
	for range rowOfFailures {
		_, _ = h.desk.Answer(t.Context(), "mock-b", "x", "n", "v")
	}
	stranger.post(step("/early/begin"), "provider", "mock-b").follow().want(200, step("/early")).says("지금 응답하지 않습니다")
	h.flowHouse.open()
	b.serveUntilTurn()
	stranger.post(step("/enter")).follow().want(200, step("/prove"))
	b.post(step("/enter")).follow().want(200, step("/region"))
	coded.post(step("/enter")).follow().want(200, step("/region"))
	stranger.get(step("/early")).want(http.StatusConflict, step("/early")).says("미리 인증하는 시간은 끝났습니다")
	b.toDone()
}
