package db

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// partitions keeps each day in a partition of its own: NAME_20210712. It is named in
// every statement, so that writing one day waits for nothing that happens to another.
type partitions struct {
	o DiaryOptions
	*postgres

	mu   sync.Mutex
	made map[Day]bool // by this node, or found
}

func openPartitions(ctx context.Context, o DiaryOptions) (*partitions, error) {
	e, err := openPostgres(ctx, o.Options)
	if err != nil {
		return nil, err
	}
	return &partitions{o: o, postgres: e.(*postgres), made: map[Day]bool{}}, nil
}

func (s *partitions) name(day Day) string { return s.o.Table.Name + "_" + strconv.Itoa(int(day)) }

func (s *partitions) begin(ctx context.Context, day Day, writer int) (work, error) {
	s.mu.Lock()
	made := s.made[day]
	s.mu.Unlock()
	if !made {
		if err := s.make(ctx, day, writer); err != nil {
			return nil, err
		}
	}
	return s.postgres.begin(ctx, writer)
}

// make makes a partition; of several nodes one does it.
func (s *partitions) make(ctx context.Context, day Day, writer int) error {
	err := s.alone(ctx, writer, fmt.Sprintf("CREATE TABLE IF NOT EXISTS %s PARTITION OF %s FOR VALUES IN (%d)", s.name(day), s.o.Table.Name, day))
	if err != nil {
		return fmt.Errorf("make %s: %w", s.name(day), err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.made[day] = true
	return nil
}

// alone runs a statement that changes the partitions.
func (s *partitions) alone(ctx context.Context, writer int, statement string) error {
	w, err := s.postgres.begin(ctx, writer)
	if err != nil {
		return err
	}
	defer w.finish()
	err = w.share(ctx, "naru partitions", true)
	if err == nil {
		_, err = w.exec(ctx, statement)
	}
	if err != nil {
		w.rollback()
		return err
	}
	return w.commit(ctx)
}

func (s *partitions) add(ctx context.Context, w work, day Day, rows [][]any) error {
	columns := columns(s.o.Table.Columns, rows)
	query := "INSERT INTO " + s.name(day) + " (" + s.o.Table.ColumnNames() + ") SELECT * FROM unnest(" + arrays(s.o.Table.Columns) + ") ON CONFLICT DO NOTHING"
	_, err := w.exec(ctx, query, columns...)
	if missing(err) { // another node has dropped it: made anew at the next try
		s.mu.Lock()
		delete(s.made, day)
		s.mu.Unlock()
		return away("write "+s.name(day), err)
	}
	return err
}

const undefinedTable = "42P01"

func missing(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == undefinedTable
}

func (s *partitions) read(ctx context.Context, day Day, where string, args []any, each func(scan func(...any) error) error) error {
	err := s.postgres.read(ctx, "SELECT "+s.o.Table.ColumnNames()+" FROM "+s.name(day)+" "+where, args, each)
	if missing(err) {
		return nil
	}
	return err
}

func (s *partitions) list(ctx context.Context) (all []Day, err error) {
	err = s.postgres.read(ctx, `SELECT c.relname::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = $1::text::regclass`,
		[]any{s.o.Table.Name}, func(scan func(...any) error) error {
			var name string
			if err := scan(&name); err != nil {
				return err
			}
			n, err := strconv.ParseInt(strings.TrimPrefix(name, s.o.Table.Name+"_"), 10, 32)
			all = append(all, Day(n))
			return err
		})
	return all, err
}

// drop takes a connection of its own: the writers go on. Only making and dropping
// partitions locks their parent.
func (s *partitions) drop(ctx context.Context, day Day) error {
	s.mu.Lock()
	delete(s.made, day)
	s.mu.Unlock()
	config := s.pens[0].config.Copy()
	config.OnNotice = nil // it tells the writer
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return away("drop "+s.name(day), err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	_, err = conn.Exec(ctx, "DROP TABLE IF EXISTS "+s.name(day))
	return err
}

func (s *partitions) checkpoint(context.Context) error { return nil }
