package gate

import (
	"time"

	"naru/internal/fault"
)

// Session lifetimes (rule G24). A proven session lives as long as the campaign
// says, from the proof or the last extension.
const (
	UnprovenFor = 3 * time.Minute // to prove who one is
	ExtendMost  = 4               // sessions' length from the proof, however often extended
)

// MaxReentries is how often a lapsed session re-enters at its own place; after
// that the ticket waits in the slow line, behind all turns (rule G23).
const MaxReentries = 3

// TurnFresh is how long a turn counts as here after its browser last asked. A
// turn that is away blocks nobody and keeps its place before all later ones.
const TurnFresh = 15 * time.Second

// Seats are the live sessions and their limits. Unproven sessions have a
// budget of their own inside the cap (rule G27), so that claims nobody proves cannot
// take every seat.
type Seats struct {
	Cap, Live             int // all live sessions
	UnprovenCap, Unproven int // those not proven yet
}

// UnprovenBudget is the usual share of the cap for unproven sessions: three
// quarters, and one seat at least when there is any.
func UnprovenBudget(seats int) int {
	if seats <= 0 {
		return 0
	}
	return max(1, seats*3/4)
}

// Free is how many sessions may be opened now; every new one is unproven.
func (s Seats) Free() int { return max(0, min(s.Cap-s.Live, s.UnprovenCap-s.Unproven)) }

// Admission is the store's record of what a ticket has been given so far. The
// zero Admission is a ticket that never entered.
type Admission struct {
	Session   [16]byte
	Browser   [32]byte  // of the proven session; while unproven, the one that opened it
	Proven    bool      // the session, live or lapsed, was proven
	Expires   time.Time // of the session; zero when there was none
	Entries   int       // sessions opened at this place, challengers not counted
	Challenge Challenge
}

// SlowLine tells whether the ticket has used up its re-entries. Its turn is
// then not a first-line turn: it holds nobody else up.
func (a Admission) SlowLine() bool { return a.Entries > MaxReentries }

// Challenge is the seatless session in which somebody may prove that a proven
// session is their own. It can do nothing else.
type Challenge struct {
	Session [16]byte
	Expires time.Time
}

// Live tells whether the session can still be used.
func (a Admission) Live(now time.Time) bool { return now.Before(a.Expires) }

// Live tells whether the challenge can still be used.
func (c Challenge) Live(now time.Time) bool { return now.Before(c.Expires) }

// EnterFacts is what decides one request to enter. All of it is read in the
// transaction that carries out the decision, so an admission is used once (rule G28).
type EnterFacts struct {
	Now          time.Time
	Phase        Phase
	OpensAt      time.Time
	Paused       bool
	Place        uint64
	Serving      uint64
	Seats        Seats
	TurnsAhead   int       // fresh first-line turns of others that come before this ticket
	TurnsWaiting int       // all fresh first-line turns of others
	Opened       uint64    // sessions opened in this lane so far
	Again        uint64    // of those, re-entries
	FirstTurns   int       // fresh turns of others whose tickets never had a session; asked for when ManyAgain
	Browser      [32]byte  // BrowserHash of the asking browser
	Admission    Admission // of this ticket
}

// Outcome is what a request to enter leads to.
type Outcome string

// The outcomes.
const (
	OutRefused   Outcome = "refused"   // not open; the place is kept
	OutWait      Outcome = "wait"      // not called yet; the place is kept
	OutTurn      Outcome = "turn"      // called: record the turn, a seat comes
	OutOpen      Outcome = "open"      // open a new unproven session
	OutReenter   Outcome = "reenter"   // the same, after an earlier one lapsed
	OutShare     Outcome = "share"     // a token for this browser on the live unproven session
	OutResume    Outcome = "resume"    // a new token for the proven session's own browser
	OutChallenge Outcome = "challenge" // a seatless session: prove again to take over
)

// EnterDecision is the answer to EnterFacts. Refusal is nil when a session is
// given; then Session is the id to use, zero when a new random one is to be
// made, and Expires its end. Entries is the new count for the record.
type EnterDecision struct {
	Outcome Outcome
	Rule    string
	Refusal *fault.Error
	Session [16]byte
	Expires time.Time
	Entries int
}

// Enter decides a request to enter with a ticket (rules G15, G22, G23). The
// same request repeated leads to the same session, so it is safe to retry.
func Enter(f EnterFacts) EnterDecision {
	if refusal := notOpen(f); refusal != nil {
		return f.refuse(OutRefused, "G14", refusal)
	}
	if f.Admission.Live(f.Now) {
		return f.join()
	}
	if f.Place >= f.Serving {
		ahead := f.Place - f.Serving
		return f.refuse(OutWait, "G15", fault.New(fault.Wait, "gate.wait").With("Ahead", ahead))
	}
	if f.Paused {
		return f.refuse(OutTurn, "G21", fault.New(fault.Wait, "gate.paused"))
	}
	if f.Admission.Entries > 0 && f.ManyAgain() && f.FirstTurns > 0 {
		return f.refuse(OutTurn, "G23", fault.New(fault.Wait, "gate.slow_line"))
	}
	if f.Admission.SlowLine() && f.Browser == f.Admission.Browser { // another browser may be the owner's first
		return f.slowLine()
	}
	if f.TurnsAhead >= f.Seats.Free() {
		return f.refuse(OutTurn, "G22", fault.New(fault.Wait, "gate.turn"))
	}
	return f.open()
}

func notOpen(f EnterFacts) *fault.Error {
	switch f.Phase {
	case Open:
		return nil
	case Ended:
		return fault.New(fault.NotOpen, "gate.ended")
	}
	return fault.New(fault.NotOpen, "gate.not_open").With("Opens", f.OpensAt)
}

// join finds the asker's relation to the live session.
func (f EnterFacts) join() EnterDecision {
	a := f.Admission
	d := EnterDecision{Rule: "G25", Session: a.Session, Expires: a.Expires, Entries: a.Entries}
	switch {
	case !a.Proven:
		d.Outcome = OutShare
	case a.Browser == f.Browser:
		d.Outcome = OutResume
	case a.Challenge.Live(f.Now):
		d.Outcome, d.Session, d.Expires = OutChallenge, a.Challenge.Session, a.Challenge.Expires
	default:
		d.Outcome, d.Session, d.Expires = OutChallenge, [16]byte{}, f.Now.Add(UnprovenFor)
	}
	return d
}

// Re-entries are at most a tenth of the sessions, but for the first few; more of
// them wait while somebody does who comes for the first time (rule G23).
const (
	againShare = 10
	againFree  = 20
)

// ManyAgain says that the tenth is used up. Then those who come for the first time
// have only each other's turns ahead of them, and those who come again go by place
// when there are none: so neither waits for the other in a circle.
func (f EnterFacts) ManyAgain() bool { return f.Again >= againFree && f.Again*againShare >= f.Opened }

func (f EnterFacts) slowLine() EnterDecision {
	if f.TurnsWaiting > 0 || f.Seats.Free() == 0 {
		return f.refuse(OutTurn, "G23", fault.New(fault.Wait, "gate.slow_line"))
	}
	return f.open()
}

func (f EnterFacts) open() EnterDecision {
	d := EnterDecision{
		Outcome: OutOpen, Rule: "G22",
		Expires: f.Now.Add(UnprovenFor), Entries: f.Admission.Entries + 1,
	}
	if f.Admission.Entries > 0 {
		d.Outcome, d.Rule = OutReenter, "G23"
	}
	return d
}

func (f EnterFacts) refuse(o Outcome, rule string, why *fault.Error) EnterDecision {
	return EnterDecision{Outcome: o, Rule: rule, Refusal: why, Entries: f.Admission.Entries}
}
