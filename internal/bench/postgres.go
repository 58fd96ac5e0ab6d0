package bench

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"

	"naru/internal/pgserver"
)

// postgres is the PostgreSQL server that is measured: the one of Options.DB, or
// one of the bench's own.
type postgres struct {
	server *pgserver.Server // nil: somebody else's
	url    string           // a database on it from which others are made
}

// dialect is the kind of database a measure is taken on.
type dialect bool

const (
	sqlite     dialect = false
	postgreSQL dialect = true
)

// server is the PostgreSQL server, started at the first call; nil for SQLite.
func (b *bench) server(ctx context.Context, on dialect) (*postgres, error) {
	if on == sqlite {
		return nil, nil
	}
	if b.postgres != nil {
		return b.postgres, nil
	}
	if b.DB != "" {
		b.postgres = &postgres{url: b.DB}
		return b.postgres, nil
	}
	bin, err := pgserver.Find()
	if err != nil {
		return nil, &MissingError{err}
	}
	s, err := pgserver.Start(ctx, pgserver.Options{Bin: bin, Dir: filepath.Join(b.Dir, "postgres")})
	if err != nil {
		return nil, err
	}
	b.postgres = &postgres{s, s.URL("postgres")}
	return b.postgres, nil
}

// stop ends the server if it is the bench's own.
func (p *postgres) stop() error {
	if p == nil || p.server == nil {
		return nil
	}
	return p.server.Stop()
}

// do runs statements in the database from which others are made.
func (p *postgres) do(ctx context.Context, statements ...string) error {
	c, err := pgx.Connect(ctx, p.url)
	if err != nil {
		return err
	}
	var errs []error
	for _, s := range statements {
		_, err := c.Exec(ctx, s)
		errs = append(errs, err)
	}
	return errors.Join(append(errs, c.Close(ctx))...)
}

// create makes an empty database beside the given one and returns its URL.
func (p *postgres) create(ctx context.Context, name string) (string, error) {
	u, err := url.Parse(p.url)
	if err != nil {
		return "", errors.New("--db: not a URL of PostgreSQL") // the cause would show the password
	}
	u.Path = "/" + name
	return u.String(), p.do(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize())
}

func (p *postgres) drop(ctx context.Context, at string) error {
	u, err := url.Parse(at)
	if err != nil {
		return err
	}
	return p.do(ctx, "DROP DATABASE IF EXISTS "+pgx.Identifier{u.Path[1:]}.Sanitize()+" WITH (FORCE)")
}

// schema is one connection to the store's schema of bookings.
type schema struct{ *pgx.Conn }

var _ database = schema{}

func openSchema(ctx context.Context, at string) (schema, error) {
	c, err := pgx.ParseConfig(at)
	if err != nil {
		return schema{}, err
	}
	c.RuntimeParams["search_path"] = "booking"
	c.RuntimeParams["synchronous_commit"] = "on"
	conn, err := pgx.ConnectConfig(ctx, c)
	return schema{conn}, err
}

func (s schema) close(ctx context.Context) error { return s.Close(context.WithoutCancel(ctx)) }

// settle writes everything back, so that a run does not pay for what was before it.
func (s schema) settle(ctx context.Context) error { return s.run(ctx, "CHECKPOINT") }

func (s schema) tables(ctx context.Context) ([]string, error) {
	_, rows, err := s.read(ctx, `SELECT tablename::text FROM pg_tables WHERE schemaname = 'booking'`)
	var names []string
	for _, row := range rows {
		names = append(names, row[0].(string))
	}
	return names, err
}

func (s schema) read(ctx context.Context, query string) (columns []string, all [][]any, err error) {
	rows, err := s.Query(ctx, query)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	for _, f := range rows.FieldDescriptions() {
		columns = append(columns, f.Name)
	}
	for rows.Next() {
		row, err := rows.Values()
		if err != nil {
			return nil, nil, err
		}
		all = append(all, row)
	}
	return columns, all, rows.Err()
}

// copyPostgres writes the load with COPY into an empty schema, 512 bookings a
// transaction, and returns how long it took.
func copyPostgres(ctx context.Context, at place, l *load) (took time.Duration, err error) {
	s, err := openSchema(ctx, at.url)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, s.close(ctx)) }()
	if err := s.settle(ctx); err != nil {
		return 0, err
	}
	start := time.Now()
	for from := 0; from < l.bookings; from += batch {
		if err := s.copyBatch(ctx, l, from, from+batch); err != nil {
			return 0, fmt.Errorf("copy: %w", err)
		}
	}
	return time.Since(start), nil
}

func (s schema) copyBatch(ctx context.Context, l *load, from, to int) error {
	tx, err := s.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(ctx) }() // after the commit there is nothing to take back
	for _, t := range l.tables {
		if err := copyRows(ctx, tx, t.name, t.columns, t.rows(from, to)); err != nil {
			return err
		}
	}
	return tx.Commit(ctx)
}

func copyRows(ctx context.Context, tx pgx.Tx, name string, columns []string, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	n, err := tx.CopyFrom(ctx, pgx.Identifier{name}, columns, pgx.CopyFromRows(rows))
	if err == nil && n != int64(len(rows)) {
		err = fmt.Errorf("%d rows instead of %d", n, len(rows))
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
