package web_test

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"naru/internal/caldate"
	"naru/internal/staff"
)

// nurse signs somebody in who works for one clinic; the browser is in its console.
func (h *flowHouse) nurse(prefix, clinicID string) *flowBrowser {
	h.t.Helper()
	_, code, err := h.AdmitFirst(h.t.Context(), "한 관리자")
	flowMust(h.t, err)
	_, admin, err := h.EnterByLink(h.t.Context(), code)
	flowMust(h.t, err)
	_, code, err = h.Invite(h.t.Context(), admin, "김간호", []staff.Grant{{Role: staff.Clinic, Scope: staff.Scope{Clinic: clinicID}}})
	flowMust(h.t, err)
	return h.browser(prefix).post("/staff/enter", "code", code).follow()
}

// bookedAt books somebody and gives number, clinic and the time of the first dose.
func (h *flowHouse) bookedAt() (number, clinicID string, first time.Time) {
	h.t.Helper()
	b := h.browser("").enter(flowEligible).proveIt().toConfirm()
	all := h.Directory().Clinics()
	b.post(step("/confirm"), "key", b.value("key"), "hold", b.value("hold")).follow()
	number = b.number()
	for _, m := range h.deliver() {
		if m.Kind == "booked" {
			at, err := time.Parse(time.RFC3339, m.Values["Dose1"])
			flowMust(h.t, err)
			for _, k := range all {
				if k.Name == m.Values["Clinic"] {
					return number, string(k.ID), at
				}
			}
		}
	}
	h.t.Fatal("nobody was told where they are booked")
	return "", "", time.Time{}
}

// fields are the hidden fields of the first form that does a step.
func (b *flowBrowser) fields(act string) []string {
	b.t.Helper()
	_, rest, found := strings.Cut(b.page, `data-act="`+act+`"`)
	if !found {
		b.t.Fatalf("%s has no form %s:\n%s", b.at, act, flowMain(b.page))
	}
	one, _, _ := strings.Cut(rest, "</form>")
	var all []string
	for _, tag := range regexp.MustCompile(`<input type="hidden" name="([a-z]+)" value="([^"]*)"`).FindAllStringSubmatch(one, -1) {
		all = append(all, tag[1], html.UnescapeString(tag[2]))
	}
	return all
}

// A nurse's day by plain forms: the list, arrived, the dose with what belongs to it,
// the file, and every refusal on the page (K26, K27, K29).
func TestANursesDay(t *testing.T) {
	t.Parallel()
	h := newFlowHouse(t)
	number, clinicID, first := h.bookedAt()
	day := caldate.Of(first, h.agency.Zone).String()
	h.add(first.Add(-10 * time.Minute).Sub(h.Now()))
	at := "/staff/clinic/" + clinicID
	n := h.nurse("", clinicID).want(200, at).says("오늘 접종")
	n.get(at+"/day/"+day).want(200, at).says("가상하나", "1965-03-09", "1차", number, "예약 1건", "관찰 시간", "왼팔")

	missed := n.fields("missed")
	n.post(at+"/act", missed...).want(http.StatusConflict, at).says("15분이 지나야")
	arrived := n.fields("arrived")
	n.post(at+"/act", arrived...).follow().want(200, at).says("도착 ")
	n.post(at+"/act", arrived...).follow().want(200, at) // pressed twice
	given := n.fields("given")
	n.post(at+"/act", append(given, "lot", "=1+1", "site", "left_arm", "watch", "15")...).want(422, at).says("제조번호는")
	n.post(at+"/act", append(given, "lot", "fe8206", "site", "left_arm", "watch", "30")...).follow().want(200, at).says("접종 ", "FE8206", "접종 1건", "data-until")
	n.post(at+"/act", append(n.fields("given"), "lot", "FE8206", "site", "left_arm", "watch", "30")...).want(http.StatusConflict, at).says("이미 접종을 기록했습니다")

	n.get(at+"/day/"+day+"/list.csv").want(200, at).says("가상하나,1965-03-09,1,", number, "FE8206")
	n.get(at+"/day/2021-07-01").want(200, at).says("예약한 분이 없습니다")
	n.get(at+"/day/today").want(404, at)

	owner := h.browser("").post("/lookup", flowClaim(number)...).follow().want(200, "/lookup/list")
	owner.says("예약됨") // the second dose is still theirs
	english := h.nurse("/en", clinicID).want(200, at)
	english.get(at+"/day/"+day).want(200, at).says("given ", "Lot", "min of observation")
	english.post("/staff/leave").follow()
	if english.get("/staff/clinic"); english.at != "/staff/enter" {
		t.Errorf("after the sign-out the console shows %s", english.at)
	}
}

// A tablet that was cut off sends what happened with its true time; the answer is for
// a program, and the same key counts once (rule K28).
func TestATabletSendsWhatHappened(t *testing.T) {
	t.Parallel()
	h := newFlowHouse(t)
	_, clinicID, first := h.bookedAt()
	h.add(first.Sub(h.Now()))
	at := "/staff/clinic/" + clinicID
	n := h.nurse("", clinicID)
	n.get(at + "/day/" + caldate.Of(first, h.agency.Zone).String())
	arrived, given := n.fields("arrived"), n.fields("given")
	came := h.Now().UTC().Format(time.RFC3339)
	h.add(10 * time.Minute)
	h.accept = "application/json"
	for range 3 {
		n.post(at+"/act", append(arrived, "at", came)...).want(200, at).says(`"state":"arrived"`, "도착 "+h.agency.FormatTime(first))
	}
	for range 2 {
		n.post(at+"/act", append(given, "at", came, "lot", "FE8206", "site", "left_arm", "watch", "15")...).want(200, at).says(`"state":"given"`, `"until":`)
	}
	n.post(at+"/act", append(given, "at", "yesterday")...).want(422, at).says(`"code":"invalid"`)
	h.add(staff.SessionIdle + time.Minute)
	n.post(at+"/act", arrived...).want(http.StatusUnauthorized, at).says("unauthenticated")
}

// Closing an afternoon shows whom it concerns, changes nothing before it is
// confirmed, and leaves a receipt (rule K25).
func TestClosingAnAfternoon(t *testing.T) {
	t.Parallel()
	h := newFlowHouse(t)
	number, clinicID, first := h.bookedAt()
	day := caldate.Of(first, h.agency.Zone).String()
	at := "/staff/clinic/" + clinicID
	n := h.nurse("", clinicID)
	n.get(at+"/hours").want(200, at).says("한 주의 진료 시간", "점심시간", `name="vial_PFZ"`)
	form := []string{"version", n.value("version"), "change", "close", "date", day, "from", "00:00", "to", "24:00"}
	n.post(at+"/hours", form...).want(200, at).says("1건이 닫히는 시간에", "가상하나", "010-0000-0001", "의료진 부재")
	if _, version := h.Hours(clinicID); version != 0 {
		t.Error("the preview has changed the hours")
	}
	n.post(at+"/hours", "version", "0", "change", "close", "date", day, "from", "12:00", "to", "09:00").want(422, at).says("시간을 확인해")
	n.post(at+"/hours/set", append(form, "remedy", "move")...).want(422, at).says("까닭을 골라")
	n.post(at+"/hours/set", append(form, "remedy", "move", "why", "staff")...).follow().want(200, at+"/hours").says("가상하나", "옮김", day[8:])
	n.post(at+"/hours/set", append(form, "remedy", "move", "why", "staff")...).want(http.StatusConflict, at).says("먼저 시간을 바꾸었습니다")
	told := 0
	for _, m := range h.deliver() {
		if m.Kind == "clinic_moved" {
			told++
		}
	}
	if told == 0 {
		t.Error("nobody was told")
	}
	h.browser("").post("/lookup", flowClaim(number)...).follow().want(200, "/lookup/list").says("예약됨")
	n.post(at+"/hours", "version", "1", "change", "vials", "vial_PFZ", "6", "vial_MOD", "x").want(422, at)
	week := []string{"version", "1", "change", "week", "open1", "09:00", "close1", "12:00", "per_slot", "2", "remedy", "tell", "why", "hours"}
	n.post(at+"/hours/set", week...).follow().want(200, at+"/hours").says(`value="09:00"`)
}

// Nobody sees or does anything at a clinic that is not theirs, and each try is
// written down.
func TestAnotherClinicIsClosed(t *testing.T) {
	t.Parallel()
	h := newFlowHouse(t)
	all := h.Directory().Clinics()
	n := h.nurse("", string(all[0].ID))
	at := "/staff/clinic/" + string(all[1].ID)
	for _, path := range []string{"", "/day/2021-07-26", "/day/2021-07-26/list.csv", "/hours"} {
		n.get(at+path).want(http.StatusForbidden, at)
	}
	for _, path := range []string{"/act", "/hours", "/hours/set"} {
		n.post(at+path, "version", "0").want(http.StatusForbidden, at)
	}
	n.get("/staff/clinic/nowhere").want(http.StatusNotFound, "/staff/clinic")
	n.get("/staff/clinic?q="+"가상").want(200, "/staff/clinic").says(all[0].Name)
	if strings.Contains(n.page, `clinic/`+string(all[1].ID)) {
		t.Error("the list names a clinic of somebody else")
	}
	stranger := h.browser("").get("/staff/clinic")
	if stranger.at != "/staff/enter" {
		t.Errorf("a stranger is at %s", stranger.at)
	}
}
