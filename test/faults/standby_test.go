//go:build linux

package faults

import (
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"naru/internal/pgserver"
)

// While the standby is away nothing is acknowledged: not what is new, and, after
// the primary crashed and shows what the standby lacks, no repeat of it either.
// So a fail-over then loses nothing that anybody was told.
func TestStandbyIsAway(t *testing.T) {
	need(t)
	random := schedule(t)
	primary, standby := newPair(t)
	p := newProxy(t, primary.URL(database1))
	followBy(t, standby, p)
	both := bothHosts(t, primary.URL(database1), standby.URL(database1))
	c := newNodes(t, primary.URL(database1), opensNow(), both, both, both)
	c.opened()
	w := gather(c, random.Uint64())
	w.works(t, 200, time.Minute)

	p.drop(toServer, toClient)
	rest(500 * time.Millisecond) // what the standby has already is still being answered
	w.silentFor(t, 3*time.Second, "while the standby is away")
	must(t, primary.Kill())
	must(t, primary.Restart(t.Context()))
	w.silentFor(t, 5*time.Second, "after the primary came back with what the standby lacks")
	t.Logf("rows of the primary: %d, of the standby: %d", rows(t, primary), rows(t, standby))
	back := w.failOver(t, primary, standby, 0)
	w.works(t, 100, time.Minute)
	w.goHome(time.Minute)
	c.db = standby.URL(database1)
	w.verify(t, "the standby is away, the primary crashes and comes back, fail-over", fmt.Sprintf("2 kills, silent for %v", back))
}

// A ticket is written by the primary and not by its standby, and not answered.
// After a crash the primary shows it. A repeat finds it there and only reads (in
// the lobby it locks no row); it must not be answered before the standby has it.
func TestRepeatWaitsForTheStandby(t *testing.T) {
	need(t)
	primary, standby := newPair(t)
	p := newProxy(t, primary.URL(database1))
	followBy(t, standby, p)
	both := bothHosts(t, primary.URL(database1), standby.URL(database1))
	c := newNodes(t, primary.URL(database1), time.Now().Add(20*time.Minute), both, both, both)
	w := &crowd{cluster: c, began: time.Now(), patience: 2 * time.Second}
	w.setUp()
	join := ask{Op: "join", Person: 1}
	if !until(startsWithin, func() bool { a, err := c.nodes[0].askOnce(join); return err == nil && a.Fault == "" }) {
		t.Fatal("the lobby does not open")
	}
	join.Person = 2
	p.drop(toServer, toClient)
	if a, err := w.newClient(0, 2).send(join); err == nil {
		t.Fatalf("answered while the standby was away: %+v", a)
	}
	must(t, primary.Kill())
	repeated := w.repeatAll(join)
	defer repeated()
	must(t, primary.Restart(t.Context()))
	if n, there := written(t, primary), written(t, standby); n != there+1 {
		t.Skipf("the primary shows %d tickets, the standby %d: another act of the node came first and waits for the standby; run it again", n, there)
	}
	rest(5 * time.Second)
	for _, a := range repeated() {
		t.Errorf("a repeat was answered before the standby had it: %+v", a)
	}
}

// repeatAll asks every node again and again, and returns what ends it and tells
// what went well.
func (w *crowd) repeatAll(all ...ask) (end func() []told) {
	var stop atomic.Bool
	var wg sync.WaitGroup
	var mu sync.Mutex
	var well []told
	for i := range w.cluster.nodes {
		for _, q := range all {
			wg.Go(func() {
				k := w.newClient(i, uint64(i))
				for k.at = i; !stop.Load(); k.think(5) {
					if a, err := k.send(q); err == nil && a.Fault == "" {
						mu.Lock()
						well = append(well, a)
						mu.Unlock()
						return
					}
				}
			})
		}
	}
	return func() []told { stop.Store(true); wg.Wait(); return well }
}

func written(t *testing.T, s *pgserver.Server) (n int) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.URL(database1))
	must(t, err)
	defer func() { _ = conn.Close(t.Context()) }()
	must(t, conn.QueryRow(t.Context(), `SELECT count(*) FROM gate.ticket`).Scan(&n))
	return n
}

// followBy has a standby follow its primary by way of a proxy, and waits until
// it does.
func followBy(t *testing.T, standby *pgserver.Server, p *proxy) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), standby.URL("postgres"))
	must(t, err)
	defer func() { _ = conn.Close(t.Context()) }()
	_, port, err := net.SplitHostPort(p.listener.Addr().String())
	must(t, err)
	_, err = conn.Exec(t.Context(), "ALTER SYSTEM SET primary_conninfo = 'host=127.0.0.1 port="+port+" user=naru application_name=standby'")
	must(t, err)
	_, err = conn.Exec(t.Context(), "SELECT pg_reload_conf()")
	must(t, err)
	if !until(20*time.Second, func() bool {
		var by int
		err := conn.QueryRow(t.Context(), "SELECT sender_port FROM pg_stat_wal_receiver WHERE status = 'streaming'").Scan(&by)
		return err == nil && fmt.Sprint(by) == port
	}) {
		t.Fatal("the standby does not follow by way of the proxy")
	}
}

// silentFor fails if anything is acknowledged.
func (w *crowd) silentFor(t *testing.T, long time.Duration, when string) {
	t.Helper()
	w.mu.Lock()
	before := len(w.acks)
	w.mu.Unlock()
	rest(long)
	w.mu.Lock()
	defer w.mu.Unlock()
	if n := len(w.acks) - before; n != 0 {
		t.Errorf("%s %d acts were acknowledged, the first: %s", when, n, w.acks[before].op)
	}
}

// The primary does not die, it stands still with its connections open, and is
// replaced: a node must not wait for it for ever, although nothing bounds the wait
// for an answer: a COMMIT may wait for the standby.
func TestPrimaryStandsStill(t *testing.T) {
	need(t)
	random := schedule(t)
	primary, standby := newPair(t)
	both := bothHosts(t, primary.URL(database1), standby.URL(database1))
	c := newNodes(t, primary.URL(database1), opensNow(), both, both, both)
	c.opened()
	w := gather(c, random.Uint64())
	w.works(t, 200, time.Minute)
	must(t, primary.Pause())
	frozen := time.Now()
	must(t, standby.Promote(t.Context()))
	back := until(30*time.Second, func() bool { return w.acksSince(frozen.Add(time.Second)) > 20 })
	silence := time.Since(frozen).Round(time.Millisecond)
	t.Logf("acknowledgements are back: %v, after %v", back, silence)
	if !back || silence > backWithin {
		t.Errorf("the nodes wait for a primary that stands still: %v", silence)
	}
	must(t, primary.Kill())
	w.works(t, 100, time.Minute)
	w.goHome(time.Minute)
	c.db = standby.URL(database1)
	w.verify(t, "the primary stands still and is replaced", fmt.Sprintf("1 stop, silent for %v", silence))
}

func (w *crowd) acksSince(at time.Time) (n int) {
	for i := range w.cluster.nodes {
		n += w.acksOf(i, at)
	}
	return n
}
