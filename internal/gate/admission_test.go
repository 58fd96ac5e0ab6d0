package gate

import (
	"testing"
	"time"

	"naru/internal/fault"
)

var (
	sessionA  = [16]byte{0xa}
	sessionB  = [16]byte{0xb}
	myBrowser = BrowserHash("mine")
)

// called is a ticket at place 10 that has just been called, with seats free.
func called() EnterFacts {
	return EnterFacts{
		Now: epoch0, Phase: Open, Place: 10, Serving: 11,
		Seats: Seats{Cap: 100, Live: 50, UnprovenCap: 75, Unproven: 20}, Browser: myBrowser,
	}
}

func unproven(end time.Duration) Admission {
	return Admission{Session: sessionA, Expires: epoch0.Add(end), Entries: 1}
}

func proven(end time.Duration, browser string) Admission {
	a := unproven(end)
	a.Proven, a.Browser = true, BrowserHash(browser)
	return a
}

type enterCase struct {
	why     string
	change  func(*EnterFacts)
	outcome Outcome
	message string // of the refusal, "" when a session is given
	session [16]byte
	expires time.Time
	entries int
}

var in3 = epoch0.Add(UnprovenFor)

var enterCases = []enterCase{
	{"called, a seat free", func(*EnterFacts) {}, OutOpen, "", [16]byte{}, in3, 1},
	{"the next place is not called yet", func(f *EnterFacts) { f.Serving = 10 }, OutWait, "gate.wait", [16]byte{}, time.Time{}, 0},
	{"far behind", func(f *EnterFacts) { f.Place = 5000 }, OutWait, "gate.wait", [16]byte{}, time.Time{}, 0},
	{"before the lobby", func(f *EnterFacts) { f.Phase = Announced }, OutRefused, "gate.not_open", [16]byte{}, time.Time{}, 0},
	{"in the lobby", func(f *EnterFacts) { f.Phase = LobbyOpen }, OutRefused, "gate.not_open", [16]byte{}, time.Time{}, 0},
	{"lobby closed", func(f *EnterFacts) { f.Phase = Closed }, OutRefused, "gate.not_open", [16]byte{}, time.Time{}, 0},
	{"draw held, not open", func(f *EnterFacts) { f.Phase = HeldDraw }, OutRefused, "gate.not_open", [16]byte{}, time.Time{}, 0},
	{"ended", func(f *EnterFacts) { f.Phase = Ended }, OutRefused, "gate.ended", [16]byte{}, time.Time{}, 0},
	{"phase not known", func(f *EnterFacts) { f.Phase = "" }, OutRefused, "gate.not_open", [16]byte{}, time.Time{}, 0},
	{"paused", func(f *EnterFacts) { f.Paused = true }, OutTurn, "gate.paused", [16]byte{}, time.Time{}, 0},
	{"no seat free", func(f *EnterFacts) { f.Seats.Live = 100 }, OutTurn, "gate.turn", [16]byte{}, time.Time{}, 0},
	{"over the cap", func(f *EnterFacts) { f.Seats.Live = 120 }, OutTurn, "gate.turn", [16]byte{}, time.Time{}, 0},
	{"cap set to 0", func(f *EnterFacts) { f.Seats.Cap = 0 }, OutTurn, "gate.turn", [16]byte{}, time.Time{}, 0},
	{"unproven budget used up", func(f *EnterFacts) { f.Seats.Unproven = 75 }, OutTurn, "gate.turn", [16]byte{}, time.Time{}, 0},
	{"free seats go to lower places", func(f *EnterFacts) { f.TurnsAhead = 50 }, OutTurn, "gate.turn", [16]byte{}, time.Time{}, 0},
	{"one seat more than lower places", func(f *EnterFacts) { f.TurnsAhead = 49 }, OutOpen, "", [16]byte{}, in3, 1},
	{"higher places take nothing away", func(f *EnterFacts) { f.TurnsWaiting = 500 }, OutOpen, "", [16]byte{}, in3, 1},
	{"unproven session shared", func(f *EnterFacts) { f.Admission = unproven(time.Minute) }, OutShare, "", sessionA, epoch0.Add(time.Minute), 1},
	{"shared without a seat free", func(f *EnterFacts) { f.Admission = unproven(time.Minute); f.Seats.Live = 100 }, OutShare, "", sessionA, epoch0.Add(time.Minute), 1},
	{"shared when paused", func(f *EnterFacts) { f.Admission = unproven(time.Minute); f.Paused = true }, OutShare, "", sessionA, epoch0.Add(time.Minute), 1},
	{"shared, but ended", func(f *EnterFacts) { f.Admission = unproven(time.Minute); f.Phase = Ended }, OutRefused, "gate.ended", [16]byte{}, time.Time{}, 1},
	{"proven, same browser", func(f *EnterFacts) { f.Admission = proven(time.Minute, "mine") }, OutResume, "", sessionA, epoch0.Add(time.Minute), 1},
	{"proven, other browser", func(f *EnterFacts) { f.Admission = proven(time.Minute, "theirs") }, OutChallenge, "", [16]byte{}, in3, 1},
	{"proven, challenge running", func(f *EnterFacts) {
		f.Admission = proven(time.Minute, "theirs")
		f.Admission.Challenge = Challenge{sessionB, epoch0.Add(time.Second)}
	}, OutChallenge, "", sessionB, epoch0.Add(time.Second), 1},
	{"proven, challenge lapsed", func(f *EnterFacts) {
		f.Admission = proven(time.Minute, "theirs")
		f.Admission.Challenge = Challenge{sessionB, epoch0}
	}, OutChallenge, "", [16]byte{}, in3, 1},
	{"lapsed this second: again at the place", func(f *EnterFacts) { f.Admission = unproven(0) }, OutReenter, "", [16]byte{}, in3, 2},
	{"proven and lapsed", func(f *EnterFacts) { f.Admission = proven(0, "mine") }, OutReenter, "", [16]byte{}, in3, 2},
	{"third re-entry", func(f *EnterFacts) { f.Admission = unproven(0); f.Admission.Entries = 3; f.TurnsWaiting = 5 }, OutReenter, "", [16]byte{}, in3, 4},
	{"slow line, turns waiting", func(f *EnterFacts) {
		f.Admission = unproven(0)
		f.Admission.Entries, f.Admission.Browser = 4, myBrowser
		f.TurnsWaiting = 1
	}, OutTurn, "gate.slow_line", [16]byte{}, time.Time{}, 4},
	{"slow line, no seat", func(f *EnterFacts) {
		f.Admission = unproven(0)
		f.Admission.Entries, f.Admission.Browser = 4, myBrowser
		f.Seats.Live = 100
	}, OutTurn, "gate.slow_line", [16]byte{}, time.Time{}, 4},
	{"the entries were another browser's", func(f *EnterFacts) { f.Admission = unproven(0); f.Admission.Entries = 4; f.TurnsWaiting = 1 }, OutReenter, "", [16]byte{}, in3, 5},
	{"slow line, nobody else waits", func(f *EnterFacts) {
		f.Admission = unproven(0)
		f.Admission.Entries, f.Admission.Browser = 4, myBrowser
	}, OutReenter, "", [16]byte{}, in3, 5},
}

func TestEnter(t *testing.T) {
	t.Parallel()
	for _, c := range enterCases {
		f := called()
		c.change(&f)
		d := Enter(f)
		want := EnterDecision{Outcome: c.outcome, Rule: d.Rule, Refusal: d.Refusal, Session: c.session, Expires: c.expires, Entries: c.entries}
		if d != want || d.Rule == "" || messageOf(d.Refusal) != c.message {
			t.Errorf("%s: %+v %q, want %+v %q", c.why, d, messageOf(d.Refusal), want, c.message)
		}
	}
}

func messageOf(f *fault.Error) string {
	if f == nil {
		return ""
	}
	return f.Message
}

// Whatever else is true, a place that has not been called opens nothing.
func TestNobodyEntersBeforeBeingCalled(t *testing.T) {
	t.Parallel()
	for _, a := range []Admission{{}, unproven(0), unproven(-time.Hour), proven(0, "mine"), {Entries: 9}} {
		for _, ahead := range []uint64{0, 1, 1 << 39} {
			f := called()
			f.Admission, f.Place, f.Serving = a, 11+ahead, 11
			f.Seats = Seats{Cap: 1 << 30, UnprovenCap: 1 << 30}
			d := Enter(f)
			if d.Outcome != OutWait || d.Refusal == nil || d.Refusal.Code != fault.Wait || d.Refusal.Args["Ahead"] != ahead {
				t.Errorf("%+v with %d ahead: %+v", a, ahead, d)
			}
		}
	}
}

func TestEnterAgainIsTheSameSession(t *testing.T) {
	t.Parallel()
	f := called()
	first := Enter(f)
	f.Admission = Admission{Session: sessionA, Expires: first.Expires, Entries: first.Entries}
	f.Now = f.Now.Add(time.Second)
	for _, browser := range []string{"mine", "another tab", "another device"} {
		f.Browser = BrowserHash(browser)
		if d := Enter(f); d.Session != sessionA || d.Expires != first.Expires || d.Entries != first.Entries {
			t.Errorf("%s: %+v", browser, d)
		}
	}
}

func TestProve(t *testing.T) {
	t.Parallel()
	in15 := epoch0.Add(15 * time.Minute)
	challenged := proven(time.Minute, "theirs")
	challenged.Challenge = Challenge{sessionB, epoch0.Add(time.Minute)}
	lapsedBoth := proven(0, "theirs")
	lapsedBoth.Challenge = Challenge{sessionB, epoch0.Add(time.Minute)}
	lapsedChallenge := proven(time.Minute, "theirs")
	lapsedChallenge.Challenge = Challenge{sessionB, epoch0}
	for _, c := range []struct {
		why     string
		facts   ProveFacts
		message string
		ends    int
	}{
		{"first proof wins", ProveFacts{Session: sessionA, Person: "p", Admission: unproven(time.Minute)}, "", 1},
		{"and ends the person's session on another ticket", ProveFacts{
			Session: sessionA, Person: "p", Admission: unproven(time.Minute),
			Others: []Held{{ticketNumber(2), [16]byte{0xc}}},
		}, "", 2},
		{"too late", ProveFacts{Session: sessionA, Person: "p", Admission: unproven(0)}, "gate.session_expired", 0},
		{"somebody proved in the meantime", ProveFacts{Session: [16]byte{0xd}, Person: "p", Admission: proven(time.Minute, "x"), Holder: "p"}, "gate.session_ended", 0},
		{"proven already", ProveFacts{Session: sessionA, Person: "p", Admission: proven(time.Minute, "x"), Holder: "p"}, "gate.session_expired", 0},
		{"the owner on a second device takes over", ProveFacts{Session: sessionB, Person: "p", Admission: challenged, Holder: "p"}, "", 2},
		{"another person does not", ProveFacts{Session: sessionB, Person: "q", Admission: challenged, Holder: "p"}, "gate.proven_by_other", 0},
		{"nothing left to take over", ProveFacts{Session: sessionB, Person: "p", Admission: lapsedBoth, Holder: "p"}, "gate.session_expired", 0},
		{"the challenge lapsed", ProveFacts{Session: sessionB, Person: "p", Admission: lapsedChallenge, Holder: "p"}, "gate.session_expired", 0},
	} {
		c.facts.Now, c.facts.For = epoch0, 15*time.Minute
		d := Prove(c.facts)
		if messageOf(d.Refusal) != c.message || len(d.Ends) != c.ends || d.Rule == "" {
			t.Errorf("%s: %+v", c.why, d)
		}
		if c.message == "" && d.Expires != in15 || c.message != "" && !d.Expires.IsZero() {
			t.Errorf("%s: expires %s", c.why, d.Expires)
		}
	}
}

func TestMoreTimeIsGivenWithinTheHour(t *testing.T) {
	t.Parallel()
	at := func(m time.Duration) time.Time { return epoch0.Add(m * time.Minute) }
	for _, c := range []struct {
		why          string
		expires, now time.Time
		want         time.Time
		message      string
	}{
		{"in the tenth minute", at(15), at(10), at(25), ""},
		{"a second before the end", at(15), at(15).Add(-time.Second), at(30).Add(-time.Second), ""},
		{"too late", at(15), at(15), time.Time{}, "gate.session_expired"},
		{"up to the hour", at(55), at(50), at(60), ""},
		{"asked twice in one second", at(25), at(10), at(25), ""},
		{"not beyond", at(60), at(59), time.Time{}, "gate.extend_over"},
	} {
		got, err := Extend(epoch0, c.expires, c.now, 15*time.Minute)
		if !got.Equal(c.want) || err != nil != (c.message != "") {
			t.Errorf("%s: %s, %v", c.why, got, err)
		}
		if err != nil && fault.Of(err).Message != c.message {
			t.Errorf("%s: %v", c.why, err)
		}
	}
}

func TestUnprovenBudget(t *testing.T) {
	t.Parallel()
	for seats, want := range map[int]int{-1: 0, 0: 0, 1: 1, 2: 1, 4: 3, 100: 75} {
		if got := UnprovenBudget(seats); got != want {
			t.Errorf("%d seats: %d unproven, want %d", seats, got, want)
		}
	}
}
