package bench

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite" // the driver the store uses
)

// sqliteFile is one of the store's SQLite files, opened beside the store or
// after it.
type sqliteFile struct{ *sql.DB }

var _ database = sqliteFile{}

// openSQLite opens booking.db of a folder with the settings of the store.
func openSQLite(dir string, more string) (sqliteFile, error) {
	path := (&url.URL{Path: filepath.Join(dir, "booking.db")}).EscapedPath()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)"+
		"&_pragma=synchronous(FULL)&_pragma=temp_store(MEMORY)&_pragma=cache_size(-32000)"+more)
	if err == nil {
		db.SetMaxOpenConns(1)
	}
	return sqliteFile{db}, err
}

func (f sqliteFile) tables(ctx context.Context) ([]string, error) {
	_, rows, err := f.read(ctx, `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`)
	var names []string
	for _, row := range rows {
		names = append(names, row[0].(string))
	}
	return names, err
}

func (f sqliteFile) read(ctx context.Context, query string) (columns []string, all [][]any, err error) {
	rows, err := f.QueryContext(ctx, query)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	if columns, err = rows.Columns(); err != nil {
		return nil, nil, err
	}
	for rows.Next() {
		row, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, nil, err
		}
		all = append(all, row)
	}
	return columns, all, rows.Err()
}

// settle moves everything from the log into the file, so that a run does not
// pay for what was before it.
func (f sqliteFile) settle(ctx context.Context) error {
	return f.run(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
}

func (f sqliteFile) close(context.Context) error { return f.Close() }

// insertSQLite writes the load into the empty booking.db of a folder, 512
// bookings a transaction, and returns how long it took.
func insertSQLite(ctx context.Context, at place, l *load) (took time.Duration, err error) {
	f, err := openSQLite(at.dir, "&_txlock=immediate&_pragma=wal_autocheckpoint(0)")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := f.settle(ctx); err != nil {
		return 0, err
	}
	start := time.Now()
	var statements []*sql.Stmt
	for _, t := range l.tables {
		s, err := f.PrepareContext(ctx, t.insert("?"))
		if err != nil {
			return 0, err
		}
		statements = append(statements, s)
	}
	for from := 0; from < l.bookings; from += batch {
		if err := insertBatch(ctx, f, statements, l, from); err != nil {
			return 0, fmt.Errorf("insert: %w", err)
		}
	}
	return time.Since(start), nil
}

func insertBatch(ctx context.Context, f sqliteFile, statements []*sql.Stmt, l *load, from int) error {
	tx, err := f.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after the commit there is nothing to take back
	for i, t := range l.tables {
		s := tx.Stmt(statements[i])
		for _, rows := range t.of[from:min(from+batch, len(t.of))] {
			for _, row := range rows {
				if _, err := s.Exec(row...); err != nil {
					return fmt.Errorf("%s: %w", t.name, err)
				}
			}
		}
	}
	return tx.Commit()
}
