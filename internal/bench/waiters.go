package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"naru/internal/caldate"
	"naru/internal/gate"
	"naru/internal/person"
)

// waiterBound is what a waiter beyond the first 100,000 may cost, in bytes.
const waiterBound = 32

// waitSides lets people join a real store and looks at its memory.
type waitSides struct {
	town   *town
	stages []Stage
	heap   int // live bytes at the last stage
}

func openWaiters(ctx context.Context, b *bench) (sides, error) {
	t, err := b.newTown(ctx, nil)
	if err != nil {
		return nil, err
	}
	if err := t.openLobby(ctx); err != nil {
		return nil, errors.Join(err, t.close(ctx))
	}
	return &waitSides{town: t}, nil
}

// ours is the live heap for each waiter between the first tenth and all. The
// close of the lobby, the draw and the opening come after and are told beside.
func (s *waitSides) ours(ctx context.Context) (float64, error) {
	all := s.town.b.Waiters
	few := all / 10
	if err := s.stage(ctx, "a tenth has joined", few, func() error { return s.join(ctx, few) }); err != nil {
		return 0, err
	}
	before := s.heap
	if err := s.stage(ctx, "all have joined", all, func() error { return s.join(ctx, all-few) }); err != nil {
		return 0, err
	}
	each := float64(s.heap-before) / float64(all-few)
	opening := s.town.published.Campaign.OpeningAt()
	for _, step := range []struct {
		name string
		at   time.Duration
		to   gate.Phase
	}{{"lobby closed, roll made", -time.Minute, gate.Closed}, {"draw held", -time.Minute, gate.HeldDraw}, {"open", time.Second, gate.Open}} {
		s.town.clock.set(opening.Add(step.at))
		err := s.stage(ctx, step.name, all, func() error { return errors.Join(s.town.leadUntil(ctx, step.to), s.town.Lead(ctx)) })
		if err != nil {
			return 0, err
		}
	}
	return each, nil
}

func (s *waitSides) yardstick(context.Context) (float64, error) { return waiterBound, nil }

// stage does a piece of work and looks at the memory after it.
func (s *waitSides) stage(ctx context.Context, name string, waiters int, work func() error) error {
	debug.FreeOSMemory() // what is free is not this stage's
	var most atomic.Int64
	most.Store(int64(resident(os.Getpid())))
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for look := time.NewTicker(5 * time.Millisecond); ; {
			select {
			case <-stop:
				look.Stop()
				return
			case <-look.C:
				most.Store(max(most.Load(), int64(resident(os.Getpid()))))
			}
		}
	}()
	err := work()
	close(stop)
	<-stopped
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	s.heap = int(m.HeapAlloc) //nolint:gosec // less than the machine has
	s.stages = append(s.stages, Stage{name, waiters, s.heap >> 20, resident(os.Getpid()) >> 20, int(most.Load() >> 20)})
	s.town.b.say("%s: %d waiters, live heap %d bytes, resident %d MB, at most %d MB", name, waiters, s.heap, resident(os.Getpid())>>20, most.Load()>>20)
	return errors.Join(err, ctx.Err())
}

// join lets so many more people join, many at once, with the store's own loops
// at work.
func (s *waitSides) join(ctx context.Context, n int) error {
	first := s.town.people
	s.town.people += n
	var next atomic.Int64
	next.Store(int64(first))
	return s.town.atWork(ctx, func() error {
		errs := make([]error, s.town.b.Callers)
		var all sync.WaitGroup
		for i := range errs {
			all.Go(func() {
				for errs[i] == nil {
					number := int(next.Add(1)) - 1
					if number >= first+n {
						return
					}
					_, _, errs[i] = s.town.Join(ctx, s.town.id(), someone(number))
				}
			})
		}
		all.Wait()
		return errors.Join(errs...)
	})
}

func (s *waitSides) detail(r *Result) { r.Stages, r.Runs = s.stages, 1 }

func (s *waitSides) close() error { return s.town.close(context.Background()) }

// someone is the claim of a made-up person.
func someone(n int) person.Claim {
	return person.Claim{Name: "가상사람", Born: caldate.Date{}, Mobile: fmt.Sprintf("+82100%08d", n)}
}
