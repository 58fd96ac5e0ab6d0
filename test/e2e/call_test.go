package e2e

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

const callCampaign = "call-2021-07"

// callCentre is a service with clinics, open, with a lane for callers.
func callCentre(t *testing.T) *server {
	t.Helper()
	need(t)
	s := &server{t: t, data: t.TempDir(), campaign: callCampaign}
	fresh, err := prepared()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(s.data, os.DirFS(fresh)); err != nil {
		t.Fatal(err)
	}
	s.run("campaign", "publish", "testdata/call.yaml", "--data", s.data, "--shift-to-now", "--opens-in=20m")
	s.args = []string{"serve", "--development", "--data", s.data}
	s.start("127.0.0.1:0")
	until(t, patience, "the lobby opens", func() bool { return s.board().Phase == "lobby" })
	s.open()
	return s
}

// staffCode makes somebody who may do everything and gives their one-time code.
func (s *server) staffCode() string {
	s.t.Helper()
	said, err := s.command("admin", "create", "한 상담원", "--data", s.data, "--json").Output()
	if err != nil {
		s.t.Fatal(err)
	}
	var link struct{ Code string }
	if err := json.Unmarshal(said, &link); err != nil {
		s.t.Fatal(err)
	}
	return link.Code
}

// An agent books for a caller in six steps of the keyboard, each a field that is
// typed or a key that is pressed: name, birth date, phone and Enter; how the caller
// was checked; hold; book.
func TestAgentBooksInSixSteps(t *testing.T) {
	t.Parallel()
	d := phone(t)
	d.width(1280, 900)
	s := callCentre(t)
	who := citizen(70)
	k := keyboard{visit{device: d, server: s, who: who}, d}
	k.open(k.at("/staff/enter"))
	k.reach(`#f-code`)
	k.key(s.staffCode())
	k.follow(`form[action$="/staff/enter"] button`)
	k.open(k.at("/staff/call"))

	steps := 0
	step := func(do func()) { steps++; do() }
	k.reach(`#f-name`)
	step(func() { k.key(who.name); k.key(kb.Tab) })
	step(func() { k.key(who.born); k.key(kb.Tab) })
	step(func() { k.key(who.mobile); k.enters() })
	arrives(k, "/staff/call/person")
	d.pictures("call-person")
	step(func() { k.key(kb.ArrowDown) })
	step(func() { k.enters() })
	arrives(k, "/staff/call/confirm")
	d.pictures("call-confirm")
	step(func() { k.enters() })
	arrives(k, "/staff/call/person")
	shows(k, "main", "예약했습니다")
	if steps > 6 {
		t.Errorf("a booking by telephone takes %d steps", steps)
	}
	k.open(k.at("/staff/call/backs"))
	d.pictures("call-backs")
	k.open(k.at("/c/" + callCampaign + "/guardian"))
	d.pictures("guardian")
}

// enters presses Enter where the focus is, which leads to another page.
func (k keyboard) enters() {
	k.on().Helper()
	k.ask(`window.left = "left"`)
	k.key(kb.Enter)
	k.tab.loads("Enter")
}
