package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// The main path with a keyboard alone: every control is reached with Tab, every
// stop is visible, Enter and Space do what a click does (KWCAG 9, 11).
func TestPersonBooksByKeyboard(t *testing.T) {
	t.Parallel()
	d := phone(t)
	s := demo(t)
	s.open()
	who := citizen(60)
	k := keyboard{visit{device: d, server: s, who: who}, d}

	k.open(k.at("/"))
	k.key(kb.Tab)
	if k.ask(`document.activeElement.className`) != "skip" {
		t.Errorf("the first stop is not the link that skips to the content but %s", k.focused())
	}
	k.follow(`main .card a.button`)
	for css, typed := range map[string]string{`#f-name`: who.name, `#f-born`: who.born, `#f-mobile`: who.mobile} {
		k.reach(css)
		k.key(typed)
	}
	k.reach(`#f-consent`)
	k.key(" ")
	k.follow(`form[action$="/join"] button`)
	arrives(k, "/wait")

	until(t, patience, "the turn comes", func() bool { return has(k, `#wait section[data-shown="turn"]:not([hidden])`) })
	k.reach(shown + ` [data-stay] button`) // or the page goes on before the keys do
	k.key(kb.Enter)
	k.follow(shown + ` form.enter button`)
	arrives(k, "/prove")
	k.follow(`form[action$="/prove/send"] button`)
	k.reach(`#f-code`)
	code := ""
	until(t, patience, "a code arrives", func() bool { code = s.code(who.mobile); return code != "" })
	k.key(code)
	k.follow(`form[action$="/prove"] button`)

	arrives(k, "/region")
	k.picks(`#sido`, seoul)
	k.picks(`#sigungu`, jongno)
	k.follow(`form.region button`)
	if has(k, `section form[action$="/clinics"] button`) {
		k.follow(`section form[action$="/clinics"] button`)
	}
	arrives(k, "/clinics")
	k.follow(`ul.cards form[action$="/clinic"] button`)
	arrives(k, "/times")
	k.reach(`input[name=start]`)
	k.key(" ")
	k.follow(`form[action$="/hold"] button`)
	arrives(k, "/confirm")
	k.follow(`form[action$="/confirm"] button`)
	arrives(k, "/done")
	shows(k, "h1", "예약이 완료되었습니다")
}

// keyboard is a visit without a mouse.
type keyboard struct {
	visit
	tab *tab
}

func (k keyboard) key(keys string) {
	k.on().Helper()
	if err := k.tab.soon(chromedp.KeyEvent(keys)); err != nil {
		k.on().Fatalf("key %q: %v", keys, err)
	}
}

// focused describes what has the focus.
func (k keyboard) focused() string {
	return k.ask(`document.activeElement.outerHTML.slice(0, 160)`)
}

// mostStops bounds the way through one page.
const mostStops = 120

// reach presses Tab until the control has the focus; every stop on the way must
// be visible.
func (k keyboard) reach(css string) {
	k.on().Helper()
	for range mostStops {
		if k.ask(`String(document.activeElement.matches(`+quote(css)+`))`) == "true" {
			return
		}
		k.key(kb.Tab)
		if k.ask(visibleFocus) == "no" {
			k.on().Errorf("%s: the focus cannot be seen on %s", path(k), k.focused())
		}
	}
	k.on().Fatalf("%s is not reached with Tab; %s", css, where(k))
}

// visibleFocus tells whether the focused element shows it: an outline of at
// least 2 px, and inside the window. At the end of the page nothing is focused.
const visibleFocus = `(() => {
	const e = document.activeElement;
	if (!e || e === document.body || e === document.documentElement) return "none";
	const style = getComputedStyle(e), box = e.getBoundingClientRect();
	const seen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
	const inside = box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
	return seen && inside ? "yes" : "no";
})()`

// follow reaches a control and presses Enter, which leads to another page.
func (k keyboard) follow(css string) {
	k.on().Helper()
	k.reach(css)
	k.ask(`window.left = "left"`)
	k.key(kb.Enter)
	k.tab.loads(css)
}

// picks goes down a list with the arrow key until the wanted option stands there.
func (k keyboard) picks(css, code string) {
	k.on().Helper()
	k.reach(css)
	until(k.on(), patience, "the list "+css+" has "+code, func() bool {
		return has(k, css+` option[value^="`+code+`"]`)
	})
	for range 30 {
		if k.ask(`String(document.querySelector(`+quote(css)+`).value.startsWith("`+code+`"))`) == "true" {
			return
		}
		k.key(kb.ArrowDown)
	}
	k.on().Fatalf("%s cannot be chosen in %s with the arrow keys", code, css)
}
