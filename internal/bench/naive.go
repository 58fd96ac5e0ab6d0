package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

// naiveConnections is how many connections the plain program has.
const naiveConnections = 64

// naivePostgres is the plain, careful program: a transaction a booking, the
// slots' rows locked, every statement prepared, 64 connections. The slots stand
// there with nothing taken, as if the clinics had been entered before.
func naivePostgres(ctx context.Context, at place, l *load) (took time.Duration, err error) {
	n, err := newNaive(ctx, at, l)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, n.close(ctx)) }()
	if err := n.fillSlots(ctx); err != nil {
		return 0, fmt.Errorf("fill the slots: %w", err)
	}
	if err := n.conns[0].settle(ctx); err != nil {
		return 0, err
	}
	start := time.Now()
	err = n.bookAll(ctx)
	return time.Since(start), err
}

type naive struct {
	load  *load
	conns []schema
	hold  table
	slot  table
	next  atomic.Int64
}

func newNaive(ctx context.Context, at place, l *load) (*naive, error) {
	n := &naive{load: l, hold: l.table("hold"), slot: l.table("slot")}
	for range naiveConnections {
		s, err := openSchema(ctx, at.url)
		if err != nil {
			return nil, errors.Join(err, n.close(ctx))
		}
		n.conns = append(n.conns, s)
	}
	return n, nil
}

func (n *naive) close(ctx context.Context) error {
	var errs []error
	for _, s := range n.conns {
		errs = append(errs, s.close(ctx))
	}
	return errors.Join(errs...)
}

func (n *naive) fillSlots(ctx context.Context) error {
	tx, err := n.conns[0].Begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(ctx) }() // after the commit there is nothing to take back
	var rows [][]any
	taken := n.slot.column("taken")
	for _, row := range n.slot.rows(0, n.load.bookings) {
		row = slices.Clone(row)
		row[taken] = int32(0)
		rows = append(rows, row)
	}
	if err := copyRows(ctx, tx, "slot", n.slot.columns, rows); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

func (n *naive) bookAll(ctx context.Context) error {
	var wg sync.WaitGroup
	errs := make([]error, len(n.conns))
	for w, s := range n.conns {
		wg.Go(func() {
			for {
				i := int(n.next.Add(1)) - 1
				if i >= n.load.bookings {
					return
				}
				if errs[w] = n.book(ctx, s, i); errs[w] != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// book is one transaction.
func (n *naive) book(ctx context.Context, s schema, i int) error {
	tx, err := s.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(ctx) }() // after the commit there is nothing to take back
	keys, slots := n.slots(i)
	if err := lockSlots(ctx, tx, keys, slots); err != nil {
		return err
	}
	if err := insertRows(ctx, tx, n.hold, i); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "UPDATE slot SET taken = taken + 1 WHERE "+keys, slots...); err != nil {
		return err
	}
	for _, name := range []string{"reservation", "answer", "outbox"} {
		if err := insertRows(ctx, tx, n.load.table(name), i); err != nil {
			return err
		}
	}
	return tx.Commit(ctx)
}

// slots is the condition that names a booking's slots, and its values.
func (n *naive) slots(i int) (keys string, values []any) {
	var each []string
	for _, row := range n.hold.of[i] {
		k := len(values)
		each = append(each, fmt.Sprintf("($%d::int2, $%d::text, $%d::int8)", k+1, k+2, k+3))
		for _, name := range []string{"bucket", "clinic_id", "start"} {
			values = append(values, row[n.hold.column(name)])
		}
	}
	return "(bucket, clinic_id, start) IN (" + strings.Join(each, ", ") + ")", values
}

// lockSlots locks the slots in the order of their keys and looks for room.
func lockSlots(ctx context.Context, tx pgx.Tx, keys string, slots []any) error {
	rows, err := tx.Query(ctx, "SELECT capacity, taken FROM slot WHERE "+keys+" ORDER BY bucket, clinic_id, start FOR UPDATE", slots...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var capacity, taken int
		if err := rows.Scan(&capacity, &taken); err != nil {
			return err
		}
		if taken >= capacity {
			return errors.New("a slot is full that was not full before")
		}
	}
	return rows.Err()
}

// insertRows writes a table's rows of one booking in one statement.
func insertRows(ctx context.Context, tx pgx.Tx, t table, i int) error {
	text := strings.Builder{}
	text.WriteString("INSERT INTO " + t.name + " (" + strings.Join(t.columns, ", ") + ") VALUES ")
	var values []any
	for r, row := range t.of[i] {
		for c := range row {
			between := ", "
			switch {
			case c == 0 && r == 0:
				between = "("
			case c == 0:
				between = "), ("
			}
			fmt.Fprintf(&text, "%s$%d", between, len(values)+c+1)
		}
		values = append(values, row...)
	}
	text.WriteString(")")
	_, err := tx.Exec(ctx, text.String(), values...)
	return err
}
