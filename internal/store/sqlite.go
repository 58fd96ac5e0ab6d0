package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"naru/internal/combine"
	"naru/internal/fault"
)

//go:embed migrations
var migrations embed.FS

// database is one SQLite file: one writer behind a combiner, several readers,
// and a connection of its own for checkpoints.
type database struct {
	name   string
	write  *sql.DB
	conn   *sql.Conn // the writer's one connection, on which statements are prepared
	stmts  map[string]*sql.Stmt
	read   *sql.DB
	reads  sync.Map // query → *sql.Stmt on read
	checks *sql.DB
	queue  *combine.Queue[act]
	fatal  func(error)
	seats  map[string]*seats // gate.db: as the last transaction left them; the queue's goroutine only
	before func(act) error   // set by tests alone: an error stops the caller right there, as a crash would
}

// act is one caller's part of a transaction. It must decide before it writes:
// a refusal is kept in the act and leaves no trace; an error returned means the
// transaction cannot be trusted. It may run twice when a batch is split.
type act interface{ run(*tx) error }

// tx is the transaction a batch runs in.
type tx struct {
	db  *database
	now time.Time // one now for the whole batch, UTC, whole seconds

	lines map[string]*lineRow // gate.db: lines read in this transaction
	seats map[string]*seats   // gate.db: see seatsOf
}

func openDatabase(ctx context.Context, dir, name string, now func() time.Time, fatal func(error)) (*database, error) {
	path := filepath.Join(dir, name+".db")
	if err := touchPrivate(path); err != nil {
		return nil, err
	}
	d := &database{name: name, stmts: map[string]*sql.Stmt{}, fatal: fatal}
	var err error
	if d.write, err = openSQLite(path, "&_txlock=immediate&_pragma=wal_autocheckpoint(0)", 1); err != nil {
		return nil, err
	}
	if err := migrate(ctx, d.write, name); err != nil {
		return nil, errors.Join(err, d.close())
	}
	if d.conn, err = d.write.Conn(ctx); err != nil {
		return nil, errors.Join(err, d.close())
	}
	if d.read, err = openSQLite(path, "&_pragma=query_only(1)", 4); err != nil {
		return nil, errors.Join(err, d.close())
	}
	if d.checks, err = openSQLite(path, "", 1); err != nil {
		return nil, errors.Join(err, d.close())
	}
	d.queue = combine.New(combine.Options{MaxBatch: 512, Poison: isPoison}, func(ctx context.Context, batch []act) error {
		return d.runBatch(ctx, batch, now().UTC().Truncate(time.Second))
	})
	return d, nil
}

// touchPrivate makes the file, if it is not there, readable by the owner only;
// SQLite gives its log the same rights.
func touchPrivate(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // the operator's own folder
	if err != nil {
		return err
	}
	return f.Close()
}

func openSQLite(path, more string, conns int) (*sql.DB, error) {
	dsn := "file:" + (&url.URL{Path: path}).EscapedPath() +
		"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)" +
		"&_pragma=temp_store(MEMORY)&_pragma=cache_size(-32000)" + more
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

func migrate(ctx context.Context, db *sql.DB, name string) error {
	sub, err := fs.Sub(migrations, "migrations/"+name)
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, sub)
	if err != nil {
		return fmt.Errorf("migrate %s: %w", name, err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate %s: %w", name, err)
	}
	return nil
}

// runBatch writes a batch in one transaction. COMMIT is not cancelled.
func (d *database) runBatch(ctx context.Context, batch []act, now time.Time) error {
	if _, err := d.conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return d.down("begin", err)
	}
	t := &tx{db: d, now: now, seats: d.seats}
	d.seats = nil // until the commit: a transaction that is rolled back has counted nothing
	if err := t.runAll(batch); err != nil {
		_, rerr := d.conn.ExecContext(ctx, "ROLLBACK") // SQLite may have rolled back by itself
		switch {
		case says(err, append(untrusted, sqlite3.SQLITE_FULL)...):
			return d.down("write", err)
		case rerr != nil:
			return d.down("rollback", rerr)
		}
		return err
	}
	if _, err := d.conn.ExecContext(ctx, "COMMIT"); err != nil {
		_, _ = d.conn.ExecContext(ctx, "ROLLBACK")
		return d.down("commit", err)
	}
	d.seats = t.seats
	return nil
}

func (t *tx) runAll(batch []act) error {
	for _, a := range batch {
		if err := a.run(t); err != nil {
			return err
		}
	}
	return t.flush()
}

// errStore marks faults that are everybody's, not one request's.
var errStore = errors.New("store is away")

func isPoison(err error) bool { return !errors.Is(err, errStore) }

// untrusted are SQLite's words for a disk that failed: what the file holds is
// not known any more.
var untrusted = []int{sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}

func says(err error, codes ...int) bool {
	var se *sqlite.Error
	return errors.As(err, &se) && slices.Contains(codes, se.Code()&0xff)
}

// down reports a batch that the database could not write. A failed write or
// fsync leaves the file in a state we cannot know, so the process must end and
// start again from what is on disk (rule B14). A full disk is no such failure:
// nothing was written, and the store goes on when there is space again.
func (d *database) down(what string, err error) error {
	if says(err, untrusted...) {
		d.fatal(fmt.Errorf("%s %s: %w", what, d.name, err))
	}
	return fault.Wrap(fault.Unavailable, "store.unavailable", fmt.Errorf("%w: %s %s: %w", errStore, what, d.name, err))
}

// do runs an act through the combiner and turns the queue's words into faults.
func (d *database) do(ctx context.Context, a act) error {
	if d.before != nil {
		if err := d.before(a); err != nil {
			return err
		}
	}
	err := d.queue.Do(ctx, a)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, combine.ErrFull):
		return fault.Wrap(fault.Unavailable, "store.busy", err)
	case errors.Is(err, combine.ErrClosed):
		return fault.Wrap(fault.Unavailable, "store.unavailable", err)
	case errors.Is(err, combine.ErrAbandoned):
		return fault.Wrap(fault.UnknownOutcome, "store.unknown_outcome", err)
	}
	return err
}

// stmt returns the prepared statement of a query on the writer's connection.
func (t *tx) stmt(query string) (*sql.Stmt, error) {
	if s, ok := t.db.stmts[query]; ok {
		return s, nil
	}
	s, err := t.db.conn.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, fmt.Errorf("prepare: %w", err)
	}
	t.db.stmts[query] = s
	return s, nil
}

// exec runs a statement and returns how many rows it changed.
func (t *tx) exec(query string, args ...any) (int64, error) {
	s, err := t.stmt(query)
	if err != nil {
		return 0, err
	}
	r, err := s.Exec(args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// row reads one row; found is false when there is none.
func (t *tx) row(query string, args []any, into ...any) (found bool, err error) {
	return t.scanRow(query, args, func(scan func(...any) error) error { return scan(into...) })
}

// scanRow is row for a type that knows its own columns.
func (t *tx) scanRow(query string, args []any, into func(scan func(...any) error) error) (found bool, err error) {
	s, err := t.stmt(query)
	if err != nil {
		return false, err
	}
	switch err := into(s.QueryRow(args...).Scan); {
	case errors.Is(err, sql.ErrNoRows):
		return false, nil
	case err != nil:
		return false, err
	}
	return true, nil
}

// rows reads all rows of a query.
func (t *tx) rows(query string, args []any, each func(scan func(...any) error) error) error {
	s, err := t.stmt(query)
	if err != nil {
		return err
	}
	return scanRows(s.Query(args...))(each)
}

func scanRows(rows *sql.Rows, err error) func(func(scan func(...any) error) error) error {
	return func(each func(scan func(...any) error) error) error {
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			if err := each(rows.Scan); err != nil {
				return err
			}
		}
		return rows.Err()
	}
}

// reader returns the prepared statement of a query on the readers.
func (d *database) reader(ctx context.Context, query string) (*sql.Stmt, error) {
	if s, ok := d.reads.Load(query); ok {
		return s.(*sql.Stmt), nil
	}
	s, err := d.read.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	if before, raced := d.reads.LoadOrStore(query, s); raced {
		_ = s.Close() // somebody prepared it meanwhile
		return before.(*sql.Stmt), nil
	}
	return s, nil
}

// readRows reads outside any transaction; what is read is committed.
func (d *database) readRows(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	s, err := d.reader(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args...)
}

// scanner is one row that is still to be read.
type scanner interface{ Scan(into ...any) error }

// readRow is readRows for one row; Scan says sql.ErrNoRows when there is none.
func (d *database) readRow(ctx context.Context, query string, args ...any) scanner {
	s, err := d.reader(ctx, query)
	if err != nil {
		return failedRow{err}
	}
	return s.QueryRowContext(ctx, args...)
}

type failedRow struct{ err error }

func (r failedRow) Scan(...any) error { return r.err }

// checkpoint moves what is committed from the log into the file without
// stopping the writer.
func (d *database) checkpoint(ctx context.Context) error {
	_, err := d.checks.ExecContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)")
	return err
}

func (d *database) close() error {
	var errs []error
	if d.queue != nil {
		errs = append(errs, d.queue.Close(30*time.Second))
	}
	for _, s := range d.stmts {
		errs = append(errs, s.Close())
	}
	d.reads.Range(func(_, s any) bool {
		errs = append(errs, s.(*sql.Stmt).Close())
		return true
	})
	if d.conn != nil {
		errs = append(errs, d.conn.Close())
	}
	for _, db := range []*sql.DB{d.checks, d.read, d.write} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}
