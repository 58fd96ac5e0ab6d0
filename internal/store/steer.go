package store

import (
	"context"
	"errors"
	"strconv"
	"time"

	"naru/internal/fault"
	"naru/internal/gate"
)

// Steering is what an operator changes of a line while it is in force; what is nil
// stays as it is. It works at the leader's next step; nobody loses a place.
type Steering struct {
	Cap    *int     // sessions at once, 0 to 10,000,000; 0 lets nobody in
	Rate   *float64 // places a second at most, above 0, to 1,000,000
	Paused *bool    // nobody is called or let in; those inside go on
}

// Bounds of what an operator may set.
const (
	maxCap  = 10_000_000
	maxRate = 1_000_000
	maxBy   = 80
)

// Steer carries out a steering and writes down who did what (rule G53). by is the
// operator as far as is known, 1 to 80 bytes. Codes: NotFound, Invalid.
func (s *Store) Steer(ctx context.Context, campaignID string, to Steering, by string) error {
	switch {
	case to.Cap != nil && (*to.Cap < 0 || *to.Cap > maxCap):
		return fault.New(fault.Invalid, "gate.cap_bad").With("Field", "cap")
	case to.Rate != nil && !(*to.Rate > 0 && *to.Rate <= maxRate):
		return fault.New(fault.Invalid, "gate.rate_bad").With("Field", "rate")
	case by == "" || len(by) > maxBy:
		return fault.New(fault.Invalid, "gate.by_bad").With("Field", "by")
	}
	a := &steerAct{campaign: campaignID, to: to, by: by}
	if err := s.atGate(ctx, a); err != nil {
		return err
	}
	if a.refusal != nil {
		return a.refusal
	}
	_, err := s.follow(ctx)
	return err
}

type steerAct struct {
	campaign string
	to       Steering
	by       string
	refusal  error
}

// Wants names what the act reads.
func (a *steerAct) Wants(h *gateHouse) { h.wantLineAlone(a.campaign) }

// Run changes the line and writes each change down; what is so already is no change.
func (a *steerAct) Run(h *gateHouse) error {
	a.refusal = nil
	l, err := h.lineAlone(a.campaign)
	if err != nil {
		return err
	}
	if l == nil {
		a.refusal = fault.New(fault.NotFound, "campaign.unknown")
		return nil
	}
	var errs []error
	change := func(what, before, after string, do func()) {
		if before == after {
			return
		}
		do()
		h.move(l)
		_, err := h.Exec(`INSERT INTO steering (campaign, at, by, what, before, after) VALUES ($1, $2, $3, $4, $5, $6)`,
			a.campaign, h.Now.Unix(), a.by, what, before, after)
		errs = append(errs, err)
	}
	if n := a.to.Cap; n != nil {
		change("cap", strconv.Itoa(int(l.cap)), strconv.Itoa(*n), func() { l.cap = int32(*n) }) //nolint:gosec // within maxCap
	}
	if r := a.to.Rate; r != nil {
		change("rate", decimal(l.rate), decimal(*r), func() { l.rate = *r })
	}
	if p := a.to.Paused; p != nil {
		change("paused", strconv.FormatBool(l.paused), strconv.FormatBool(*p), func() { l.paused = *p })
	}
	return errors.Join(errs...)
}

func decimal(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }

// GateStatus is how a line stands, for operators.
type GateStatus struct {
	Campaign string        `json:"campaign"`
	Phase    gate.Phase    `json:"phase"`
	Opens    time.Time     `json:"opens"`
	Paused   bool          `json:"paused"`
	Cap      int           `json:"cap"`  // sessions at once
	Rate     float64       `json:"rate"` // places a second at most
	Lanes    []LaneStatus  `json:"lanes"`
	Pressure float64       `json:"pressure"` // part of the busiest node's requests that had to wait
	Lately   []SteeringAct `json:"lately"`   // the newest first
}

// LaneStatus is how a lane stands.
type LaneStatus struct {
	Lane     gate.Lane `json:"lane"`
	Seats    int       `json:"seats"` // its part of the cap
	Live     int       `json:"live"`
	Unproven int       `json:"unproven"` // of the live
	Turns    int       `json:"turns"`    // called and here, no seat yet
	Serving  uint64    `json:"serving"`
	End      uint64    `json:"end"`   // places given out
	Ended    uint64    `json:"ended"` // sessions that a booking or their holder ended, ever
}

// SteeringAct is a change that an operator made.
type SteeringAct struct {
	At     time.Time `json:"at"`
	By     string    `json:"by"`
	What   string    `json:"what"`
	Before string    `json:"before"`
	After  string    `json:"after"`
}

// lately is how many of the operators' changes are shown.
const lately = 20

// Gate reads how the lines stand: one campaign's, or all of them for "". Code
// NotFound for an unknown one.
func (s *Store) Gate(ctx context.Context, campaignID string) ([]GateStatus, error) {
	rows, err := s.readLines(ctx)
	if err != nil {
		return nil, unavailable("read lines", err)
	}
	all := []GateStatus{}
	for _, r := range rows {
		if campaignID != "" && campaignID != r.campaign {
			continue
		}
		g, err := s.gateOf(ctx, r)
		if err != nil {
			return nil, unavailable("read gate", err)
		}
		all = append(all, g)
	}
	if campaignID != "" && len(all) == 0 {
		return nil, fault.New(fault.NotFound, "campaign.unknown")
	}
	return all, nil
}

func (s *Store) gateOf(ctx context.Context, r *reading) (GateStatus, error) {
	g := GateStatus{
		Campaign: r.campaign, Phase: r.at(), Opens: unix(r.opens), Paused: r.paused, Cap: int(r.cap), Rate: r.rate,
		Lanes: []LaneStatus{}, Lately: []SteeringAct{},
	}
	lanes, err := s.readLanes(ctx, r.campaign)
	if err != nil {
		return g, err
	}
	shares := sharesOf(lanes)
	for _, l := range lanes {
		one := LaneStatus{
			Lane: gate.Lane(l.lane), Seats: shares.Seats(gate.Lane(l.lane), g.Cap), Live: int(l.live), Unproven: int(l.unproven), Turns: int(l.turns),
			Serving: uint64(l.serving), End: uint64(l.next), Ended: uint64(l.ended), //nolint:gosec // counts
		}
		if one.Lane == gate.Web {
			one.Serving, one.End = r.served(), r.length()
		}
		g.Lanes = append(g.Lanes, one)
	}
	if err := s.gate.ReadRow(ctx, `SELECT coalesce(max(pressure), 0) FROM node_load WHERE at >= $1`,
		[]any{s.now().Add(-loadFresh).Unix()}, &g.Pressure); err != nil {
		return g, err
	}
	err = s.gate.Read(ctx, `SELECT at, by, what, before, after FROM steering WHERE campaign = $1 ORDER BY seq DESC LIMIT $2`,
		[]any{r.campaign, lately}, func(scan func(...any) error) error {
			var a SteeringAct
			var at int64
			err := scan(&at, &a.By, &a.What, &a.Before, &a.After)
			a.At = unix(at)
			g.Lately = append(g.Lately, a)
			return err
		})
	return g, err
}

func (s *Store) readLanes(ctx context.Context, campaignID string) ([]*laneRow, error) {
	var all []*laneRow
	err := s.gate.Read(ctx, `SELECT `+laneTable.ColumnNames()+` FROM lane WHERE campaign = $1 ORDER BY lane DESC`, []any{campaignID},
		func(scan func(...any) error) error {
			r := &laneRow{}
			all = append(all, r)
			return scan(r.Into()...)
		})
	return all, err
}
