package drill

import (
	"fmt"
	"maps"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// tally is what the crowd saw. Safe for concurrent use.
type tally struct {
	planned                                     int
	arrived, onTime                             atomic.Int64
	requests, joined, rejoined, admitted        atomic.Int64
	http5xx, fault5xx, proxy5xx                 atomic.Int64
	blank, full, probes                         atomic.Int64
	broken, refusedConnections, cuts            atomic.Int64
	bypasses, lostPlaces, grew                  atomic.Int64
	wronglyRefused, wronglyBooked, unreadBoards atomic.Int64
	olderBoards                                 atomic.Int64 // than one the same browser had
	serving                                     atomic.Uint64
	lag, latency                                histogram
	hurt                                        histogram // from meeting a fault until the answer

	waits waits

	mu       sync.Mutex
	opens    time.Time
	statuses map[int]int    // answers of 400 and above
	outcomes map[string]int // how citizens ended
	acks     map[string]struct{}
	broke    map[string]int  // what the network said
	failed   map[string]int  // answers of 500 and above: whose, and whether a fault explains them
	slipped  map[string]int  // back doors that were open
	series   map[int]*second // by seconds from the opening
}

// second is what happened within one second.
type second struct{ Arrived, Admitted, Booked int }

// onTimeWithin is how late an arrival may begin and still count as offered.
const onTimeWithin = time.Second

func newTally(planned int) *tally {
	return &tally{
		planned: planned, statuses: map[int]int{}, outcomes: map[string]int{},
		broke: map[string]int{}, failed: map[string]int{}, slipped: map[string]int{}, acks: map[string]struct{}{}, series: map[int]*second{},
	}
}

func (t *tally) begin(opens time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.opens = opens
}

func (t *tally) arrive(meant time.Time) {
	t.arrived.Add(1)
	if time.Since(meant) <= onTimeWithin {
		t.onTime.Add(1)
	}
	t.now(func(s *second) { s.Arrived++ })
}

func (t *tally) admit() {
	t.admitted.Add(1)
	t.now(func(s *second) { s.Admitted++ })
}

// acknowledge notes a reservation number that a page showed as booked.
func (t *tally) acknowledge(number string) {
	t.mu.Lock()
	_, known := t.acks[number]
	t.acks[number] = struct{}{}
	t.mu.Unlock()
	if !known {
		t.now(func(s *second) { s.Booked++ })
	}
}

func (t *tally) now(count func(*second)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := int(math.Floor(time.Since(t.opens).Seconds())) // the second before the opening is -1
	s := t.series[at]
	if s == nil {
		s = &second{}
		t.series[at] = s
	}
	count(s)
}

// fails notes an answer of 500 or above, and whether a fault explains it.
func (t *tally) fails(r reply, explained bool) {
	t.http5xx.Add(1)
	whose := strings.TrimSpace("naru " + r.node)
	if r.proxyFor != "" {
		t.proxy5xx.Add(1)
		whose = "proxy for " + r.proxyFor
	}
	what := fmt.Sprintf("%d by %s", r.status, whose)
	if explained {
		t.fault5xx.Add(1)
		what += ", by a fault"
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.failed[what]++
}

func (t *tally) status(code int) {
	if code >= 400 {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.statuses[code]++
	}
}

// breaks notes a request that got no answer although the server was up.
func (t *tally) breaks(err error) {
	t.broken.Add(1)
	what := err.Error()
	if i := strings.LastIndex(what, ": "); i >= 0 { // without the addresses in front
		what = what[i+2:]
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.broke[what]++
}

// slips notes a back door that was open.
func (t *tally) slips(door string, status int) {
	t.bypasses.Add(1)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.slipped[fmt.Sprintf("%s: %d", door, status)]++
}

// sawBoard notes a board, and whether it was older than the one before.
func (t *tally) sawBoard(serving uint64, older bool) {
	if older {
		t.olderBoards.Add(1)
		return
	}
	t.serving.Store(serving)
	t.waits.reach(time.Now(), serving)
}

func (t *tally) outcome(end string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.outcomes[end]++
}

// acknowledged are the reservation numbers seen.
func (t *tally) acknowledged() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := make([]string, 0, len(t.acks))
	for n := range t.acks {
		all = append(all, n)
	}
	return all
}

func (t *tally) booked() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.acks)
}

func (t *tally) ends() map[string]int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.outcomes)
}
