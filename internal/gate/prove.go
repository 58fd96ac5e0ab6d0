package gate

import (
	"time"

	"naru/internal/fault"
)

// ProveFacts is what decides a proof that has just succeeded. The provider
// confirmed that the asker is the person of the claim; this decides what it
// gives. All of it is read in the transaction that carries out the decision.
type ProveFacts struct {
	Now       time.Time
	For       time.Duration // how long a proven session lives: the campaign's session
	Session   [16]byte      // of the token the proof was made in
	Person    string        // the proven person's random id
	Admission Admission     // of the token's ticket
	Holder    string        // person of the admission's proven session, "" if unproven
	Others    []Held        // the person's live proven sessions on other tickets
}

// Held is a live proven session of the same person under another ticket.
type Held struct {
	Ticket  TicketID
	Session [16]byte
}

// ProveDecision is the answer to ProveFacts. Refusal is nil when the proof
// wins: then a proven session with a new random id, bound to the proving
// browser alone, lives until Expires, and every session in Ends is over.
type ProveDecision struct {
	Rule    string
	Refusal *fault.Error
	Expires time.Time
	Ends    [][16]byte
}

// Prove decides what a successful proof gives (rules G25, G26): the first
// proof takes the shared session; a later one takes over only from the same
// person. Faults: Expired "gate.session_expired", Conflict
// "gate.session_ended" (another browser's proof won), Conflict
// "gate.proven_by_other".
func Prove(f ProveFacts) ProveDecision {
	a := f.Admission
	live := a.Live(f.Now)
	switch {
	case f.Session == a.Session && !a.Proven && live:
		return f.win(a.Session)
	case f.Session == a.Challenge.Session && a.Challenge.Live(f.Now):
		return f.takeOver(live)
	case f.Session == a.Session || f.Session == a.Challenge.Session:
		return f.lose("G24", fault.Expired, "gate.session_expired")
	}
	return f.lose("G25", fault.Conflict, "gate.session_ended")
}

// takeOver is for the owner on a second device. When the proven session has
// lapsed meanwhile, its seat is gone: the owner enters again at the place.
func (f ProveFacts) takeOver(live bool) ProveDecision {
	if !live {
		return f.lose("G24", fault.Expired, "gate.session_expired")
	}
	if f.Person != f.Holder {
		return f.lose("G26", fault.Conflict, "gate.proven_by_other")
	}
	return f.win(f.Admission.Session, f.Session)
}

func (f ProveFacts) win(ends ...[16]byte) ProveDecision {
	for _, other := range f.Others {
		ends = append(ends, other.Session)
	}
	return ProveDecision{Rule: "G26", Expires: f.Now.Add(f.For), Ends: ends}
}

func (f ProveFacts) lose(rule string, code fault.Code, message string) ProveDecision {
	return ProveDecision{Rule: rule, Refusal: fault.New(code, message)}
}

// Extend returns the new end of a proven session whose holder asked for more
// time (rule G24): the campaign's session from now, but never beyond ExtendMost
// sessions after the proof and never earlier than it was. Faults: Expired "gate.session_expired",
// Conflict "gate.extend_over" when no time is left to give.
func Extend(provenAt, expires, now time.Time, session time.Duration) (time.Time, error) {
	if !now.Before(expires) {
		return time.Time{}, fault.New(fault.Expired, "gate.session_expired")
	}
	last := provenAt.Add(ExtendMost * session)
	if !expires.Before(last) {
		return time.Time{}, fault.New(fault.Conflict, "gate.extend_over")
	}
	end := now.Add(session)
	if end.After(last) {
		end = last
	}
	if end.Before(expires) { // asked twice: the later end stands
		end = expires
	}
	return end, nil
}
