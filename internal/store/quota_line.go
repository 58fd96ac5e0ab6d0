package store

import (
	"context"
	"math"
	"time"

	"naru/internal/campaign"
	"naru/internal/gate"
)

// left is how much of a quota the leader last counted; nothing bounds the line
// while it is not known.
type left struct {
	people int64 // who can still book; -1: no quota bounds those who enter now
	at     time.Time
}

// quotaLookEvery is how often the leader counts.
const quotaLookEvery = 500 * time.Millisecond

// watchQuota counts what is left of the quotas of the windows that are open, and puts
// the notice on the board when it is nothing, or takes it off (rule G47).
func (s *Store) watchQuota(ctx context.Context, l *line, row *lineRow, fence int64) error {
	c, now := l.published.Campaign, s.now()
	if !c.Limited() || row.at() != gate.Open {
		l.left = left{people: -1}
		return nil
	}
	if now.Sub(l.left.at) < quotaLookEvery {
		return nil
	}
	n, err := s.countLeft(ctx, c, now)
	if err != nil {
		return err
	}
	l.left = left{n, now}
	notice := row.notice
	switch {
	case n == 0:
		notice = gate.NoticeQuotaUsed
	case notice == gate.NoticeQuotaUsed:
		notice = ""
	}
	if notice == row.notice {
		return nil
	}
	s.opts.Log.Info("quota", "campaign", row.campaign, "left", n)
	return s.atGate(ctx, noticeAct{fence: fence, campaign: row.campaign, notice: notice})
}

// countLeft is how many can still book in the windows that are open; -1 when one of
// them has no quota, or none is open.
func (s *Store) countLeft(ctx context.Context, c *campaign.Campaign, now time.Time) (int64, error) {
	sum, some := int64(0), false
	for _, w := range c.OpenWindows(now) {
		name, people, limited := c.QuotaName(w.Name)
		if !limited {
			return -1, nil
		}
		shards, err := s.readShards(ctx, name)
		if err != nil {
			return 0, err
		}
		used := int64(0)
		for _, r := range shards {
			used += r.taken
		}
		sum, some = sum+max(0, int64(people)-used), true
		if c.Quota != nil { // one count for all windows
			break
		}
	}
	if !some {
		return -1, nil
	}
	return sum, nil
}

// capFor lowers a cap to who can still book, and a third more, since not
// everybody who enters books (rule G47).
func (l left) capFor(seats int) int {
	if l.people < 0 {
		return seats
	}
	return min(seats, int(min(l.people+l.people/3+1, math.MaxInt32)))
}

// stands says that nobody enters by order: paused, or nothing is left to book.
func (r *lineRow) stands() bool { return r.paused || r.notice == gate.NoticeQuotaUsed }

// noticeAct puts a notice on the board, or takes it off.
type noticeAct struct {
	fence    int64
	campaign string
	notice   gate.Notice
}

// Wants names what the act reads.
func (a noticeAct) Wants(h *gateHouse) { h.wantLineAlone(a.campaign) }

// Run writes nothing when another leads by now (rule G30).
func (a noticeAct) Run(h *gateHouse) error {
	if mine, err := h.fenced(a.fence); err != nil || !mine {
		return err
	}
	l, err := h.lineAlone(a.campaign)
	if err != nil || l == nil || l.at() != gate.Open || l.notice == a.notice {
		return err
	}
	l.notice = a.notice
	h.move(l)
	return nil
}
