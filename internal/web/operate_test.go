package web_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"naru/internal/store"
	"naru/internal/web"
)

// operation asks the operators' socket.
func (h *flowHouse) operation(method, path, body string) *httptest.ResponseRecorder {
	h.t.Helper()
	w := httptest.NewRecorder()
	h.server.(*web.Server).Operations().ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader(body)))
	return w
}

func (h *flowHouse) operatorCode() string {
	h.t.Helper()
	var page web.OperatorPage
	w := h.operation(http.MethodPost, "/page", `{"by":"당직"}`)
	flowMust(h.t, json.Unmarshal(w.Body.Bytes(), &page))
	return page.Code
}

// The page opens with a code, changes cap, rate and pause, and writes down who did what;
// without the code nothing is shown or changed.
func TestOperatorsSteerFromThePage(t *testing.T) {
	t.Parallel()
	h := newFlowHouse(t)
	h.open()
	stranger := h.browser("")
	stranger.get("/operate").want(200, "/operate").says("운영자 코드")
	stranger.post("/operate/"+flowCampaign, "do", "pause").want(401, "/operate/").says("운영자 코드")
	stranger.post("/operate/enter", "code", "guessed").want(401, "/operate/enter").says("이 코드는 쓸 수 없습니다")
	code := h.operatorCode()
	b := h.browser("")
	b.post("/operate/enter", "code", code).follow().want(200, "/operate").says("당직", "인터넷", "2000")
	b.post("/operate/"+flowCampaign, "do", "pause").follow().want(200, "/operate").says("다시 들어오게 하기", "멈춤 false → true")
	if paused := h.view(flowCampaign).Board.Paused; !paused {
		t.Error("the board does not say that the gate is paused")
	}
	b.post("/operate/"+flowCampaign, "do", "cap", "cap", "77").follow().says("인원 2000 → 77")
	b.post("/operate/"+flowCampaign, "do", "cap", "cap", "many").want(422, "/operate/").says("0부터 10,000,000까지")
	b.post("/operate/"+flowCampaign, "do", "rate", "rate", "NaN").want(422, "/operate/").says("0보다 크고")
	b.post("/operate/"+flowCampaign, "do", "rate", "rate", "12.5").follow().says("속도 100 → 12.5")
	b.post("/operate/"+flowCampaign, "do", "resume").follow().says("들어오기 멈춤")
	h.browser("/en").post("/operate/enter", "code", code).follow().want(200, "/operate").says("People inside at once")
	h.add(3 * time.Minute)
	h.browser("").post("/operate/enter", "code", code).want(401, "/operate/enter").says("코드의 시간이 끝났습니다")
	h.add(time.Hour)
	b.post("/operate/"+flowCampaign, "do", "pause").want(401, "/operate/")
}

func (h *flowHouse) view(id string) store.View {
	h.t.Helper()
	v, err := h.View(id)
	flowMust(h.t, err)
	return v
}

// A code is no cookie and a cookie no code.
func TestAnOperatorsCodeIsGoodForOneUse(t *testing.T) {
	t.Parallel()
	h := newFlowHouse(t)
	o := store.Operator{By: "당직", Ends: h.Now().Add(time.Hour), For: store.OperatorCookie}
	if _, err := h.OpenOperator(h.SealOperator(o), store.OperatorCode); err == nil {
		t.Error("a cookie was taken as a code")
	}
	if _, err := h.OpenOperator(h.SealOperator(o), store.OperatorCookie); err != nil {
		t.Error(err)
	}
}

func TestOperationsAreReadStrictly(t *testing.T) {
	t.Parallel()
	h := newFlowHouse(t)
	for _, c := range []struct {
		method, path, body string
		status             int
	}{
		{"GET", "/gate", "", 200},
		{"GET", "/gate/" + flowCampaign, "", 200},
		{"GET", "/gate/unknown", "", 404},
		{"POST", "/gate/unknown", `{"by":"a","cap":1}`, 404},
		{"POST", "/gate/" + flowCampaign, `{"by":"a","cap":5}`, 200},
		{"POST", "/gate/" + flowCampaign, `{"by":"","cap":5}`, 422},
		{"POST", "/gate/" + flowCampaign, `{"by":"a","cap":-1}`, 422},
		{"POST", "/gate/" + flowCampaign, `{"by":"a","cap":10000001}`, 422},
		{"POST", "/gate/" + flowCampaign, `{"by":"a","rate":0}`, 422},
		{"POST", "/gate/" + flowCampaign, `{"by":"a","cup":5}`, 400},
		{"POST", "/gate/" + flowCampaign, `{`, 400},
		{"POST", "/page", `{"by":""}`, 422},
	} {
		if w := h.operation(c.method, c.path, c.body); w.Code != c.status {
			t.Errorf("%s %s %s: %d %s, want %d", c.method, c.path, c.body, w.Code, w.Body, c.status)
		}
	}
	var gates []store.GateStatus
	flowMust(t, json.Unmarshal(h.operation("GET", "/gate", "").Body.Bytes(), &gates))
	if len(gates) != 1 || gates[0].Cap != 5 || len(gates[0].Lately) != 1 || gates[0].Lately[0].By != "a" {
		t.Errorf("the gates are %+v", gates)
	}
}
