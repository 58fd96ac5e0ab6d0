package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"naru/internal/i18n"
	"naru/internal/web"
)

// flowClaim is what somebody types to look up.
func flowClaim(number string) []string {
	return []string{"name", "가상하나", "born", "1965.3.9", "mobile", "+82 10 0000 0001", "number", number}
}

func TestLookUpAndCancel(t *testing.T) {
	t.Parallel()
	h := newFlowHouse(t)
	owner := h.browser("").enter(flowEligible).proveIt().toDone()
	number := owner.number()

	b := h.browser("/en") // another browser: nothing is known of it
	b.get("/lookup/list").want(http.StatusUnauthorized, "/lookup/list").says("look up your reservation first")
	b.post("/lookup", flowClaim("0000-0000-0000")...).want(http.StatusNotFound, "/lookup").says("We found no reservation", `value="1965.3.9"`)
	b.post("/lookup", flowClaim("nonsense")...).want(422, "/lookup").says("twelve", `aria-invalid="true"`, `href="#f-number"`)
	b.post("/lookup", "name", "9", "born", "1965-02-30", "mobile", "12", "number", "x").want(422, "/lookup")
	b.says(`href="#f-name"`, `href="#f-born"`, `href="#f-mobile"`, `href="#f-number"`)
	b.post("/lookup", flowClaim(strings.ToLower(number))...).follow().want(200, "/lookup/list").says(number, "booked", "Dose 2", `href="/en/lookup/calendar/1"`)

	b.get("/lookup/calendar/1").want(200, "/lookup/calendar/1").says("BEGIN:VCALENDAR", number)
	b.get("/lookup/calendar/2").want(http.StatusNotFound, "/lookup/calendar/2")

	b.post("/lookup/cancel", "number", "0000-0000-0000").want(http.StatusNotFound, "/lookup/cancel")
	b.post("/lookup/cancel", "number", number).want(200, "/lookup/cancel").says("really want to cancel", number)
	form := []string{"number", b.value("number"), "key", b.value("key")}
	owner.get(step("/done")).want(200, step("/done")) // asking has cancelled nothing
	b.post("/lookup/cancel", form...).follow().want(200, "/lookup/list").says("is cancelled", "cancelled", "Take it out of my calendar")
	b.get("/lookup/calendar/1").want(200, "/lookup/calendar/1").says("METHOD:CANCEL", "STATUS:CANCELLED", "SEQUENCE:1")
	b.get("/lookup/list").want(200, "/lookup/list")
	b.post("/lookup/cancel", form...).follow().want(200, "/lookup/list").says("is cancelled")
	if strings.Contains(b.page, "/lookup/cancel") {
		t.Error("a cancelled reservation can be cancelled again")
	}
	h.add(16 * time.Minute)
	b.get("/lookup/list").want(http.StatusGone, "/lookup/list").says("The look-up has ended")
}

func TestLookUpIsOfOneBrowser(t *testing.T) {
	t.Parallel()
	h := newFlowHouse(t)
	number := h.browser("").enter(flowEligible).proveIt().toDone().number()
	owner := h.browser("").post("/lookup", flowClaim(number)...).follow().want(200, "/lookup/list")
	thief := h.browser("")
	thief.cookies["__Host-naru-lookup"] = owner.cookies["__Host-naru-lookup"]
	thief.get("/lookup/list").want(http.StatusUnauthorized, "/lookup/list")
	thief.post("/lookup/cancel", "number", number, "key", aKey).want(http.StatusUnauthorized, "/lookup/cancel")
}

func TestLostNumberIsFoundByACode(t *testing.T) {
	t.Parallel()
	h := newFlowHouse(t)
	number := h.browser("").enter(flowEligible).proveIt().toDone().number()
	h.deliver()
	b := h.browser("").get("/lookup/code").want(200, "/lookup/lost")
	b.post("/lookup/send", flowClaim("")...).follow().want(200, "/lookup/code").says("010-****-0001")
	known := flowMain(b.page)
	code := h.code()
	b.post("/lookup/code", "code", "1").want(422, "/lookup/code").says("숫자 여섯 자리")
	b.post("/lookup/code", "code", code).follow().want(200, "/lookup/list").says(number)

	stranger := h.browser("")
	stranger.post("/lookup/send", "name", "가상없음", "born", "1970-01-01", "mobile", "010-0000-0001").follow().want(200, "/lookup/code")
	if unknown := flowMain(stranger.page); unknown != known {
		t.Errorf("people who have not booked can be told apart:\n%s\n%s", known, unknown)
	}
	stranger.post("/lookup/code", "code", "123456").want(422, "/lookup/code").says("4번 더")
}

func TestCalendarOfABooking(t *testing.T) {
	t.Parallel()
	b := newFlowHouse(t).browser("").enter(flowEligible).proveIt().toDone()
	number := b.number()
	b.get(step("/done.ics")).want(200, step("/done.ics"))
	if kind := b.header.Get("Content-Type"); kind != "text/calendar; charset=utf-8" {
		t.Errorf("Content-Type %q", kind)
	}
	events := 0
	text := strings.ReplaceAll(b.page, "\r\n ", "")
	for _, line := range strings.Split(strings.TrimSuffix(text, "\r\n"), "\r\n") {
		name, value, found := strings.Cut(line, ":")
		if !found || name == "" || strings.ContainsAny(line, "\r\n") {
			t.Errorf("not a content line: %q", line)
		}
		switch name {
		case "BEGIN":
			if value == "VEVENT" {
				events++
			}
		case "DTSTART", "DTEND", "DTSTAMP":
			if _, err := time.Parse("20060102T150405Z", value); err != nil {
				t.Errorf("%s is no instant: %q", name, value)
			}
		case "UID":
			if strings.Contains(value, strings.ReplaceAll(number, "-", "")) {
				t.Error("the UID gives the number away")
			}
		}
	}
	if events != 2 || !strings.Contains(text, number) {
		t.Errorf("%d events, want one for each dose, with the number:\n%s", events, b.page)
	}
}

func TestDevelopmentPages(t *testing.T) {
	t.Parallel()
	h := newFlowHouse(t)
	b := h.browser("").get("/demo").want(200, "/demo").says("가상하나", "지금 열기")
	b.post("/demo/open/nothing").want(http.StatusNotFound, "/demo/open/nothing")
	b.post("/demo/open/"+flowCampaign).follow().want(200, "/demo").says("몇 초 뒤에")
	p := h.browser("")
	p.join(flowEligible)
	for range 12 {
		h.add(time.Second)
		h.lead(1)
	}
	p.post(step("/enter")).follow().want(200, step("/prove"))
	p.post(step("/prove/send")).follow()
	h.deliver()
	p.get("/inbox?to=010-0000-0001").want(200, "/inbox").says("인증번호", "010-0000-0001")
	p.get("/inbox.json?to=01000000001").want(200, "/inbox.json").says(`"kind":"code"`, `"to":"01000000001"`)
	p.get("/inbox?to=010-0000-0009").want(200, "/inbox").says("문자가 없습니다")
}

func TestNoDevelopmentPagesOnARealService(t *testing.T) {
	t.Parallel()
	h := newFlowHouse(t)
	words, err := i18n.New()
	flowMust(t, err)
	h.server, err = web.New(web.Options{Store: h.Store, Agency: h.agency, Catalogue: words, Now: h.Now})
	flowMust(t, err)
	b := h.browser("")
	for _, path := range []string{"/inbox", "/inbox.json", "/demo"} {
		b.get(path).want(http.StatusNotFound, path)
	}
	b.post("/demo/open/" + flowCampaign)
	b.want(http.StatusNotFound, "/demo/open/")
	b.enter(flowEligible)
	if strings.Contains(b.page, "/inbox") {
		t.Error("a real service links to the inbox")
	}
}

func TestDirectoryFiles(t *testing.T) {
	t.Parallel()
	h := newFlowHouse(t)
	name := h.Directory().Manifest().Regions.File
	b := h.browser("").get("/static/directory/" + name)
	b.want(200, "/static/directory/").says(`"columns"`)
	if got := b.header.Get("Cache-Control"); !strings.Contains(got, "immutable") {
		t.Errorf("Cache-Control %q", got)
	}
	for _, bad := range []string{"manifest.json", "nothing.json", "..%2f..%2fgate.db", "clinics"} {
		if b.get("/static/directory/" + bad); b.status != http.StatusNotFound {
			t.Errorf("%s: status %d", bad, b.status)
		}
	}
}
