package bench

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"slices"
	"time"

	"naru/internal/booking"
	"naru/internal/person"
)

// fillBatch is how many bookings a transaction fills in.
const fillBatch = 20_000

// multiply writes n bookings like those of the load, of people nobody knows. The
// indexes that no constraint needs are made again at the end, so that also the
// largest table is filled in minutes. The store must be closed.
func (l *load) multiply(ctx context.Context, d database, n int) (err error) {
	indexes, err := d.dropIndexes(ctx, l.names())
	if err != nil {
		return err
	}
	for from := 0; from < n && err == nil; from += fillBatch {
		err = d.fill(ctx, l.copies(from, min(n, from+fillBatch), n))
	}
	for _, index := range indexes { // also after a failure: the schema stays whole
		err = errors.Join(err, d.run(ctx, index))
	}
	return errors.Join(err, d.settle(ctx))
}

// filledTables are those that grow with bookings: all but the slots, whose
// number the clinics bound.
func (l *load) filledTables() []table {
	return slices.DeleteFunc(slices.Clone(l.tables), func(t table) bool { return t.name == "slot" })
}

func (l *load) names() []string {
	var names []string
	for _, t := range l.filledTables() {
		names = append(names, t.name)
	}
	return names
}

// copies are the bookings from..to of n, each like one of the load. They go on in
// time, a thousand a second, which is the order of the tables.
func (l *load) copies(from, to, n int) []table {
	all := l.filledTables()
	for i := range all {
		all[i].of = make([][][]any, 0, to-from)
	}
	for b := from; b < to; b++ {
		like := b % l.bookings
		c := newCopy(l.hold(like), l.from.Add(-time.Duration(n-b)*time.Millisecond))
		for i, t := range l.filledTables() {
			all[i].of = append(all[i].of, c.rows(t, t.of[like]))
		}
	}
	return all
}

// copied is what tells one booking's rows from another's.
type copied struct {
	bucket  int16
	values  map[string]any // by column
	message map[string]any // of the outbox
}

// hold is the id of a booking's hold.
func (l *load) hold(i int) string {
	t := l.table("hold")
	return t.of[i][0][t.column("hold_id")].(string)
}

// newCopy is a booking like another one at the same clinic, made at another time
// by somebody nobody knows.
func newCopy(like string, at time.Time) copied {
	bucket := int16(mathrand.IntN(person.Buckets)) //nolint:gosec // below Buckets, no secret
	clinic, _ := booking.HoldID(like).Bucket()
	var phone [32]byte
	_, _ = rand.Read(phone[:]) // never fails
	hold := string(booking.NewHoldID(clinic, at))
	return copied{
		bucket: bucket,
		values: map[string]any{
			"person_id": string(person.NewID(bucket, at)), "number": string(booking.NewNumber(bucket)), "hold_id": hold,
		},
		message: map[string]any{"id": hold, "phone": phone[:], "state": "sent"},
	}
}

func (c copied) rows(t table, like [][]any) [][]any {
	var all [][]any
	for _, row := range like {
		row = slices.Clone(row)
		for i, name := range t.columns {
			if value, ok := c.values[name]; ok {
				row[i] = value
			}
			if value, ok := c.message[name]; ok && t.name == "outbox" {
				row[i] = value
			}
			if name == "bucket" && t.name != "hold" { // a hold is in its clinic's
				row[i] = c.bucket
			}
		}
		all = append(all, row)
	}
	return all
}

// sqliteIndexes and postgresIndexes list name and statement of the indexes of
// the tables that no constraint needs.
const (
	sqliteIndexes   = `SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = '%s'`
	postgresIndexes = `SELECT c.relname::text, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
	    WHERE i.indrelid = 'booking.%s'::regclass AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)`
)

// dropIndexes drops what the query lists for the tables and returns the
// statements that make it again.
func dropIndexes(ctx context.Context, d database, query string, tables []string) (again []string, err error) {
	for _, name := range tables {
		_, rows, err := d.read(ctx, fmt.Sprintf(query, name))
		if err != nil {
			return again, err
		}
		for _, row := range rows {
			again = append(again, row[1].(string))
			if err := d.run(ctx, "DROP INDEX "+row[0].(string)); err != nil {
				return again, err
			}
		}
	}
	return again, nil
}

func (f sqliteFile) dropIndexes(ctx context.Context, tables []string) ([]string, error) {
	return dropIndexes(ctx, f, sqliteIndexes, tables)
}

func (s schema) dropIndexes(ctx context.Context, tables []string) ([]string, error) {
	return dropIndexes(ctx, s, postgresIndexes, tables)
}

func (f sqliteFile) run(ctx context.Context, statement string) error {
	_, err := f.ExecContext(ctx, statement)
	return err
}

func (s schema) run(ctx context.Context, statement string) error {
	_, err := s.Exec(ctx, statement)
	return err
}

// fill writes rows without waiting for the disk: nothing of it must survive.
func (f sqliteFile) fill(ctx context.Context, tables []table) error {
	if err := f.run(ctx, "PRAGMA synchronous = OFF"); err != nil {
		return err
	}
	tx, err := f.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after the commit there is nothing to take back
	for _, t := range tables {
		s, err := tx.PrepareContext(ctx, t.insert("?"))
		if err != nil {
			return err
		}
		for _, row := range t.rows(0, len(t.of)) {
			if _, err := s.Exec(row...); err != nil {
				return fmt.Errorf("%s: %w", t.name, err)
			}
		}
	}
	return tx.Commit()
}

func (s schema) fill(ctx context.Context, tables []table) error {
	tx, err := s.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(ctx) }() // after the commit there is nothing to take back
	for _, t := range tables {
		if err := copyRows(ctx, tx, t.name, t.columns, t.rows(0, len(t.of))); err != nil {
			return err
		}
	}
	return tx.Commit(ctx)
}
