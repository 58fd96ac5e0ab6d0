package store

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"naru/internal/campaign"
	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/person"
)

// laneKey names a lane of a campaign.
type laneKey struct {
	campaign string
	lane     gate.Lane
}

// laneRow is a lane: its share, the numbers it gives out, and its sessions.
type laneRow struct {
	campaign, lane        string
	share                 float64
	next, serving         int64 // of callers; the web has those of the draw and of late
	live, unproven, turns int32
	ended, opened, again  int64
}

func (r *laneRow) Group() campaignKey { return campaignKey(r.campaign) }

func (r *laneRow) Values() []any {
	return []any{r.campaign, r.lane, r.share, r.next, r.serving, r.live, r.unproven, r.turns, r.ended, r.opened, r.again}
}

func (r *laneRow) Into() []any {
	return []any{&r.campaign, &r.lane, &r.share, &r.next, &r.serving, &r.live, &r.unproven, &r.turns, &r.ended, &r.opened, &r.again}
}

// laneOf is a lane's row, nil if there is none.
func laneOf(rows []*laneRow, lane gate.Lane) *laneRow {
	for _, r := range rows {
		if r.lane == string(lane) {
			return r
		}
	}
	return nil
}

// sharesOf are the lanes beside the web, in the order of their names.
func sharesOf(rows []*laneRow) (all gate.LaneShares) {
	for _, r := range rows {
		if r.lane != string(gate.Web) {
			all = append(all, gate.LaneShare{Lane: gate.Lane(r.lane), Share: r.share})
		}
	}
	slices.SortFunc(all, func(a, b gate.LaneShare) int { return cmp.Compare(a.Lane, b.Lane) })
	return all
}

// lanesOf are the lanes of a campaign file as the gate sees them.
func lanesOf(c *campaign.Campaign) (all gate.LaneShares) {
	for _, l := range c.Gate.Lanes {
		all = append(all, gate.LaneShare{
			Lane: gate.Lane(l.Name), Share: float64(l.Share) / 100, Slots: float64(l.Times) / 100, Release: l.Release,
		})
	}
	slices.SortFunc(all, func(a, b gate.LaneShare) int { return cmp.Compare(a.Lane, b.Lane) })
	return all
}

// addLanes makes the lanes of a campaign that is published.
func (h *gateHouse) addLanes(campaign string, shares gate.LaneShares) error {
	errs := []error{h.lanes.Add(&laneRow{campaign: campaign, lane: string(gate.Web)})}
	for _, s := range shares {
		errs = append(errs, h.lanes.Add(&laneRow{campaign: campaign, lane: string(s.Lane), share: s.Share}))
	}
	return errors.Join(errs...)
}

// lanePlaceRow is the number of a ticket in a lane.
type lanePlaceRow struct {
	key      ticketKey
	lane     string
	number   int64
	joinedAt int64
}

func (r *lanePlaceRow) Group() ticketKey { return r.key }

func (r *lanePlaceRow) Values() []any {
	return []any{r.key.bucket, r.key.campaign, r.key.ticket[:], r.lane, r.number, r.joinedAt}
}

func (r *lanePlaceRow) Into() []any {
	return []any{&r.key.bucket, &r.key.campaign, ticketScan{&r.key.ticket}, &r.lane, &r.number, &r.joinedAt}
}

// ticketScan reads a ticket's id.
type ticketScan struct{ id *gate.TicketID }

// Scan takes 16 bytes.
func (t ticketScan) Scan(value any) error {
	raw, ok := value.([]byte)
	if !ok || len(raw) != len(t.id) {
		return errors.New("not a ticket's id")
	}
	*t.id = gate.TicketID(raw)
	return nil
}

// laneNumber is the place of a ticket in a lane, false if it has none.
func (h *gateHouse) laneNumber(k ticketKey, lane gate.Lane) (uint64, bool, error) {
	rows, err := h.lanePlaces.Rows(k)
	for _, r := range rows {
		if r.lane == string(lane) {
			return uint64(r.number), true, err //nolint:gosec // counts from 0
		}
	}
	return 0, false, err
}

// JoinLane takes a claim into a lane besides the web: somebody who calls or stands
// at a counter gets the ticket of the claim, as everybody does, and a number in
// the order of the lane. A claim that has a ticket keeps it with its place on the
// web, and one that has a number keeps that (rules G1, G50). Code NotFound when the
// campaign has no such lane.
func (s *Store) JoinLane(ctx context.Context, campaignID string, lane gate.Lane, c person.Claim) (token string, number uint64, err error) {
	l, err := s.line(campaignID)
	if err != nil {
		return "", 0, err
	}
	if lane == gate.Web || lanesOf(l.published.Campaign).Of(lane) == 0 {
		return "", 0, fault.New(fault.NotFound, "gate.no_lane")
	}
	token, ticket, err := s.Join(ctx, campaignID, c)
	if err != nil {
		return "", 0, err
	}
	a := &joinLaneAct{ticket: ticket, lane: lane}
	if err := s.atGate(ctx, a); err != nil {
		return "", 0, err
	}
	return token, a.number, a.refusal
}

// joinLaneAct is the second step: the ticket is there, whatever becomes of this one.
type joinLaneAct struct {
	ticket  gate.Ticket
	lane    gate.Lane
	number  uint64
	refusal error
}

// Wants names what the act reads.
func (a *joinLaneAct) Wants(h *gateHouse) {
	h.lanes.Want(campaignKey(a.ticket.Campaign))
	h.lanePlaces.Want(keyOf(a.ticket.Campaign, a.ticket.ID))
}

// Run gives the next number of the lane if the ticket has none.
func (a *joinLaneAct) Run(h *gateHouse) error {
	a.refusal = nil
	k := keyOf(a.ticket.Campaign, a.ticket.ID)
	number, found, err := h.laneNumber(k, a.lane)
	if a.number = number; err != nil || found {
		return err
	}
	rows, err := h.lanes.Rows(campaignKey(a.ticket.Campaign))
	if err != nil {
		return err
	}
	r := laneOf(rows, a.lane)
	if r == nil {
		a.refusal = fault.New(fault.NotFound, "gate.no_lane")
		return nil
	}
	a.number = uint64(r.next) //nolint:gosec // counts from 0
	r.next++
	h.lanes.Change(r)
	return h.lanePlaces.Add(&lanePlaceRow{key: k, lane: string(a.lane), number: int64(a.number), joinedAt: h.Now.Unix()}) //nolint:gosec // counts from 0
}

// EnterLane is Enter by the order and the seats of a lane in which the ticket has
// a number (JoinLane). browser is that of whoever helps.
func (s *Store) EnterLane(ctx context.Context, campaignID string, lane gate.Lane, ticketToken string, browser [32]byte) (Entry, error) {
	if !lane.Valid() {
		return Entry{}, fault.New(fault.NotFound, "gate.no_lane")
	}
	return s.enterBy(ctx, campaignID, lane, ticketToken, browser)
}
