package drill

import (
	"fmt"
	"slices"
	"sort"
	"sync"
	"time"

	"naru/internal/gate"
)

// waits are what people were told of how long it will take, and when the places
// were called: whether it was true is worked out when all is over. Safe for
// concurrent use.
type waits struct {
	mu     sync.Mutex
	told   []told
	called []called
}

// told is one moment of one person.
type told struct {
	at        time.Time
	place     uint64
	low, high time.Duration
	known     bool
	first     bool // the first interval this person was told
}

// called says that every place below serving was called by then.
type called struct {
	at      time.Time
	serving uint64
}

// mostTold bounds the memory of a large crowd; its first people stand for it.
const mostTold = 500_000

func (w *waits) note(t told) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.told) < mostTold {
		w.told = append(w.told, t)
	}
}

func (w *waits) reach(at time.Time, serving uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if n := len(w.called); n == 0 || w.called[n-1].serving < serving {
		w.called = append(w.called, called{at, serving})
	}
}

// Waited is how true it was. People who were not called before the end count in
// Moments and Unknown only; shares are nil when nobody could be asked.
type Waited struct {
	People  int      `json:"wait_people"`  // who were told an interval, and called
	Inside  *float64 `json:"wait_inside"`  // share of them whose wait lay within the first they were told
	Always  *float64 `json:"wait_always"`  // share of all intervals that were kept
	Width   *float64 `json:"wait_width"`   // median width of an interval, of the wait that was left
	Moments int      `json:"wait_moments"` // at which somebody looked
	Unknown *float64 `json:"wait_unknown"` // share of them at which nothing could be told
	Serving []uint64 `json:"serving_by_s"` // the serving number, second by second from the first call on
}

func (w *waits) result() Waited {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := Waited{Moments: len(w.told), Serving: w.bySecond()}
	var unknown, inside, known, kept int
	var widths []float64
	for _, t := range w.told {
		if !t.known {
			unknown++
			continue
		}
		left, ok := w.left(t)
		if !ok {
			continue
		}
		known++
		within := t.low <= left && left <= t.high
		if within {
			kept++
		}
		if t.first {
			r.People++
			if within {
				inside++
			}
		}
		widths = append(widths, (t.high-t.low).Seconds()/max(left.Seconds(), 1))
	}
	slices.Sort(widths)
	r.Inside, r.Always, r.Unknown = part(inside, r.People), part(kept, known), part(unknown, r.Moments)
	if len(widths) > 0 {
		width := round(widths[len(widths)/2])
		r.Width = &width
	}
	return r
}

// bySecond is what was served at each second. The caller holds the lock.
func (w *waits) bySecond() []uint64 {
	all := []uint64{}
	for _, c := range w.called {
		for at := int(c.at.Sub(w.called[0].at) / time.Second); len(all) < at; {
			all = append(all, all[len(all)-1])
		}
		if at := int(c.at.Sub(w.called[0].at) / time.Second); len(all) == at {
			all = append(all, 0)
		}
		all[len(all)-1] = c.serving
	}
	return all
}

// left is how long somebody still waited after a moment, from the first board that
// anybody saw on which the place was called.
func (w *waits) left(t told) (time.Duration, bool) {
	i := sort.Search(len(w.called), func(i int) bool { return w.called[i].serving > t.place })
	if i == len(w.called) {
		return 0, false
	}
	return max(0, w.called[i].at.Sub(t.at)), true
}

func part(n, of int) *float64 {
	if of == 0 {
		return nil
	}
	share := round(float64(n) / float64(of))
	return &share
}

// listening is what a citizen remembers of what they were told.
type listening struct {
	from  uint64 // ahead when they first looked
	next  int    // quarters of it that are over and noted
	first bool   // an interval was told
}

// listen notes what the page tells at the first look after the draw, whenever a quarter
// of the people ahead has gone, and the first time it tells an interval.
func (c *citizen) listen(b gate.Board) {
	if !c.placeKnown || b.Phase != gate.Open || c.place < b.Serving {
		return
	}
	ahead := c.place - b.Serving
	var low, high time.Duration
	known := false
	if !b.Paused && b.Notice != gate.NoticeQuotaUsed {
		low, high, known = b.Rate.Wait(ahead)
	}
	l := &c.listening
	if l.next == 0 {
		l.from = ahead
	}
	due := l.next < 4 && ahead <= l.from-l.from/4*uint64(l.next) //nolint:gosec // 0 to 3
	first := known && !l.first
	if !due && !first {
		return
	}
	l.first = l.first || known
	for l.next < 4 && ahead <= l.from-l.from/4*uint64(l.next) { //nolint:gosec // 0 to 3
		l.next++
	}
	c.crowd.tally.waits.note(told{time.Now(), c.place, low, high, known, first})
}

// String is the sentence of the report.
func (w Waited) String() string {
	if w.Inside == nil || w.Width == nil {
		return fmt.Sprintf("nothing could be told at %d looks", w.Moments)
	}
	return fmt.Sprintf("%.1f %% of %d people were called within what they were told first, %.1f %% of all intervals were kept, median width %.0f %% of the wait; not known at %.0f %% of %d looks",
		100**w.Inside, w.People, 100**w.Always, 100**w.Width, 100**w.Unknown, w.Moments)
}
