//go:build linux

package faults

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"naru/internal/pgserver"
)

// backWithin is how soon nodes are back by themselves after a fail-over (issue 3).
const backWithin = 10 * time.Second

// newPair is a primary and its synchronous standby.
func newPair(t *testing.T) (primary, standby *pgserver.Server) {
	t.Helper()
	primary = newServer(t)
	return primary, newStandby(t, primary)
}

// The primary dies under load and its standby takes over: the nodes, which know
// both hosts, are back by themselves. The old primary comes back, believes
// itself a primary, and is used by nobody who has seen the new one.
func TestFailOver(t *testing.T) {
	need(t)
	random := schedule(t)
	primary, standby := newPair(t)
	both := bothHosts(t, primary.URL(database1), standby.URL(database1))
	c := newNodes(t, primary.URL(database1), opensNow(), both, both, both)
	c.opened()
	w := gather(c, random.Uint64())
	w.works(t, 200, time.Minute)
	back := w.failOver(t, primary, standby, 0)
	must(t, primary.Restart(t.Context()))
	forgetStandby(t, primary)
	before := rows(t, primary)
	for _, p := range c.nodes { // each looks for its primary anew, the old one first
		p.kill()
		p.start()
		p.ready()
	}
	w.works(t, 200, time.Minute)
	w.goHome(time.Minute)
	if after := rows(t, primary); after != before {
		t.Errorf("the old primary had %d rows and has %d: it was written to", before, after)
	}
	refusedAlone(t, c.nodes[0], primary)
	c.db = standby.URL(database1)
	w.verify(t, "fail-over to the synchronous standby, old primary comes back", fmt.Sprintf("1 kill, back in %v", back))
}

// Fail-over after fail-over: every new primary gets a new standby.
func TestFailOverAgainAndAgain(t *testing.T) {
	need(t)
	random := schedule(t)
	primary, standby := newPair(t)
	first, second := newProxy(t, primary.URL(database1)), newProxy(t, standby.URL(database1))
	both := bothHosts(t, first.url(primary.URL(database1)), second.url(primary.URL(database1)))
	c := newNodes(t, primary.URL(database1), opensNow(), both, both, both)
	c.opened()
	w := gather(c, random.Uint64())
	n := max(1, kills(20)-1)
	var slowest time.Duration
	for round := range n {
		w.works(t, 1+random.IntN(200), time.Minute)
		slowest = max(slowest, w.failOver(t, primary, standby, time.Duration(random.IntN(1000))*time.Millisecond))
		must(t, primary.Stop())
		primary = standby
		if round+1 < n {
			standby = newStandby(t, primary)
			first, second = second, first
			second.lead(standby.URL(database1))
		}
	}
	w.works(t, 50, time.Minute)
	w.goHome(time.Minute)
	c.db = primary.URL(database1)
	w.verify(t, "fail-over after fail-over", fmt.Sprintf("%d kills, back in %v at most", n, slowest))
}

// failOver kills the primary, promotes the standby after a while, and returns how
// long after the kill people were acknowledged things again.
func (w *crowd) failOver(t *testing.T, primary, standby *pgserver.Server, after time.Duration) time.Duration {
	t.Helper()
	killed := time.Now()
	must(t, primary.Kill())
	rest(after)
	started := time.Now()
	must(t, standby.Promote(t.Context()))
	promoted := time.Now()
	if !until(time.Minute, func() bool { return w.acksSince(started) >= 10 }) {
		t.Fatal("the nodes do not come back after the fail-over")
	}
	back := time.Since(killed).Round(time.Millisecond)
	t.Logf("killed; promoted after %v, in %v; acknowledged again after %v", started.Sub(killed).Round(time.Millisecond),
		promoted.Sub(started).Round(time.Millisecond), back)
	if back-after > backWithin {
		t.Errorf("the nodes were back after %v", back)
	}
	return back
}

// forgetStandby has a primary acknowledge alone: one that comes back would
// otherwise wait for its standby and lie to nobody.
func forgetStandby(t *testing.T, s *pgserver.Server) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.URL(database1))
	must(t, err)
	for _, q := range []string{"ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()"} {
		_, err = conn.Exec(t.Context(), q)
		must(t, err)
	}
	must(t, conn.Close(t.Context()))
}

func rows(t *testing.T, s *pgserver.Server) (n int) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, s.URL(database1))
	must(t, err)
	defer func() { _ = conn.Close(ctx) }()
	must(t, conn.QueryRow(ctx, `SELECT (SELECT count(*) FROM gate.ticket) + (SELECT count(*) FROM booking.reservation)
	    + (SELECT sum(fence) FROM gate.lease)`).Scan(&n))
	return n
}

// refusedAlone starts a node that knows the old primary alone: it must not come up.
func refusedAlone(t *testing.T, p *process, old *pgserver.Server) {
	t.Helper()
	p.kill()
	known := p.db
	p.db = old.URL(database1)
	p.start()
	end := time.AfterFunc(startsWithin, func() { _ = p.cmd.Process.Kill() })
	err := p.cmd.Wait()
	end.Stop()
	said, _ := os.ReadFile(filepath.Join(p.dir, "log"))
	if err == nil || !strings.Contains(tail(said), "older") {
		t.Errorf("a node that saw the new primary started on the old one: %v\n%s", err, tail(said))
	}
	p.cmd, p.db = nil, known
}
