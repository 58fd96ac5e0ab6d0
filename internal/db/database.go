// Package db is one database behind a combiner, SQLite or PostgreSQL: acts of
// many callers are decided and written in one transaction. It promises that what
// Do acknowledged is durable, that an act which fails leaves nothing behind, and
// that an outcome it cannot know is called unknown. It knows no domain.
//
// A transaction reads the rows its acts name in bulk, lets the acts decide in
// memory in order of arrival, and writes in bulk (docs/adr/0009).
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"naru/internal/combine"
	"naru/internal/fault"
)

// Act is one caller's part of a transaction on a house of sheets. It must decide
// before it writes: a refusal is kept in the act and leaves no trace; an error
// means that the transaction cannot be trusted. It may run more than once: when
// a batch is split, or decided again because another node was first.
type Act[T any] interface{ Run(house T) error }

// Wanter is an act that can name beforehand what it will read. Wants is called
// up to three times; from the second on, what was named before can be peeked at.
type Wanter[T any] interface{ Wants(house T) }

// Filed is an act that knows its bucket beforehand: acts of one bucket are taken
// in the order in which they came, those of others may be written beside them.
type Filed interface{ Bucket() int16 }

// Beginner is a house that keeps something for one transaction: Begin forgets it.
type Beginner interface{ Begin() }

// Options say what a database is.
type Options struct {
	Name       string // "gate": the file's name, the schema's name, the folder of migrations
	Dir        string // of the SQLite file
	URL        string // of PostgreSQL; "": SQLite
	Migrations fs.FS  // folders sqlite/NAME and postgres/NAME
	Now        func() time.Time
	Watch      func() time.Duration // a steady stopwatch, by which waits are told; nil: only the queue's depth refuses
	Fatal      func(error)          // the disk can no longer be trusted; must end the process
	Readers    int                  // connections for reading
	Viewers    int                  // queues of View, each with a connection of its own
	Writers    int                  // queues of Do on PostgreSQL, each with a connection of its own and its share of the buckets; SQLite has one
	Guard      *Guard               // PostgreSQL: refuses older primaries; shared by the databases of a process
	Combine    combine.Options
	// CloseWithin is how long Close waits for what was taken; default 10 s, which is longer
	// than any wait for a database that has gone.
	CloseWithin time.Duration
}

// engine is one kind of database.
type engine interface {
	begin(ctx context.Context, writer int) (work, error) // writers from 0 to writers()-1
	writers() int
	look(ctx context.Context, viewer int) (work, error) // for reading only; viewers from 0 to Options.Viewers-1
	alone() bool                                        // nobody else writes: what was read stays true after the transaction
	prefetches() bool                                   // reading in bulk is worth while
	read(ctx context.Context, query string, args []any, each func(scan func(...any) error) error) error
	checkpoint(ctx context.Context) error
	close() error
}

// Database is open and takes acts. Safe for concurrent use.
type Database[T any] struct {
	opts   Options
	engine engine
	house  func(*Tx) T
	kept   *house[T] // of the last transaction, when nobody else writes; the one queue's goroutine only
	queues []*combine.Queue[Act[T]]
	views  []*combine.Queue[Act[T]]
	turn   atomic.Uint64  // whose turn it is among the views
	wrote  []atomic.Int64 // by writer: the stopwatch when a batch that wrote last became durable

	// Before is set by tests alone, before the first act: an error from it stops
	// the caller right there, as a crash would.
	Before func(Act[T]) error
}

// Open opens a database, brings its schema up to date, and starts its queues.
// house makes the sheets of a transaction.
func Open[T any](ctx context.Context, o Options, house func(*Tx) T) (*Database[T], error) {
	var e engine
	var err error
	if o.URL == "" {
		e, err = openSQLite(ctx, o)
	} else {
		e, err = openPostgres(ctx, o)
	}
	if err != nil {
		return nil, err
	}
	if o.CloseWithin <= 0 {
		o.CloseWithin = 10 * time.Second
	}
	d := &Database[T]{opts: o, engine: e, house: house}
	o.Combine.Poison = isPoison
	if o.Watch != nil {
		o.Combine.Now = func() time.Time { return time.Time{}.Add(o.Watch()) }
	}
	d.wrote = make([]atomic.Int64, e.writers())
	for writer := range e.writers() {
		d.queues = append(d.queues, combine.New(o.Combine, func(ctx context.Context, batch []Act[T]) error {
			return d.write(ctx, writer, batch)
		}))
	}
	for viewer := range max(1, o.Viewers) {
		d.views = append(d.views, combine.New(o.Combine, func(ctx context.Context, batch []Act[T]) error {
			return d.view(ctx, viewer, batch)
		}))
	}
	return d, nil
}

// maxDecision is how old the now of a batch may be when it is committed: a node that
// stood still must not write what was true before. Rules may rely on it.
const maxDecision = 2 * time.Second

// maxRaces is how often a batch is decided again before it is given up.
const maxRaces = 8

// write decides and writes a batch.
func (d *Database[T]) write(ctx context.Context, writer int, batch []Act[T]) error {
	var err error
	for range maxRaces {
		if err = d.try(ctx, writer, batch); !errors.Is(err, errRaced) {
			return err
		}
	}
	if len(batch) > 1 {
		return err // split: the ones that do not race are written
	}
	return fault.Wrap(fault.Unavailable, "store.busy", err)
}

func (d *Database[T]) try(ctx context.Context, writer int, batch []Act[T]) error {
	w, err := d.engine.begin(ctx, writer)
	if err != nil {
		return err
	}
	defer w.finish()
	began := d.watch()
	h := d.enter(ctx, w)
	decided := false
	defer func() {
		if !decided { // it panics: combine answers everybody, the next batch must find a clean connection
			w.rollback()
		}
	}()
	err = d.runAll(h, batch)
	if err == nil {
		err = h.tx.flush()
	}
	decided = true
	if err == nil && d.watch()-began > maxDecision {
		err = fmt.Errorf("%w: the batch took longer than its now may be old", errRaced)
	}
	if err != nil {
		w.rollback()
		return err
	}
	if err := w.commit(ctx); err != nil {
		return err
	}
	if d.opts.Watch != nil && w.durable() {
		d.wrote[writer].Store(int64(d.opts.Watch()))
	}
	if d.engine.alone() {
		d.kept = h
	}
	return nil
}

// house is a house of sheets and its transaction.
type house[T any] struct {
	tx *Tx
	of T
}

// enter makes the house for a transaction, or takes the last one's with what it
// has read: until this one is committed it belongs to nobody.
func (d *Database[T]) enter(ctx context.Context, w work) *house[T] {
	var h *house[T]
	alone := d.engine.alone()
	if alone {
		h, d.kept = d.kept, nil
	}
	if h == nil {
		h = &house[T]{tx: &Tx{alone: alone}}
		h.of = d.house(h.tx)
	}
	h.tx.begin(ctx, w, d.opts.Now().UTC().Truncate(time.Second))
	if b, ok := any(h.of).(Beginner); ok {
		b.Begin()
	}
	return h
}

// view runs acts that only read.
func (d *Database[T]) view(ctx context.Context, viewer int, batch []Act[T]) error {
	w, err := d.engine.look(ctx, viewer)
	if err != nil {
		return err
	}
	defer w.finish()
	h := &house[T]{tx: &Tx{view: true}}
	h.of = d.house(h.tx)
	h.tx.begin(ctx, w, d.opts.Now().UTC().Truncate(time.Second))
	return d.runAll(h, batch)
}

func (d *Database[T]) runAll(h *house[T], batch []Act[T]) error {
	if d.engine.prefetches() {
		if err := fetch(h.tx, h.of, batch); err != nil {
			return err
		}
	}
	for _, a := range batch {
		h.tx.bucket, h.tx.wide = NoBucket, false
		if err := a.Run(h.of); err != nil {
			return err
		}
	}
	return nil
}

// errAway marks faults that are everybody's, not one request's.
var errAway = errors.New("store is away")

func isPoison(err error) bool {
	return !errors.Is(err, errAway) && fault.CodeOf(err) != fault.UnknownOutcome
}

// away is a batch that was not written because the database could not be used.
func away(what string, err error) error {
	return fault.Wrap(fault.Unavailable, "store.unavailable", fmt.Errorf("%w: %s: %w", errAway, what, err))
}

// unknown is a batch of which nobody can say whether it was written.
func unknown(err error) error {
	return fault.Wrap(fault.UnknownOutcome, "store.unknown_outcome", err)
}

// Do runs an act through the combiner. nil says that it is durable; an error of
// code Unavailable that nothing was written; one of code UnknownOutcome that it
// may have been: repeat it with the same key.
func (d *Database[T]) Do(ctx context.Context, a Act[T]) error {
	if d.Before != nil {
		if err := d.Before(a); err != nil {
			return err
		}
	}
	queue := d.queues[0]
	if f, ok := a.(Filed); ok {
		queue = d.queues[int(f.Bucket())%len(d.queues)]
	}
	return answer(queue.Do(ctx, a))
}

// answer turns the queue's words into faults.
func answer(err error) error {
	var full *combine.FullError
	var thrown *combine.PanicError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &full):
		wait := int(full.RetryAfter / time.Second)
		return fault.Wrap(fault.Unavailable, "store.busy", err).With("Seconds", wait+rand.IntN(wait+1)) // apart, so that they do not all come back at once
	case errors.Is(err, combine.ErrNotTaken), errors.Is(err, combine.ErrClosed):
		return fault.Wrap(fault.Unavailable, "store.unavailable", err)
	case errors.Is(err, combine.ErrAbandoned):
		return unknown(err)
	case errors.As(err, &thrown):
		return unknown(fmt.Errorf("%w\n%s", err, thrown.Stack))
	}
	return err
}

// WroteWithin says that every writer made something durable within the span;
// without a stopwatch nobody can tell.
func (d *Database[T]) WroteWithin(span time.Duration) bool {
	for i := range d.wrote {
		at := d.wrote[i].Load()
		if d.opts.Watch == nil || at <= 0 || d.opts.Watch()-time.Duration(at) >= span {
			return false
		}
	}
	return true
}

// Writers is how many queues of Do there are; an act's bucket says which is its.
func (d *Database[T]) Writers() int { return len(d.queues) }

func (d *Database[T]) watch() time.Duration {
	if d.opts.Watch == nil {
		return 0
	}
	return d.opts.Watch()
}

// View runs an act that only reads, together with others that come at the same
// time: what it reads is committed. It locks nothing and waits for no writer.
func (d *Database[T]) View(ctx context.Context, a Act[T]) error {
	return answer(d.views[d.turn.Add(1)%uint64(len(d.views))].Do(ctx, a))
}

// Read reads outside any transaction of acts; what is read is committed.
func (d *Database[T]) Read(ctx context.Context, query string, args []any, each func(scan func(...any) error) error) error {
	return d.engine.read(ctx, query, args, each)
}

// ReadRow is Read for one row; sql.ErrNoRows says that there is none.
func (d *Database[T]) ReadRow(ctx context.Context, query string, args []any, into ...any) error {
	found := false
	err := d.engine.read(ctx, query, args, func(scan func(...any) error) error {
		found = true
		return scan(into...)
	})
	if err == nil && !found {
		return sql.ErrNoRows
	}
	return err
}

// Checkpoint moves what is committed from SQLite's log into its file.
func (d *Database[T]) Checkpoint(ctx context.Context) error { return d.engine.checkpoint(ctx) }

// Close finishes what was taken and closes the connections. All queues end together: it
// waits for what was taken no longer than CloseWithin.
func (d *Database[T]) Close() error {
	all := slices.Concat(d.queues, d.views)
	errs := make([]error, len(all))
	var ends sync.WaitGroup
	for i, q := range all {
		ends.Go(func() { errs[i] = q.Close(d.opts.CloseWithin) })
	}
	ends.Wait()
	return errors.Join(append(errs, d.engine.close())...)
}
