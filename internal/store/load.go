package store

import (
	"context"
	"time"

	"naru/internal/db"
)

// How busy the nodes are is shared through the database, so that the leader admits
// by what the busiest of them can take.
const (
	loadEvery = time.Second     // a busy node says so this often
	loadKept  = time.Hour       // nodes that are no more are forgotten
	loadFresh = 4 * time.Second // what is older says nothing; whole seconds, and a node may be late
)

// tellLoad writes this node's pressure, and once more when there is none any more.
func (s *Store) tellLoad(ctx context.Context) error {
	if s.opts.Pressure == nil {
		return nil
	}
	now, part := s.now(), s.opts.Pressure()
	if part == 0 && s.toldLoad == 0 || now.Sub(s.toldAt).Abs() < loadEvery {
		return nil
	}
	if err := s.atGate(ctx, loadAct{s.leads.me, part}); err != nil {
		return err
	}
	s.toldLoad, s.toldAt = part, now
	return nil
}

type loadAct struct {
	node string
	part float64
}

// Bucket is the writer of the lease: the line's queue may be what is full.
func (a loadAct) Bucket() int16 { return gateWriters - 1 }

// Run writes one row.
func (a loadAct) Run(h *gateHouse) error {
	if _, err := h.Exec(`DELETE FROM node_load WHERE at < $1`, h.Now.Add(-loadKept).Unix()); err != nil {
		return err
	}
	_, err := h.Exec(`INSERT INTO node_load (node, pressure, at) VALUES ($1, $2, $3)
	    ON CONFLICT (node) DO UPDATE SET pressure = excluded.pressure, at = excluded.at`, a.node, a.part, h.Now.Unix())
	return err
}

var _ db.Filed = loadAct{}
