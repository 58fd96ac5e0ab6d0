package gate

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// line plays a whole opening with a fake clock: serving and entering as the
// store will drive them. It decides nothing itself.
type line struct {
	t       *testing.T
	now     time.Time
	serving uint64
	carry   float64
	cap     int
	waiting []*visitor // in order of place, u, leaf
	entered []*visitor
}

type visitor struct {
	place    uint64
	drawn    Drawn
	admitted Admission
	turn     bool
	absent   bool // never asks
	asks     time.Time
	calledAt time.Time
}

func newLine(t *testing.T, n, seats int, absent func(i int) bool) *line {
	l := &line{t: t, now: epoch0, cap: seats}
	for i := range n {
		v := &visitor{absent: absent(i), asks: epoch0}
		v.drawn.Leaf = Leaf(ticketNumber(i))
		v.place, v.drawn.U = Place([32]byte{5}, v.drawn.Leaf, uint64(n))
		l.waiting = append(l.waiting, v)
	}
	slices.SortFunc(l.waiting, func(a, b *visitor) int { return Order(a.drawn, b.drawn) })
	return l
}

func (l *line) live() (n int) {
	for _, v := range l.entered {
		if v.admitted.Live(l.now) {
			n++
		}
	}
	return n
}

// second is one second of the opening; r decides who asks when.
func (l *line) second(r *rand.Rand) {
	l.now = l.now.Add(time.Second)
	turns, awaited := 0, 0
	for _, v := range l.waiting {
		switch {
		case v.turn:
			turns++
		case v.place < l.serving && l.now.Sub(v.calledAt) < AwaitFor:
			awaited++
		}
	}
	before := l.serving
	l.serving, l.carry = NextServing(Serving{
		Phase: Open, Serving: l.serving, End: uint64(len(l.waiting) + len(l.entered)), Rate: 15, Carry: l.carry,
		Elapsed: time.Second, Cap: l.cap, Live: l.live(), Turns: turns, Awaited: awaited, ProofShare: 1,
	})
	for _, v := range l.waiting {
		if v.place >= before && v.place < l.serving {
			v.calledAt = l.now
		}
	}
	for _, i := range r.Perm(len(l.waiting)) {
		if v := l.waiting[i]; !v.absent && !v.asks.After(l.now) {
			v.asks = l.now.Add(testBoard().PollAfter(v.place - min(v.place, l.serving)).After(r.Float64()))
			l.ask(v, i)
		}
	}
	l.waiting = slices.DeleteFunc(l.waiting, func(v *visitor) bool { return v.admitted.Entries > 0 })
}

func (l *line) ask(v *visitor, i int) {
	ahead := 0
	for _, other := range l.waiting[:i] {
		if other.turn && other.admitted.Entries == 0 {
			ahead++
		}
	}
	live := l.live()
	d := Enter(EnterFacts{
		Now: l.now, Phase: Open, Place: v.place, Serving: l.serving, TurnsAhead: ahead, Admission: v.admitted,
		Seats: Seats{Cap: l.cap, Live: live, UnprovenCap: l.cap, Unproven: live},
	})
	if d.Outcome != OutOpen {
		v.turn = d.Outcome == OutTurn
		return
	}
	if v.place >= l.serving || live >= l.cap || ahead > 0 && live+ahead >= l.cap {
		l.t.Errorf("place %d entered at serving %d, %d live of %d, %d turns ahead", v.place, l.serving, live, l.cap, ahead)
	}
	// Some are quick and some slow, so seats come free one by one.
	stays := time.Duration(2+v.drawn.U%8) * time.Second
	v.admitted, v.turn = Admission{Session: [16]byte{1}, Expires: l.now.Add(stays), Entries: 1}, false
	l.entered = append(l.entered, v)
}

// Everybody who is there gets in, never above the cap or before the call, near
// the order of the draw; those who never come hold nobody up.
func TestTheLineMovesInOrder(t *testing.T) {
	t.Parallel()
	for why, absent := range map[string]func(i int) bool{
		"all there":     func(int) bool { return false },
		"a third never": func(i int) bool { return i%3 == 0 },
	} {
		l := newLine(t, 600, 30, absent)
		r := rand.New(rand.NewPCG(1, 1))
		there := 0
		for _, v := range l.waiting {
			if !v.absent {
				there++
			}
		}
		seconds := 0
		for ; len(l.entered) < there && seconds < 3600; seconds++ {
			l.second(r)
		}
		if len(l.entered) != there {
			t.Errorf("%s: only %d of %d entered in an hour", why, len(l.entered), there)
		}
		for i, v := range l.entered {
			if late := l.overtaken(i); late > 3*l.cap {
				t.Errorf("%s: place %d was overtaken by %d", why, v.place, late)
			}
		}
		t.Logf("%s: %d entered in %d s", why, there, seconds)
	}
}

// overtaken counts those who entered before number i and stand behind it.
func (l *line) overtaken(i int) (n int) {
	for _, v := range l.entered[:i] {
		if Order(v.drawn, l.entered[i].drawn) > 0 {
			n++
		}
	}
	return n
}
