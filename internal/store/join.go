package store

import (
	"context"
	"crypto/rand"

	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/person"
)

// Join gives a claim its ticket in a campaign: the same claim gets the same
// ticket from any browser, and the answer looks alike for new and known claims
// (rule G1). The database decides lobby or late.
func (s *Store) Join(ctx context.Context, campaignID string, c person.Claim) (string, gate.Ticket, error) {
	l, err := s.line(campaignID)
	if err != nil {
		return "", gate.Ticket{}, err
	}
	a := &joinAct{
		campaign: campaignID, epoch: l.published.Epoch,
		claims: s.people.OfClaimAll(person.ForTicket, c, campaignID),
	}
	_, _ = rand.Read(a.fresh[:]) // never fails: see crypto/rand
	if err := s.gate.do(ctx, a); err != nil {
		return "", gate.Ticket{}, err
	}
	if a.refusal != nil {
		return "", gate.Ticket{}, a.refusal
	}
	// The ticket is signed after the commit, so no signed ticket is ever unknown.
	return l.keys.SealTicket(a.ticket), a.ticket, nil
}

type joinAct struct {
	campaign string
	epoch    uint32
	claims   []person.Index // under every key, newest first
	fresh    gate.TicketID  // the id if the claim is new
	ticket   gate.Ticket
	refusal  error
}

func (a *joinAct) run(t *tx) error {
	a.ticket, a.refusal = gate.Ticket{Campaign: a.campaign, Epoch: a.epoch}, nil
	for _, x := range a.claims {
		if found, err := a.find(t, x); found || err != nil {
			return err
		}
	}
	l, err := t.line(a.campaign)
	if err != nil {
		return err
	}
	if l == nil {
		a.refusal = fault.New(fault.NotFound, "campaign.unknown")
		return nil
	}
	kind, err := l.phase.Joins()
	if err != nil {
		a.refusal = err
		return nil
	}
	return a.add(t, l, kind)
}

func (a *joinAct) find(t *tx, x person.Index) (bool, error) {
	var id []byte
	found, err := t.row(`SELECT ticket_id, kind, number FROM ticket WHERE bucket = ?1 AND campaign = ?2 AND claim = ?3`,
		[]any{x.Bucket(), a.campaign, x.Sum[:]}, &id, &a.ticket.Kind, &a.ticket.Number)
	if found {
		a.ticket.ID = gate.TicketID(id)
	}
	return found, err
}

func (a *joinAct) add(t *tx, l *lineRow, kind gate.Kind) error {
	a.ticket.ID, a.ticket.Kind, a.ticket.Number = a.fresh, kind, 0
	if kind == gate.Late {
		a.ticket.Number = l.late
		l.late++
		l.change(t)
	}
	x := a.claims[0]
	_, err := t.exec(`INSERT INTO ticket (bucket, campaign, claim, ticket_id, kind, number, joined_at)
	    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)`,
		x.Bucket(), a.campaign, x.Sum[:], a.ticket.ID[:], a.ticket.Kind, a.ticket.Number, t.now.Unix())
	return err
}

// change marks the line as changed: once a transaction its version grows.
func (l *lineRow) change(*tx) {
	if !l.dirty {
		l.dirty = true
		l.version++
	}
}
