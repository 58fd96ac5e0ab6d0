package e2e

import (
	"strings"
	"testing"
)

// A stranger who types somebody's name, birth date and number first, and enters
// first, neither stops that person nor sees anything of theirs; the first proof
// wins (DESIGN §4, Admission; rules G25, G26).
func TestStrangerCannotTakeAPlace(t *testing.T) {
	t.Parallel()
	need(t, "chromium")
	s := demo(t)
	s.open()
	who := citizen(20)
	stranger := visit{device: plainPhone(t), server: s, who: who}
	stranger.joins()
	stranger.enters()
	stranger.press(`form[action$="/prove/send"] button`) // the code goes to the person's phone
	hides(stranger, who.name, "010-0000-0020", "0100000020", who.born)

	self := visit{device: phone(t), server: s, who: who}
	self.joins()
	if a, b := data(stranger, "ticket"), data(self, "ticket"); a != "" && a != b {
		t.Fatalf("the same claim has two tickets")
	}
	self.enters()
	self.proves()
	self.choosesRegion()

	kept := []string{who.name, who.born, "종로구", "010-0000-0020"}
	isKeptOut(stranger, kept...)
	self.choosesClinic()
	self.holds()
	kept = append(kept, "1차 접종")
	isKeptOut(stranger, kept...)
	kept = append(kept, self.confirms())
	isKeptOut(stranger, kept...)
	stranger.open(stranger.step("/wait"))
	if has(stranger, shown+` form.enter button`) {
		stranger.press(shown + ` form.enter button`)
	}
	hides(stranger, kept...)
}

// isKeptOut tries every step, by address and by sending its form: each leads to
// the page that asks for the proof, and none shows what is the person's.
func isKeptOut(v visit, kept ...string) {
	v.on().Helper()
	for _, step := range []string{"/book", "/eligible", "/region", "/clinics", "/times", "/confirm", "/done", "/done.ics"} {
		v.open(v.step(step))
		if !strings.HasSuffix(path(v), "/prove") {
			v.on().Errorf("%s led a stranger to %s", step, where(v))
		}
		shows(v, "h1", "본인 확인")
		hides(v, kept...)
	}
	for _, step := range []string{"/clinic", "/hold", "/confirm", "/release"} {
		led := v.ask(`(() => { const r = new XMLHttpRequest(); r.open("POST", "/c/` + v.server.campaign + step + `", false);
			r.setRequestHeader("Content-Type", "application/x-www-form-urlencoded"); r.send("key=kkkkkkkkkkkkkkkkkkkkkk");
			return new URL(r.responseURL).pathname; })()`)
		if !strings.HasSuffix(led, "/prove") {
			v.on().Errorf("a stranger's form to %s led to %s", step, led)
		}
	}
	v.open(v.step("/prove?sent=1"))
	v.fill(`#f-code`, "000000")
	v.press(`form[action$="/prove"] button`)
	if !has(v, `#alert`) {
		v.on().Errorf("a guessed code: %s", where(v))
	}
}
