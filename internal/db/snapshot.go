package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/jackc/pgx/v5"
)

// Snapshot reads databases as they are at one moment, running or not.
type Snapshot interface {
	// Read hands every row of a query to each. Tables are named NAME.table.
	Read(ctx context.Context, query string, args []any, each func(scan func(...any) error) error) error
	Close() error
}

// OpenSnapshot opens the databases NAME under dir (SQLite), or of a PostgreSQL
// URL, for reading only. Of several SQLite files each is read as it is when it
// is first read, in the order of the names.
func OpenSnapshot(ctx context.Context, dir, url string, names ...string) (Snapshot, error) {
	if url != "" {
		return openPostgresSnapshot(ctx, url)
	}
	for _, name := range names { // attaching would make what is not there
		if _, err := os.Stat(filepath.Join(dir, name+".db")); err != nil {
			return nil, fmt.Errorf("%w; give the data folder of a server", err)
		}
	}
	db, err := sql.Open("sqlite", "file::memory:?_pragma=busy_timeout(5000)&_pragma=temp_store(MEMORY)&_pragma=cache_size(-32000)")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	s := &sqliteSnapshot{db: db}
	for _, name := range names {
		if _, err := db.ExecContext(ctx, "ATTACH DATABASE ?1 AS "+name, filepath.Join(dir, name+".db")); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	if s.tx, err = db.BeginTx(ctx, nil); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	for _, name := range names {
		var n int
		if err := s.tx.QueryRowContext(ctx, "SELECT count(*) FROM "+name+".goose_db_version").Scan(&n); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	return s, nil
}

type sqliteSnapshot struct {
	db *sql.DB
	tx *sql.Tx
}

func (s *sqliteSnapshot) Read(ctx context.Context, query string, args []any, each func(scan func(...any) error) error) error {
	rows, err := s.tx.QueryContext(ctx, query, args...)
	return ScanRows(rows, err, each)
}

func (s *sqliteSnapshot) Close() error { return errors.Join(s.tx.Rollback(), s.db.Close()) }

type postgresSnapshot struct {
	conn *pgx.Conn
	tx   pgx.Tx
}

func openPostgresSnapshot(ctx context.Context, url string) (Snapshot, error) {
	p := &postgres{name: "pg_catalog", guard: &Guard{}}
	config, err := p.settings(url, map[string]string{"timezone": "UTC"})
	if err != nil {
		return nil, err
	}
	s := &postgresSnapshot{}
	if s.conn, err = pgx.ConnectConfig(ctx, config); err != nil {
		return nil, err
	}
	if s.tx, err = s.conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}); err != nil {
		return nil, errors.Join(err, s.conn.Close(ctx))
	}
	return s, nil
}

func (s *postgresSnapshot) Read(ctx context.Context, query string, args []any, each func(scan func(...any) error) error) error {
	rows, err := s.tx.Query(ctx, query, args...)
	return scanPgx(rows, err, each)
}

func (s *postgresSnapshot) Close() error {
	ctx := context.Background()
	return errors.Join(s.tx.Rollback(ctx), s.conn.Close(ctx))
}
