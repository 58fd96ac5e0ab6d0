// Package combine is group commit: many callers, one transaction.
//
// Requests that arrive while a batch is being written form the next batch, so
// the batch grows with the load and an idle system answers at once. It promises
// arrival order, a bounded queue with early refusal, and that one poisoned
// request fails alone: a batch that fails is split in halves until the guilty
// one is found. It knows no domain and no database. See docs/adr/0003.
package combine

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Errors of Do. Anything else is what the run function said of this request.
var (
	// ErrFull says the queue is at its bound: nothing was taken, repeat later.
	ErrFull = errors.New("combine: queue is full")
	// ErrClosed says the queue no longer takes requests: nothing was taken.
	ErrClosed = errors.New("combine: queue is closed")
	// ErrAbandoned says the caller left before the answer: it may still happen.
	ErrAbandoned = errors.New("combine: caller left, outcome unknown")
)

// Options bound a queue. Zero values take the defaults.
type Options struct {
	Depth    int              // requests that may wait; default 8192
	MaxBatch int              // requests in one transaction; default 512
	Poison   func(error) bool // is this error one request's fault (split) or everybody's (fail all)? default: split
}

// Queue combines requests of type T into batches for run.
type Queue[T any] struct {
	opts   Options
	run    func(context.Context, []T) error
	mu     sync.Mutex // guards closed against sends on a closed channel
	closed bool
	in     chan entry[T]
	done   chan struct{}
}

type entry[T any] struct {
	item   T
	answer chan error
}

// New starts a queue whose batches are written by run. run is called from one
// goroutine only; it must make all of the batch durable before it returns nil,
// and leave nothing of it behind when it returns an error.
func New[T any](opts Options, run func(context.Context, []T) error) *Queue[T] {
	if opts.Depth <= 0 {
		opts.Depth = 8192
	}
	if opts.MaxBatch <= 0 {
		opts.MaxBatch = 512
	}
	if opts.Poison == nil {
		opts.Poison = func(error) bool { return true }
	}
	q := &Queue[T]{opts: opts, run: run, in: make(chan entry[T], opts.Depth), done: make(chan struct{})}
	go q.loop()
	return q
}

// Do hands item over and returns when it is durable (nil), when it failed, or
// when ctx ended. After ErrAbandoned the item must not be read: it may still
// be written. Safe for any number of callers.
func (q *Queue[T]) Do(ctx context.Context, item T) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	e := entry[T]{item: item, answer: make(chan error, 1)}
	if err := q.push(e); err != nil {
		return err
	}
	select {
	case err := <-e.answer:
		return err
	case <-ctx.Done():
		return ErrAbandoned
	}
}

func (q *Queue[T]) push(e entry[T]) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return ErrClosed
	}
	select {
	case q.in <- e:
		return nil
	default:
		return ErrFull
	}
}

// Waiting is the number of requests not yet in a batch.
func (q *Queue[T]) Waiting() int { return len(q.in) }

// Close refuses new requests, finishes those that were taken, and returns when
// the last one is answered or the time-out ends.
func (q *Queue[T]) Close(timeout time.Duration) error {
	q.mu.Lock()
	if !q.closed {
		q.closed = true
		close(q.in)
	}
	q.mu.Unlock()
	select {
	case <-q.done:
		return nil
	case <-time.After(timeout):
		return errors.New("combine: closing took too long")
	}
}

func (q *Queue[T]) loop() {
	defer close(q.done)
	batch := make([]entry[T], 0, q.opts.MaxBatch)
	for first := range q.in {
		batch = q.collect(append(batch[:0], first))
		q.settle(batch)
	}
}

// collect takes what is already waiting, never waits for more: while this batch
// is written the next one forms, so waiting would only add latency.
func (q *Queue[T]) collect(batch []entry[T]) []entry[T] {
	for len(batch) < q.opts.MaxBatch {
		select {
		case e, ok := <-q.in:
			if !ok {
				return batch
			}
			batch = append(batch, e)
		default:
			return batch
		}
	}
	return batch
}

// settle writes a batch and answers everyone in it; on a poison it splits.
// COMMIT is never cancelled, so the context is the queue's own.
func (q *Queue[T]) settle(batch []entry[T]) {
	items := make([]T, len(batch))
	for i, e := range batch {
		items[i] = e.item
	}
	err := q.run(context.Background(), items)
	if err != nil && len(batch) > 1 && q.opts.Poison(err) {
		half := len(batch) / 2
		q.settle(batch[:half])
		q.settle(batch[half:])
		return
	}
	for _, e := range batch {
		e.answer <- err
	}
}
