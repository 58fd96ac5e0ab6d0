//go:build linux

package faults

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// opensNow is an opening that has been: the gate opens as soon as a node leads.
func opensNow() time.Time { return time.Now().Add(-time.Minute) }

// A process on SQLite is killed at any moment, and started again.
func TestKillNodeOnSQLite(t *testing.T) {
	need(t)
	random := schedule(t)
	c := newSQLite(t, opensNow())
	c.opened()
	w := gather(c, random.Uint64())
	n := kills(25)
	for range n {
		w.works(t, 1+random.IntN(150), time.Minute)
		rest(time.Duration(random.IntN(50)) * time.Millisecond)
		c.nodes[0].kill()
		c.nodes[0].start()
		c.nodes[0].ready()
	}
	w.works(t, 50, time.Minute)
	w.goHome(time.Minute)
	w.verify(t, "kill -9 of the process, SQLite", fmt.Sprint(n, " kills"))
}

// Any of three nodes on PostgreSQL is killed at any moment, from the lobby over the
// draw to the booking, and started again.
func TestKillNodesOnPostgres(t *testing.T) {
	need(t)
	random := schedule(t)
	server := newServer(t)
	url := server.URL(database1)
	c := newNodes(t, url, time.Now().Add(20*time.Minute), url, url, url)
	w := gather(c, random.Uint64())
	w.works(t, clientsAtOnce, time.Minute) // all are in the lobby
	n := kills(30)
	w.drawUnderFaults(t, random)
	w.from = time.Since(w.began)
	for range n - 2 {
		w.works(t, 1+random.IntN(150), time.Minute)
		p := c.nodes[random.IntN(len(c.nodes))]
		p.kill()
		rest(time.Duration(random.IntN(500)) * time.Millisecond)
		p.start()
		p.ready()
	}
	w.works(t, 50, time.Minute)
	w.goHome(time.Minute)
	w.verify(t, "kill -9 of any of 3 nodes, PostgreSQL, lobby and draw included", fmt.Sprint(n, " kills"))
	if silence := w.silence(w.from); silence > 5*time.Second {
		t.Errorf("while one node was away the others were silent for %v", silence)
	}
}

// The database of three nodes is killed at any moment, and started again.
func TestKillPostgres(t *testing.T) {
	need(t)
	random := schedule(t)
	server := newServer(t)
	url := server.URL(database1)
	c := newNodes(t, url, opensNow(), url, url, url)
	c.opened()
	w := gather(c, random.Uint64())
	n := kills(25)
	for range n {
		w.works(t, 1+random.IntN(150), time.Minute)
		rest(time.Duration(random.IntN(50)) * time.Millisecond)
		must(t, server.Kill())
		must(t, server.Restart(t.Context()))
	}
	w.works(t, 50, time.Minute)
	w.goHome(time.Minute)
	w.verify(t, "kill -9 of PostgreSQL under 3 nodes", fmt.Sprint(n, " kills"))
}

// drawUnderFaults closes the lobby, holds the draw and opens the gate while a
// node is killed before it and the leader in the middle of it.
func (w *crowd) drawUnderFaults(t *testing.T, random *rand.Rand) {
	t.Helper()
	c := w.cluster
	p := c.nodes[random.IntN(len(c.nodes))]
	p.kill()
	p.start()
	p.ready()
	p.openNow()
	rest(2*time.Second + time.Duration(random.IntN(1000))*time.Millisecond) // the lobby closes two seconds from now
	if p = c.leader(nil); p == nil {
		p = c.nodes[0]
	}
	p.kill()
	p.start()
	p.ready()
	c.opened()
}
