package e2e

import (
	"strconv"
	"testing"
	"time"
)

// A second device with the same claim gets the same ticket and the same place,
// before and after the draw (R10; rule W14).
func TestSecondDeviceHasTheSamePlace(t *testing.T) {
	t.Parallel()
	first, second := phone(t), plainPhone(t)
	s := slow(t)
	s.crowd(30)
	one := visit{device: first, server: s, who: citizen(10)}
	two := visit{device: second, server: s, who: citizen(10), prefix: "/en"}
	one.joins()
	two.joins()
	if a, b := data(one, "ticket"), data(two, "ticket"); a != b || a == "" {
		t.Fatalf("two devices of one person have the tickets %q and %q", a, b)
	}
	s.open()
	one.open(one.step("/wait"))
	two.open(two.step("/wait"))
	if a, b := data(one, "place"), data(two, "place"); a != b || a == "" {
		t.Fatalf("two devices of one person have the places %q and %q", a, b)
	}
	nth, err := strconv.Atoi(data(one, "place"))
	if err != nil {
		t.Fatal(err)
	}
	shows(one, `#n-place`, strconv.Itoa(nth+1)+"번째")
	shows(two, `#n-place`, "No. "+strconv.Itoa(nth+1))
	if l := s.board().Lobby; l != 31 {
		t.Errorf("31 people on 32 devices joined; the roll has %d", l)
	}
}

// waiting is somebody who came late to a slow line: minutes away from the turn.
func waiting(t *testing.T, d device, who person) visit {
	t.Helper()
	s := slow(t)
	s.crowd(240)
	s.open()
	v := visit{device: d, server: s, who: who}
	v.joins()
	until(t, patience, "the number ahead is shown; "+where(v), func() bool { return text(v, `#n-ahead`) != "" })
	return v
}

// A changed clock changes nothing: not what is shown, not what is allowed (R4).
func TestChangedClockChangesNothing(t *testing.T) {
	t.Parallel()
	d := phone(t)
	d.before(`{
		const real = Date, ahead = 3 * 24 * 3600 * 1000;
		window.Date = class extends real {
			constructor(...given) { given.length ? super(...given) : super(real.now() + ahead); }
			static now() { return real.now() + ahead; }
		};
	}`)
	v := waiting(t, d, citizen(11))
	if v.ask(`String(Date.now() > performance.timeOrigin + 2 * 24 * 3600 * 1000)`) != "true" {
		t.Fatal("the clock was not changed")
	}
	place := data(v, "place")
	if place != "240" {
		t.Errorf("the first to come after 240 has place %q", place)
	}
	until(t, patience, "the script has looked at the board", func() bool { return has(v, `#wait[data-state="open"]`) })
	shows(v, shown+` h2`, "순서를 기다리고 있습니다")

	said := v.ask(`(() => { const r = new XMLHttpRequest(); r.open("POST", "/c/` + slowCampaign + `/enter", false);
		r.setRequestHeader("Content-Type", "application/x-www-form-urlencoded"); r.setRequestHeader("Accept", "application/json");
		r.send(""); return r.status + " " + JSON.parse(r.responseText).code; })()`)
	if said != "409 wait" {
		t.Errorf("entering ahead of the turn: %q", said)
	}
	v.open(v.step("/region"))
	shows(v, "h1", "아직 예약 화면을 열 수 없습니다")
	v.open(v.step("/wait"))
	if again := data(v, "place"); again != place {
		t.Errorf("the place went from %s to %s", place, again)
	}
}

// A screen reader hears of the line politely and seldom: at most one change in
// ten seconds in which the number moves every second (rule W19).
func TestAnnouncementsArePoliteAndSeldom(t *testing.T) {
	t.Parallel()
	d := phone(t)
	v := waiting(t, d, citizen(12))
	if live := v.ask(`document.getElementById("live").getAttribute("aria-live")`); live != "polite" {
		t.Errorf("aria-live is %q", live)
	}
	v.ask(watch)
	before := text(v, `#n-ahead`)
	until(t, patience, "ten seconds pass in the page", func() bool { return v.ask(`String(performance.now() - watchedFrom > 10000)`) == "true" })
	if after := text(v, `#n-ahead`); after == before {
		t.Errorf("the number ahead stood still at %s, so nothing was tested", after)
	}
	if n := v.ask(`String(announced)`); n != "0" && n != "1" {
		t.Errorf("%s announcements in ten seconds", n)
	}
}

// kill -9 while people wait: the open page says that the connection is lost and
// goes on by itself after the restart; the place is the same (R1, R9).
func TestKilledServerComesBackWithEveryPlace(t *testing.T) {
	t.Parallel()
	d := phone(t)
	v := waiting(t, d, citizen(13))
	place, ticket := data(v, "place"), data(v, "ticket")
	v.server.kill()
	until(t, patience, "the page says that the connection is lost", func() bool { return has(v, `#offline:not([hidden])`) })
	shows(v, `#offline`, "자리는 그대로입니다")
	v.server.restart()
	until(t, time.Minute, "the page goes on by itself", func() bool { return has(v, `#offline[hidden]`) })
	before := text(v, `#n-ahead`)
	until(t, patience, "the line moves again", func() bool { return text(v, `#n-ahead`) != before })
	v.open(v.step("/wait"))
	if data(v, "place") != place || data(v, "ticket") != ticket {
		t.Errorf("ticket %s had place %s; now %s has %s", ticket, place, data(v, "ticket"), data(v, "place"))
	}

	// And the claim, typed again elsewhere, still has it.
	other := visit{device: plainPhone(t), server: v.server, who: v.who}
	other.joins()
	if data(other, "place") != place {
		t.Errorf("another device has place %s, not %s", data(other, "place"), place)
	}
}
