package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"naru/internal/gate"
	"naru/internal/store"
)

func TestFromTheFrontPageToTheDoor(t *testing.T) {
	t.Parallel()
	for _, lang := range []struct {
		prefix                                                    string
		soon, notYet, join, joined, drawn, turn, button, language string
	}{
		{"", "시작까지 20분 남았습니다", "2021. 7. 12.(월) 00:00", "신청하기", "신청되었습니다", "순서가 정해졌습니다", "순서가 되었습니다", "예약하러 가기", "ko"},
		{"/en", "It opens in 20 minutes", "Mon 12 July 2021 00:00", "Join", "You have joined", "Your place is drawn", "It is your turn", "Start booking", "en"},
	} {
		t.Run("in "+lang.language, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.lead(1)
			v := h.visitor()
			front := lang.prefix + "/"
			v.get(front).want(t, 200, lang.soon, lang.notYet, lang.join, `<html lang="`+lang.language+`"`, lang.prefix+"/c/"+july)
			v.get(lang.prefix+"/c/"+july).want(t, 200, `action="`+lang.prefix+`/c/`+july+`/join"`, `autocomplete="bday"`)
			v.post(lang.prefix+"/c/"+july+"/join", "name", "가상사람", "born", "19650309", "mobile", "01000000001", "consent", "yes").
				wantAt(t, lang.prefix+"/c/"+july+"/wait")
			wait := lang.prefix + "/c/" + july + "/wait"
			v.get(wait).want(t, 200, shown("lobby"), lang.joined)
			h.to(time.Minute)
			v.get(wait).want(t, 200, shown("drawn"), lang.drawn)
			h.to(0)
			h.clock.Add(time.Second)
			h.lead(2)
			v.get(wait).want(t, 200, shown("turn"), lang.turn, lang.button)
			v.post(lang.prefix+"/c/"+july+"/enter").wantAt(t, lang.prefix+"/c/"+july+"/book")
			if v.cookies[sessionCookie+july] == "" {
				t.Error("no session was given")
			}
		})
	}
}

func shown(state string) string { return fmt.Sprintf(`data-shown="%s">`, state) }

func TestTheWaitingPageIsOneState(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.lead(1)
	v := h.visitor()
	v.join(1)
	visible := regexp.MustCompile(`data-shown="([a-z]+)">`)
	for _, at := range []time.Duration{19 * time.Minute, 2 * time.Minute, time.Minute, 0} {
		h.to(at)
		if found := visible.FindAllString(v.get("/c/"+july+"/wait").body, -1); len(found) != 1 {
			t.Errorf("%v before the opening the page shows %v", at, found)
		}
	}
}

func TestWaitState(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		board gate.Board
		known bool
		turn  bool
		said  string
		want  string
	}{
		{"in the lobby", gate.Board{Phase: gate.LobbyOpen}, false, false, "", "lobby"},
		{"postponed after joining", gate.Board{Phase: gate.Announced}, false, false, "", "lobby"},
		{"the draw is awaited", gate.Board{Phase: gate.Closed}, false, false, "", "closed"},
		{"drawn", gate.Board{Phase: gate.HeldDraw}, true, false, "", "drawn"},
		{"in line", gate.Board{Phase: gate.Open}, true, false, "", "open"},
		{"in line and says it is not", gate.Board{Phase: gate.Open}, true, false, "seat", "open"},
		{"called", gate.Board{Phase: gate.Open}, true, true, "", "turn"},
		{"called, no seat", gate.Board{Phase: gate.Open}, true, true, "seat", "seat"},
		{"called, in the slow line", gate.Board{Phase: gate.Open}, true, true, "slow", "slow"},
		{"called, made-up state", gate.Board{Phase: gate.Open}, true, true, "<b>", "turn"},
		{"paused", gate.Board{Phase: gate.Open, Paused: true}, true, false, "", "paused"},
		{"paused when called", gate.Board{Phase: gate.Open, Paused: true}, true, true, "", "paused"},
		{"over", gate.Board{Phase: gate.Ended}, true, false, "", "ended"},
	} {
		st := standing(c.known, c.turn)
		if got := waitState(c.board, st, c.said); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestTheNumberAheadNeverGrows(t *testing.T) {
	t.Parallel()
	now := gate.Board{Campaign: "c", Epoch: 1, Version: 9, Phase: gate.Open, Serving: 50, L: 100, Poll: gate.DefaultPoll()}
	for name, c := range map[string]struct {
		memory string
		want   uint64
	}{
		"no cookie":               {"", 50},
		"an older board":          {"1.8.40", 50},
		"a newer board":           {"1.10.60", 60},
		"another epoch":           {"2.10.60", 50},
		"beyond the line":         {"1.10.101", 50},
		"not a number":            {"1.10.x", 50},
		"a number that is huge":   {"1.10.99999999999999999999", 50},
		"too many parts":          {"1.10.60.1", 50},
		"a sign":                  {"1.10.-1", 50},
		"bytes that mean nothing": {"\x00\xff", 50},
	} {
		if got := newest(now, c.memory).Serving; got != c.want {
			t.Errorf("%s: serving %d, want %d", name, got, c.want)
		}
	}
}

func TestTheWaitingPageKeepsTheNewestBoard(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.openGate()
	v := h.visitor()
	v.join(1)
	v.get("/c/"+july+"/wait").want(t, 200)
	first := v.cookies[boardCookie+july]
	if !regexp.MustCompile(`^1\.[0-9]+\.[0-9]+$`).MatchString(first) {
		t.Fatalf("the cookie is %q", first)
	}
}

// The budget of the page that a million people hold open: 14 KB compressed,
// with everything it loads (rule W16).
func TestTheWaitingPageIsSmall(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.openGate()
	v := h.visitor()
	v.join(1)
	for _, path := range []string{"/c/" + july + "/wait", "/en/c/" + july + "/wait"} {
		page := v.get(path)
		total := packed(t, page.body)
		names := regexp.MustCompile(`(?:href|src)="/assets/[^/]+/([^"]+)"`).FindAllStringSubmatch(page.body, -1)
		seen := map[string]bool{}
		for _, n := range names {
			if !seen[n[1]] {
				total += h.assets.Size(n[1])
			}
			seen[n[1]] = true
		}
		if !seen["naru.css"] || !seen["wait.js"] {
			t.Errorf("the page loads only %v", seen)
		}
		t.Logf("%s: %d bytes compressed with %d files (bundled: %v)", path, total, len(seen), h.assets.Bundled)
		if total > 14<<10 {
			t.Errorf("%s weighs %d bytes compressed", path, total)
		}
	}
}

func TestTheWaitingPageIsSentCompressed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.lead(1)
	v := h.visitor()
	v.join(1)
	r := httptest.NewRequest(http.MethodGet, "/c/"+july+"/wait", nil)
	r.Header.Set("Accept-Encoding", "gzip")
	if got := v.do(r); got.Header.Get("Content-Encoding") != "gzip" || len(got.body) > 6<<10 {
		t.Errorf("encoding %q, %d bytes", got.Header.Get("Content-Encoding"), len(got.body))
	}
}

func TestNothingTheBrowserSaysMovesThePlace(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.lead(1)
	first, second := h.visitor(), h.visitor()
	first.join(1)
	second.join(1) // another device, the same person
	if first.cookies[ticketCookie+july] != second.cookies[ticketCookie+july] {
		t.Error("the same claim got two tickets")
	}
	for name, change := range map[string]func(*http.Request){
		"a wrong clock":     func(r *http.Request) { r.Header.Set("Date", "Sun, 11 Jul 2032 15:00:00 GMT") },
		"a forged board":    func(r *http.Request) { r.AddCookie(&http.Cookie{Name: boardCookie + july, Value: "1.99.0"}) },
		"a state by itself": func(r *http.Request) { r.URL.RawQuery = "said=turn" },
	} {
		r := httptest.NewRequest(http.MethodGet, "/c/"+july+"/wait", nil)
		change(r)
		if got := first.do(r); !strings.Contains(got.body, shown("lobby")) {
			t.Errorf("%s: not in the lobby any more", name)
		}
	}
	first.post("/c/"+july+"/enter").want(t, 403, "2021. 7. 12.(월) 00:00")
}

func standing(known, turn bool) store.Standing { return store.Standing{PlaceKnown: known, Turn: turn} }
