package web

import (
	"testing"
	"time"

	"naru/internal/gate"
	"naru/internal/store"
)

// Who waits is told of a later opening and its reason at the next look, with or
// without the script, in either language (rules G44, G45).
func TestEveryNoticeHasItsText(t *testing.T) {
	t.Parallel()
	for _, lang := range []struct{ prefix, opens string }{{"", "2021. 7. 12.(월) 02:00"}, {"/en", "Mon 12 July 2021 02:00"}} {
		for _, reason := range gate.Postponements() {
			h := newHouse(t)
			h.lead(1)
			v := h.visitor()
			v.join(1)
			wait := lang.prefix + "/c/" + july + "/wait"
			v.get(wait).want(t, 200, `data-notice="`+reason+`" hidden`)
			h.to(time.Minute)
			_, err := h.store.Postpone(t.Context(), july, opening.Add(2*time.Hour), reason)
			must(t, err)
			v.get(wait).want(t, 200, shown("drawn"), `data-notice="`+reason+`">`, lang.opens)
		}
	}
}

func TestUsedUpQuotaIsAStateOfItsOwn(t *testing.T) { // rule G47
	t.Parallel()
	b := gate.Board{Phase: gate.Open, Notice: gate.NoticeQuotaUsed}
	for _, called := range []bool{false, true} {
		for _, said := range []string{"", "seat", "quota"} {
			if got := waitState(b, store.Standing{PlaceKnown: true, Turn: called}, said); got != "quota" {
				t.Errorf("called %v, %q said: %q is shown", called, said, got)
			}
		}
	}
	b.Phase = gate.Ended
	if got := waitState(b, store.Standing{PlaceKnown: true}, ""); got != "ended" {
		t.Errorf("after the end %q is shown", got)
	}
}
