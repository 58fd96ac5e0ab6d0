package combine

import (
	"fmt"
	"time"
)

// FullError is a refusal of a full or slow line; errors.Is finds ErrFull in it.
type FullError struct {
	// RetryAfter is when those who wait now should be done: whole seconds, from 1
	// to 60. Whoever tells it to many callers spreads them (jitter); this does not.
	RetryAfter time.Duration
}

// Error says when to come again.
func (e *FullError) Error() string {
	return fmt.Sprintf("combine: queue is full, repeat after %v", e.RetryAfter)
}

// Unwrap gives ErrFull.
func (e *FullError) Unwrap() error { return ErrFull }

// longest is the longest wait that is ever told, and the most that one stalled
// batch may teach: an hour's standstill must not refuse people for an hour after.
const longest = time.Minute

// pace is how fast batches go, from which a newcomer's wait is guessed. It
// counts in batches, not in requests, because a small batch takes nearly as long
// as a large one: a quiet hour would make each request look dear and refuse
// the first of a rush. So the guess errs towards taking, and Depth is the bound.
type pace struct {
	batch   time.Duration // what a batch takes: moving average, each new one a quarter
	started time.Time
	writing bool
}

// begin is told when the writer takes a batch.
func (p *pace) begin(now time.Time) { p.started, p.writing = now, true }

// end is told when all of the batch, halves included, is written.
func (p *pace) end(now time.Time) {
	took := min(max(now.Sub(p.started), 0), longest)
	if p.batch == 0 {
		p.batch = took
	}
	p.batch += (took - p.batch) / 4
	p.writing = false
}

// wait guesses how long it is until the batch begins that has so many full
// batches before it. With an idle writer and none ahead it is nothing, so that
// somebody is always taken and the guess mends itself. A batch that is overdue
// is expected to need as long again as it is overdue.
func (p *pace) wait(now time.Time, ahead int) time.Duration {
	wait := time.Duration(ahead) * p.batch
	if p.writing {
		wait += (p.batch - now.Sub(p.started)).Abs()
	}
	return wait
}

// retryAfter is the wait in whole seconds, rounded up, from 1 to 60.
func retryAfter(wait time.Duration) time.Duration {
	return min(max((wait+time.Second-1).Truncate(time.Second), time.Second), longest)
}
