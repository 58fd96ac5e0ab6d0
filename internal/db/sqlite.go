package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// sqliteFile is one file: one writer, several readers, and a connection of its
// own for checkpoints.
type sqliteFile struct {
	name    string
	path    string
	looks   int // since the last checkpoint; the loop of checkpoints only
	fatal   func(error)
	write   *sql.DB
	writer  *sqliteConn
	views   []*sqliteConn
	readers *sql.DB
	reads   sync.Map // query → *sql.Stmt on readers
	checks  *sql.DB
}

func openSQLite(ctx context.Context, o Options) (engine, error) {
	path := filepath.Join(o.Dir, o.Name+".db")
	if err := touchPrivate(path); err != nil {
		return nil, err
	}
	f := &sqliteFile{name: o.Name, path: path, fatal: o.Fatal}
	if err := f.open(ctx, path, o); err != nil {
		return nil, errors.Join(err, f.close())
	}
	return f, nil
}

func (f *sqliteFile) open(ctx context.Context, path string, o Options) error {
	var err error
	if f.write, err = OpenFile(path, "&_txlock=immediate&_pragma=wal_autocheckpoint(0)&_pragma=journal_size_limit(1048576)", 1); err != nil {
		return err
	}
	if err := migrateSQLite(ctx, f.write, o.Migrations, o.Name); err != nil {
		return err
	}
	if f.writer, err = newSQLiteConn(ctx, f.write); err != nil {
		return err
	}
	viewers := max(1, o.Viewers)
	if f.readers, err = OpenFile(path, "&_pragma=query_only(1)", max(1, o.Readers)+viewers); err != nil {
		return err
	}
	for range viewers {
		c, err := newSQLiteConn(ctx, f.readers)
		if err != nil {
			return err
		}
		f.views = append(f.views, c)
	}
	f.checks, err = OpenFile(path, "", 1)
	return err
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

// OpenFile opens a SQLite file with the settings that make a commit durable;
// more are further parameters of the driver.
func OpenFile(path, more string, conns int) (*sql.DB, error) {
	dsn := "file:" + (&url.URL{Path: path}).EscapedPath() +
		"?_pragma=busy_timeout(5000)&_pragma=page_size(4096)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)" +
		"&_pragma=temp_store(MEMORY)&_pragma=cache_size(-32000)" + more
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

func migrateSQLite(ctx context.Context, db *sql.DB, all fs.FS, name string) error {
	sub, err := fs.Sub(all, "sqlite/"+name)
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

func (f *sqliteFile) writers() int { return 1 }

func (f *sqliteFile) begin(ctx context.Context, _ int) (work, error) {
	if _, err := f.writer.conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return nil, f.down("begin", err)
	}
	return &sqliteWork{f: f, c: f.writer}, nil
}

// look needs no transaction: every statement reads what is committed.
func (f *sqliteFile) look(_ context.Context, viewer int) (work, error) {
	return &sqliteWork{f: f, c: f.views[viewer]}, nil
}

// prefetches: a row read alone costs no more than in company.
func (f *sqliteFile) prefetches() bool { return false }

// alone: the data folder has one process, and its file one writer.
func (f *sqliteFile) alone() bool { return true }

// untrusted are SQLite's words for a disk that failed: what the file holds is
// not known any more.
var untrusted = []int{sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}

func says(err error, codes ...int) bool {
	var se *sqlite.Error
	return errors.As(err, &se) && slices.Contains(codes, se.Code()&0xff)
}

// down reports a batch that the file could not take. A failed write or fsync
// leaves the file in a state we cannot know, so the process must end and start
// again from what is on disk (rule B14). A full disk is no such failure:
// nothing was written, and the store goes on when there is space again.
func (f *sqliteFile) down(what string, err error) error {
	if says(err, untrusted...) {
		f.fatal(fmt.Errorf("%s %s: %w", what, f.name, err))
	}
	return away(what+" "+f.name, err)
}

// sqliteConn is one connection and what is prepared on it; one goroutine's.
type sqliteConn struct {
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
	texts map[*Table]statements
}

func newSQLiteConn(ctx context.Context, from *sql.DB) (*sqliteConn, error) {
	conn, err := from.Conn(ctx)
	return &sqliteConn{conn: conn, stmts: map[string]*sql.Stmt{}, texts: map[*Table]statements{}}, err
}

func (c *sqliteConn) stmt(query string) (*sql.Stmt, error) {
	if s, ok := c.stmts[query]; ok {
		return s, nil
	}
	s, err := c.conn.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, fmt.Errorf("prepare: %w", err)
	}
	c.stmts[query] = s
	return s, nil
}

func (c *sqliteConn) text(t *Table) statements {
	s, ok := c.texts[t]
	if !ok {
		s = t.sqliteStatements()
		c.texts[t] = s
	}
	return s
}

func (c *sqliteConn) close() error {
	var errs []error
	for _, s := range c.stmts {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, c.conn.Close())...)
}

// reader returns the prepared statement of a query on the readers.
func (f *sqliteFile) reader(ctx context.Context, query string) (*sql.Stmt, error) {
	if s, ok := f.reads.Load(query); ok {
		return s.(*sql.Stmt), nil
	}
	s, err := f.readers.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	if before, raced := f.reads.LoadOrStore(query, s); raced {
		_ = s.Close() // somebody prepared it meanwhile
		return before.(*sql.Stmt), nil
	}
	return s, nil
}

func (f *sqliteFile) read(ctx context.Context, query string, args []any, each func(scan func(...any) error) error) error {
	s, err := f.reader(ctx, query)
	if err != nil {
		return err
	}
	rows, err := s.QueryContext(ctx, args...)
	return ScanRows(rows, err, each)
}

// ScanRows hands every row of a query to each.
func ScanRows(rows *sql.Rows, err error, each func(scan func(...any) error) error) error {
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

// Bounds of the log. A checkpoint writes every page that changed since the last
// one, so a rare one writes a page once that many batches have changed; too rare,
// and readers search a long log, and a start after a crash reads it.
const (
	checkpointAt    = 64 << 20 // bytes of log
	checkpointAfter = 30       // looks, however small the log is
)

// checkpoint looks whether it is time, and does not stop the writer.
func (f *sqliteFile) checkpoint(ctx context.Context) error {
	f.looks++
	log, err := os.Stat(f.path + "-wal")
	if err == nil && log.Size() < checkpointAt && f.looks < checkpointAfter {
		return nil
	}
	f.looks = 0
	_, err = f.checks.ExecContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)")
	return err
}

func (f *sqliteFile) close() error {
	var errs []error
	for _, c := range append(f.views, f.writer) {
		if c != nil && c.conn != nil {
			errs = append(errs, c.close())
		}
	}
	f.reads.Range(func(_, s any) bool {
		errs = append(errs, s.(*sql.Stmt).Close())
		return true
	})
	for _, db := range []*sql.DB{f.checks, f.readers, f.write} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// sqliteWork is the writer's transaction, or a viewer's reading.
type sqliteWork struct {
	f     *sqliteFile
	c     *sqliteConn
	wrote bool
}

var _ work = (*sqliteWork)(nil)

func (w *sqliteWork) load(ctx context.Context, sheets []sheet) error {
	for _, s := range sheets {
		groups, _ := s.wants()
		for _, g := range groups {
			if err := w.query(ctx, w.c.text(s.table()).load, g, s.take); err != nil {
				return err
			}
		}
		s.taken()
	}
	return nil
}

func (w *sqliteWork) save(ctx context.Context, sheets []sheet) error {
	for _, s := range sheets {
		text := w.c.text(s.table())
		for _, values := range s.writes(removed) {
			if err := w.one(ctx, text.remove, values); err != nil {
				return err
			}
		}
		for _, values := range s.writes(changed) {
			if err := w.one(ctx, text.change, s.table().changeValues(values)); err != nil {
				return err
			}
		}
		if err := w.add(ctx, s.table(), text, s.writes(added)); err != nil {
			return err
		}
	}
	return nil
}

// one runs a statement that is to write one row.
func (w *sqliteWork) one(ctx context.Context, query string, values []any) error {
	n, err := w.exec(ctx, query, values...)
	if err == nil && n != 1 {
		err = fmt.Errorf("%s: %d rows instead of 1", query, n)
	}
	return err
}

// add adds rows in the order of their keys, many with one statement. Those that
// nobody reads by key stay in the order of the acts.
func (w *sqliteWork) add(ctx context.Context, t *Table, text statements, rows [][]any) error {
	if t.Group > 0 {
		slices.SortFunc(rows, compare)
	}
	for ; len(rows) >= manyRows; rows = rows[manyRows:] {
		if _, err := w.exec(ctx, text.addMany, slices.Concat(rows[:manyRows]...)...); err != nil {
			return err
		}
	}
	for _, values := range rows {
		if err := w.one(ctx, text.add, values); err != nil {
			return err
		}
	}
	return nil
}

func (w *sqliteWork) exec(_ context.Context, query string, args ...any) (int64, error) {
	s, err := w.c.stmt(query)
	if err != nil {
		return 0, err
	}
	r, err := s.Exec(args...)
	if err != nil {
		return 0, w.fault(err)
	}
	w.wrote = true
	return r.RowsAffected()
}

func (w *sqliteWork) query(_ context.Context, query string, args []any, each func(scan func(...any) error) error) error {
	s, err := w.c.stmt(query)
	if err != nil {
		return err
	}
	rows, err := s.Query(args...)
	return w.fault(ScanRows(rows, err, each))
}

// fault tells everybody's failures from one act's.
func (w *sqliteWork) fault(err error) error {
	if says(err, append(untrusted, sqlite3.SQLITE_FULL)...) {
		return w.f.down("write", err)
	}
	return err
}

func (w *sqliteWork) finish() {}

func (w *sqliteWork) durable() bool { return w.wrote }

func (w *sqliteWork) share(context.Context, string, bool) error { return nil }

// commit is not cancelled.
func (w *sqliteWork) commit(ctx context.Context) error {
	if _, err := w.c.conn.ExecContext(context.WithoutCancel(ctx), "COMMIT"); err != nil {
		_, _ = w.c.conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		return w.f.down("commit", err)
	}
	return nil
}

// rollback: SQLite may have rolled back by itself; a connection that is still
// in a transaction makes the next BEGIN fail, which is reported there.
func (w *sqliteWork) rollback() { _, _ = w.c.conn.ExecContext(context.Background(), "ROLLBACK") }
