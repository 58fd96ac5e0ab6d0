package e2e

import "testing"

// Look-up and cancel never queue: with the number, and with a code when the
// number is lost.
func TestLookUpAndCancel(t *testing.T) {
	t.Parallel()
	need(t, "chromium")
	s := demo(t)
	s.open()
	who := citizen(30)
	v := visit{device: plainPhone(t), server: s, who: who}
	v.joins()
	v.enters()
	v.proves()
	number := v.books()

	other := visit{device: plainPhone(t), server: s, who: who, prefix: "/en"}
	other.looksUp("0000-0000-0000")
	shows(other, `#alert`, "We found no reservation")
	hides(other, number)

	other.looksUp(number)
	arrives(other, "/lookup/list")
	shows(other, "main", number, "booked")

	lost := visit{device: phone(t), server: s, who: who}
	lost.open(lost.at("/lookup/lost"))
	lost.claims()
	before := s.code(who.mobile)
	lost.press(`form[action$="/lookup/send"] button`)
	arrives(lost, "/lookup/code")
	until(t, patience, "a new code arrives", func() bool { return s.code(who.mobile) != before })
	lost.typesCode()
	lost.press(`form[action$="/lookup/code"] button`)
	arrives(lost, "/lookup/list")
	shows(lost, "main", number, "예약됨")

	lost.press(`form[action$="/lookup/cancel"] button`)
	shows(lost, "h1", "정말 취소하시겠어요?")
	shows(lost, "main", "1차 접종", "2차 접종")
	lost.press(`form[action$="/lookup/cancel"] button.danger`)
	arrives(lost, "/lookup/list")
	shows(lost, "main", "예약을 취소했습니다", "취소됨")
	if has(lost, `form[action$="/lookup/cancel"]`) {
		t.Error("a cancelled reservation can be cancelled again")
	}
	other.open(other.at("/lookup/list"))
	shows(other, "main", number, "cancelled")
}
