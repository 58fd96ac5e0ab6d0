package web_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"naru/internal/message"
	"naru/internal/notify"
	"naru/internal/staff"
	"naru/internal/store"
)

// reportSecret is what the provider of the flow house signs with.
const reportSecret = "made up for the test"

// signsIn lets a member of staff in with the code of a link.
func (b *flowBrowser) signsIn(code string) *flowBrowser {
	b.t.Helper()
	return b.post("/staff/enter", "code", code).follow().want(200, "/staff")
}

func (h *flowHouse) adminCode() (code string) {
	h.t.Helper()
	_, code, err := h.AdmitFirst(h.t.Context(), "한 관리자")
	flowMust(h.t, err)
	return code
}

// booked lets the eligible person book and returns the message of it, not sent yet.
func (h *flowHouse) booked() store.Message {
	h.t.Helper()
	h.browser("").enter(flowEligible).proveIt().toDone()
	all, err := h.Queued(h.t.Context(), 10)
	flowMust(h.t, err)
	if len(all) != 1 || all[0].Kind != "booked" {
		h.t.Fatalf("%d messages wait", len(all))
	}
	return all[0]
}

// Staff see what was given up and have it sent again, and look by phone number; the
// text is on no page (rules M12, S4).
func TestStaffSeeAndRepeatMessages(t *testing.T) {
	t.Parallel()
	h := newFlowHouse(t)
	dead := h.booked()
	b := h.browser("").signsIn(h.adminCode()).says("문자 발송")
	b.get("/staff/messages").want(200, "/staff/messages").says("보내지 못한 문자가 없습니다")
	leased, err := h.LeaseMessages(t.Context(), store.Lease{Provider: h.agency.Messages.Others[0], Most: 10, Life: 1})
	flowMust(t, err)
	flowMust(t, h.NoteMessage(t.Context(), leased[0], store.Told{Answer: message.Refused, Cause: "no_such_phone"}))
	b.get("/staff/messages").says("no_such_phone", h.agency.FormatPhone(dead.To), "다시 보내기")
	b.get("/en/staff/messages").says("Given up", "Send again")
	b.post("/staff/messages/find", "phone", dead.To).want(200, "/staff/messages/find").says("보내지 못함", "인증번호")
	if strings.Contains(b.page, dead.Values["Clinic"]) || strings.Contains(b.page, dead.Values["Number"]) {
		t.Error("the page shows what a message says")
	}
	b.post("/staff/messages/find", "phone", "010-9999-9999").says("보낸 문자가 없습니다")
	b.post("/staff/messages/find", "phone", "abc").want(422, "/staff/messages/find")
	b.post("/staff/messages/again", "message", dead.ID).follow().says("다시 보냅니다", "보내지 못한 문자가 없습니다")
	b.post("/staff/messages/again", "message", dead.ID).want(409, "/staff/messages/again")
	b.post("/staff/messages/again", "message", "x").want(404, "/staff/messages/again")
}

// Who may not see messages is refused at each of the pages (rule S1).
func TestOnlyWhoMaySeesMessages(t *testing.T) {
	t.Parallel()
	h := newFlowHouse(t)
	_, admin, err := h.EnterByLink(t.Context(), h.adminCode())
	flowMust(t, err)
	_, code, err := h.Invite(t.Context(), admin, "한 감사", []staff.Grant{{Role: staff.Auditor}})
	flowMust(t, err)
	b := h.browser("").signsIn(code)
	b.get("/staff/messages").want(403, "/staff/messages")
	b.post("/staff/messages/find", "phone", "01000000001").want(403, "/staff/messages/find")
	b.post("/staff/messages/again", "message", "x").want(403, "/staff/messages/again")
}

// A provider reports with its signature; without one nothing is changed (rule M7).
func TestProvidersReport(t *testing.T) {
	t.Parallel()
	h := newFlowHouse(t)
	m := h.booked()
	flowMust(t, h.Delivered(t.Context(), []store.Message{m}, nil))
	body := `{"reports":[{"id":"` + m.ID + `","state":"delivered"}]}`
	at := strconv.FormatInt(h.Now().Unix(), 10)
	report := func(what, provider, body, signature string, want int) {
		t.Helper()
		r := httptest.NewRequest(http.MethodPost, "/messages/"+provider+"/reports", strings.NewReader(body))
		r.Host = "localhost"
		r.Header.Set(notify.ReportTime, at)
		r.Header.Set(notify.ReportSignature, signature)
		w := httptest.NewRecorder()
		h.server.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%s: status %d, want %d (%s)", what, w.Code, want, w.Body)
		}
	}
	state := func(want message.State) {
		t.Helper()
		_, c, err := h.EnterByLink(t.Context(), h.adminCode())
		flowMust(t, err)
		all, err := h.MessagesOf(t.Context(), c, m.To)
		flowMust(t, err)
		for _, one := range all {
			if one.ID == m.ID && one.State != want {
				t.Errorf("the message is %s, want %s", one.State, want)
			}
		}
	}
	sign := func(body string) string { return notify.Sign(reportSecret, at, []byte(body)) }
	long := strings.Repeat(" ", notify.ReportMost+1)
	report("not signed", "text", body, "v1=00", 401)
	report("of a provider that is not there", "nobody", body, sign(body), 404)
	report("nothing in it", "text", "{}", sign("{}"), 400)
	report("too long", "text", long, sign(long), 413)
	state(message.Sent)
	report("signed", "text", body, sign(body), 204)
	report("signed, once more", "text", body, sign(body), 204)
	state(message.Delivered)
}
