package store

import (
	"context"
	"crypto/rand"
	"errors"

	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/person"
)

// Join gives a claim its ticket in a campaign: the same claim gets the same
// ticket from any browser, and the answer looks alike for new and known claims
// and comes after a durable write for both (rules G1, G54). The database decides lobby or late.
func (s *Store) Join(ctx context.Context, campaignID string, c person.Claim) (string, gate.Ticket, error) {
	l, err := s.line(campaignID)
	if err != nil {
		return "", gate.Ticket{}, err
	}
	claims, err := l.filedUnder(s.people.OfClaimAll(person.ForTicket, c, campaignID))
	if err != nil {
		return "", gate.Ticket{}, err
	}
	a := &joinAct{campaign: campaignID, epoch: l.published.Epoch, claims: claims}
	_, _ = rand.Read(a.fresh[:]) // never fails: see crypto/rand
	if err := s.atGate(ctx, a); err != nil {
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

// Wants names what the act reads.
func (a *joinAct) Wants(h *gateHouse) {
	for _, x := range a.claims {
		h.tickets.Want(a.key(x))
	}
	h.wantLine(a.campaign)
	if l := h.lines.Peek(campaignKey(a.campaign)); len(l) == 1 && l[0].at() == gate.Open {
		h.lates.Want(campaignKey(a.campaign))
	}
}

func (a *joinAct) key(x person.Index) claimKey { return claimKey{x.Bucket(), a.campaign, x.Sum} }

// Run decides in the transaction (G1, G2).
func (a *joinAct) Run(h *gateHouse) error {
	a.ticket, a.refusal = gate.Ticket{Campaign: a.campaign, Epoch: a.epoch}, nil
	for _, x := range a.claims {
		r, found, err := h.tickets.One(a.key(x))
		if err != nil {
			return err
		}
		if found {
			a.ticket.ID, a.ticket.Kind, a.ticket.Number = gate.TicketID(r.id), gate.Kind(r.kind), uint64(r.number) //nolint:gosec // as written
			r.askedAt = h.Now.Unix()                                                                               // without a write the answer would come sooner and tell that the claim is known
			h.tickets.Change(r)
			return nil
		}
	}
	l, err := h.line(a.campaign)
	if err != nil {
		return err
	}
	if l == nil {
		a.refusal = fault.New(fault.NotFound, "campaign.unknown")
		return nil
	}
	kind, err := l.at().Joins()
	if err != nil {
		a.refusal = err
		return nil
	}
	return a.add(h, kind)
}

func (a *joinAct) add(h *gateHouse, kind gate.Kind) error {
	a.ticket.ID, a.ticket.Kind, a.ticket.Number = a.fresh, kind, 0
	if kind == gate.Late {
		late, found, err := h.lates.One(campaignKey(a.campaign))
		if err != nil || !found {
			return errors.Join(err, errNoLate)
		}
		h.alive(late, false)
		number, err := h.number(late)
		if err != nil {
			return err
		}
		a.ticket.Number = uint64(number) //nolint:gosec // counts from 0
	}
	x := a.claims[0]
	return h.tickets.Add(&ticketRow{
		bucket: x.Bucket(), campaign: a.campaign, claim: x.Sum[:], id: a.ticket.ID[:],
		kind: int32(a.ticket.Kind), number: int64(a.ticket.Number), joinedAt: h.Now.Unix(), askedAt: h.Now.Unix(), //nolint:gosec // counts
	})
}

var errNoLate = errors.New("a line without its count of late numbers")
