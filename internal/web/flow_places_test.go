package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"naru/examples"
	"naru/internal/clinic"
)

// The second country has two levels of regions, English without a prefix,
// another phone format and a rotation by the day of birth.
func TestBookingInASecondCountry(t *testing.T) {
	t.Parallel()
	h := newFlowHouseIn(t, flowCountry{
		examples.SecondAgencyYAML, examples.SecondRegionsCSV, "campaigns/second-country.yaml",
		time.Date(2021, 10, 25, 17, 0, 0, 0, time.UTC), // 20:00 in Helsinki
		func(rs *clinic.Regions) []clinic.Clinic { return clinic.Generate(rs, 30, 1) }, nil, nil,
	})
	at := func(rest string) string { return "/c/ferrania-autumn-2021" + rest }
	inside := func(born, mobile string) *flowBrowser {
		b := h.browser("")
		b.post(at("/join"), "name", "Made Up", "born", born, "mobile", mobile, "consent", "yes").follow().want(200, at("/wait"))
		if h.Now().Before(h.opening) {
			h.open()
		}
		b.serveUntilTurn()
		b.post(at("/enter")).follow().want(200, at("/prove")).says("Prove who you are")
		b.post(at("/prove/send")).follow()
		return b.post(at("/prove"), "code", h.code()).follow()
	}
	b := inside("1955-03-05", "700 000 123").want(200, at("/region"))
	if n := strings.Count(b.page, "<select"); n != 2 {
		t.Errorf("%d lists of regions, want 2", n)
	}
	b.get(at("/region?sido=XF01&sigungu=XF0102")).want(200, at("/region")).says("Northshore Gull Point")
	b.get(at("/clinics?sido=XF01&sigungu=XF0102")).want(200, at("/clinics"))
	b.post(at("/clinic"), "clinic", b.value("clinic"), "region", "XF0102").follow().want(200, at("/times"))
	b.post(at("/hold"), "key", b.value("key"), "clinic", b.value("clinic"), "start", b.value("start")).follow().want(200, at("/confirm"))
	b.post(at("/confirm"), "key", b.value("key"), "hold", b.value("hold")).follow().want(200, at("/done")).says("Your booking is complete", "November 2021")

	other := inside("1955-03-06", "700 000 124").want(http.StatusForbidden, at("/eligible"))
	other.says("<dd>C14</dd>", "<dd>Tue 26 October 2021 20:00</dd>")
}

func TestEmptyRegionOffersTheNearest(t *testing.T) {
	t.Parallel()
	h := newFlowHouseIn(t, flowCountry{
		examples.AgencyYAML, examples.RegionsCSV, "campaigns/2021-07-12.yaml", flowOpening,
		func(rs *clinic.Regions) []clinic.Clinic {
			var all []clinic.Clinic
			for _, c := range clinic.Generate(rs, 300, 1) {
				if c.SigunguCode != "4128100000" && c.SigunguCode != "3611000000" {
					all = append(all, c)
				}
			}
			return all
		},
		nil, nil,
	})
	b := h.browser("").enter(flowEligible).proveIt()
	b.get(step("/region?sido=4100000000&sigungu=4128100000")).want(200, step("/region"))
	b.says("경기도 고양시 덕양구", "이 지역에는 접종하는 의료기관이 없습니다", "가까운 지역", "고양시 일산동구", "약 ")
	b.get(step("/clinics?region=4128100000")).want(200, step("/clinics")).says("찾는 의료기관이 없습니다", "가까운 지역")
	b.get(step("/region?sido=3600000000&sigungu=3611000000")).want(200, step("/region")).says("세종특별자치시 세종시", "가까운 지역")
}

func TestRegionChoiceWithoutAScript(t *testing.T) {
	t.Parallel()
	b := newFlowHouse(t).browser("").enter(flowEligible).proveIt().want(200, step("/region"))
	b.says("서울특별시 (", "세종특별자치시 (")
	b.get(step("/region?sido=4100000000&sigungu=&emd=")).says("고양시 덕양구 (")
	b.get(step("/region?sido=3600000000&sigungu=4128100000")).says("세종시 (") // left over from another 시도
	if strings.Contains(b.page, `id="chosen"`) {
		t.Error("a 시군구 of another 시도 was taken as chosen")
	}
	b.get(step("/region?sido=4100000000&sigungu=4128100000")).says("경기도 고양시 덕양구", "의료기관 보기")
	b.get(step("/clinics?region=4128100000&q=없는이름")).want(200, step("/clinics")).says("찾는 의료기관이 없습니다", `value="없는이름"`)
	b.get(step(`/clinics?region=4128100000&q="><script>`)).want(200, step("/clinics"))
	if strings.Contains(b.page, "<script>") {
		t.Error("what was typed became part of the page")
	}
	b.toTimesIn("4128100000")
	b.get(step("/region")).says("경기도 고양시 덕양구") // the draft is kept
}

func TestListsLoadWhenTheCountsAreLate(t *testing.T) {
	t.Parallel()
	h := newFlowHouse(t)
	b := h.browser("").enter(flowEligible).proveIt()
	h.add(4 * time.Minute) // nobody has counted again
	b.get(step("/clinics?region=1168000000")).want(200, step("/clinics")).says("확인하고 있습니다", "남은 자리 확인 중")
	b.toTimes().says("확인하고 있습니다")
	b.toConfirm()
}

func TestBookingWhileTheStoreIsAway(t *testing.T) {
	t.Parallel()
	h := newFlowHouse(t)
	b := h.browser("").enter(flowEligible).proveIt().toTimes()
	form := []string{"key", b.value("key"), "clinic", b.value("clinic"), "start", b.value("start"), "hold", strings.Repeat("0", 32)}
	h.broken = true
	flowMust(t, h.Close())
	for _, path := range []string{"/hold", "/release", "/extend", "/clinic", "/confirm"} {
		b.post(step(path), form...)
		if b.status != http.StatusServiceUnavailable || !strings.Contains(b.page, "<h1") || !strings.Contains(b.page, "1339") {
			t.Errorf("%s: status %d\n%s", path, b.status, flowMain(b.page))
		}
	}
	b.post(step("/hold"), form...)
	b.says(`value="`+form[5]+`" required checked`, "바뀐 것은 없습니다")
}
