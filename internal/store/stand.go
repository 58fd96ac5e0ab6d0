package store

import (
	"naru/internal/fault"
	"naru/internal/gate"
)

// SealStand seals what a guardian has said for the cookie of their browser, bound to
// the ticket of the person they book for: the server keeps nothing before the proof.
func (s *Store) SealStand(st Stand, ticket gate.TicketID) string {
	return sealJSON(s.people, "stand", ticket.String(), st)
}

// OpenStand opens what SealStand made for the same ticket.
func (s *Store) OpenStand(sealed string, ticket gate.TicketID) (Stand, error) {
	var st Stand
	if err := openJSON(s.people, "stand", ticket.String(), sealed, &st); err != nil {
		return Stand{}, fault.Wrap(fault.Unauthenticated, "guardian.again", err)
	}
	return st, nil
}
