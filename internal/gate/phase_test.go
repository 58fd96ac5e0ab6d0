package gate

import (
	"testing"
	"time"

	"naru/internal/fault"
)

// opening is an opening at midnight of 12 July 2021 in Seoul.
func opening() State {
	t0 := epoch0
	return State{
		Phase: Announced, LobbyOpens: t0.Add(-30 * time.Minute), LobbyCloses: t0.Add(-2 * time.Minute),
		Opens: t0, Closes: t0.Add(5*24*time.Hour + 18*time.Hour), BeaconDue: t0.Add(-30 * time.Second),
	}
}

func TestPhaseMovesAtItsSecond(t *testing.T) {
	t.Parallel()
	o := opening()
	for _, c := range []struct {
		why   string
		phase Phase
		now   time.Time
		ready bool
		want  Step
	}{
		{"before the lobby", Announced, o.LobbyOpens.Add(-time.Second), false, Step{Announced, NoAct, o.LobbyOpens}},
		{"the lobby opens", Announced, o.LobbyOpens, false, Step{LobbyOpen, OpenLobby, o.LobbyCloses}},
		{"a second before the lobby closes", LobbyOpen, o.LobbyCloses.Add(-time.Second), false, Step{LobbyOpen, NoAct, o.LobbyCloses}},
		{"the lobby closes", LobbyOpen, o.LobbyCloses, false, Step{Closed, CloseLobby, o.BeaconDue}},
		{"waiting for the beacon", Closed, o.LobbyCloses, false, Step{Closed, NoAct, o.BeaconDue}},
		{"the beacon is there", Closed, o.LobbyCloses, true, Step{HeldDraw, HoldDraw, o.Opens}},
		{"the beacon did not come", Closed, o.BeaconDue, false, Step{HeldDraw, HoldFallback, o.Opens}},
		{"the beacon came at the last second", Closed, o.BeaconDue, true, Step{HeldDraw, HoldDraw, o.Opens}},
		{"a second before the opening", HeldDraw, o.Opens.Add(-time.Second), true, Step{HeldDraw, NoAct, o.Opens}},
		{"the opening", HeldDraw, o.Opens, true, Step{Open, OpenGate, o.Closes}},
		{"open", Open, o.Opens, true, Step{Open, NoAct, o.Closes}},
		{"a second before the close", Open, o.Closes.Add(-time.Second), true, Step{Open, NoAct, o.Closes}},
		{"the close", Open, o.Closes, true, Step{Ended, EndGate, time.Time{}}},
		{"after the end", Ended, o.Opens, true, Step{Ended, NoAct, time.Time{}}},
		{"never opened, past the close", LobbyOpen, o.Closes, true, Step{Ended, EndGate, time.Time{}}},
	} {
		s := o
		s.Phase, s.SeedReady = c.phase, c.ready
		if got := NextPhase(s, c.now); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.why, got, c.want)
		}
	}
}

// A server that was away over the whole preparation leaves no step out.
func TestLateServerMakesEveryStep(t *testing.T) {
	t.Parallel()
	s := opening()
	var acts []Act
	for range 10 {
		step := NextPhase(s, s.Opens.Add(time.Minute))
		if step.Act != NoAct {
			acts = append(acts, step.Act)
		}
		s.Phase = step.Phase
	}
	want := []Act{OpenLobby, CloseLobby, HoldFallback, OpenGate}
	if len(acts) != len(want) {
		t.Fatalf("acts %q, want %q", acts, want)
	}
	for i := range want {
		if acts[i] != want[i] {
			t.Errorf("act %d is %q, want %q", i, acts[i], want[i])
		}
	}
}

func TestPhaseNeverGoesBack(t *testing.T) {
	t.Parallel()
	for _, phase := range []Phase{Announced, LobbyOpen, Closed, HeldDraw, Open, Ended} {
		for _, shift := range []time.Duration{-1000 * time.Hour, 0, 1000 * time.Hour} {
			s := opening()
			s.Phase, s.SeedReady = phase, true
			if got := NextPhase(s, s.Opens.Add(shift)); got.Phase.rank() < phase.rank() {
				t.Errorf("%s went back to %s", phase, got.Phase)
			}
		}
	}
}

func TestPostponingKeepsLobbyAndDraw(t *testing.T) {
	t.Parallel()
	s := opening()
	s.Phase, s.SeedReady = HeldDraw, true
	before := s.Opens
	s.Opens = s.Opens.Add(2 * time.Hour)
	if got := NextPhase(s, before); got != (Step{HeldDraw, NoAct, s.Opens}) {
		t.Errorf("at the old opening: %+v", got)
	}
}

func TestFrozenClockMovesNothing(t *testing.T) {
	t.Parallel()
	s := opening()
	s.ClockFrozen = true
	for _, now := range []time.Time{s.LobbyOpens, s.Closes} {
		if got := NextPhase(s, now); got != (Step{Phase: Announced}) {
			t.Errorf("moved to %+v", got)
		}
	}
}

func TestWithoutADueTimeTheFallbackIsAtTheOpening(t *testing.T) {
	t.Parallel()
	s := opening()
	s.Phase, s.BeaconDue = Closed, time.Time{}
	if got := NextPhase(s, s.Opens.Add(-time.Second)); got.Act != NoAct || got.Next != s.Opens {
		t.Errorf("before the opening: %+v", got)
	}
	if got := NextPhase(s, s.Opens); got.Act != HoldFallback {
		t.Errorf("at the opening: %+v", got)
	}
}

func TestThePhaseDecidesLobbyOrLate(t *testing.T) {
	t.Parallel()
	for phase, want := range map[Phase]Kind{LobbyOpen: Lobby, Closed: Late, HeldDraw: Late, Open: Late} {
		if got, err := phase.Joins(); got != want || err != nil {
			t.Errorf("%s: kind %d, %v", phase, got, err)
		}
	}
	_, err := Announced.Joins()
	wantFault(t, err, fault.NotOpen, "gate.lobby_not_open")
	_, err = Ended.Joins()
	wantFault(t, err, fault.NotOpen, "gate.ended")
	_, err = Phase("nonsense").Joins()
	wantFault(t, err, fault.NotOpen, "gate.lobby_not_open")
}
