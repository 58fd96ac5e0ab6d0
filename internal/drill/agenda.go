package drill

import (
	"container/heap"
	"context"
	"sync"
	"time"
)

// agenda holds what is to happen and when. It starts every act at its instant
// and never waits for an answer, so a slow server does not slow the crowd.
type agenda struct {
	mu    sync.Mutex
	due   dueHeap
	wake  chan struct{}
	acts  sync.WaitGroup
	lag   *histogram
	start func(act)
}

// act is one thing somebody means to do at an instant.
type act struct {
	at  time.Time
	who *citizen
}

func newAgenda(lag *histogram, start func(act)) *agenda {
	return &agenda{wake: make(chan struct{}, 1), lag: lag, start: start}
}

// put notes an act. It may be called from anywhere.
func (a *agenda) put(x act) {
	a.mu.Lock()
	heap.Push(&a.due, x)
	first := a.due[0] == x
	a.mu.Unlock()
	if first {
		select {
		case a.wake <- struct{}{}:
		default:
		}
	}
}

// run starts acts until ctx ends, and returns when all that were started have ended.
func (a *agenda) run(ctx context.Context) {
	defer a.acts.Wait()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		timer.Reset(a.startDue())
		select {
		case <-ctx.Done():
			return
		case <-a.wake:
		case <-timer.C:
		}
	}
}

// startDue starts what is due and says how long until the next act.
func (a *agenda) startDue() time.Duration {
	for {
		a.mu.Lock()
		if len(a.due) == 0 {
			a.mu.Unlock()
			return time.Minute
		}
		until := time.Until(a.due[0].at)
		if until > 0 {
			a.mu.Unlock()
			return until
		}
		x := heap.Pop(&a.due).(act)
		a.mu.Unlock()
		a.acts.Go(func() {
			a.lag.add(time.Since(x.at)) // measured where the act begins, the scheduler's delay included
			a.start(x)
		})
	}
}

type dueHeap []act

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h dueHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *dueHeap) Push(x any)        { *h = append(*h, x.(act)) }

func (h *dueHeap) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}
