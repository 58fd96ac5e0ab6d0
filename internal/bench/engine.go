package bench

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// warmUp is how many bookings the first, uncounted run makes, and the fewest of
// any run.
const warmUp = 3000

const (
	sameRows = "the same rows, all that the bookings left, "
	insertIs = sameRows + "by plain INSERT into an equal empty file (same schema and indexes, WAL, synchronous=FULL, " +
		"no checkpoint while it runs): 512 bookings a transaction, one prepared statement a table"
	copyIs  = sameRows + "by COPY into an equal empty schema (same indexes, synchronous_commit=on): 512 bookings a transaction, one connection"
	naiveIs = sameRows + "by one transaction a booking over 64 connections, statements prepared: BEGIN, SELECT slots FOR UPDATE, " +
		"INSERT hold, UPDATE slot, INSERT reservation, INSERT answer, INSERT outbox, COMMIT"
)

func engineMeasures() []measure {
	return []measure{
		{name: "engine_sqlite", unit: "bookings/s", yardstickIs: insertIs, open: engineOn(sqlite, insertSQLite)},
		{name: "engine_postgres_copy", unit: "bookings/s", yardstickIs: copyIs, open: engineOn(postgreSQL, copyPostgres)},
		{name: "engine_postgres_naive", unit: "bookings/s", yardstickIs: naiveIs, open: engineOn(postgreSQL, naivePostgres)},
	}
}

// engine compares the store, called by many at once without HTTP, with plain
// writing of the rows it left. Every run has a town of its own, so that the
// rows are those of the run.
type engine struct {
	b        *bench
	postgres *postgres // nil: SQLite
	write    writer
	bookings int   // of a run
	last     *load // what the last run of ours left
}

func engineOn(on dialect, write writer) opener {
	return func(ctx context.Context, b *bench) (sides, error) {
		p, err := b.server(ctx, on)
		if err != nil {
			return nil, err
		}
		e := &engine{b: b, postgres: p, write: write, bookings: warmUp}
		rate, err := e.ours(ctx) // uncounted: it tells how many bookings make a run of the wanted length
		e.bookings = max(warmUp, int(rate*b.Length.Seconds()))
		return e, err
	}
}

// writer writes a load and says how long it took.
type writer func(ctx context.Context, at place, l *load) (time.Duration, error)

func (e *engine) ours(ctx context.Context) (rate float64, err error) {
	t, err := e.b.newTown(ctx, e.postgres)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, t.close(ctx)) }()
	if err := t.openGate(ctx); err != nil {
		return 0, err
	}
	guests, err := t.admit(ctx, e.bookings)
	if err != nil {
		return 0, fmt.Errorf("prepare people: %w", err)
	}
	d, err := t.beside(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, d.close(ctx)) }()
	before, err := countRows(ctx, d)
	if err != nil {
		return 0, err
	}
	took, err := t.bookAll(ctx, guests)
	if err != nil {
		return 0, err
	}
	e.last, err = readLoad(ctx, d, len(guests), before)
	return float64(len(guests)) / took.Seconds(), err
}

// bookAll books for everybody and says how long it took.
func (t *town) bookAll(ctx context.Context, guests []guest) (took time.Duration, err error) {
	err = t.atWork(ctx, func() error {
		start := time.Now()
		err := t.b.each(guests, func(g *guest) error { return t.book(ctx, g) })
		took = time.Since(start)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("book: %w", err)
	}
	return took, nil
}

// yardstick writes what ours left into an empty schema.
func (e *engine) yardstick(ctx context.Context) (rate float64, err error) {
	at, err := e.b.newSchema(ctx, e.postgres)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, e.b.remove(context.WithoutCancel(ctx), at)) }()
	took, err := e.write(ctx, at, e.last)
	return float64(e.last.bookings) / took.Seconds(), err
}

func (e *engine) close() error { return nil }
