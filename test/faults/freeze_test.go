//go:build linux

package faults

import (
	"context"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// frozenFor is longer than a lease (3 s) and than a transaction may stand still
// (1 s); in the recorded run it is the half minute of the issue.
func frozenFor() time.Duration {
	if allKills() >= 200 {
		return 30 * time.Second
	}
	return 6 * time.Second
}

// The leader is stopped in the middle of a transaction that holds locks, another
// takes over, and the first goes on as if nothing had been: the fence has grown,
// the line never went back, and nobody waited long.
func TestLeaderStandsStill(t *testing.T) {
	need(t)
	random := schedule(t)
	server := newServer(t)
	url := server.URL(database1)
	c := newNodes(t, url, opensNow(), url, url, url)
	c.opened()
	w := gather(c, random.Uint64())
	w.works(t, 200, time.Minute)
	look := watchLine(t, url)
	old := c.leader(nil)
	if old == nil {
		t.Fatal("nobody leads")
	}
	others := c.but(old)
	frozenAt, before := time.Since(w.began), look.fence()
	locks := look.freezeInTransaction(t, old)
	stopped := time.Now()
	if !until(30*time.Second, func() bool { return c.leader(old) != nil }) {
		t.Fatal("nobody took over")
	}
	took := time.Since(stopped).Round(time.Millisecond)
	rest(frozenFor() - time.Since(stopped))
	fence := look.fence()
	if fence <= before {
		t.Errorf("another leads, and the fence is %d as it was: %d", fence, before)
	}
	young := c.leader(old)
	old.signal(syscall.SIGCONT)
	w.works(t, 200, time.Minute)
	if !until(10*time.Second, func() bool { a, err := old.askOnce(ask{Op: "state"}); return err == nil && !a.Leads }) {
		t.Error("the old leader still thinks it leads")
	}
	if look.fence() != fence || c.leader(nil) != young {
		t.Errorf("the lease went on from %d to %d when the old leader came back", fence, look.fence())
	}
	w.goHome(time.Minute)
	look.end(t)
	silence := w.silence(frozenAt, others...)
	t.Logf("it held locks: %v; another led after %v; the others' longest silence: %v", locks, took, silence)
	if silence > 5*time.Second {
		t.Errorf("the others were silent for %v because one stood still", silence)
	}
	w.verify(t, "the leader of 3 nodes stopped inside a transaction, then resumed",
		fmt.Sprintf("1 stop of %v, another led after %v, the others' longest silence %v", frozenFor(), took, silence.Round(10*time.Millisecond)))
}

// but are the numbers of the other nodes.
func (c *cluster) but(p *process) (all []int) {
	for i, q := range c.nodes {
		if q != p {
			all = append(all, i)
		}
	}
	return all
}

// lookout reads the line over and over: serving, version and fence must only grow.
type lookout struct {
	conn    *pgx.Conn
	stop    context.CancelFunc
	done    chan struct{}
	faults  []string
	looks   int
	url     string
	testing *testing.T
}

func watchLine(t *testing.T, url string) *lookout {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	conn, err := pgx.Connect(ctx, url)
	must(t, err)
	l := &lookout{stop: cancel, done: make(chan struct{}), url: url, testing: t}
	l.conn, err = pgx.Connect(ctx, url)
	must(t, err)
	go func() {
		defer close(l.done)
		defer func() { _ = conn.Close(context.Background()) }()
		l.watch(ctx, conn)
	}()
	return l
}

func (l *lookout) watch(ctx context.Context, conn *pgx.Conn) {
	var before [3]int64
	for ctx.Err() == nil {
		var now [3]int64
		err := conn.QueryRow(ctx, `SELECT serving, version, (SELECT fence FROM gate.lease) FROM gate.line`).Scan(&now[0], &now[1], &now[2])
		if err != nil {
			if ctx.Err() == nil {
				l.faults = append(l.faults, err.Error())
			}
			return
		}
		for i, name := range []string{"serving", "version", "fence"} {
			if now[i] < before[i] {
				l.faults = append(l.faults, fmt.Sprintf("%s went back from %d to %d", name, before[i], now[i]))
			}
		}
		before = now
		l.looks++
		rest(5 * time.Millisecond)
	}
}

func (l *lookout) end(t *testing.T) {
	t.Helper()
	l.stop()
	<-l.done
	_ = l.conn.Close(context.Background())
	for _, f := range l.faults {
		t.Error(f)
	}
	if l.looks == 0 {
		t.Error("nobody looked")
	}
}

func (l *lookout) fence() (n int64) {
	l.testing.Helper()
	must(l.testing, l.conn.QueryRow(context.Background(), `SELECT fence FROM gate.lease`).Scan(&n))
	return n
}

// freezeInTransaction stops a node again and again until it stands inside a
// transaction that has locked rows, and says which locks.
func (l *lookout) freezeInTransaction(t *testing.T, p *process) []string {
	t.Helper()
	for range 200 {
		p.signal(syscall.SIGSTOP)
		rest(30 * time.Millisecond)
		var locks []string
		must(t, l.conn.QueryRow(context.Background(), `SELECT array_agg(DISTINCT a.application_name || ' ' || coalesce(l.relation::regclass::text, l.locktype))
		    FROM pg_stat_activity a JOIN pg_locks l USING (pid)
		    WHERE a.state = 'idle in transaction' AND clock_timestamp() - a.state_change > interval '20 ms'
		      AND (l.mode = 'RowShareLock' OR l.mode = 'RowExclusiveLock' OR l.locktype = 'advisory')`).Scan(&locks))
		if len(locks) > 0 {
			return locks
		}
		p.signal(syscall.SIGCONT)
		rest(7 * time.Millisecond)
	}
	t.Fatal("the node was never caught inside a transaction")
	return nil
}
