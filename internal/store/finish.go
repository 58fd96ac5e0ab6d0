package store

import (
	"context"
	"sync"
	"time"

	"naru/internal/fault"
	"naru/internal/gate"
)

// finished are sessions whose holders have booked and whose seats are still to be
// given back. Nobody who has booked waits for that: it is another database, and a
// seat that is lost with a crash ends with its session. Safe for concurrent use.
type finished struct {
	mu      sync.Mutex
	waiting []gate.Session
	tickets map[gate.TicketID]int // of those that are not done
	moved   chan struct{}         // closed and made anew when anything changes
	closed  bool
	ended   chan struct{}   // the goroutine has ended
	ctx     context.Context //nolint:containedctx // ends the goroutine's acts when the store closes
	cancel  context.CancelFunc
}

// Bounds of giving seats back.
const (
	finishedAtOnce = 256
	finishAgain    = 500 * time.Millisecond // after a store that was away or busy
	seatsWithin    = 200 * time.Millisecond // the leader waits no longer before it serves
	ownSeatWithin  = time.Second            // nor who comes again right after the booking
	finishOnClose  = 2 * time.Second
)

func newFinished() *finished {
	f := &finished{tickets: map[gate.TicketID]int{}, moved: make(chan struct{}), ended: make(chan struct{})}
	f.ctx, f.cancel = context.WithCancel(context.Background())
	return f
}

// change makes a change and tells everybody who waits.
func (f *finished) change(what func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	what()
	close(f.moved)
	f.moved = make(chan struct{})
}

// until waits until so, at most for limit; so is called with the lock.
func (f *finished) until(ctx context.Context, limit time.Duration, so func() bool) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		f.mu.Lock()
		done, moved := so(), f.moved
		f.mu.Unlock()
		if done {
			return
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return
		}
	}
}

// wait waits until nothing is to be done.
func (f *finished) wait(ctx context.Context, limit time.Duration) {
	f.until(ctx, limit, func() bool { return len(f.tickets) == 0 })
}

// waitFor waits until the ticket's seat was given back.
func (f *finished) waitFor(ctx context.Context, id gate.TicketID) {
	f.until(ctx, ownSeatWithin, func() bool { return f.tickets[id] == 0 })
}

// finishAtGate frees the seat of somebody who has booked, soon.
func (s *Store) finishAtGate(ses gate.Session) {
	f := s.finished
	f.change(func() {
		if !f.closed {
			f.waiting = append(f.waiting, ses)
			f.tickets[ses.Ticket]++
		}
	})
}

// finish gives seats back until the store closes, what waits then included.
func (s *Store) finish() {
	f := s.finished
	defer close(f.ended)
	for {
		batch := f.take()
		if len(batch) == 0 {
			return
		}
		again := s.endSeats(f.ctx, batch)
		f.change(func() { f.note(batch, again) })
		if len(again) > 0 {
			select {
			case <-time.After(finishAgain):
			case <-f.ctx.Done():
			}
		}
	}
}

// take waits for some that are to be done; none when closed and none is left.
func (f *finished) take() []gate.Session {
	for {
		f.mu.Lock()
		n := min(len(f.waiting), finishedAtOnce)
		batch, closed, moved := f.waiting[:n:n], f.closed, f.moved
		f.waiting = f.waiting[n:]
		f.mu.Unlock()
		if n > 0 || closed {
			return batch
		}
		<-moved
	}
}

// note takes a batch off the list, but for those that are to be tried again; once
// closed nothing is.
func (f *finished) note(batch, again []gate.Session) {
	for _, ses := range batch {
		if f.tickets[ses.Ticket]--; f.tickets[ses.Ticket] <= 0 {
			delete(f.tickets, ses.Ticket)
		}
	}
	if f.closed {
		return
	}
	f.waiting = append(f.waiting, again...)
	for _, ses := range again {
		f.tickets[ses.Ticket]++
	}
}

// close ends the goroutine, after what is still to be done or after a while.
func (f *finished) close() {
	f.change(func() { f.closed = true })
	late := time.AfterFunc(finishOnClose, f.cancel)
	<-f.ended
	late.Stop()
	f.cancel()
}

// endSeats gives seats back, each by an act of its own, and returns those that are
// to be tried again: the store was away, and the session has not ended yet.
func (s *Store) endSeats(ctx context.Context, batch []gate.Session) (again []gate.Session) {
	errs := make([]error, len(batch))
	var wg sync.WaitGroup
	for i, ses := range batch {
		wg.Go(func() { errs[i] = s.atGate(ctx, endSeatAct{ses, admissionDone}) })
	}
	wg.Wait()
	for i, err := range errs {
		switch fault.CodeOf(err) {
		case "":
		case fault.Unavailable, fault.UnknownOutcome:
			if s.now().Before(batch[i].Expires) {
				again = append(again, batch[i])
			}
		default:
			s.opts.Log.Error("the seat of a finished session is left to end by itself", "error", err)
		}
	}
	return again
}
