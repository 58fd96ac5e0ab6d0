package store

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"sync"
	"time"

	"naru/internal/db"
)

// The lease of the leader: of many nodes one moves phases and serving numbers,
// sweeps and sends. It ends when it is not renewed; the next holder gets a
// higher fence, and what an older one still tries to write is refused in its own
// transaction (rule G30).
const (
	leaseLife  = 3 * time.Second
	leaseRenew = time.Second            // after it has been held this long
	leaseAsk   = 500 * time.Millisecond // between two looks of a node that does not lead
	standstill = 10 * time.Second       // a leader whose steps do not end for so long lets another lead
	leaderName = "leader"
)

var leaseTable = db.NewTable("lease", "name text, holder text!, fence int8!, ends int8!", 1, 1, true)

// leaseRow says who leads. Times are unix milliseconds.
type leaseRow struct {
	name, holder string
	fence, ends  int64
}

type leaseKey string

func (k leaseKey) Bucket() int16 { return db.NoBucket }
func (k leaseKey) Args() []any   { return []any{string(k)} }

func (r *leaseRow) Group() leaseKey { return leaseKey(r.name) }
func (r *leaseRow) Values() []any   { return []any{r.name, r.holder, r.fence, r.ends} }
func (r *leaseRow) Into() []any     { return []any{&r.name, &r.holder, &r.fence, &r.ends} }

// leadership is what this node knows of its lease.
type leadership struct {
	me string

	mu    sync.Mutex // held while the lease is taken or renewed
	fence int64
	until time.Time
	asked time.Time
	moved time.Time // when a step of Lead last began or ended
}

func newLeadership() *leadership {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails: see crypto/rand
	return &leadership{me: hex.EncodeToString(id[:])}
}

// moves notes that the loop of Lead goes on.
func (l *leadership) moves(now time.Time) {
	l.mu.Lock()
	l.moved = now
	l.mu.Unlock()
}

// Renew keeps the lease of a node that leads while one of its steps takes long: a
// step waits in the queue of everybody's, and slowness alone is no reason to change
// the leader. One that stands still loses it.
func (s *Store) Renew(ctx context.Context) error {
	l := s.leads
	l.mu.Lock()
	defer l.mu.Unlock()
	now := s.now()
	if l.fence == 0 || now.Sub(l.moved) > standstill || now.Add(leaseLife-leaseRenew).Before(l.until) {
		return nil
	}
	_, _, err := s.takeLease(ctx, now)
	return err
}

// lease takes or renews the lease and says whether this node leads. A node that
// cannot reach the database leads until its lease ends, and writes nothing.
func (s *Store) lease(ctx context.Context) (fence int64, leads bool, err error) {
	now := s.now()
	l := s.leads
	l.mu.Lock()
	defer l.mu.Unlock()
	l.moved = now
	if now.Add(leaseLife - leaseRenew).Before(l.until) {
		return l.fence, true, nil
	}
	if l.fence == 0 && now.Before(l.asked.Add(leaseAsk)) && !now.Before(l.asked) {
		return 0, false, nil
	}
	return s.takeLease(ctx, now)
}

// takeLease asks the database; the lock of the leadership is held.
func (s *Store) takeLease(ctx context.Context, now time.Time) (fence int64, leads bool, err error) {
	l := s.leads
	l.asked = now
	a := &leaseAct{me: l.me, now: now, alone: s.opts.DB == ""}
	if err := s.atGate(ctx, a); err != nil {
		return 0, false, err
	}
	if !a.mine {
		if l.fence != 0 {
			s.opts.Log.Warn("another node leads now", "fence", a.fence)
		}
		l.fence, l.until = 0, time.Time{}
		s.leading.Store(0)
		return 0, false, nil
	}
	if l.fence != a.fence {
		s.opts.Log.Info("this node leads", "fence", a.fence)
	}
	l.fence, l.until = a.fence, now.Add(leaseLife)
	s.leading.Store(l.fence)
	return l.fence, true, nil
}

type leaseAct struct {
	me    string
	now   time.Time
	alone bool // the data folder's lock says that there is no other process
	fence int64
	mine  bool
}

// Bucket is the lease's own writer, see gateWriters.
func (a *leaseAct) Bucket() int16 { return gateWriters - 1 }

// Wants names what the act reads.
func (a *leaseAct) Wants(h *gateHouse) { h.leases.WantOr(&leaseRow{name: leaderName}) }

// Run gives the lease to who has it, or to who asks once it has ended.
func (a *leaseAct) Run(h *gateHouse) error {
	r, err := h.leases.OneOr(&leaseRow{name: leaderName})
	if err != nil {
		return err
	}
	now := a.now.UnixMilli()
	if a.mine = r.holder == a.me || a.alone || r.ends <= now; a.mine {
		if r.holder != a.me {
			r.holder, r.fence = a.me, r.fence+1
		}
		r.ends = a.now.Add(leaseLife).UnixMilli()
		h.leases.Change(r)
	}
	a.fence = r.fence
	return nil
}

// giveUp ends this node's lease, so that another leads at once. Without it the
// others wait until it ends by itself.
func (s *Store) giveUp() error {
	if !s.Leads() {
		return nil
	}
	s.leading.Store(0)
	ctx, cancel := context.WithTimeout(context.Background(), leaseLife)
	defer cancel()
	return s.atGate(ctx, giveUpAct{s.leads.me})
}

type giveUpAct struct{ me string }

// Run ends the lease of this node, no other's.
func (a giveUpAct) Run(h *gateHouse) error {
	r, found, err := h.leases.One(leaderName)
	if err == nil && found && r.holder == a.me {
		r.holder, r.ends = "", 0
		h.leases.Change(r)
	}
	return err
}

// fenced says whether the fence is the leader's; the answer holds until the
// transaction ends.
func (h *gateHouse) fenced(fence int64) (bool, error) {
	r, found, err := h.leases.One(leaderName)
	return found && r.fence == fence, err
}

// Shared says that other nodes may work on the same database.
func (s *Store) Shared() bool { return s.opts.DB != "" }

// Leads says whether this node led when it last looked.
func (s *Store) Leads() bool { return s.leading.Load() != 0 }
