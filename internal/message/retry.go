package message

import "time"

// Answer is what came of handing a message to a provider.
type Answer int

// The answers.
const (
	Taken   Answer = iota
	Refused        // for good: the number is no phone, the text is not allowed
	Busy           // not now; nothing was taken
	Unsure         // nobody knows: no answer in time, or one that says nothing
)

// Try is what is known of a message when an answer comes.
type Try struct {
	Kind     Kind
	Provider ProviderID
	Attempts int       // with this provider, the one that is answered included
	Written  time.Time // when the message was
}

// Decision is what becomes of a message.
type Decision struct {
	State    State
	Provider ProviderID // who tries next, while Queued
	Due      time.Time  // from when on
	Anew     bool       // another provider tries: its attempts begin at 0
}

// Bounds of trying again.
const (
	attemptsMost    = 8                // with one provider (rule M4)
	attemptsIfOther = 3                // with one after whom another comes
	urgentMost      = 40               // of codes: their life ends them before
	waitMost        = time.Hour        // also when a provider asks for more
	waitUrgent      = 10 * time.Second // between two tries of a code, at most
	firstWait       = 5 * time.Second
	firstUrgent     = 2 * time.Second
)

// After decides by an answer (rules M4, M5). wait is what the provider asks for, 0
// when it says nothing.
func (p Plan) After(t Try, a Answer, wait time.Duration, now time.Time, zone *time.Location) Decision {
	if a == Taken {
		return Decision{State: Sent, Provider: t.Provider}
	}
	if t.Kind.Urgent() && !now.Before(t.Written.Add(CodeLife)) {
		return Decision{State: Failed, Provider: t.Provider}
	}
	next := p.Next(t.Kind, t.Provider)
	most := attemptsMost
	if t.Kind.Urgent() {
		most = urgentMost
	}
	if next != "" {
		most = attemptsIfOther
	}
	switch {
	case (a == Refused || t.Attempts >= most) && next != "":
		return Decision{State: Queued, Provider: next, Due: p.Due(t.Kind, now, zone), Anew: true}
	case a == Refused || t.Attempts >= most:
		return Decision{State: Failed, Provider: t.Provider}
	}
	return Decision{State: Queued, Provider: t.Provider, Due: p.Due(t.Kind, now.Add(backoff(t, wait)), zone)}
}

// backoff doubles from a few seconds, and is never shorter than the provider asks.
func backoff(t Try, asked time.Duration) time.Duration {
	wait, most := firstWait, waitMost
	if t.Kind.Urgent() {
		wait, most = firstUrgent, waitUrgent
	}
	for range t.Attempts - 1 {
		wait = min(wait*3, most)
	}
	return min(max(wait, asked), waitMost)
}

// Reported decides by what a provider says of a message later (rule M7). changed is
// false when it says nothing new.
func (p Plan) Reported(t Try, state State, arrived bool, now time.Time, zone *time.Location) (d Decision, changed bool) {
	if state != Queued && state != Sent {
		return Decision{}, false
	}
	if arrived {
		return Decision{State: Delivered, Provider: t.Provider}, true
	}
	return p.After(t, Refused, 0, now, zone), true
}
