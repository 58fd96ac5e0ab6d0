package store

import (
	"context"
	"sync"

	"naru/internal/gate"
)

// finished are sessions whose holders have booked and whose seats are still to be
// given back. Nobody who has booked waits for that: it is another database, and a
// seat that is lost with a crash ends by itself. Safe for concurrent use.
type finished struct {
	mu      sync.Mutex
	moved   sync.Cond // done grew, or there is something to do
	waiting []gate.Session
	tickets map[gate.TicketID]bool // of those that are not done
	added   int                    // ever
	done    int                    // ever
	closed  bool
	ended   chan struct{} // the goroutine has ended
}

// finishedAtOnce is how many seats one transaction gives back.
const finishedAtOnce = 256

func newFinished() *finished {
	f := &finished{tickets: map[gate.TicketID]bool{}, ended: make(chan struct{})}
	f.moved.L = &f.mu
	return f
}

// finishAtGate frees the seat of somebody who has booked, soon.
func (s *Store) finishAtGate(ses gate.Session) {
	f := s.finished
	f.mu.Lock()
	defer f.mu.Unlock()
	f.waiting = append(f.waiting, ses)
	f.tickets[ses.Ticket] = true
	f.added++
	f.moved.Broadcast()
}

// finish gives seats back until the store closes, what waits then included.
func (s *Store) finish() {
	defer close(s.finished.ended)
	for batch := s.finished.take(); batch != nil; batch = s.finished.take() {
		err := s.atGate(context.Background(), endSeatsAct(batch))
		if err != nil {
			s.opts.Log.Warn("the seats of finished sessions are left to end by themselves", "seats", len(batch), "error", err)
		}
		s.finished.note(batch)
	}
}

// take waits for some that are to be done; nil when closed and none is left.
func (f *finished) take() []gate.Session {
	f.mu.Lock()
	defer f.mu.Unlock()
	for len(f.waiting) == 0 {
		if f.closed {
			return nil
		}
		f.moved.Wait()
	}
	n := min(len(f.waiting), finishedAtOnce)
	batch := f.waiting[:n:n]
	f.waiting = f.waiting[n:]
	return batch
}

func (f *finished) note(batch []gate.Session) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, ses := range batch {
		delete(f.tickets, ses.Ticket)
	}
	f.done += len(batch)
	f.moved.Broadcast()
}

// wait returns when those that were added before are done.
func (f *finished) wait() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for until := f.added; f.done < until; {
		f.moved.Wait()
	}
}

// waitFor is wait if the ticket is among them: who comes again right after the
// booking is told so.
func (f *finished) waitFor(id gate.TicketID) {
	f.mu.Lock()
	mine := f.tickets[id]
	f.mu.Unlock()
	if mine {
		f.wait()
	}
}

func (f *finished) close() {
	f.mu.Lock()
	f.closed = true
	f.moved.Broadcast()
	f.mu.Unlock()
	<-f.ended
}

// endSeatsAct ends the sessions of tickets whose holders have booked. It is no hot
// act: it writes to many buckets.
type endSeatsAct []gate.Session

// Wants names what the act reads.
func (a endSeatsAct) Wants(h *gateHouse) {
	for _, ses := range a {
		h.admissions.Want(keyOf(ses.Campaign, ses.Ticket))
	}
}

// Run changes the states alone; the seats are counted free at the leader's next step.
func (a endSeatsAct) Run(h *gateHouse) error {
	h.Everywhere()
	for _, ses := range a {
		if err := (endSeatAct{ses, admissionDone}).Run(h); err != nil {
			return err
		}
	}
	return nil
}
