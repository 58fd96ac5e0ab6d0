package gate

import (
	"time"

	"naru/internal/fault"
)

// Early is a proof made before the opening: who proved, and in which browser.
// The zero Early is none.
type Early struct {
	Person  string
	Browser [32]byte
}

// TakesEarly tells whether a ticket may be proven before its turn: from the
// lobby on and until the gate opens. From then on those whose turn it is come
// first at the providers.
func (p Phase) TakesEarly() bool { return p == LobbyOpen || p == Closed || p == HeldDraw }

// ProveEarly decides what a proof before the opening gives (rule I8): the first
// person who proves a ticket keeps it; the same person may do so again from
// another browser, which then is the one. Faults: Conflict "gate.early_over"
// once the gate is open, Conflict "gate.proven_by_other".
func ProveEarly(p Phase, before Early, person string) *fault.Error {
	switch {
	case !p.TakesEarly():
		return fault.New(fault.Conflict, "gate.early_over")
	case before.Person != "" && before.Person != person:
		return fault.New(fault.Conflict, "gate.proven_by_other")
	}
	return nil
}

// Opens tells whether the early proof makes a session of this browser proven at
// once. It does for a new session and for one that nobody has proven; it takes
// nothing from a proof that was made since.
func (e Early) Opens(browser [32]byte, o Outcome) bool {
	return e.Person != "" && e.Browser == browser && (o == OutOpen || o == OutReenter || o == OutShare)
}

// SpareMost is how long after its beginning an unproven session may last when
// providers fail.
const SpareMost = 3 * UnprovenFor

// Spare gives an unproven session its time again when a provider has failed its
// holder (rule I7), up to SpareMost after it was opened, and never less than it has.
func Spare(opened, expires, now time.Time) time.Time {
	end := now.Add(UnprovenFor)
	if last := opened.Add(SpareMost); end.After(last) {
		end = last
	}
	if end.Before(expires) {
		return expires
	}
	return end
}
