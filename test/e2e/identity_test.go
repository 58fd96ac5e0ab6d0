package e2e

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// mocks are the addresses of the mock providers, as the server names them.
var mocks = regexp.MustCompile(`mock provider (\S+) (http://\S+)`)

// tell makes a mock provider behave.
func (s *server) tell(id, mode string) {
	s.t.Helper()
	for _, found := range mocks.FindAllStringSubmatch(s.said.String(), -1) {
		if found[1] != id {
			continue
		}
		answer, err := http.PostForm(found[2]+"/mode", url.Values{"mode": {mode}})
		if err != nil {
			s.t.Fatal(err)
		}
		_ = answer.Body.Close()
		return
	}
	s.t.Fatalf("the server names no mock provider %s", id)
}

// provesAt chooses a provider and says there who they are; ready is called when
// the provider's page is shown.
func (v visit) provesAt(id string, ready func()) {
	v.on().Helper()
	v.press(`form:has(input[value="` + id + `"]) button`)
	arrives(v, "/authorize")
	ready()
	v.fill(`#name`, v.who.name)
	v.fill(`#born`, v.who.born)
	v.fill(`#mobile`, v.who.mobile)
	v.press(`button[value=allow]`)
}

// The way through a provider with the worst in the middle: the first one takes
// the person and never answers; they are back at the choice with everything
// kept, choose another one, and book (rules I5, I7, I10).
func TestPersonProvesWhereTheFirstProviderDies(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(*testing.T) device{
		"with scripts":    func(t *testing.T) device { return phone(t) },
		"without scripts": func(t *testing.T) device { return plainPhone(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := open(t)
			s := demo(t)
			s.open()
			v := visit{device: d, server: s, who: citizen(61)}
			v.joins()
			if !v.scripted() {
				v.enters()
			}
			arrives(v, "/prove")
			shows(v, "main", "원활", "휴대전화 인증번호", "모의 간편인증 가")
			v.provesAt("mock-a", func() { s.tell("mock-a", "swallow") })
			arrives(v, "/prove")
			shows(v, "main", "인증기관이 답하지 않았습니다")
			v.provesAt("mock-b", func() {})
			v.books()
			shows(v, "h1", "예약이 완료되었습니다")
		})
	}
}

// Somebody proves while the lobby is open, and at the turn goes straight to the
// booking (rule I8).
func TestPersonProvesBeforeTheOpening(t *testing.T) {
	t.Parallel()
	d := phone(t)
	s := demo(t)
	v := visit{device: d, server: s, who: citizen(62)}
	v.joins()
	v.press(shown + ` a[href$="/early"]`)
	arrives(v, "/early")
	v.provesAt("mock-a", func() {})
	arrives(v, "/wait")
	shows(v, "main", "본인인증을 미리 마쳤습니다")
	s.announce()
	v.books()
	if strings.Contains(where(v), "/prove") {
		t.Error("the proof was asked for once more")
	}
	shows(v, "h1", "예약이 완료되었습니다")
}
