package db

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Tx is the transaction a batch runs in.
type Tx struct {
	Now time.Time // one now for the whole batch, UTC, whole seconds

	ctx    context.Context //nolint:containedctx // lives as long as the transaction
	work   work
	sheets []sheet
	bucket int16 // of the act that runs, NoBucket until it touches a row
	wide   bool  // the act that runs may touch many
	view   bool  // it only reads: what it reads may be in several buckets
	alone  bool  // nobody else writes to the database
}

// work is one open transaction of an engine.
type work interface {
	load(ctx context.Context, sheets []sheet) error
	save(ctx context.Context, sheets []sheet) error
	exec(ctx context.Context, query string, args ...any) (int64, error)
	query(ctx context.Context, query string, args []any, each func(scan func(...any) error) error) error
	share(ctx context.Context, lock string, alone bool) error
	commit(ctx context.Context) error
	durable() bool // after commit: something was written
	rollback()
	finish() // always the last call
}

func (t *Tx) begin(ctx context.Context, w work, now time.Time) {
	t.ctx, t.work, t.Now, t.bucket = ctx, w, now, NoBucket
	for _, s := range t.sheets {
		s.age()
	}
}

// enter keeps an act within one bucket (DESIGN §3): what it decides can be
// decided wherever the bucket lives.
func (t *Tx) enter(bucket int16) error {
	if bucket == NoBucket || bucket == t.bucket || t.view || t.wide {
		return nil
	}
	if t.bucket != NoBucket {
		return fmt.Errorf("an act of bucket %d reaches into bucket %d", t.bucket, bucket)
	}
	t.bucket = bucket
	return nil
}

// Everywhere lets the act that runs touch rows of many buckets. It is for acts
// that keep house, not for those that people wait for.
func (t *Tx) Everywhere() { t.wide = true }

// Exec runs a statement that no sheet covers and returns how many rows it
// changed. What the acts before wrote goes first; what was read of the tables
// that the statement names is forgotten.
func (t *Tx) Exec(query string, args ...any) (int64, error) {
	if err := t.flush(); err != nil {
		return 0, err
	}
	n, err := t.work.exec(t.ctx, query, args...)
	words := strings.FieldsFunc(query, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') })
	for _, s := range t.sheets {
		if slices.Contains(words, s.table().Name) {
			s.drop()
		}
	}
	return n, err
}

// Query reads what no sheet covers; it sees what the acts before wrote.
func (t *Tx) Query(query string, args []any, each func(scan func(...any) error) error) error {
	if err := t.flush(); err != nil {
		return err
	}
	return t.work.query(t.ctx, query, args, each)
}

// Row is Query for one row; found is false when there is none.
func (t *Tx) Row(query string, args []any, into ...any) (found bool, err error) {
	err = t.Query(query, args, func(scan func(...any) error) error {
		found = true
		return scan(into...)
	})
	return found, err
}

// Share takes a named lock until the end of the transaction: many nodes may
// hold it at once, or one alone. Waiting is fair, so a stream of sharers does
// not starve the one. SQLite has one writer and needs none.
func (t *Tx) Share(lock string, alone bool) error { return t.work.share(t.ctx, lock, alone) }

// flush writes what is changed so far.
func (t *Tx) flush() error {
	if err := t.work.save(t.ctx, t.sheets); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	for _, s := range t.sheets {
		s.written(t.alone)
	}
	return nil
}

// fetch reads what the acts name, in bulk: first what they know they need, then
// what follows from it.
func fetch[T any](t *Tx, house T, batch []Act[T]) error {
	const rounds = 3
	for range rounds {
		for _, a := range batch {
			if w, ok := a.(Wanter[T]); ok {
				w.Wants(house)
			}
		}
		var wanted []sheet
		for _, s := range t.sheets {
			if groups, _ := s.wants(); len(groups) > 0 {
				wanted = append(wanted, s)
			}
		}
		if len(wanted) == 0 {
			return nil
		}
		if err := t.work.load(t.ctx, wanted); err != nil {
			return fmt.Errorf("read: %w", err)
		}
	}
	return nil
}

// errRaced says that another node wrote what this batch was about to write, or
// that the database broke a circle of waits: nothing was written, the same
// batch can be decided again.
var errRaced = errors.New("another node wrote first")
