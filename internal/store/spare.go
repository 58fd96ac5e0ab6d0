package store

import (
	"context"
	"time"

	"naru/internal/gate"
)

// Spare gives the holder of an unproven session the time again that a failing
// provider has cost them, within bounds (rule I7). The token returned carries the
// new end; "" when the session is not the ticket's unproven one.
func (s *Store) Spare(ctx context.Context, ses gate.Session) (string, error) {
	l, err := s.line(ses.Campaign)
	if err != nil {
		return "", err
	}
	a := &spareAct{ses: ses}
	if err := s.atGate(ctx, a); err != nil || a.expires.IsZero() {
		return "", err
	}
	ses.Expires = a.expires
	return l.keys.SealSession(ses), nil
}

// spareAct gives an unproven session more time.
type spareAct struct {
	ses     gate.Session
	expires time.Time // zero: it is not this session's to give
}

// Wants names what the act reads.
func (a *spareAct) Wants(h *gateHouse) { h.admissions.Want(keyOf(a.ses.Campaign, a.ses.Ticket)) }

// Run decides in the transaction.
func (a *spareAct) Run(h *gateHouse) error {
	a.expires = time.Time{}
	row, err := h.admission(a.ses.Campaign, a.ses.Ticket)
	if err != nil {
		return err
	}
	f := row.facts()
	if row.state != admissionLive || f.Proven || f.Session != a.ses.ID || !f.Live(h.Now) {
		return nil
	}
	a.expires = gate.Spare(unix(row.turnAt), f.Expires, h.Now)
	if a.expires.After(f.Expires) {
		row.expires = stamp(a.expires)
		h.admissions.Change(row)
	}
	return nil
}
