package db

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// postgresWork is the writer's transaction, or a viewer's reading.
type postgresWork struct {
	c     *postgresConn
	view  bool
	first []string // goes ahead of the next statement in the same round trip: BEGIN
	locks []advisory
	stall func() // ends the watch over a batch that takes too long
	wrote bool   // something that makes COMMIT wait for the disk and the standby
	sums  bool   // rows were added that add up with another node's
}

// advisory is a lock that is still to be taken.
type advisory struct{ query, name string }

var _ work = (*postgresWork)(nil)

// load reads all wanted groups of all sheets in one round trip.
func (w *postgresWork) load(ctx context.Context, sheets []sheet) error {
	b := &pgx.Batch{}
	w.ahead(b)
	for _, s := range sheets {
		t, text := s.table(), w.c.text(s.table())
		groups, makes := s.wants()
		if len(makes) > 0 {
			b.Queue(text.ensure, columns(t.Columns, makes)...)
			w.wrote = true
		}
		query := text.load
		if w.view {
			query = text.look
		}
		b.Queue(query, columns(t.Columns[:t.Group], groups)...).Query(func(rows pgx.Rows) error {
			return scanPgx(rows, nil, s.take)
		})
	}
	if err := w.c.conn.SendBatch(ctx, b).Close(); err != nil {
		return w.fault("read", err)
	}
	for _, s := range sheets {
		s.taken()
	}
	return nil
}

const (
	lockShared = "SELECT pg_advisory_xact_lock_shared(hashtext($1))"
	lockAlone  = "SELECT pg_advisory_xact_lock(hashtext($1))"
)

// ahead puts what must go first into a round trip.
func (w *postgresWork) ahead(b *pgx.Batch) {
	for _, text := range w.first {
		b.Queue(text)
	}
	for _, l := range w.locks {
		b.Queue(l.query, l.name)
	}
	w.first, w.locks = nil, nil
}

// open sends what must go first by itself.
func (w *postgresWork) open(ctx context.Context) error {
	if len(w.first)+len(w.locks) == 0 {
		return nil
	}
	b := &pgx.Batch{}
	w.ahead(b)
	if err := w.c.conn.SendBatch(ctx, b).Close(); err != nil {
		return w.fault("begin", err)
	}
	return nil
}

// save writes all changes of all sheets in one round trip. A row that is not
// there any more was taken by another node.
func (w *postgresWork) save(ctx context.Context, sheets []sheet) error {
	b := &pgx.Batch{}
	raced := false
	put := func(query string, t *Table, types []Column, rows [][]any) {
		if len(rows) == 0 {
			return
		}
		if t.Group > 0 { // so that two nodes that add the same keys do not wait in a circle; what nobody reads by key stays in the order of the acts
			slices.SortFunc(rows, compare)
		}
		b.Queue(query, columns(types, rows)...).Exec(func(tag pgconn.CommandTag) error {
			raced = raced || tag.RowsAffected() != int64(len(rows))
			return nil
		})
	}
	for _, s := range sheets {
		t, text := s.table(), w.c.text(s.table())
		put(text.remove, t, t.Columns[:t.Key], s.writes(removed))
		put(text.change, t, t.Columns, s.writes(changed))
		fresh := s.writes(added)
		put(text.add, t, t.Columns, fresh)
		w.sums = w.sums || len(t.sum) > 0 && len(fresh) > 0
	}
	if b.Len() == 0 {
		return nil
	}
	if err := w.open(ctx); err != nil {
		return err
	}
	w.wrote = true
	if err := w.c.conn.SendBatch(ctx, b).Close(); err != nil {
		return w.fault("write", err)
	}
	if raced {
		return fmt.Errorf("%w: a row was gone", errRaced)
	}
	return nil
}

func (w *postgresWork) exec(ctx context.Context, query string, args ...any) (int64, error) {
	if err := w.open(ctx); err != nil {
		return 0, err
	}
	w.wrote = true
	tag, err := w.c.conn.Exec(ctx, query, args...)
	if err != nil {
		return 0, w.fault("write", err)
	}
	return tag.RowsAffected(), nil
}

func (w *postgresWork) query(ctx context.Context, query string, args []any, each func(scan func(...any) error) error) error {
	if err := w.open(ctx); err != nil {
		return err
	}
	rows, err := w.c.conn.Query(ctx, query, args...)
	if err := scanPgx(rows, err, each); err != nil {
		return w.fault("read", err)
	}
	return nil
}

// share uses an advisory lock: unlike FOR SHARE on a row it queues fairly, so
// the leader gets its turn between the batches of many nodes. It is taken ahead of
// the next statement.
func (w *postgresWork) share(_ context.Context, name string, alone bool) error {
	l := advisory{lockShared, name}
	if alone {
		l.query = lockAlone
	}
	w.locks = append(w.locks, l)
	return nil
}

// commit makes the batch durable. A batch that only read is an answer to a
// repeat: it is given only after a write of its own is as durable as what it
// saw, for a row can be visible before the standby has it (DESIGN §3). COMMIT is
// not cancelled; when its answer is lost nobody knows what happened.
func (w *postgresWork) commit(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	if err := w.open(ctx); err != nil {
		w.rollback()
		return err
	}
	if !w.wrote {
		if _, err := w.c.conn.Exec(ctx, "SELECT pg_logical_emit_message(true, 'naru', '')"); err != nil {
			err = w.fault("write", err)
			w.rollback()
			return err
		}
	}
	w.c.warned = false
	tag, err := w.c.conn.Exec(ctx, "COMMIT")
	var refused *pgconn.PgError
	switch {
	case err == nil && tag.String() != "COMMIT": // the server says ROLLBACK when the transaction had failed
		return fmt.Errorf("commit %s: the server rolled back", w.c.name)
	case err == nil && w.c.warned: // it gave up waiting for the standby: written here, perhaps not there
		w.c.lose()
		return unknown(fmt.Errorf("commit %s: the server warned that the standby may not have it", w.c.name))
	case err == nil:
		return nil
	case errors.As(err, &refused) && refused.Code == stoodStill: // the server had ended the transaction before: COMMIT was not read
		w.c.lose()
		return fmt.Errorf("%w: %w", errRaced, err)
	case errors.As(err, &refused) && !ending(refused):
		return w.fault("commit", err)
	}
	w.c.lose()
	return unknown(fmt.Errorf("commit %s: %w", w.c.name, err))
}

// ending says that the server ends the connection: what it was doing is not known.
func ending(err *pgconn.PgError) bool { return err.Severity == "FATAL" || err.Code[:2] == "57" }

func (w *postgresWork) finish() { w.stall() }

// durable: a batch that only read wrote something of its own, see commit.
func (w *postgresWork) durable() bool { return true }

func (w *postgresWork) rollback() {
	if w.c.conn == nil || w.c.conn.IsClosed() || len(w.first) > 0 { // lost, or not begun
		return
	}
	if _, err := w.c.conn.Exec(context.Background(), "ROLLBACK"); err != nil {
		w.c.lose()
	}
}

// stoodStill is what the server says when a transaction that did nothing for too
// long has lost its locks and its connection.
const stoodStill = "25P03"

// racing are the codes of what another node did at the same time: a key that
// is taken now, a deadlock, a serialization failure, a lock that was not given.
var racing = []string{"23505", "40P01", "40001", "55P03"}

// tooMuch is a CHECK that does not hold: of a sum, because two nodes added to it.
const tooMuch = "23514"

// mine are the classes of errors that one act can cause: what it wrote cannot
// be stored. Everything else is the database's.
var mine = []string{"22", "23", "42"}

// fault tells races from one act's failures, and both from everybody's.
func (w *postgresWork) fault(what string, err error) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		if w.c.conn == nil || w.c.conn.IsClosed() { // pgx closes a connection that failed
			w.c.lose()
			return away(what+" "+w.c.name, err)
		}
		return fmt.Errorf("%s %s: %w", what, w.c.name, err)
	}
	switch {
	case slices.Contains(racing, pg.Code), w.sums && pg.Code == tooMuch:
		return fmt.Errorf("%w: %w", errRaced, err)
	case slices.Contains(mine, pg.Code[:2]):
		return fmt.Errorf("%s %s: %w", what, w.c.name, err)
	}
	if ending(pg) {
		w.c.lose()
	}
	if pg.Code == stoodStill { // nothing was written: decide again
		return fmt.Errorf("%w: %w", errRaced, err)
	}
	return away(what+" "+w.c.name, err)
}
