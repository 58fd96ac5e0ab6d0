//go:build linux

package faults

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"naru/internal/fault"
	"naru/internal/history"
)

// crowd is the clients of a cluster and what they were told.
type crowd struct {
	cluster *cluster
	*history.Recorder
	began    time.Time
	people   atomic.Int64
	ending   atomic.Bool   // nobody new comes
	from     time.Duration // silence is measured from here on
	worked   time.Time     // when nobody new came any more; zero: people still come
	giveUp   atomic.Int64  // unix nano: whoever still has no answer then has none; 0: not yet
	wg       sync.WaitGroup
	patience time.Duration

	mu       sync.Mutex
	acks     []ack
	bookings map[string]*outcome // by number
	tickets  map[int]told        // by person
	lost     int                 // acts that got no answer at first
	never    []string            // acts that got none at all
	strange  []string            // answers of code internal
	said     map[fault.Code]int  // how often each fault was told
}

// ack is an answer that something was written.
type ack struct {
	at   time.Time
	node int
	op   string
}

// outcome is what became of a reservation, as its owner was told.
type outcome struct {
	person    int
	cancel    bool // was asked for
	cancelled bool // was acknowledged
}

const clientsAtOnce = 32

// gather lets a crowd go to work.
func gather(c *cluster, seed uint64) *crowd {
	w := &crowd{cluster: c, began: time.Now(), patience: 3 * time.Second}
	w.setUp()
	for i := range clientsAtOnce {
		w.wg.Go(w.newClient(i, seed).live)
	}
	return w
}

func (w *crowd) setUp() {
	w.bookings, w.tickets, w.said = map[string]*outcome{}, map[int]told{}, map[fault.Code]int{}
	w.Recorder = history.New(func() int64 { return int64(time.Since(w.began)) })
}

func (w *crowd) newClient(i int, seed uint64) *client {
	return &client{
		crowd: w, number: i, random: rand.New(rand.NewPCG(seed, uint64(i))), //nolint:gosec // a test's choices
		lines: make([]seat, len(w.cluster.nodes)), at: i % len(w.cluster.nodes),
	}
}

// goHome lets everybody finish what they began. The faults are over: whoever
// has no answer after the time given never gets one.
func (w *crowd) goHome(within time.Duration) {
	w.ending.Store(true)
	w.worked = time.Now()
	w.giveUp.Store(time.Now().Add(within).UnixNano())
	w.wg.Wait()
}

func (w *crowd) over() bool {
	at := w.giveUp.Load()
	return at != 0 && time.Now().UnixNano() > at
}

// client acts as one person after another.
type client struct {
	*crowd
	number int
	random *rand.Rand
	lines  []seat
	at     int // the node it talks to
}

// seat is a client's line to a node, and to which of its processes.
type seat struct {
	*line
	path string
}

func (k *client) live() {
	for !k.ending.Load() && !k.over() {
		k.at = k.random.IntN(len(k.lines)) // as a proxy deals people out, also to a node that was away
		(&visitor{client: k, n: int(k.people.Add(1)), cookie: "first"}).visit()
	}
	for i := range k.lines {
		k.hangUp(i)
	}
}

func (k *client) hangUp(i int) {
	if k.lines[i].line != nil {
		_ = k.lines[i].conn.Close()
		k.lines[i].line = nil
	}
}

// send asks the node of the moment once.
func (k *client) send(q ask) (told, error) {
	i := k.at
	path := k.cluster.nodes[i].path()
	if s := &k.lines[i]; s.line == nil || s.path != path {
		k.hangUp(i)
		l, err := dial(path)
		if err != nil {
			return told{}, err
		}
		s.line, s.path = l, path
	}
	a, err := k.lines[i].ask(q, k.patience)
	if err != nil {
		k.hangUp(i)
	}
	return a, err
}

// reading turns what a node said into an answer of the history; nil when it
// says nothing about the object.
type reading func(told) history.Answer

// insist asks until there is an answer, from node to node, always with the same
// key. sole says that the act is one transaction: then "unavailable" promises
// that nothing was written.
func (k *client) insist(q ask, act history.Act, sole bool, read reading) (told, bool) {
	for tries := 0; ; tries++ {
		k.think(10)
		var op *history.Op
		if act != nil {
			op = k.Begin(k.number, act)
		}
		a, err := k.send(q)
		switch {
		case err != nil, a.Fault == fault.UnknownOutcome, a.Fault == fault.Unavailable && !sole, a.Fault == fault.Internal:
			unknown(op)
		case a.Fault == fault.Unavailable:
			failed(op)
		default:
			k.ended(q, op, a, read)
			return a, true
		}
		k.missed(q, a, tries)
		if k.over() {
			k.neverAnswered(q, a, err)
			return a, false
		}
		k.at = (k.at + 1) % len(k.lines)
		k.think(50)
	}
}

func unknown(op *history.Op) {
	if op != nil {
		op.Unknown()
	}
}

func failed(op *history.Op) {
	if op != nil {
		op.Failed()
	}
}

func (k *client) ended(q ask, op *history.Op, a told, read reading) {
	if op != nil {
		if answer := read(a); answer != nil {
			op.End(answer)
		} else {
			op.Failed()
		}
	}
	if a.Fault != "" {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.said[a.Fault]++
		return
	}
	if q.Op == "times" || q.Op == "code" || q.Op == "reservations" {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.acks = append(k.acks, ack{time.Now(), k.at, q.Op})
}

func (k *client) missed(q ask, a told, tries int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if a.Fault != "" {
		k.said[a.Fault]++
	}
	if tries == 0 {
		k.lost++
	}
	if a.Fault == fault.Internal && len(k.strange) < 5 {
		k.strange = append(k.strange, q.Op+": "+a.Why)
	}
}

func (k *client) neverAnswered(q ask, a told, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.never = append(k.never, fmt.Sprintf("person %d: %s: %s %v", q.Person, q.Op, a.Why, err))
}

// think lets up to so many milliseconds pass.
func (k *client) think(most int) { rest(time.Duration(1+k.random.IntN(most)) * time.Millisecond) }

func (k *client) key() string { return fmt.Sprintf("key-%016x", k.random.Uint64()) }

// onClock is when, on the recorder's clock, something may end that the service
// ends at a second of its own, which may be a little ahead.
func (w *crowd) onClock(unix int64) int64 {
	return int64(time.Unix(unix, 0).Sub(w.began.Round(0)) - 2*time.Second)
}

func slotOf(clinic string, start int64) history.Slot {
	return history.Slot{Clinic: clinic, Start: time.Unix(start, 0).UTC()}
}
