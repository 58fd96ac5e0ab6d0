package store

import (
	"context"
	"sync"
	"time"

	"naru/internal/identity"
)

// lightsEvery is how often a node writes down how it sees the providers, and
// lightsKept how long the rows of a node that has gone stay.
const (
	lightsEvery = time.Second
	lightsKept  = time.Minute
)

// lights is what the node last read of all nodes' lights.
type lights struct {
	mu    sync.Mutex
	at    time.Time
	tried time.Time
	share float64
}

// ProofShare is how much of their normal proofs the providers can carry now, 0 to
// 1, as all nodes see them (rule I6): the serving step is multiplied by it. What
// has not been read for identity.Fresh is not believed: 0.
func (s *Store) ProofShare() float64 {
	if s.opts.Lights == nil {
		return 1
	}
	s.lights.mu.Lock()
	defer s.lights.mu.Unlock()
	if s.now().Sub(s.lights.at) >= identity.Fresh {
		return 0
	}
	return s.lights.share
}

// shareLights writes this node's lights and reads everybody's, once a second.
func (s *Store) shareLights(ctx context.Context) {
	now := s.now()
	s.lights.mu.Lock()
	due := s.opts.Lights != nil && (now.Sub(s.lights.tried) >= lightsEvery || now.Before(s.lights.tried))
	if due {
		s.lights.tried = now
	}
	s.lights.mu.Unlock()
	if !due {
		return
	}
	a := &lightAct{node: s.leads.me, seen: s.opts.Lights()}
	if err := s.atGate(ctx, a); err != nil {
		s.opts.Log.Warn("the lights of the providers could not be shared", "error", err)
		return
	}
	s.lights.mu.Lock()
	defer s.lights.mu.Unlock()
	s.lights.at, s.lights.share = now, identity.Share(s.opts.Agency.Providers, a.all, now)
}

type lightAct struct {
	node string
	seen map[identity.ID]identity.Light
	all  []identity.Reading
}

// Run is no hot act: the table has a few rows.
func (a *lightAct) Run(h *gateHouse) error {
	a.all = nil
	if _, err := h.Exec(`DELETE FROM provider_light WHERE at < $1`, h.Now.Add(-lightsKept).Unix()); err != nil {
		return err
	}
	for id, light := range a.seen {
		if _, err := h.Exec(`INSERT INTO provider_light (node, provider, light, at) VALUES ($1, $2, $3, $4)
		    ON CONFLICT (node, provider) DO UPDATE SET light = excluded.light, at = excluded.at`,
			a.node, string(id), light.String(), h.Now.Unix()); err != nil {
			return err
		}
	}
	return h.Query(`SELECT node, provider, light, at FROM provider_light`, nil, func(scan func(...any) error) error {
		var r identity.Reading
		var provider, light string
		var at int64
		if err := scan(&r.Node, &provider, &light, &at); err != nil {
			return err
		}
		r.Provider, r.Light, r.At = identity.ID(provider), identity.ParseLight(light), unix(at)
		a.all = append(a.all, r)
		return nil
	})
}
