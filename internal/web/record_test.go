package web_test

import (
	"net/http"
	"strings"
	"testing"

	"naru/internal/caldate"
	"naru/internal/person"
	"naru/internal/record"
	"naru/internal/web"
)

// People see their record, how it was corrected, and who touched it (rule D9).
func TestPeopleSeeTheirRecord(t *testing.T) {
	t.Parallel()
	h := newFlowHouse(t)
	number := h.browser("").enter(flowEligible).proveIt().toDone().number()
	made, err := web.FirstAdmin(t.Context(), h.Store, "한 관리자")
	flowMust(t, err)
	_, staffer, err := h.EnterByLink(t.Context(), made.Code)
	flowMust(t, err)
	claim, err := person.NewClaim(h.agency, "가상하나", "1965-03-09", "010-0000-0001", caldate.MustParse("2021-07-11"))
	flowMust(t, err)
	id, err := h.PersonOf(t.Context(), claim)
	flowMust(t, err)
	clinic := h.Directory().Clinics()[0]
	d := record.Dose{Product: "MOD", Number: 1, Of: 2, Day: caldate.MustParse("2021-07-10"), Lot: "L4711", Clinic: string(clinic.ID)}
	e, err := h.RecordDose(t.Context(), staffer, id, d, "0123456789abcdef")
	flowMust(t, err)

	b := h.browser("/en")
	b.get("/record").want(http.StatusUnauthorized, "/record").says("look up your reservation first")
	b.post("/lookup", flowClaim(number)...).follow().says(`href="/en/record"`)
	b.get("/record").want(200, "/record").says("Dose 1", "Moderna (Spikevax)", "L4711", clinic.Name, clinic.Name+": the immunisation record (done)")
	if strings.Contains(b.page, "Corrected later") || strings.Contains(b.page, "한 관리자") {
		t.Error("it shows a correction that was not made, or the name of a member of staff")
	}
	_, err = h.CorrectRecord(t.Context(), staffer, id, e.ID, record.Fact{}, record.NotGiven, "0123456789abcdef2")
	flowMust(t, err)
	b.get("/record").says("Nothing is recorded yet", "Corrected later", "Entry withdrawn", "It did not happen")

	korean := h.browser("")
	korean.post("/lookup", flowClaim(number)...).follow()
	korean.get("/record").want(200, "/record").says("내 접종 기록", "나중에 고침", "하지 않았음")
	thief := h.browser("")
	thief.cookies["__Host-naru-lookup"] = korean.cookies["__Host-naru-lookup"]
	thief.get("/record").want(http.StatusUnauthorized, "/record")
}
