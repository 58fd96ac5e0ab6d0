package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"

	"naru/internal/db"
)

// copyTable copies what the database does not have yet, in the order of the key.
func (m *Mover) copyTable(ctx context.Context, t tablePlan) error {
	lastKey, sum, err := m.target.progress(ctx, t.String())
	if err != nil {
		return err
	}
	var of int64
	if err := m.source.Read(ctx, `SELECT count(*) FROM `+t.String(), nil, func(scan func(...any) error) error { return scan(&of) }); err != nil {
		return err
	}
	c := &tableCopy{m: m, table: t, sum: sum, of: of}
	if err := c.rest(ctx, lastKey); err != nil {
		return err
	}
	if err := c.flush(ctx); err != nil {
		return err
	}
	m.sums[t.String()] = c.sum
	return nil
}

// tableCopy is a table on its way: one round of rows is in memory.
type tableCopy struct {
	m     *Mover
	table tablePlan
	round [][]any
	sum   tableSum // with the round
	of    int64
}

// rest reads the rows after the last key that is over there.
func (c *tableCopy) rest(ctx context.Context, lastKey string) error {
	where := ""
	var args []any
	if lastKey != "" {
		var err error
		if args, err = c.table.readKey(lastKey); err != nil {
			return fmt.Errorf("where the move was: %w", err)
		}
		places := make([]string, len(args))
		for i := range args {
			places[i] = fmt.Sprintf("$%d", i+1)
		}
		where = ` WHERE (` + c.table.keyNames() + `) > (` + strings.Join(places, ", ") + `)`
	}
	return readRows(ctx, c.m.source, c.table, where+` ORDER BY `+c.table.keyNames(), args, func(row []any) error {
		c.round = append(c.round, row)
		c.sum.add(row)
		if len(c.round) < c.m.Round {
			return nil
		}
		return c.flush(ctx)
	})
}

func (c *tableCopy) flush(ctx context.Context) error {
	if n := len(c.round); n > 0 {
		lastKey, err := c.table.writeKey(c.round[n-1])
		if err != nil {
			return err
		}
		if err := c.m.stop("write " + c.table.String()); err != nil {
			return err
		}
		if err := c.m.target.write(ctx, c.table, c.round, lastKey, c.sum, c.m.stop); err != nil {
			return err
		}
		c.round = c.round[:0]
	}
	if c.m.Progress != nil {
		c.m.Progress(Moving{c.table.String(), c.sum.rows, c.of})
	}
	return nil
}

// readRows hands each row of a table to each, as plain values of its own.
func readRows(ctx context.Context, from db.Snapshot, t tablePlan, rest string, args []any, each func([]any) error) error {
	into := make([]any, len(t.columns))
	return from.Read(ctx, `SELECT `+strings.Join(t.columnNames(), ", ")+` FROM `+t.String()+rest, args, func(scan func(...any) error) error {
		row := make([]any, len(t.columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := scan(into...); err != nil {
			return err
		}
		for i, c := range t.columns {
			var err error
			if row[i], err = c.kind.plain(row[i]); err != nil {
				return fmt.Errorf("column %s: %w", c.name, err)
			}
		}
		return each(row)
	})
}

// compare reads all of both sides again, with the same code.
func (m *Mover) compare(ctx context.Context, plan []tablePlan) (all []MovedTable, err error) {
	target, err := db.OpenSnapshot(ctx, "", m.To)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	for _, t := range plan {
		here, err := sumOf(ctx, m.source, t)
		if err != nil {
			return nil, err
		}
		there, err := sumOf(ctx, target, t)
		if err != nil {
			return nil, err
		}
		switch copied := m.sums[t.String()]; {
		case here != copied:
			return nil, fmt.Errorf("table %s changed in the folder since a move began: %d rows (checksum %s) are there now, %d (%s) were copied; "+
				"empty the database and move again while no server runs", t, here.rows, here, copied.rows, copied)
		case here != there:
			return nil, fmt.Errorf("table %s is not the same on both sides: %d rows (checksum %s) in the folder, %d (%s) in the database; "+
				"the folder is as it was: empty the database, see that nothing else works in it, and move again", t, here.rows, here, there.rows, there)
		}
		all = append(all, MovedTable{t.String(), here.rows, here.String()})
	}
	return all, nil
}

func sumOf(ctx context.Context, of db.Snapshot, t tablePlan) (sum tableSum, err error) {
	err = readRows(ctx, of, t, "", nil, func(row []any) error {
		sum.add(row)
		return nil
	})
	return sum, err
}

// sourceID tells one installation from another: a hash of what its keys make of a
// fixed word.
func (m *Mover) sourceID(ctx context.Context) ([]byte, error) {
	h := sha256.New()
	rows := 0
	err := m.source.Read(ctx, `SELECT name, sum FROM booking.key_check ORDER BY name`, nil, func(scan func(...any) error) error {
		rows++
		var name string
		var sum []byte
		err := scan(&name, &sum)
		h.Write(encodeRow([]any{name, sum}))
		return err
	})
	if err == nil && rows == 0 {
		err = errors.New("no server has worked on this folder yet: there is nothing to move")
	}
	return h.Sum(nil), err
}
