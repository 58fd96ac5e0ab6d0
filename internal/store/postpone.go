package store

import (
	"context"
	"slices"
	"time"

	"naru/internal/fault"
	"naru/internal/gate"
)

// Postpone moves the opening of a campaign later, and with it the end and every
// window. Lobby, roll and draw stay as they were announced: who joined keeps the
// place, who joins after the lobby is late (rule G45). The board says so, with the
// reason. Codes: NotFound; Invalid, Field "to" or "reason"; Conflict when it is
// open or has ended.
func (s *Store) Postpone(ctx context.Context, campaignID string, to time.Time, reason gate.Notice) (Published, error) {
	if !slices.Contains(gate.Postponements(), reason) {
		return Published{}, fault.New(fault.Invalid, "gate.reason_unknown").With("Field", "reason")
	}
	a := &postponeAct{campaign: campaignID, to: to.UTC().Truncate(time.Second), reason: reason}
	if err := s.atGate(ctx, a); err != nil {
		return Published{}, err
	}
	if a.refusal != nil {
		return Published{}, a.refusal
	}
	if _, err := s.follow(ctx); err != nil {
		return Published{}, err
	}
	return s.Campaign(campaignID)
}

// longestPostponement bounds one postponement: more is a slip of the pen.
const longestPostponement = 366 * 24 * time.Hour

type postponeAct struct {
	campaign string
	to       time.Time
	reason   gate.Notice
	refusal  error
}

// Wants names what the act reads.
func (a *postponeAct) Wants(h *gateHouse) { h.wantLineAlone(a.campaign) }

// Run moves opening and end alone. The lobby is not made longer: the round of the
// beacon was named for its announced end, and a lobby that is open when the
// beacon is known could be joined with the draw in mind. To the same time again,
// nothing changes.
func (a *postponeAct) Run(h *gateHouse) error {
	a.refusal = nil
	l, err := h.lineAlone(a.campaign)
	if err != nil {
		return err
	}
	switch {
	case l == nil:
		a.refusal = fault.New(fault.NotFound, "campaign.unknown")
	case l.at() == gate.Open:
		a.refusal = fault.New(fault.Conflict, "gate.open_already")
	case l.at() == gate.Ended:
		a.refusal = fault.New(fault.Conflict, "gate.ended")
	case a.to.Unix() < l.opens || !a.to.After(h.Now) || a.to.After(unix(l.opens).Add(longestPostponement)):
		a.refusal = fault.New(fault.Invalid, "gate.postpone_earlier").With("Field", "to")
	}
	if a.refusal != nil || a.to.Unix() == l.opens {
		return nil
	}
	l.closes += a.to.Unix() - l.opens
	l.opens, l.notice = a.to.Unix(), a.reason
	h.move(l)
	return nil
}
