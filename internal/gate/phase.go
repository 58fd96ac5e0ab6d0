package gate

import (
	"time"

	"naru/internal/fault"
)

// Phase is where one opening (a campaign's epoch) stands. It only goes forward
// (rule G14); a pause is not a phase, since it moves nobody.
type Phase string

// The phases, in order.
const (
	Announced Phase = "announced" // published; nobody can join yet
	LobbyOpen Phase = "lobby"     // people join; their order will be drawn
	Closed    Phase = "closed"    // roll published; waiting for the beacon
	HeldDraw  Phase = "drawn"     // the draw was held; places are known
	Open      Phase = "open"      // serving moves
	Ended     Phase = "ended"     // nobody joins or enters any more
)

// Valid tells whether p is one of the phases.
func (p Phase) Valid() bool { return p.rank() >= 0 }

func (p Phase) rank() int {
	for i, q := range [...]Phase{Announced, LobbyOpen, Closed, HeldDraw, Open, Ended} {
		if p == q {
			return i
		}
	}
	return -1
}

// Joins tells which kind of ticket a new join gets in this phase (rule G5).
// The store asks inside the transaction of the join, with the phase row locked.
// Faults: NotOpen "gate.lobby_not_open" and "gate.ended".
func (p Phase) Joins() (Kind, error) {
	switch p {
	case LobbyOpen:
		return Lobby, nil
	case Closed, HeldDraw, Open:
		return Late, nil
	case Ended:
		return 0, fault.New(fault.NotOpen, "gate.ended")
	}
	return 0, fault.New(fault.NotOpen, "gate.lobby_not_open")
}

// Act is what the leader does in the transaction that changes the phase.
type Act string

// The acts.
const (
	NoAct        Act = ""
	OpenLobby    Act = "open_lobby"
	CloseLobby   Act = "close_lobby"   // count L, make the roll, sign it
	HoldDraw     Act = "hold_draw"     // reveal secret and beacon, make the seed
	HoldFallback Act = "hold_fallback" // the same with what is missing left empty
	OpenGate     Act = "open_gate"
	EndGate      Act = "end_gate"
)

// State is what decides the next phase. All times are the server's.
type State struct {
	Phase       Phase
	LobbyOpens  time.Time
	LobbyCloses time.Time
	Opens       time.Time
	Closes      time.Time
	SeedReady   bool      // the beacon's value and the secret are at hand
	BeaconDue   time.Time // from here on the fallback is used; zero means Opens
	ClockFrozen bool      // the server's clock stepped: nothing moves
}

// Step is one change of phase, or none. Next is when to ask again at the
// latest; it is zero when only a fact, not time, can change the answer.
type Step struct {
	Phase Phase
	Act   Act
	Next  time.Time
}

// NextPhase returns the one step that is due now (rule G14). A server that was
// away asks again after each step, so that no step is left out: the roll is
// always made, the draw always held before the opening. From Closes on
// everything ends. Moving Opens later keeps the phase reached.
func NextPhase(s State, now time.Time) Step {
	if s.ClockFrozen || s.Phase == Ended {
		return Step{Phase: s.Phase}
	}
	if !now.Before(s.Closes) {
		return Step{Phase: Ended, Act: EndGate}
	}
	switch s.Phase {
	case Announced:
		return s.at(now, s.LobbyOpens, Step{Phase: LobbyOpen, Act: OpenLobby, Next: s.LobbyCloses})
	case LobbyOpen:
		return s.at(now, s.LobbyCloses, Step{Phase: Closed, Act: CloseLobby, Next: s.due()})
	case Closed:
		if s.SeedReady {
			return Step{Phase: HeldDraw, Act: HoldDraw, Next: s.Opens}
		}
		return s.at(now, s.due(), Step{Phase: HeldDraw, Act: HoldFallback, Next: s.Opens})
	case HeldDraw:
		return s.at(now, s.Opens, Step{Phase: Open, Act: OpenGate, Next: s.Closes})
	}
	return Step{Phase: s.Phase, Next: s.Closes}
}

func (s State) at(now, when time.Time, step Step) Step {
	if now.Before(when) {
		return Step{Phase: s.Phase, Next: when}
	}
	return step
}

func (s State) due() time.Time {
	if s.BeaconDue.IsZero() {
		return s.Opens
	}
	return s.BeaconDue
}
