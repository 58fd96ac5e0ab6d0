package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"naru/internal/proof"
	"naru/internal/proof/mock"
)

// withDoor gives the house a sign-in service of its agency.
func (h *flowHouse) withDoor() *mock.Provider {
	h.t.Helper()
	var provider *mock.Provider
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { provider.Handler().ServeHTTP(w, r) }))
	h.t.Cleanup(s.Close)
	back := "http://localhost:8080/staff/provider/back"
	var err error
	provider, err = mock.New(s.URL, "기관 로그인", "naru-staff", back, h.Now)
	flowMust(h.t, err)
	h.door = proof.NewStaffDoor(proof.OIDCOptions{Issuer: s.URL, ClientID: "naru-staff", Return: back, Now: h.Now})
	h.serveWith(nil)
	return provider
}

// away sends the browser to the service with a form and gives the question there.
func (b *flowBrowser) away(path string) url.Values {
	b.t.Helper()
	b.post(path)
	to, err := url.Parse(b.header.Get("Location"))
	if err != nil || b.status != http.StatusSeeOther || to.Path != "/authorize" {
		b.t.Fatalf("%s: status %d, to %q", path, b.status, b.header.Get("Location"))
	}
	return to.Query()
}

// back lets the service say who it is, and comes back with that.
func (b *flowBrowser) back(p *mock.Provider, question url.Values, who mock.Human) *flowBrowser {
	b.t.Helper()
	to, err := p.Allow(question, who)
	flowMust(b.t, err)
	b.send(http.MethodGet, strings.TrimPrefix(to, "http://localhost:8080"), "", "")
	return b.follow()
}

// Staff sign in by the agency's own service once they have joined their account to it;
// whom it does not know is refused, and an answer is good once, in the browser that
// asked (rules S8, S9).
func TestStaffSignInByTheAgencysService(t *testing.T) {
	t.Parallel()
	h := newFlowHouse(t)
	p := h.withDoor()
	admin := mock.Human{Name: "한 관리자", Born: "1980-01-01"}
	b, _ := h.admin()
	h.browser("").round(p, admin).want(401, "/staff/provider/back").says("이어진 직원 계정이 없습니다")
	b.get("/staff/me").says("기관 계정 잇기")
	if !strings.Contains(b.header.Get("Content-Security-Policy"), "form-action 'self' "+p.Issuer+";") {
		t.Errorf("the policy keeps the form from the service: %s", b.header.Get("Content-Security-Policy"))
	}
	question := b.away("/staff/me/provider")
	if question.Get("code_challenge_method") != "S256" || question.Get("nonce") == "" || question.Get("scope") != "openid email" {
		t.Errorf("the question is %v", question)
	}
	b.back(p, question, admin).want(200, "/staff/me").says("기관 계정으로 로그인할 수 있습니다")
	h.browser("").round(p, admin).want(200, "/staff").says("한 관리자")

	b.post("/staff/people", "name", "새 상담", "role", "agent", "email", "new agency").want(422, "/staff/people").says("이메일 주소를")
	b.post("/staff/people", "name", "새 상담", "role", "agent", "email", "new@agency.example").want(200, "/staff/people")
	h.browser("/en").round(p, mock.Human{Name: "새 상담", Born: "1990-01-01", Email: "new@agency.example"}).want(200, "/staff").says("Call-centre agent")
	h.browser("").round(p, mock.Human{Name: "다른 상담", Born: "1991-01-01", Email: "new@agency.example"}).want(401, "/staff/provider/back")

	thief, victim := h.browser(""), h.browser("")
	stolen := victim.away("/staff/provider")
	thief.back(p, stolen, admin).want(401, "/staff/provider/back").says("처음부터 다시")
	victim.send(http.MethodGet, "/staff/provider/back?error=access_denied&state="+stolen.Get("state"), "", "")
	victim.want(422, "/staff/provider/back").says("마치지 않았습니다")
	victim.back(p, stolen, admin).want(401, "/staff/provider/back") // the question was answered
	late := victim.away("/staff/provider")
	h.add(6 * time.Minute)
	victim.back(p, late, admin).want(401, "/staff/provider/back")
}

// round goes to the service and comes back.
func (b *flowBrowser) round(p *mock.Provider, who mock.Human) *flowBrowser {
	b.t.Helper()
	return b.back(p, b.away("/staff/provider"), who)
}

// A service that does not answer says so, and the other ways in stay.
func TestASignInServiceThatIsAway(t *testing.T) {
	t.Parallel()
	h := newFlowHouse(t)
	p := h.withDoor()
	p.Be(mock.Dead)
	h.broken = true
	b := h.browser("")
	b.get("/staff/enter").want(200, "/staff/enter").says("일회용 코드")
	b.post("/staff/provider").want(503, "/staff/provider").says("지금 응답하지 않습니다", "일회용 코드")
}
