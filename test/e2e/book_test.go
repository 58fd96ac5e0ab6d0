package e2e

import (
	"strings"
	"testing"
)

// A person of 56 waits in the lobby, sees the draw, is taken on at the turn
// without touching anything, and books (R4, R6; DESIGN §4, §5).
func TestPersonBooksWithJavaScript(t *testing.T) {
	t.Parallel()
	d := phone(t)
	s := demo(t)
	v := visit{device: d, server: s, who: citizen(1)}
	v.joins()
	shows(v, shown+` h2`, "신청되었습니다")
	s.announce()
	arrives(v, "/prove")
	v.proves()
	number := v.books()

	shows(v, "h1", "예약이 완료되었습니다")
	shows(v, "main", number, "1차 접종", "2차 접종")
	file := fetched(v, v.ask(`document.querySelector("a[download]").href`))
	for _, want := range []string{"200\ntext/calendar", "BEGIN:VCALENDAR", "\nDTSTART"} {
		if !strings.Contains(file, want) {
			t.Errorf("the calendar file lacks %q:\n%s", want, file)
		}
	}
}

// The same without a single script, in both languages: the page reloads itself,
// the person presses the button.
func TestPersonBooksWithoutJavaScript(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		prefix, lang, joined, done string
		who                        person
	}{
		"Korean":  {"", "ko", "신청되었습니다", "예약이 완료되었습니다", citizen(2)},
		"English": {"/en", "en", "You have joined", "Your booking is complete", citizen(3)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := plainPhone(t)
			s := demo(t)
			v := visit{device: d, server: s, who: c.who, prefix: c.prefix}
			v.joins()
			shows(v, shown+` h2`, c.joined)
			if v.ask(`document.documentElement.lang`) != c.lang {
				t.Errorf("%s is not in %s", path(v), c.lang)
			}
			s.announce()
			// The lobby's page was made an hour ahead of the opening, so its own
			// reload comes late. A person who looks again sees the turn.
			until(t, patience, "the line moves", func() bool { return s.board().Serving > 0 })
			if !has(v, `noscript meta[http-equiv="refresh"]`) {
				t.Error("the page does not reload itself without scripts, or scripts are on")
			}
			v.press(`main a[href$="/wait"]`)
			v.enters()
			v.proves()
			v.books()
			shows(v, "h1", c.done)
		})
	}
}

// Somebody who may not book is told the rule, the reason and from when, and no
// later step lets them take a place (R7, R8).
func TestRefusalSaysRuleReasonAndWhen(t *testing.T) {
	t.Parallel()
	need(t, "chromium")
	s := demo(t)
	s.open()
	for name, c := range map[string]struct {
		prefix string
		who    person
		words  []string
	}{
		"too young":      {"", person{"가상두리", "19900721", "010-0000-0002"}, []string{"지금은 예약할 수 없습니다", "적용한 기준 C", "예약할 수 있는 때"}},
		"a week later":   {"", person{"가상세나", "19691130", "010-0000-0003"}, []string{"지금은 예약할 수 없습니다", "적용한 기준 C", "부터 예약하실 수 있습니다"}},
		"in English too": {"/en", person{"가상네나", "19691130", "010-0000-0004"}, []string{"You cannot book now", "Rule applied C", "You can book from"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := plainPhone(t)
			v := visit{device: d, server: s, who: c.who, prefix: c.prefix}
			v.joins()
			v.enters()
			v.proves()
			arrives(v, "/eligible")
			shows(v, "main", c.words...)

			v.open(v.step("/region"))
			if !has(v, `form.region`) {
				shows(v, "h1", c.words[0])
				return
			}
			v.choosesRegion()
			v.choosesClinic()
			v.click(`input[name=start]:not([disabled])`)
			v.press(`form[action$="/hold"] button`)
			shows(v, "h1", c.words[0])
		})
	}
}
