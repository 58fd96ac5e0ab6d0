package store

import (
	"context"
	"time"

	"naru/internal/gate"
)

// recoveryRow is one late number that many share.
type recoveryRow struct {
	campaign             string
	number, since, until int64
}

func (r *recoveryRow) Group() campaignKey { return campaignKey(r.campaign) }
func (r *recoveryRow) Values() []any      { return []any{r.campaign, r.number, r.since, r.until} }

// Into is never asked for: the rows are only added.
func (r *recoveryRow) Into() []any { return nil }

// Bounds of a recovery (rule G48).
const (
	silentFor  = 10 // seconds without a leader's sign after which the line counts as having been away
	sharedFor  = 60 // seconds, from then on, in which all who join share one number
	signOfLife = 1  // seconds between two signs
)

// nobodyYet is the shared number of a recovery in which nobody has joined yet.
const nobodyYet = -1

// alive notes that the line was led at this moment, and begins a recovery when it had
// not been for too long. Whoever is first in the database, the leader or somebody
// who joins, finds it; the row is locked, so one does.
func (h *gateHouse) alive(late *lateRow, leads bool) {
	now := h.Now.Unix()
	silent := late.alive > 0 && now-late.alive > silentFor
	if silent {
		late.shared, late.sharedUntil = nobodyYet, now+sharedFor
	}
	if silent || leads && now-late.alive >= signOfLife {
		late.alive = now
		h.lates.Change(late)
	}
}

// number gives the next late number: to all who join soon after a recovery the
// same, so that who reloaded fastest wins nothing.
func (h *gateHouse) number(late *lateRow) (int64, error) {
	shares := h.Now.Unix() < late.sharedUntil
	if shares && late.shared != nobodyYet {
		return late.shared, nil
	}
	n := late.next
	late.next++
	h.lates.Change(late)
	if !shares {
		return n, nil
	}
	late.shared = n
	return n, h.recoveries.Add(&recoveryRow{late.campaign, n, late.sharedUntil - sharedFor, late.sharedUntil})
}

// signOfLifeOf gives the leader's sign for a line in which late numbers are given.
func (s *Store) signOfLifeOf(ctx context.Context, l *line, phase gate.Phase, fence int64) error {
	now := s.now()
	if phase != gate.Closed && phase != gate.HeldDraw && phase != gate.Open || now.Sub(l.signed) < signOfLife*time.Second {
		return nil
	}
	l.signed = now
	return s.atGate(ctx, aliveAct{fence, string(l.published.Campaign.ID)})
}

// aliveAct is the leader's sign of life.
type aliveAct struct {
	fence    int64
	campaign string
}

// Wants names what the act reads.
func (a aliveAct) Wants(h *gateHouse) {
	h.wantLine(a.campaign)
	h.leases.Want(leaderName)
	h.lates.Want(campaignKey(a.campaign))
}

// Run writes nothing when another leads by now (rule G30).
func (a aliveAct) Run(h *gateHouse) error {
	if mine, err := h.fenced(a.fence); err != nil || !mine {
		return err
	}
	late, found, err := h.lates.One(campaignKey(a.campaign))
	if err != nil || !found {
		return err
	}
	h.alive(late, true)
	return nil
}
