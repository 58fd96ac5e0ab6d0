//go:build linux

package faults

import (
	"fmt"
	"testing"
	"time"

	"naru/internal/fault"
)

const cutFor = 10 * time.Second

// One of three nodes is cut off from the database without a word: the others go
// on, and it is back by itself when the line is healed.
func TestNodeIsCutOff(t *testing.T) {
	need(t)
	random := schedule(t)
	server := newServer(t)
	url := server.URL(database1)
	p := newProxy(t, url)
	c := newNodes(t, url, opensNow(), p.url(url), url, url)
	c.opened()
	w := gather(c, random.Uint64())
	w.works(t, 200, time.Minute)
	cutAt := time.Since(w.began)
	p.drop(toServer, toClient)
	rest(cutFor)
	silence := w.silence(cutAt, 1, 2)
	p.heal()
	healed := time.Now()
	if !until(30*time.Second, func() bool { return w.acksOf(0, healed) > 0 }) {
		t.Error("the node is not back after the line was healed")
	}
	back := time.Since(healed).Round(10 * time.Millisecond)
	w.goHome(time.Minute)
	if silence > 5*time.Second {
		t.Errorf("the others were silent for %v because one was cut off", silence)
	}
	if back > backWithin {
		t.Errorf("the node was back after %v", back)
	}
	w.verify(t, "one of 3 nodes cut off from PostgreSQL, nothing said",
		fmt.Sprintf("1 cut of %v, back in %v, the others' longest silence %v", cutFor, back, silence.Round(10*time.Millisecond)))
}

// COMMIT goes through and its answer is lost: the outcome is unknown, and the
// same key again leads to one booking, not to two.
func TestAnswersOfCommitsAreLost(t *testing.T) {
	need(t)
	random := schedule(t)
	server := newServer(t)
	url := server.URL(database1)
	lines := []*proxy{newProxy(t, url), newProxy(t, url)}
	c := newNodes(t, url, opensNow(), lines[0].url(url), lines[1].url(url))
	c.opened()
	w := gather(c, random.Uint64())
	n := max(4, allKills()/10)
	for range n {
		w.works(t, 20+random.IntN(100), time.Minute)
		for _, p := range lines { // both: nobody can look whether it was written
			p.loseCommits(2)
		}
		left := func() int { return lines[0].commitsToLose() + lines[1].commitsToLose() }
		if !until(10*time.Second, func() bool { return left() == 0 }) && left() == 4 { // fewer: everybody waits for the answers that were lost
			t.Error("nobody committed")
		}
		rest(time.Duration(random.IntN(300)) * time.Millisecond)
		for _, p := range lines {
			p.heal()
		}
	}
	w.works(t, 50, time.Minute)
	w.goHome(time.Minute)
	w.verify(t, "2 nodes hear no answers from PostgreSQL", fmt.Sprint(n, " times"))
	if w.said[fault.UnknownOutcome] == 0 {
		t.Error("no outcome was unknown: the test proves nothing")
	}
}

// acksOf counts what a node acknowledged since.
func (w *crowd) acksOf(node int, since time.Time) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, a := range w.acks {
		if a.node == node && a.at.After(since) {
			n++
		}
	}
	return n
}
