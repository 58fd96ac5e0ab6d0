package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"naru/internal/gate"
)

func TestBookingFromLobbyToNumber(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		prefix                     string
		prove, region, done, dose2 string
	}{
		"in Korean":  {"", "010-****-0001", "어느 지역에서", "예약이 완료되었습니다", "2차 접종"},
		"in English": {"/en", "010-****-0001", "Where would you like", "Your booking is complete", "Dose 2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newFlowHouse(t).browser(c.prefix)
			b.enter(flowEligible).says(c.prove)
			b.proveIt().says(c.region)
			b.toDone().says(c.done, c.dose2)
			number := b.number()
			b.get(step("/book")).want(http.StatusOK, step("/done")).says(number)
			b.get(step("/confirm")).want(http.StatusOK, step("/done")).says(number)
		})
	}
}

func TestRefusalSaysRuleReasonAndDate(t *testing.T) {
	t.Parallel()
	h := newFlowHouse(t)
	b := h.browser("")
	b.enter(flowYoung).proveIt().want(http.StatusForbidden, step("/eligible"))
	b.says("지금은 예약할 수 없습니다", "C11", "1962-1966년 출생자", "1339", "예약할 수 있는 때")
	for _, path := range []string{"/region", "/clinics?region=1168000000", "/times?clinic=x"} {
		b.get(step(path)).want(http.StatusForbidden, step(path)).says("C11")
	}
	b.post(step("/clinic"), "clinic", "x").want(http.StatusForbidden, step("/clinic")).says("C11")
	p, err := h.Campaign(flowCampaign)
	flowMust(t, err)
	clinicID := string(h.Directory().Clinics()[0].ID)
	times, _, err := h.Times(p, gate.Web, clinicID)
	flowMust(t, err)
	b.post(step("/hold"), "key", strings.Repeat("k", 20), "clinic", clinicID, "start", times[0].Start.Format(time.RFC3339))
	b.want(http.StatusForbidden, step("/hold")).says("지금은 예약할 수 없습니다", "C11")
}

func TestNoAddressOpensAStep(t *testing.T) {
	t.Parallel()
	h := newFlowHouse(t)
	for _, path := range []string{
		"/book", "/prove", "/eligible", "/region", "/clinics?region=1168000000", "/times?clinic=x", "/confirm", "/done", "/done.ics",
	} {
		stranger := h.browser("").get(step(path))
		stranger.want(http.StatusUnauthorized, step(path))
		if !strings.Contains(stranger.page, "<h1>") || !strings.Contains(stranger.page, "1339") {
			t.Errorf("%s: no readable page", path)
		}
		waiting := h.browser("").post(step("/join"), flowEligible...)
		waiting.get(step(path)).want(http.StatusUnauthorized, step(path))
	}
	for _, path := range []string{"/prove/send", "/prove", "/extend", "/clinic", "/hold", "/release", "/confirm"} {
		h.browser("").post(step(path)).want(http.StatusUnauthorized, step(path))
	}
}
