package web_test

import (
	"net/http"
	"strings"
	"testing"
)

var (
	guardianOn = []string{"guardian: false", "guardian: true"}
	// flowStand is a son who books for flowEligible.
	flowStand = []string{
		"subject_name", "가상하나", "subject_born", "1965-03-09", "subject_mobile", "010-0000-0001", "relation", "child",
		"name", "가상아들", "born", "1990-05-05", "mobile", "010-0000-0009", "consent", "yes",
	}
)

// A son books for his mother on the pages; she finds who booked and takes it over.
func TestAGuardianBooksOnThePages(t *testing.T) {
	t.Parallel()
	for name, words := range map[string]struct{ prefix, link, lead, by, wards, taken string }{
		"in Korean":  {"", "가족 대신 예약하기", "본인(010-****-0009)을 인증", "보호자가 대신 예약했습니다 (나의 자녀)", "가상하나 님의 예약", "넘겨받았습니다"},
		"in English": {"/en", "Book for somebody else", "Prove yourself (010-****-0009)", "Somebody booked this for you (your child)", "Booked for 가상하나", "is yours now"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newFlowHouse(t, guardianOn...)
			mother := h.browser(words.prefix).join(flowEligible)
			son := h.browser(words.prefix)
			son.get(step("")).says(words.link)
			son.get(step("/guardian")).want(http.StatusOK, step("/guardian"))
			son.post(step("/guardian"), append([]string{"consent", ""}, flowStand[:14]...)...).want(422, step("/guardian")).says(`value="가상아들"`)
			son.post(step("/guardian"), flowStand...).follow().want(http.StatusOK, step("/wait"))
			ticket := between(son.page, `data-ticket="`, `"`)
			if ticket != between(mother.page, `data-ticket="`, `"`) || ticket == "" {
				t.Error("mother and son wait with two tickets")
			}
			h.open()
			son.serveUntilTurn()
			son.post(step("/enter")).follow().says(words.lead).proveIt().toDone()
			kinds := map[string]string{}
			for _, m := range h.deliver() {
				kinds[m.To] = m.Kind
			}
			if kinds["01000000001"] != "booked_for_you" || kinds["01000000009"] != "booked_by_you" {
				t.Errorf("told: %v", kinds)
			}
			number := son.number()
			son.post("/lookup/send", "name", "가상아들", "born", "1990-05-05", "mobile", "010-0000-0009").follow()
			h.add(30e9)
			son.post("/lookup/send", "name", "가상아들", "born", "1990-05-05", "mobile", "010-0000-0009").follow().want(http.StatusOK, "/lookup/code")
			son.post("/lookup/code", "code", h.code()).follow().want(http.StatusOK, "/lookup/list").says(words.wards, number)
			mother.post("/lookup", flowClaim(number)...).follow().want(http.StatusOK, "/lookup/list").says(words.by)
			mother.post("/lookup/take-over", "number", number).follow().says(words.taken)
			son.get("/lookup/list")
			if strings.Contains(son.page, number) {
				t.Error("he still sees what she has taken over")
			}
			son.post("/lookup/ward", "number", number, "key", aKey).want(http.StatusNotFound, "/lookup/ward")
		})
	}
}

// Refusals are told on the page where they arise, with the reason.
func TestGuardiansAreRefusedWithAReason(t *testing.T) {
	t.Parallel()
	h := newFlowHouse(t)
	h.browser("").get(step("/guardian")).says("대신 예약할 수 없습니다")
	h.browser("").post(step("/guardian"), flowStand...).want(http.StatusForbidden, step("/guardian")).says("대신 예약할 수 없습니다")

	h = newFlowHouse(t, guardianOn...)
	h.browser("").enter(flowEligible).proveIt().toDone()
	h.deliver()
	son := h.browser("").post(step("/guardian"), flowStand...).follow().want(http.StatusOK, step("/wait"))
	son.serveUntilTurn()
	son.post(step("/enter")).follow().want(http.StatusOK, step("/prove"))
	son.post(step("/prove/send")).follow()
	son.post(step("/prove"), "code", h.code()).want(http.StatusConflict, step("/prove")).says("이미 예약했습니다")

	narrow := newFlowHouse(t, "guardian: false", "guardian: true\nguardian_for: { born: { to: 1963-12-31 } }")
	narrow.browser("").post(step("/guardian"), flowStand...).want(http.StatusForbidden, step("/guardian")).says("대상이 아닙니다")
	same := append([]string{}, flowStand...)
	same[5] = "010-0000-0009"
	h.browser("").post(step("/guardian"), same...).want(422, step("/guardian")).says("표시해 주세요")
}
