package drill

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Fault is something the drill did to its own servers.
type Fault struct {
	At       float64  `json:"at_s"` // seconds after the opening
	Kind     string   `json:"kind"` // kill, pause or kill-db
	Node     string   `json:"node"` // or "database"
	Leader   bool     `json:"leader"`
	NoticedS *float64 `json:"noticed_s"` // until the proxy sent nobody there any more; null: it never did
	BackS    *float64 `json:"back_s"`    // until it served again; null: not before the end
}

// Slack of a fault: what was under way comes to its end.
const (
	lastConnections = 2 * time.Second        // after nobody is with a node any more, or it is back
	strayErrors     = 100 * time.Millisecond // after a node without a proxy came back
)

// disturb carries the planned faults out, each at its time, and returns when all
// are over: also a node that woke up after the crowd had gone writes before the
// counting. None begins once the crowd is done.
func (s *stage) disturb(ctx context.Context, crowd *Crowd, done <-chan struct{}) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	planned := s.o.faults()
	chosen := newVictims(s.names(), planned, s.o.Seed)
	var running sync.WaitGroup
	for _, p := range planned {
		if !s.awaits(ctx, done, p) {
			break
		}
		f, n, err := s.aim(ctx, p, chosen)
		if err != nil {
			cancel(err)
			break
		}
		calm, over := crowd.troubles.begin(f.Node)
		s.faults = append(s.faults, f)
		running.Go(func() {
			defer over()
			if err := s.carryOut(ctx, f, n, calm); err != nil && ctx.Err() == nil {
				cancel(err)
			}
		})
	}
	running.Wait()
	return context.Cause(ctx)
}

// awaits waits for the time of a fault; false says that it will not come.
func (s *stage) awaits(ctx context.Context, done <-chan struct{}, p plannedFault) bool {
	at := s.opens.Add(time.Duration(p.at * float64(s.o.Duration)))
	select {
	case <-ctx.Done():
	case <-done:
	case <-time.After(time.Until(at)):
		return true
	}
	return false
}

// aim chooses the victim. While every node is hurt already it waits.
func (s *stage) aim(ctx context.Context, p plannedFault, chosen *victims) (*Fault, *node, error) {
	f := &Fault{Kind: p.kind, Node: theDatabase}
	if p.kind == killDatabase {
		f.At = round(time.Since(s.opens).Seconds())
		return f, nil, nil
	}
	leads := ""
	if len(s.nodes) > 1 {
		var err error
		if leads, err = leader(ctx, s.nodes, s.dir, s.db.url); err != nil {
			_, _ = fmt.Fprintln(s.o.Progress, "the leader is not known:", err) // the database may be away
		}
	}
	for {
		if n := s.node(chosen.choose(p.kind, leads, s.up())); n != nil {
			n.setHurt(true)
			f.Node, f.Leader, f.At = n.name, n.name == leads || len(s.nodes) == 1, round(time.Since(s.opens).Seconds())
			return f, n, nil
		}
		select {
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (s *stage) carryOut(ctx context.Context, f *Fault, n *node, calm func()) error {
	_, _ = fmt.Fprintf(s.o.Progress, "%6.0f %s %s\n", f.At, f.Kind, f.Node) // for whoever watches
	switch f.Kind {
	case killDatabase:
		return s.hurtDatabase(ctx, f)
	case pauseNode:
		lasts := s.o.PauseFor
		if lasts == 0 {
			lasts = pauseFor
		}
		return s.hurtNode(ctx, f, n, calm, lasts, n.pause, func(context.Context) error { return n.resume() })
	}
	return s.hurtNode(ctx, f, n, calm, s.o.restartsAfter(), func() error { n.kill(); return nil }, n.start)
}

// hurtNode strikes, waits until the proxy has noticed and the time is over, and
// heals. Once nobody is with the node any more its connections are at rest, as
// long as another node is there for people.
func (s *stage) hurtNode(ctx context.Context, f *Fault, n *node, calm func(), lasts time.Duration, strike func() error, heal func(context.Context) error) error {
	began := time.Now()
	if err := strike(); err != nil {
		return fmt.Errorf("%s %s: %w", f.Kind, f.Node, err)
	}
	if s.notices(ctx, f, began, lasts) && len(s.up()) > 0 {
		rest(ctx, lastConnections)
		calm()
	}
	rest(ctx, lasts-time.Since(began))
	if err := heal(ctx); err != nil {
		return fmt.Errorf("heal %s after %s: %w", f.Node, f.Kind, err)
	}
	if err := s.comesBack(ctx, n); err != nil {
		return fmt.Errorf("%s after %s: %w", f.Node, f.Kind, err)
	}
	n.setHurt(false)
	f.BackS = since(began)
	if s.proxy == nil {
		rest(ctx, strayErrors)
	} else {
		rest(ctx, lastConnections)
	}
	return nil
}

// notices waits for the proxy, as long as the fault lasts, to give the node up and
// for the requests that are with it to end.
func (s *stage) notices(ctx context.Context, f *Fault, began time.Time, lasts time.Duration) bool {
	if s.proxy == nil {
		return false
	}
	ctx, cancel := context.WithDeadline(ctx, began.Add(lasts))
	defer cancel()
	if s.proxy.waitFor(ctx, f.Node, isDown) != nil {
		return false
	}
	f.NoticedS = since(began)
	return s.proxy.waitFor(ctx, f.Node, isEmpty) == nil
}

// comesBack waits until a node works again and the proxy knows it.
func (s *stage) comesBack(ctx context.Context, n *node) error {
	ctx, cancel := context.WithTimeoutCause(ctx, startsWithin, errors.New("it was not ready in time"))
	defer cancel()
	for !n.ready(ctx) {
		rest(ctx, 50*time.Millisecond)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	if s.proxy == nil {
		return nil
	}
	return s.proxy.waitFor(ctx, n.name, isUp)
}

// hurtDatabase kills the throw-away database and starts it again. It is back when
// every node that no other fault has works again.
func (s *stage) hurtDatabase(ctx context.Context, f *Fault) error {
	began := time.Now()
	if err := s.db.kill(); err != nil {
		return err
	}
	rest(ctx, downFor)
	if err := s.db.restart(ctx); err != nil {
		return err
	}
	for _, n := range s.nodes {
		if !n.up() {
			continue
		}
		if err := s.comesBack(ctx, n); err != nil && n.up() {
			return fmt.Errorf("%s after %s: %w", n.name, f.Kind, err)
		}
	}
	f.BackS = since(began)
	rest(ctx, lastConnections)
	return nil
}

// rest waits, or until ctx ends.
func rest(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

func since(began time.Time) *float64 {
	s := round(time.Since(began).Seconds())
	return &s
}
