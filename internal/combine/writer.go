package combine

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"time"
)

// PanicError is the answer to everyone in a batch whose run panicked. That is a
// mistake in run, so nobody can say whether the batch was written: the outcome
// is unknown, the batch is not tried again, and the queue goes on with the next.
type PanicError struct {
	Value any    // what was thrown
	Stack []byte // where, for the log
}

// Error names what was thrown.
func (e *PanicError) Error() string {
	return fmt.Sprintf("combine: the batch panicked, outcome unknown: %v", e.Value)
}

func (q *Queue[T]) loop() {
	defer close(q.done)
	for batch := q.next(); batch != nil; batch = q.next() {
		q.settle(batch, true)
		if q.rest() < max(1, len(batch)/few) {
			// Those who were just answered often have a next request. Letting them
			// speak first costs microseconds; without it a batch of one goes ahead
			// of all of them, and every second transaction is nearly empty. Where
			// enough are waiting already it would only keep the writer idle.
			runtime.Gosched()
		}
	}
}

// few is the part of the last batch that is worth a batch of its own.
const few = 4

// rest tells how many wait already.
func (q *Queue[T]) rest() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.line.length
}

// ended notes that what was taken is written, before anybody is answered: whoever
// asks again at once must not be told that the batch is still under way.
func (q *Queue[T]) ended() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.pace.end(q.opts.Now())
}

// next waits for a batch; nil when the queue is closed and the line empty.
func (q *Queue[T]) next() []*entry[T] {
	aged := false
	for {
		batch, patience, ended := q.take(aged)
		if batch != nil || ended {
			return batch
		}
		aged = q.pause(patience)
	}
}

// take closes a batch and takes it if it is time: the line has MaxBatch, its
// first is MaxAge old (or aged, by the timer), or the queue closes. Else it
// says how long the first may still wait, or 0 when there is none.
func (q *Queue[T]) take(aged bool) (batch []*entry[T], patience time.Duration, ended bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.line.length == 0 {
		return nil, 0, q.closed
	}
	now := q.opts.Now()
	patience = q.opts.MaxAge - max(now.Sub(q.line.first.arrived), 0)
	if patience > 0 && !aged && !q.closed && q.line.length < q.opts.MaxBatch {
		return nil, patience, false
	}
	q.pace.begin(now)
	return q.line.take(q.opts.MaxBatch), 0, false
}

// pause waits for a signal or, when there is a first who waits, for their time
// to be up; it tells whether it is.
func (q *Queue[T]) pause(patience time.Duration) (aged bool) {
	var up <-chan time.Time
	if patience > 0 {
		timer := time.NewTimer(patience)
		defer timer.Stop()
		up = timer.C
	}
	select {
	case <-q.wake:
		return false
	case <-up:
		return true
	}
}

// settle writes a batch and answers everyone in it; on a poison it splits.
// The halves keep the order of arrival; last says that nothing comes after it.
func (q *Queue[T]) settle(batch []*entry[T], last bool) {
	items := make([]T, len(batch))
	for i, e := range batch {
		items[i] = e.item
	}
	err := q.write(items)
	if err != nil && len(batch) > 1 && q.splits(err) {
		half := len(batch) / 2
		q.settle(batch[:half], false)
		q.settle(batch[half:], last)
		return
	}
	if last {
		q.ended()
	}
	for _, e := range batch {
		e.answer <- err
	}
}

// splits tells whether the halves of a failed batch may be tried: not after a
// panic, which may have written something.
func (q *Queue[T]) splits(err error) bool {
	var thrown *PanicError
	return !errors.As(err, &thrown) && q.opts.Poison(err)
}

// write runs a batch. COMMIT is never cancelled, so the context is the queue's
// own and not a caller's.
func (q *Queue[T]) write(items []T) (err error) {
	defer func() {
		if thrown := recover(); thrown != nil {
			err = &PanicError{Value: thrown, Stack: debug.Stack()}
		}
	}()
	return q.run(context.Background(), items)
}
