package web_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"naru/internal/audit"
	"naru/internal/staff"
	"naru/internal/store"
	"naru/internal/web"
)

// admin signs the first administrator in.
func (h *flowHouse) admin() (*flowBrowser, staff.Caller) {
	h.t.Helper()
	_, code, err := h.AdmitFirst(h.t.Context(), "한 관리자")
	flowMust(h.t, err)
	b := h.browser("")
	b.post("/staff/enter", "code", code).follow().want(http.StatusOK, "/staff")
	c, err := h.StaffCaller(h.t.Context(), b.cookies["__Host-naru-staff"])
	flowMust(h.t, err)
	return b, c
}

// colleague signs somebody with the grants in.
func (h *flowHouse) colleague(by staff.Caller, name string, grants ...staff.Grant) (*flowBrowser, staff.ID) {
	h.t.Helper()
	a, code, err := h.Invite(h.t.Context(), by, name, grants)
	flowMust(h.t, err)
	b := h.browser("")
	b.post("/staff/enter", "code", code).follow().want(http.StatusOK, "/staff")
	return b, a.ID
}

var wildPart = regexp.MustCompile(`\{[a-z]+(\.\.\.)?\}`)

// try asks for a route with something in its wild places and an empty form.
func (b *flowBrowser) try(route web.StaffRoute) *flowBrowser {
	b.t.Helper()
	method, path, _ := strings.Cut(route.Pattern, " ")
	path = strings.NewReplacer("{$}", "", "{campaign}", flowCampaign).Replace(path)
	path = wildPart.ReplaceAllString(path, "0123456789abcdef")
	if method == http.MethodGet {
		b.send(method, path, "", "")
		return b
	}
	b.send(method, path, "application/x-www-form-urlencoded", "")
	return b
}

// Every page of staff is tried in every role and by nobody: who holds its permission
// is let through to what the page itself says, everybody else is refused, and that is
// in the audit (rule S19). A page that is added falls under it by itself.
func TestEveryStaffRouteInEveryRole(t *testing.T) {
	t.Parallel()
	h := newFlowHouse(t)
	routes := h.server.(*web.Server).StaffRoutes()
	if len(routes) < 12 {
		t.Fatalf("only %d routes", len(routes))
	}
	_, admin := h.admin()
	nobody := h.browser("")
	for _, route := range routes {
		nobody.try(route)
		get := strings.HasPrefix(route.Pattern, "GET ")
		if get && (nobody.status != http.StatusSeeOther || nobody.header.Get("Location") != "/staff/enter") || !get && nobody.status != http.StatusUnauthorized {
			t.Errorf("%s, not signed in: status %d", route.Pattern, nobody.status)
		}
	}
	for _, role := range staff.Roles {
		b, id := h.colleague(admin, "동료", staff.Grant{Role: role})
		for _, route := range routes {
			b.try(route)
			may := route.Permission == "" || slices.Contains(staff.Of(role), route.Permission)
			if refused := b.status == http.StatusForbidden; refused == may || b.status == http.StatusUnauthorized {
				t.Errorf("%s as %s: status %d, may %v", route.Pattern, role, b.status, may)
			}
			if !may && !h.wasRefused(id, route) {
				t.Errorf("%s as %s: the refusal is not in the audit", route.Pattern, role)
			}
			if _, err := h.StaffCaller(t.Context(), b.cookies["__Host-naru-staff"]); err != nil { // it was the way out
				b, id = h.colleague(admin, "동료", staff.Grant{Role: role})
			}
		}
	}
}

// wasRefused looks for the entry of a refusal at the page's door.
func (h *flowHouse) wasRefused(id staff.ID, route web.StaffRoute) bool {
	h.t.Helper()
	page, _, err := h.ReadAudit(h.t.Context(), store.Console(), store.AuditQuery{Staff: id})
	flowMust(h.t, err)
	return slices.ContainsFunc(page, func(e audit.Entry) bool {
		return e.Phase == audit.Refused && e.What == string(route.Permission) && e.Detail["page"] == route.Pattern
	})
}

func TestAnAdministratorLetsColleaguesIn(t *testing.T) {
	t.Parallel()
	h := newFlowHouse(t)
	b, _ := h.admin()
	b.get("/staff/people").want(200, "/staff/people").says("한 관리자", "계정 1개", "서울특별시 종로구")
	b.post("/staff/people", "name", "", "role", "agent").want(422, "/staff/people").says("이름을 1~60자로")
	b.post("/staff/people", "name", "상담 하나", "role", "root").want(422, "/staff/people").says("맡길 역할을")
	b.post("/staff/people", "name", "상담 하나", "role", "clinic", "clinic", "none").want(422, "/staff/people").says("역할을 맡길 곳")
	b.post("/staff/people", "name", "상담 하나", "role", "agent", "region", "1100000000").want(200, "/staff/people").says("상담 하나", "24시간")
	code := regexp.MustCompile(`id="code">([A-Za-z0-9_-]{43})<`).FindStringSubmatch(b.page)[1]
	if !strings.Contains(b.page, "http://localhost:8080/staff/enter#"+code) {
		t.Error("the page shows no link")
	}
	agent := h.browser("/en")
	agent.post("/staff/enter", "code", "wrong").want(401, "/staff/enter").says("This code was used or has ended")
	agent.post("/staff/enter", "code", code).follow().want(200, "/staff").says("Call-centre agent")
	agent.get("/staff/people").want(403, "/staff/people")
	b.get("/staff/people?name=상담").says("계정 1개", "상담원 (서울특별시)")
	at := regexp.MustCompile(`/staff/people/[A-Za-z0-9_-]{16}`).FindString(b.page)
	b.post(at+"/grants", "do", "add", "role", "operator").follow().want(200, at).says("서비스 운영")
	b.post(at+"/grants", "do", "remove", "role", "agent", "region", "1100000000").follow().want(200, at)
	agent.get("/staff").want(200, "/staff").says("Operator")
	b.post(at+"/bar", "do", "bar").follow().want(200, at).says("닫힘")
	agent.get("/staff").want(403, "/staff")
	b.post(at+"/code").want(403, at).says("이 계정은 쓸 수 없습니다")
	b.post(at+"/bar", "do", "open").follow().want(200, at)
	b.post(at+"/code").want(200, at).says("일회용 코드")
	b.get("/staff/audit?staff="+strings.TrimPrefix(at, "/staff/people/")).want(200, "/staff/audit").says("상담 하나", "staff.sign_in")
	b.get("/staff/audit?person=한+관리자").want(422, "/staff/audit").says("영문자, 숫자")
	b.get("/staff/audit?from=2021-13-01").want(422, "/staff/audit")
}

// At a shared computer the list of who is locked is in that browser alone, and a PIN
// goes on where its holder was.
func TestColleaguesShareAComputer(t *testing.T) {
	t.Parallel()
	h := newFlowHouse(t)
	b, admin := h.admin()
	b.post("/staff/me/pin", "pin", "111111").want(422, "/staff/me").says("숫자 6~12자리입니다")
	b.post("/staff/me/pin", "pin", "284915").follow().want(200, "/staff/me").says("정해져 있습니다")
	b.post("/staff/lock").follow().want(200, "/staff/enter").says("한 관리자님의 PIN")
	h.browser("").get("/staff/enter").want(200, "/staff/enter")
	if other := h.browser("").get("/staff/enter"); strings.Contains(other.page, "한 관리자") {
		t.Error("another browser names who is locked here")
	}
	b.post("/staff/return", "session", admin.Session, "pin", "284916").want(422, "/staff/return").says("4번 더")
	b.post("/staff/return", "session", admin.Session, "pin", "284915").follow().want(200, "/staff").says("한 관리자")
	h.add(staff.SessionIdle + time.Second)
	b.get("/staff").want(200, "/staff/enter").says("한 관리자님의 PIN")
	for _, says := range []string{"4번", "3번", "2번", "1번", "다섯 번"} {
		b.post("/staff/return", "session", admin.Session, "pin", "000001").says(says)
	}
	b.post("/staff/return", "session", admin.Session, "pin", "284915").want(401, "/staff/return")
}

// The cookie lives as long as the sign-in can: who is at work stays in past the quarter
// of an hour.
func TestASignInLastsWhileItIsUsed(t *testing.T) {
	t.Parallel()
	h := newFlowHouse(t)
	_, code, err := h.AdmitFirst(t.Context(), "한 관리자")
	flowMust(t, err)
	b := h.browser("")
	b.post("/staff/enter", "code", code)
	if said := strings.Join(b.header.Values("Set-Cookie"), "\n"); !strings.Contains(said, "__Host-naru-staff="+b.cookies["__Host-naru-staff"]+"; Path=/; Max-Age=36000;") {
		t.Errorf("the cookie is %s", said)
	}
	for range 4 {
		h.add(staff.SessionIdle - time.Minute)
		b.get("/staff").want(200, "/staff")
	}
}

// Staff steer by their permission, and the audit has it before the gate does (rule S18).
func TestStaffSteerTheGate(t *testing.T) {
	t.Parallel()
	h := newFlowHouse(t)
	h.open()
	_, admin := h.admin()
	planner, _ := h.colleague(admin, "계획 하나", staff.Grant{Role: staff.Campaign})
	planner.get("/staff/gates").want(200, "/staff/gates").says("인터넷", "2000")
	if strings.Contains(planner.page, "들어오기 멈춤") {
		t.Error("who may only look is offered to steer")
	}
	planner.post("/staff/gates/"+flowCampaign, "do", "pause").want(403, "/staff/gates")
	operator, id := h.colleague(admin, "운영 하나", staff.Grant{Role: staff.Operator})
	operator.post("/staff/gates/"+flowCampaign, "do", "pause").follow().want(200, "/staff/gates").says("운영 하나: 멈춤 false → true")
	operator.post("/staff/gates/"+flowCampaign, "do", "cap", "cap", "many").want(422, "/staff/gates/")
	operator.post("/staff/gates/nowhere", "do", "resume").want(404, "/staff/gates/nowhere")
	page, _, err := h.ReadAudit(t.Context(), store.Console(), store.AuditQuery{Staff: id})
	flowMust(t, err)
	var said []string
	for _, e := range page {
		if e.What == string(staff.SteerGate) {
			said = append(said, string(e.Phase)+" "+e.Campaign+" "+e.Detail["paused"])
		}
	}
	if want := []string{"done " + flowCampaign + " true", "asked " + flowCampaign + " true"}; !slices.Equal(said, want) {
		t.Errorf("the audit says %q, want %q", said, want)
	}
}
