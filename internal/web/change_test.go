package web_test

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"naru/internal/booking"
	"naru/internal/caldate"
	"naru/internal/gate"
)

var sequenceLine = regexp.MustCompile(`(?m)^SEQUENCE:(\d+)`)

// sequence is the SEQUENCE of the first dose in the calendar of the first reservation.
func (b *flowBrowser) sequence() int {
	b.t.Helper()
	m := sequenceLine.FindStringSubmatch(b.get("/lookup/calendar/1").want(200, "/lookup/calendar/1").page)
	if m == nil {
		b.t.Fatal("the calendar has no SEQUENCE")
	}
	n, _ := strconv.Atoi(m[1])
	return n
}

// changes sends the form of the page of a change, with a time.
func (b *flowBrowser) changes(start string) []string {
	return []string{"number", b.value("number"), "dose", b.value("dose"), "key", b.value("key"), "start", start}
}

// From the look-up: both doses move, then the second alone; the person is told each time,
// the calendar's entries are replaced, and a form sent twice has one answer.
func TestChangeFromTheLookUp(t *testing.T) { // rules B15, B61, W59
	t.Parallel()
	for name, words := range map[string]struct{ prefix, ask, both, done string }{
		"in Korean":  {"", "날짜·시간 바꾸기", "1차와 2차 함께", "시간을 바꾸었습니다"},
		"in English": {"/en", "Change the day or time", "Both doses", "The time is changed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newFlowHouse(t)
			number := h.browser("").enter(flowEligible).proveIt().toDone().number()
			h.deliver()
			b := h.browser(words.prefix).post("/lookup", flowClaim(number)...).follow().want(200, "/lookup/list").says(words.ask)
			before := b.sequence()
			h.add(time.Minute)
			b.get("/lookup/change/1?dose=both").want(200, "/lookup/change/1").says(words.both, number, `name="dose" value="both"`)
			form := b.changes(b.value("start"))
			for range 2 {
				b.post("/lookup/change", form...).follow().want(200, "/lookup/list").says(words.done)
			}
			if got := len(h.deliver()); got != 1 {
				t.Errorf("%d messages of one change", got)
			}
			after := b.sequence()
			if after <= before {
				t.Errorf("SEQUENCE %d after %d: no calendar would take the change", after, before)
			}
			b.get("/lookup/change/1?dose=2").want(200, "/lookup/change/1").says(`name="dose" value="2"`)
			b.post("/lookup/change", b.changes(b.value("start"))...).follow().want(200, "/lookup/list").says(words.done)
			if told := h.deliver(); len(told) != 1 || told[0].Kind != "changed" || told[0].To != "01000000001" {
				t.Errorf("told: %+v", told)
			}
			b.get("/lookup/change/2").want(http.StatusNotFound, "/lookup/change/2")
			b.get("/lookup/change/1?dose=3").want(http.StatusNotFound, "/lookup/change/1")
			h.browser("").get("/lookup/change/1").want(http.StatusUnauthorized, "/lookup/change/1")
			h.browser("").post("/lookup/change", form...).want(http.StatusUnauthorized, "/lookup/change")
		})
	}
}

// A refusal is read on the page, in the words that the agents read; what is booked stands.
func TestAChangeThatIsRefusedKeepsTheBooking(t *testing.T) { // rules B15, B3, W59
	t.Parallel()
	h := newFlowHouse(t)
	number := h.browser("").enter(flowEligible).proveIt().toDone().number()
	b := h.browser("").post("/lookup", flowClaim(number)...).follow().want(200, "/lookup/list")
	booked := flowMain(b.page)
	refuse := func(status int, words string, form ...string) {
		t.Helper()
		b.get("/lookup/change/1?dose=1")
		b.post("/lookup/change", append([]string{"number", number, "key", b.value("key")}, form...)...).want(status, "/lookup/change").says(words, number)
	}
	refuse(422, "시간을 하나 고르세요", "dose", "1")
	refuse(422, "화면이 오래되었거나", "dose", "5", "start", "2021-07-27T00:00:00Z")
	refuse(422, "28일 이상이어야", "dose", "2", "start", "2021-07-27T00:00:00Z")
	all, _, err := h.Reservations(t.Context(), b.cookies["__Host-naru-lookup"], gate.BrowserHash(b.cookies["__Host-naru-browser"]))
	flowMust(t, err)
	times, err := h.OtherTimes(all[0], booking.BothDoses, gate.Web)
	flowMust(t, err)
	full := times[0]
	h.fill(all[0].Clinic + " " + full.Start.Format(time.RFC3339))
	last := h.browser("").enter([]string{"name", "가상끝", "born", "1965-03-09", "mobile", "010-0000-3000", "consent", "yes"}).proveIt()
	last.post(step("/hold"), "key", aKey, "clinic", all[0].Clinic, "start", full.Start.Format(time.RFC3339))
	refuse(http.StatusConflict, "방금 다른 분이", "dose", "both", "start", full.Start.Format(time.RFC3339))
	b.post("/lookup/change", "number", "0000-0000-0000", "dose", "1", "key", aKey).want(http.StatusNotFound, "/lookup/change")
	if b.get("/lookup/list"); flowMain(b.page) != booked {
		t.Error("what is booked is not as it was")
	}
	b.post("/lookup/cancel", "number", number, "key", aKey).follow()
	b.get("/lookup/change/1").want(http.StatusConflict, "/lookup/change/1")
	if strings.Contains(b.page, "/lookup/change\"") {
		t.Error("a cancelled reservation can be changed")
	}
}

// A clinic closes the first dose's time: the list says so, the page offers that dose first
// and no closed time, and the person chooses anew without a line.
func TestAClosedTimeIsChangedFromTheLookUp(t *testing.T) { // rules W59, K25
	t.Parallel()
	h := newFlowHouse(t)
	number, clinicID, first := h.bookedAt()
	b := h.browser("").post("/lookup", flowClaim(number)...).follow().want(200, "/lookup/list")
	if strings.Contains(b.page, "1차 접종을 하지 않습니다") {
		t.Error("an open time is said to be closed")
	}
	nurse := h.nurse("", clinicID)
	day := caldate.Of(first, h.agency.Zone).String()
	at := "/staff/clinic/" + clinicID + "/hours"
	nurse.get(at)
	nurse.post(at+"/set", "version", nurse.value("version"), "change", "close", "date", day, "from", "00:00", "to", "24:00", "remedy", "tell", "why", "staff").follow().want(200, at)
	flowMust(t, h.CarryOutClosings(t.Context()))
	b.get("/lookup/list").says("1차 접종을 하지 않습니다", "날짜·시간 바꾸기")
	b.get("/lookup/change/1").want(200, "/lookup/change/1").says("1차 접종을 하지 않습니다", `name="dose" value="both"`)
	if strings.Contains(b.page, "day="+day) {
		t.Error("the closed day is offered")
	}
	b.post("/lookup/change", b.changes(b.value("start"))...).follow().want(200, "/lookup/list").says("시간을 바꾸었습니다")
	if strings.Contains(b.page, "1차 접종을 하지 않습니다") {
		t.Error("the new time is said to be closed")
	}
}
