// Package combine is group commit: many callers, one transaction.
//
// Requests that arrive while a batch is being written form the next batch, so
// the batch grows with the load and an idle system answers at once. It promises:
//
//   - arrival order, inside a batch and from batch to batch, written by one
//     goroutine;
//   - an answer of nil only after run made the batch durable;
//   - a bounded line, and an early refusal that says when to come again;
//   - that what is refused, or taken back by its caller in time, is never written;
//   - that a poisoned request fails alone: a batch that fails is split in halves
//     until the guilty one is found;
//   - that nobody hangs, even when run panics.
//
// It never cancels a write that began, never repeats one that succeeded, and
// knows no domain and no database. See docs/adr/0003, docs/adr/0011 and, for the
// numbers, docs/results/combine.md.
package combine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Errors of Do. Anything else is what run said of this request, or a *PanicError.
var (
	// ErrFull says the line is full or too slow: nothing was taken and nothing
	// will be written. It comes as a *FullError, which says when to repeat.
	ErrFull = errors.New("combine: queue is full")
	// ErrClosed says the queue takes no more requests: nothing will be written.
	ErrClosed = errors.New("combine: queue is closed")
	// ErrNotTaken says the caller left while the request stood in the line: it
	// will not be written. The error also wraps the reason of the context.
	ErrNotTaken = errors.New("combine: caller left before it was taken")
	// ErrAbandoned says the caller left after the request was taken and before
	// the answer: it may have been written, or may be yet.
	ErrAbandoned = errors.New("combine: caller left, outcome unknown")
)

// Options bound a queue. Zero values take the defaults, which were chosen by
// measurement (docs/results/combine.md).
type Options struct {
	Depth    int           // requests that may wait; default 8192
	MaxBatch int           // requests in one transaction; default 2048
	MaxAge   time.Duration // how old the first request may grow while an idle writer waits for company; default 0: it never waits
	MaxWait  time.Duration // who would wait longer than this for their batch to begin is refused; default 5 s; negative: only Depth refuses

	// Now tells the time by which requests age and batches are measured; it
	// should be a steady clock, not the clock of the business. Without it no wait
	// can be told: only Depth refuses, and MaxAge counts from when the writer is free.
	Now func() time.Time
	// Poison tells whether an error of run may be one request's fault (split the
	// batch) or is everybody's (fail all at once); default: always split.
	Poison func(error) bool
}

// Queue combines requests of type T into batches for run.
type Queue[T any] struct {
	opts Options
	run  func(context.Context, []T) error
	wake chan struct{} // one place: the writer has something new to look at
	done chan struct{} // closed when the writer has ended

	mu     sync.Mutex // guards what follows, and every entry's place in the line
	line   line[T]
	pace   pace
	closed bool
}

// New starts a queue whose batches are written by run. run is called from one
// goroutine only; it must make all of the batch durable before it returns nil,
// and leave nothing of it behind when it returns an error. It is never cancelled
// and must return; should it panic, it is called again with the next batch.
func New[T any](opts Options, run func(context.Context, []T) error) *Queue[T] {
	q := &Queue[T]{opts: opts.filled(), run: run, wake: make(chan struct{}, 1), done: make(chan struct{})}
	go q.loop()
	return q
}

func (o Options) filled() Options {
	if o.Depth <= 0 {
		o.Depth = 8192
	}
	if o.MaxBatch <= 0 {
		o.MaxBatch = 2048
	}
	o.MaxBatch = min(o.MaxBatch, o.Depth) // else a batch could never be closed by its size
	if o.MaxWait == 0 {
		o.MaxWait = 5 * time.Second
	}
	if o.Now == nil {
		o.Now = func() time.Time { return time.Time{} }
	}
	if o.Poison == nil {
		o.Poison = func(error) bool { return true }
	}
	return o
}

// Do hands item over and returns when it is durable (nil), when it failed, when
// it was refused, or when ctx ended. A caller whose ctx ends gets one of three:
// the answer, if there is one already; ErrNotTaken, if the item still stood in
// the line (it is taken out and will not be written); or ErrAbandoned. After
// ErrAbandoned the item must not be read: it may still be being written. Safe
// for any number of callers.
func (q *Queue[T]) Do(ctx context.Context, item T) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%w: %w", ErrNotTaken, err)
	}
	e := &entry[T]{item: item, answer: make(chan error, 1)}
	if err := q.push(e); err != nil {
		return err
	}
	select {
	case err := <-e.answer:
		return err
	case <-ctx.Done():
		return q.leave(e, ctx.Err())
	}
}

// Waiting is the number of requests not yet in a batch.
func (q *Queue[T]) Waiting() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.line.length
}

// Close refuses new requests, finishes those that were taken, and returns when
// the last one is answered or the time-out ends. It may be called again.
func (q *Queue[T]) Close(timeout time.Duration) error {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.signal()
	late := time.NewTimer(timeout)
	defer late.Stop()
	select {
	case <-q.done:
		return nil
	case <-late.C:
		return errors.New("combine: closing took too long")
	}
}

// push puts e at the end of the line, or says why not.
func (q *Queue[T]) push(e *entry[T]) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return ErrClosed
	}
	e.arrived = q.opts.Now()
	wait := q.pace.wait(e.arrived, q.line.length/q.opts.MaxBatch)
	if q.line.length >= q.opts.Depth || q.opts.MaxWait > 0 && wait > q.opts.MaxWait {
		return &FullError{RetryAfter: retryAfter(wait)}
	}
	q.line.join(e)
	if q.line.length == 1 || q.line.length == q.opts.MaxBatch {
		q.signal() // the two moments at which an idle writer has to decide anew
	}
	return nil
}

// leave takes e out of the line if it still stands there. The lock decides
// between the caller and the writer, so exactly one of them has it.
func (q *Queue[T]) leave(e *entry[T], why error) error {
	q.mu.Lock()
	stood := e.waiting
	if stood {
		q.line.leave(e)
	}
	q.mu.Unlock()
	if stood {
		return fmt.Errorf("%w: %w", ErrNotTaken, why)
	}
	select {
	case err := <-e.answer:
		return err
	default:
		return ErrAbandoned
	}
}

// signal makes the writer look at the line; one signal stands for many.
func (q *Queue[T]) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}
