// Package limit bounds how many requests are served at once, so that a service
// that is asked for more than it can do goes on doing what it can. The bound is
// found by AIMD (additive increase, multiplicative decrease): while answers come
// within the target it grows by one for each answer that needed it, and when too
// many come late it falls by a tenth. Who finds no place waits in order of arrival, and
// after a while is told to come again.
//
// It promises that at most the bound are inside, that a free place never stays
// unused while somebody waits, and that whoever gives up leaves no place taken.
// It knows nothing of HTTP.
package limit

import (
	"container/list"
	"context"
	"errors"
	"sync"
	"time"
)

// ErrBusy says that no place became free within the patience, or that too many wait.
var ErrBusy = errors.New("too many requests at once")

// Options say what a Limiter does; zero values are the usual ones.
type Options struct {
	Target   time.Duration    // an answer that takes longer is late: 1 s
	Least    int              // the bound never falls below: 32
	Most     int              // nor grows above: 4,096
	Start    int              // where it begins: 256
	Queue    int              // at most so many wait: 8,192
	Patience time.Duration    // and so long: 10 s
	Now      func() time.Time // must be set
}

// Limiter is safe for concurrent use.
type Limiter struct {
	o       Options
	mu      sync.Mutex
	bound   float64
	inside  int
	waiting list.List // of chan struct{}
	looked  time.Time // when the answers were last looked at
	served  int       // answers since then
	late    int       // of those, the late ones
	second  time.Time // in which asked and waited are counted
	asked   int
	waited  int
	last    float64 // pressure of the second before
}

// New makes a limiter.
func New(o Options) *Limiter {
	set := func(v *int, usual int) {
		if *v <= 0 {
			*v = usual
		}
	}
	set(&o.Least, 32)
	set(&o.Most, 4096)
	set(&o.Start, 256)
	set(&o.Queue, 8192)
	if o.Target <= 0 {
		o.Target = time.Second
	}
	if o.Patience <= 0 {
		o.Patience = 10 * time.Second
	}
	return &Limiter{o: o, bound: float64(min(max(o.Start, o.Least), o.Most))}
}

// Enter waits for a place. leave gives it back and must be called once; the time
// between is what the bound is found by. Errors: ErrBusy, or the context's.
func (l *Limiter) Enter(ctx context.Context) (leave func(), err error) {
	place, err := l.ask()
	if err != nil {
		return nil, err
	}
	if place != nil {
		if err := l.wait(ctx, place); err != nil {
			return nil, err
		}
	}
	began := l.o.Now()
	return sync.OnceFunc(func() { l.leave(l.o.Now().Sub(began)) }), nil
}

// ask takes a place, or a number in the queue.
func (l *Limiter) ask() (place *list.Element, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.turn()
	l.asked++
	if l.inside < int(l.bound) && l.waiting.Len() == 0 {
		l.inside++
		return nil, nil
	}
	l.waited++
	if l.waiting.Len() >= l.o.Queue {
		return nil, ErrBusy
	}
	return l.waiting.PushBack(make(chan struct{})), nil
}

func (l *Limiter) wait(ctx context.Context, place *list.Element) error {
	timer := time.NewTimer(l.o.Patience)
	defer timer.Stop()
	given := place.Value.(chan struct{})
	var err error
	select {
	case <-given:
		return nil
	case <-timer.C:
		err = ErrBusy
	case <-ctx.Done():
		err = ctx.Err()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-given: // a place came at the same moment: the next one has it
		l.inside--
		l.fill()
	default:
		l.waiting.Remove(place)
	}
	return err
}

// leave counts an answer and lets the next in.
func (l *Limiter) leave(took time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.adapt(took)
	l.inside--
	l.fill()
}

// The bound falls when too many of the answers of the last Target were late.
const (
	fewest    = 20  // answers before anything is concluded
	lateShare = 0.1 // of the answers may be late
	fall      = 0.9
)

func (l *Limiter) adapt(took time.Duration) {
	l.served++
	if took > l.o.Target {
		l.late++
	} else if l.inside >= int(l.bound) {
		l.bound = min(l.bound+1/l.bound, float64(l.o.Most))
	}
	if now := l.o.Now(); l.served >= fewest && now.Sub(l.looked).Abs() >= l.o.Target {
		l.looked = now
		if float64(l.late) > lateShare*float64(l.served) {
			l.bound = max(l.bound*fall, float64(l.o.Least))
		}
		l.served, l.late = 0, 0
	}
}

func (l *Limiter) fill() {
	for l.inside < int(l.bound) && l.waiting.Len() > 0 {
		next := l.waiting.Front()
		l.waiting.Remove(next)
		l.inside++
		close(next.Value.(chan struct{}))
	}
}

// turn begins a new second of counting when one has passed.
func (l *Limiter) turn() {
	now := l.o.Now()
	if passed := now.Sub(l.second); passed >= time.Second || passed < 0 {
		l.last = 0
		if l.asked > 0 && passed < 2*time.Second {
			l.last = float64(l.waited) / float64(l.asked)
		}
		l.second, l.asked, l.waited = now, 0, 0
	}
}

// Pressure is what part of the last second's requests had to wait, 0 to 1.
func (l *Limiter) Pressure() float64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.turn()
	return l.last
}

// Bound is how many may be inside now.
func (l *Limiter) Bound() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return int(l.bound)
}
