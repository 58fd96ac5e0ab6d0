package store

import (
	"context"
	"errors"
	"time"

	"naru/internal/fault"
	"naru/internal/gate"
)

// serve moves the serving numbers of a line's lanes by what caps and rates allow.
func (s *Store) serve(ctx context.Context, l *line, row *lineRow, fence int64) error {
	now, p := s.now(), &l.pace
	if p.last.IsZero() {
		p.last = now
	}
	a := &serveAct{
		fence: fence, campaign: row.campaign, elapsed: now.Sub(p.last), left: l.left, proofs: s.ProofShare(),
		since: p.counted, within: p.within, asks: now.Sub(p.asked).Abs() >= askStarting,
	}
	shares, gates := lanesOf(l.published.Campaign), l.published.Campaign.Gate
	for _, lane := range shares.Lanes() {
		of, most := p.of(lane), row.rate*shares.Of(lane)
		a.lanes = append(a.lanes, laneStep{
			lane: lane, most: most, rate: of.rateOf(most, gates.FixedRate), carry: of.carry, show: of.flow.ShowRate(),
			before: ago(of.samples, now, gate.AwaitFor), long: ago(of.samples, now, gate.AwaitFor+gate.FlowFor),
		})
	}
	if err := s.atGate(ctx, a); err != nil || !a.mine {
		return err
	}
	p.last = now
	p.note(now, a)
	return nil
}

// serveAct is one step of the leader on all lanes of a campaign.
type serveAct struct {
	fence    int64
	campaign string
	elapsed  time.Duration
	lanes    []laneStep
	left     left          // of the quotas
	proofs   float64       // what the identity providers can carry: gate.Serving.ProofShare
	pressure float64       // of the busiest node
	asks     bool          // how long people take to begin a proof is to be found out
	within   time.Duration // gate.StartWithin
	since    int64         // unix seconds up to which overdue sessions were counted before; 0: none were
	at       int64         // and now
	mine     bool          // this node still leads
}

// laneStep is the step on one lane; what follows before is found in the transaction.
type laneStep struct {
	lane       gate.Lane
	most, rate float64 // places a second: the operator's, and those of this step
	show       float64
	carry      float64
	long       uint64 // serving number gate.FlowFor before the next
	before     uint64 // serving number gate.AwaitFor ago

	serving uint64
	rest    float64 // the carry of the next step
	came    int     // of those called from long to before, how many are known
	ended   uint64
}

// called is how many places were called from long to before.
func (s *laneStep) called() int { return int(s.before - min(s.before, s.long)) } //nolint:gosec // places, far below 2^63

// Wants names what the act reads.
func (a *serveAct) Wants(h *gateHouse) {
	h.wantLineAlone(a.campaign)
	h.lanes.Want(campaignKey(a.campaign))
}

// Run counts the sessions anew and serves what is free (G12, G13).
func (a *serveAct) Run(h *gateHouse) error {
	h.Everywhere()
	var err error
	if a.mine, err = h.fenced(a.fence); err != nil || !a.mine {
		return err
	}
	if err := h.share(a.campaign, true); err != nil {
		return err
	}
	if err := h.lapse(a.campaign); err != nil {
		return err
	}
	l, err := h.lineAlone(a.campaign)
	if err != nil {
		return err
	}
	if l == nil {
		return fault.New(fault.NotFound, "campaign.unknown")
	}
	if err := a.usual(h); err != nil {
		return err
	}
	if err := errors.Join(h.countSeats(l, a.within), a.load(h)); err != nil {
		return err
	}
	for i := range a.lanes {
		if err := a.step(h, l, &a.lanes[i]); err != nil {
			return err
		}
	}
	return nil
}

// usual finds out how long people take to begin the proof of who they are.
func (a *serveAct) usual(h *gateHouse) error {
	a.at = h.Now.Unix()
	if !a.asks {
		return nil
	}
	mean, people, err := h.starting(a.campaign)
	a.within = gate.StartWithin(mean, people)
	return err
}

// overdue counts the sessions of a lane that became overdue since the last step.
func (a *serveAct) overdue(h *gateHouse, lane gate.Lane) (n int, err error) {
	if a.since == 0 || a.since >= a.at {
		return 0, nil
	}
	left := int64((gate.UnprovenFor - a.within) / time.Second)
	_, err = h.Row(`SELECT count(*) FROM admission WHERE campaign = $1 AND state = 'live' AND expires_at > $2 AND expires_at <= $3
	    AND lane = $4 AND `+isOverdue, []any{a.campaign, a.since + left, a.at + left, string(lane)}, &n)
	return n, err
}

// load reads how busy the busiest node is.
func (a *serveAct) load(h *gateHouse) error {
	_, err := h.Row(`SELECT coalesce(max(pressure), 0) FROM node_load WHERE at >= $1`, []any{h.Now.Add(-loadFresh).Unix()}, &a.pressure)
	return err
}

func (a *serveAct) step(h *gateHouse, l *lineRow, s *laneStep) error {
	row, seats, err := h.seatsNow(l, s.lane)
	if err != nil || row == nil {
		return err
	}
	at := gate.Serving{
		Phase: l.at(), Paused: l.stands(), Serving: uint64(row.serving), End: uint64(row.next), Rate: s.rate, //nolint:gosec // counts
		Carry: s.carry, Elapsed: a.elapsed, Cap: a.left.capFor(seats.Cap), Live: seats.Live, Turns: int(row.turns), Show: s.show, ProofShare: a.proofs,
	}
	if s.lane == gate.Web {
		late, _, err := h.lates.One(campaignKey(a.campaign))
		if err != nil {
			return err
		}
		at.Serving, at.End = l.served(), l.size()+uint64(late.next) //nolint:gosec // a count
	}
	if at.Overdue, err = a.overdue(h, s.lane); err != nil {
		return err
	}
	soon, err := s.arrived(h, a.campaign)
	if err != nil {
		return err
	}
	at.Awaited = max(0, int(at.Serving-s.before)-soon) //nolint:gosec // both are places, far below 2^63
	s.serving, s.rest = gate.NextServing(at)           // the carry stays: the act may be decided again
	s.ended = uint64(row.ended)                        //nolint:gosec // a count
	if s.serving != at.Serving {
		s.move(h, l, row)
	}
	return nil
}

// arrived counts who came of those called lately, and of those called before them.
func (s *laneStep) arrived(h *gateHouse, campaign string) (soon int, err error) {
	_, err = h.Row(`SELECT count(*) FILTER (WHERE place >= $4), count(*) FILTER (WHERE place < $4) FROM admission
	    WHERE campaign = $1 AND lane = $2 AND place >= $3 AND place >= 0`,
		[]any{campaign, string(s.lane), int64(min(s.long, s.before)), int64(s.before)}, &soon, &s.came) //nolint:gosec // places
	return soon, err
}

func (s *laneStep) move(h *gateHouse, l *lineRow, row *laneRow) {
	if s.lane != gate.Web {
		row.serving = int64(s.serving) //nolint:gosec // a place
		h.lanes.Change(row)
		return
	}
	l.serving = int64(s.serving) //nolint:gosec // a place
	h.move(l)
}

// lapse marks sessions that have ended; their tickets may come again.
func (h *gateHouse) lapse(campaign string) error {
	var over []gate.TicketID
	err := h.Query(`SELECT ticket_id FROM admission WHERE campaign = $1 AND state = 'live' AND expires_at <= $2`,
		[]any{campaign, h.Now.Unix()}, func(scan func(...any) error) error {
			var id []byte
			if err := scan(&id); err != nil {
				return err
			}
			over = append(over, gate.TicketID(id))
			return nil
		})
	if err != nil {
		return err
	}
	for _, id := range over {
		h.admissions.Want(keyOf(campaign, id))
	}
	for _, id := range over {
		r, e := h.admission(campaign, id)
		if e != nil {
			return e
		}
		if r.state != admissionLive || r.expires > h.Now.Unix() { // it was booked or extended before the row was locked
			continue
		}
		r.state = admissionLapsed
		h.admissions.Change(r)
	}
	return nil
}
