package e2e

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// person is a citizen who does not exist. Numbers 010-0000-xxxx are nobody's.
type person struct{ name, born, mobile string }

// citizen is the nth made-up person of 56 at the time of the campaign.
func citizen(n int) person {
	digits := []rune("영일이삼사오육칠팔구")
	name := "가상"
	for _, digit := range fmt.Sprint(n) {
		name += string(digits[digit-'0'])
	}
	return person{name: name, born: "19650309", mobile: fmt.Sprintf("010-0000-%04d", n)}
}

// visit is one person with one device at one server in one language.
type visit struct {
	device
	server *server
	who    person
	prefix string // "" or "/en"
}

func (v visit) at(rest string) string { return v.server.url + v.prefix + rest }
func (v visit) step(rest string) string {
	return v.at("/c/" + v.server.campaign + rest)
}

// joins goes from the front page to the waiting page.
func (v visit) joins() {
	v.on().Helper()
	v.open(v.at("/"))
	v.press(`main .card a.button`)
	v.claims()
	v.click(`#f-consent`)
	v.press(`form[action$="/join"] button`)
	arrives(v, "/wait")
}

// claims types who somebody is; the same fields serve the look-up.
func (v visit) claims() {
	v.on().Helper()
	v.fill(`#f-name`, v.who.name)
	v.fill(`#f-born`, v.who.born)
	v.fill(`#f-mobile`, v.who.mobile)
}

// shown is the state that a reader of the waiting page sees.
const shown = `#wait section[data-shown]:not([hidden])`

// enters presses the button as soon as the page says that the turn has come.
func (v visit) enters() {
	v.on().Helper()
	until(v.on(), patience, "the turn comes; "+where(v), func() bool {
		return has(v, `#wait section[data-shown="turn"]:not([hidden])`)
	})
	v.press(shown + ` form.enter button`)
	arrives(v, "/prove")
}

// proves gets the code sent, reads it in the mock inbox, and types it.
func (v visit) proves() {
	v.on().Helper()
	v.press(`form[action$="/prove/send"] button`)
	v.typesCode()
	v.press(`form[action$="/prove"] button`)
}

func (v visit) typesCode() {
	v.on().Helper()
	code := ""
	until(v.on(), patience, "a code arrives in the inbox", func() bool {
		code = v.server.code(v.who.mobile)
		return code != ""
	})
	v.fill(`#f-code`, code)
}

// The region everybody chooses: 서울특별시 종로구. The demonstration has clinics
// in every 시군구.
const (
	seoul  = "11"
	jongno = "11110"
)

// choosesRegion goes through the lists; a script fills them at once, without one
// the button does.
func (v visit) choosesRegion() {
	v.on().Helper()
	arrives(v, "/region")
	v.choosesLevel(`#sido`, seoul)
	if !v.scripted() {
		v.press(`form.region button`)
	}
	v.choosesLevel(`#sigungu`, jongno)
	v.press(`form.region button`)
	if has(v, `form[action$="/clinics"] button.button`) && strings.HasSuffix(path(v), "/region") {
		v.press(`section form[action$="/clinics"] button`)
	}
	arrives(v, "/clinics")
}

// choosesLevel takes the option whose code begins as wanted.
func (v visit) choosesLevel(css, code string) {
	v.on().Helper()
	option := ""
	until(v.on(), patience, "the list "+css+" has "+code+"; "+where(v), func() bool {
		option = v.ask(`[...document.querySelectorAll(` + quote(css+" option") + `)].map((o) => o.value).find((c) => c.startsWith("` + code + `")) ?? ""`)
		return option != ""
	})
	choose(v, css, option)
}

// choosesClinic takes the first clinic of the list.
func (v visit) choosesClinic() {
	v.on().Helper()
	v.press(`ul.cards form[action$="/clinic"] button`)
	arrives(v, "/times")
}

// holds takes the first free time.
func (v visit) holds() {
	v.on().Helper()
	v.click(`input[name=start]:not([disabled])`)
	v.press(`form[action$="/hold"] button`)
	arrives(v, "/confirm")
}

// confirms gives the last word and returns the reservation number.
func (v visit) confirms() string {
	v.on().Helper()
	v.press(`form[action$="/confirm"] button`)
	arrives(v, "/done")
	number := text(v, `.number`)
	if !reservationNumber.MatchString(number) {
		v.on().Fatalf("no reservation number on %s", where(v))
	}
	return number
}

var reservationNumber = regexp.MustCompile(`^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$`)

// books goes from the region to the reservation number.
func (v visit) books() string {
	v.on().Helper()
	v.choosesRegion()
	v.choosesClinic()
	v.holds()
	return v.confirms()
}

// looksUp finds a reservation by its number.
func (v visit) looksUp(number string) {
	v.on().Helper()
	v.open(v.at("/lookup"))
	v.claims()
	v.fill(`#f-number`, number)
	v.press(`form[action$="/lookup"] button`)
}

// fetched is what the page itself gets from an address: status, type and text,
// one a line.
func fetched(d device, address string) string {
	u, err := url.Parse(address)
	if err != nil {
		d.on().Fatal(err)
	}
	said := d.ask(`(() => { const r = new XMLHttpRequest(); r.open("GET", ` + quote(u.RequestURI()) + `, false); r.send();
		return [r.status, r.getResponseHeader("Content-Type"), r.responseText].join("\n"); })()`)
	return strings.ReplaceAll(said, "\r\n", "\n")
}
