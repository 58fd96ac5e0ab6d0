package web_test

import (
	"fmt"
	"html"
	"net/http"
	"strings"
	"testing"
	"time"

	"naru/internal/gate"
	"naru/internal/proof/mock"
	"naru/internal/staff"
	"naru/internal/store"
)

// phoneLane gives the campaign a lane for callers.
var phoneLane = []string{"  cap: 2000 ", "  lanes:\n    - { lane: phone, share_percent: 20, times_percent: 10, release: \"2021-07-12 12:00\" }\n  cap: 2000 "}

// gangnam is where the agents of these tests look for times.
const gangnam = "1168000000"

// signIn is a browser in which a member of staff with a role has signed in.
func (h *flowHouse) signIn(prefix, name string, role staff.Role) *flowBrowser {
	h.t.Helper()
	_, link, err := h.AdmitFirst(h.t.Context(), "한 관리자")
	flowMust(h.t, err)
	_, admin, err := h.EnterByLink(h.t.Context(), link)
	flowMust(h.t, err)
	_, link, err = h.Invite(h.t.Context(), admin, name, []staff.Grant{{Role: role}})
	flowMust(h.t, err)
	return h.browser(prefix).post("/staff/enter", "code", link).follow().want(http.StatusOK, "/staff")
}

// calls is the first half of a call: the agent finds who is calling.
func (b *flowBrowser) calls(who []string) *flowBrowser {
	b.t.Helper()
	return b.get("/staff/call").want(http.StatusOK, "/staff/call").
		post("/staff/call", append([]string{"region", gangnam}, who[:6]...)...).follow().want(http.StatusOK, "/staff/call/person")
}

// holds takes the time that is chosen already, calling the number back.
func (b *flowBrowser) holds(at string) *flowBrowser {
	b.t.Helper()
	for range 10 {
		b.post("/staff/call/hold", "campaign", flowCampaign, "key", b.value("key"), "check", "called_back", "at", at).follow()
		if b.status != http.StatusConflict || !strings.Contains(b.page, "순서는 그대로") {
			return b
		}
		b.serveUntilTurn()
	}
	return b
}

func (b *flowBrowser) confirms() *flowBrowser {
	b.t.Helper()
	return b.post("/staff/call/confirm", "campaign", flowCampaign, "key", b.value("key"), "hold", b.value("hold")).follow()
}

// A call from the first word to the reservation, while the public line is full; then
// the agent finds the person by the number and cancels.
func TestAnAgentBooksByTelephone(t *testing.T) {
	t.Parallel()
	h := newFlowHouse(t, phoneLane...)
	few := 10
	flowMust(t, h.Steer(t.Context(), flowCampaign, store.Steering{Cap: &few}, "test"))
	for n := range 40 {
		h.browser("").join([]string{"name", "가상줄", "born", "1965-03-09", "mobile", fmt.Sprintf("010-0000-1%03d", n), "consent", "yes"})
	}
	agent := h.signIn("", "가 상담원", staff.Agent)
	agent.says("전화 상담")
	h.open()
	agent.serveUntilTurn()
	agent.calls(flowEligible).says("가상하나", "010-0000-0001", "다시 걸어 본인과 통화")
	agent.post("/staff/call/hold", "campaign", flowCampaign, "key", agent.value("key"), "at", agent.value("at")).want(422, "/staff/call/hold").says("어떻게 확인했는지")
	agent.holds(agent.value("at")).want(http.StatusOK, "/staff/call/confirm").says("읽어 드리고", "2차 접종")
	agent.confirms().want(http.StatusOK, "/staff/call/person").says("예약했습니다", "전화로 예약했습니다", "이미 예약했습니다")
	number := agent.number()
	sent := h.deliver()
	if len(sent) != 1 || sent[0].Kind != "booked" || sent[0].To != "01000000001" {
		t.Fatalf("sent: %+v", sent)
	}
	agent.get("/staff/call").post("/staff/call", "number", number).follow().want(http.StatusOK, "/staff/call/person").says(number, "보냄", "예약번호 "+number)
	agent.get("/staff/call/change?n=1&dose=1").want(http.StatusOK, "/staff/call/change")
	agent.post("/staff/call/change", "number", agent.value("number"), "dose", "1", "key", agent.value("key"), "check", "called_back", "start", agent.value("start")).
		follow().want(http.StatusOK, "/staff/call/person").says("시간을 바꾸었습니다")
	agent.get("/staff/call/change?n=1&dose=both").want(http.StatusOK, "/staff/call/change")
	agent.post("/staff/call/change", "number", agent.value("number"), "dose", "both", "key", agent.value("key"), "check", "called_back", "start", agent.value("start")).
		follow().want(http.StatusOK, "/staff/call/person").says("시간을 바꾸었습니다", "보내는 중")
	h.deliver()
	agent.get("/staff/call/person").says("변경 · 보냄")
	agent.post("/staff/call/cancel", "number", number, "key", aKey, "check", "relative").follow().want(http.StatusOK, "/staff/call/person").says("취소했습니다")
}

// The agent reads the very sentences that the caller's page shows (R26).
func TestTheAgentSeesTheCallersSentence(t *testing.T) {
	t.Parallel()
	for name, prefix := range map[string]string{"in Korean": "", "in English": "/en"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newFlowHouse(t, phoneLane...)
			caller := h.browser(prefix).join(flowEligible)
			agent := h.signIn(prefix, "가 상담원", staff.Agent)
			same := func(state string) {
				t.Helper()
				caller.get(step("/wait"))
				_, section, found := strings.Cut(caller.page, `data-shown="`+state+`"`)
				if !found || !strings.Contains(caller.page, `data-state="`+state+`"`) {
					t.Fatalf("the caller's page is not in the state %s: %s", state, flowMain(caller.page))
				}
				section, _, _ = strings.Cut(section, "</section>")
				heading := html.UnescapeString(flowTags.ReplaceAllString(between(section, "<h2>", "</h2>"), ""))
				next := html.UnescapeString(flowTags.ReplaceAllString(between(section, "<p>", "</p>"), ""))
				agent.calls(flowEligible).says(heading, next)
			}
			same("lobby")
			h.open()
			agent.serveUntilTurn()
			same("turn")
			young := h.browser(prefix).enter(flowYoung).proveIt()
			reason := between(young.page, "</h1>", "</p>")
			reason = strings.TrimSpace(html.UnescapeString(flowTags.ReplaceAllString(reason, "")))
			agent.calls(flowYoung).says(reason)
		})
	}
}

func between(text, from, to string) string {
	_, rest, _ := strings.Cut(text, from)
	inner, _, _ := strings.Cut(rest, to)
	return inner
}

// Two agents want the last place of a time: one gets it, the other is told and sees
// the next best.
func TestTwoAgentsTakeTheLastPlace(t *testing.T) {
	t.Parallel()
	h := newFlowHouse(t, phoneLane...)
	one, two := h.signIn("", "가 상담원", staff.Agent), h.signIn("", "나 상담원", staff.Agent)
	h.open()
	other := []string{"name", "가상셋", "born", "1966-03-09", "mobile", "010-0000-0003"}
	one.calls(flowEligible)
	two.calls(other)
	last := one.value("at")
	if last != two.value("at") {
		t.Fatalf("the two are offered %s and %s", last, two.value("at"))
	}
	h.fill(last)
	one.holds(last).want(http.StatusOK, "/staff/call/confirm")
	two.holds(last).want(http.StatusConflict, "/staff/call/hold").says("방금 마감")
	next := two.value("at")
	if next == last {
		t.Fatal("the time that is gone is offered again")
	}
	two.holds(next).want(http.StatusOK, "/staff/call/confirm")
	one.confirms().want(http.StatusOK, "/staff/call/person").says("예약했습니다")
	two.confirms().want(http.StatusOK, "/staff/call/person").says("예약했습니다")
}

// fill takes all places of a time but one, as other callers do.
func (h *flowHouse) fill(at string) {
	h.t.Helper()
	clinicID, text, _ := strings.Cut(at, " ")
	start, err := time.Parse(time.RFC3339, text)
	flowMust(h.t, err)
	p, err := h.Campaign(flowCampaign)
	flowMust(h.t, err)
	times, _, err := h.Times(p, gate.Phone, clinicID)
	flowMust(h.t, err)
	left := 0
	for _, one := range times {
		if one.Start.Equal(start) {
			left = one.Left
		}
	}
	for n := range left - 1 {
		b := h.browser("").enter([]string{"name", "가상줄", "born", "1965-03-09", "mobile", fmt.Sprintf("010-0000-2%03d", n), "consent", "yes"}).proveIt()
		ses, err := h.Session(flowCampaign, b.cookies["__Host-naru-session-"+flowCampaign], b.cookies["__Host-naru-browser"])
		flowMust(h.t, err)
		_, err = h.Hold(h.t.Context(), ses, store.HoldRequest{Key: aKey, Clinic: clinicID, Start: start})
		flowMust(h.t, err)
	}
}

// Every provider is down: an agent books all the same, because nobody is asked.
func TestAnAgentBooksWithoutProviders(t *testing.T) {
	t.Parallel()
	h := newIdentityHouse(t, phoneLane...)
	h.all(mock.Dead)
	agent := h.signIn("", "가 상담원", staff.Agent)
	h.flowHouse.open()
	agent.calls(flowEligible)
	agent.holds(agent.value("at")).want(http.StatusOK, "/staff/call/confirm")
	agent.confirms().want(http.StatusOK, "/staff/call/person").says("예약했습니다")
}

// Promised calls: overdue ones are said to be, one agent takes one, the other sees
// who is calling.
func TestPromisedCalls(t *testing.T) {
	t.Parallel()
	h := newFlowHouse(t)
	one, two := h.signIn("", "가 상담원", staff.Agent), h.signIn("", "나 상담원", staff.Agent)
	one.get("/staff/call/backs").want(http.StatusOK, "/staff/call/backs").says("다시 걸 전화가 없습니다")
	one.post("/staff/call/backs", "name", "9", "mobile", "1", "due", "soon").want(422, "/staff/call/backs").says("안의 시간을", "무엇 때문인지")
	one.post("/staff/call/backs", "name", "가상넷", "mobile", "010-0000-0004", "due", "2021-07-12 09:00", "about", "book").follow().says("가상넷", "가 상담원 약속")
	one.post("/staff/call/backs", "name", "가상다섯", "mobile", "010-0000-0005", "due", "2021-07-12 00:05", "about", "help").follow()
	if strings.Index(one.page, "가상다섯") > strings.Index(one.page, "가상넷") {
		t.Error("the call that is due first is not the first")
	}
	one.add(10 * time.Minute)
	two.get("/staff/call/backs").says("약속한 시간이 지났습니다")
	id := two.value("id")
	two.post("/staff/call/backs/take", "id", id).follow().says("통화했습니다")
	one.post("/staff/call/backs/take", "id", id).want(http.StatusConflict, "/staff/call/backs").says("다른 상담원이")
	one.get("/staff/call/backs").says("나 상담원 통화 중")
	two.post("/staff/call/backs/end", "id", id, "reached", "no").follow().says("1번 받지 않음")
	two.post("/staff/call/backs/take", "id", id).follow().post("/staff/call/backs/end", "id", id, "reached", "yes").follow()
	if strings.Contains(two.page, "가상다섯") {
		t.Error("a call that was made is on the list")
	}
}

// Whoever is no agent opens no page of the console.
func TestTheConsoleIsForAgents(t *testing.T) {
	t.Parallel()
	h := newFlowHouse(t)
	h.browser("").get("/staff/call").want(http.StatusOK, "/staff/enter")
	for _, role := range []staff.Role{staff.Clinic, staff.Auditor, staff.Operator, staff.Inspector, staff.Investigator, staff.Campaign} {
		b := h.signIn("", "다 직원", role)
		for _, path := range []string{"/staff/call", "/staff/call/person", "/staff/call/confirm", "/staff/call/change", "/staff/call/backs"} {
			b.get(path).want(http.StatusForbidden, path)
		}
		for _, path := range []string{"/staff/call", "/staff/call/code", "/staff/call/hold", "/staff/call/confirm", "/staff/call/release", "/staff/call/cancel", "/staff/call/change", "/staff/call/backs", "/staff/call/backs/take", "/staff/call/backs/end"} {
			b.post(path).want(http.StatusForbidden, path)
		}
	}
}
