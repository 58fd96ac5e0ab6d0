package db

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// Bounds of a PostgreSQL session (DESIGN §3). A transaction that stands still
// gives up its locks, so that a node that was stopped or cut off harms nobody.
// There is no statement_timeout on the writer: it could end the wait for the
// standby and make a commit look replicated that is not.
var writerSettings = map[string]string{
	"idle_in_transaction_session_timeout": "1000",
	"lock_timeout":                        "2000",
	"tcp_user_timeout":                    "5000",
	"client_connection_check_interval":    "2000",
	"synchronous_commit":                  "on",
	"timezone":                            "UTC",
	// Every statement of a batch reads by key: plans must not depend on how many
	// rows the tables had when they were made.
	"plan_cache_mode":  "force_generic_plan",
	"enable_hashjoin":  "off",
	"enable_mergejoin": "off",
	"enable_seqscan":   "off",
}

// Readers ask anything, viewers by key.
var (
	readerSettings = map[string]string{
		"statement_timeout":             "10000",
		"tcp_user_timeout":              "5000",
		"default_transaction_read_only": "on",
		"timezone":                      "UTC",
	}
	viewerSettings = map[string]string{
		"statement_timeout":             "10000",
		"tcp_user_timeout":              "5000",
		"default_transaction_read_only": "on",
		"timezone":                      "UTC",
		"plan_cache_mode":               "force_generic_plan",
		"enable_hashjoin":               "off",
		"enable_mergejoin":              "off",
		"enable_seqscan":                "off",
	}
)

const (
	connectTimeout = 2 * time.Second
	userTimeout    = 5 * time.Second // bytes that nobody acknowledges end the connection
)

// postgres is one schema of a PostgreSQL database: the writers' connections and a
// pool of readers.
type postgres struct {
	name  string
	guard *Guard
	pens  []*postgresConn // of the writers
	views []*postgresConn
	pool  *pgxpool.Pool
}

// postgresConn is one connection that is made anew when it was lost; one
// goroutine's.
type postgresConn struct {
	name   string
	config *pgx.ConnConfig
	conn   *pgx.Conn // nil while there is none
	warned bool      // the server warned since the last look: see commit
	texts  map[*Table]statements
}

func openPostgres(ctx context.Context, o Options) (engine, error) {
	p := &postgres{name: o.Name, guard: o.Guard}
	if p.guard == nil {
		p.guard = &Guard{}
	}
	var err error
	for range max(1, o.Writers) {
		c, err := p.connection(o.URL, writerSettings)
		if err != nil {
			return nil, err
		}
		p.pens = append(p.pens, c)
	}
	if err := p.migrate(ctx, o.Migrations); err != nil {
		return nil, fmt.Errorf("migrate %s: %w", o.Name, err)
	}
	for range max(1, o.Viewers) {
		v, err := p.connection(o.URL, viewerSettings)
		if err != nil {
			return nil, err
		}
		p.views = append(p.views, v)
	}
	pool, err := pgxpool.ParseConfig(o.URL)
	if err != nil {
		return nil, hidden(err)
	}
	if pool.ConnConfig, err = p.settings(o.URL, readerSettings); err != nil {
		return nil, err
	}
	pool.MaxConns = int32(max(1, o.Readers)) //nolint:gosec // a handful
	p.pool, err = pgxpool.NewWithConfig(ctx, pool)
	return p, err
}

func (p *postgres) connection(url string, more map[string]string) (*postgresConn, error) {
	config, err := p.settings(url, more)
	if err != nil {
		return nil, err
	}
	c := &postgresConn{name: p.name, config: config, texts: map[*Table]statements{}}
	config.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) { c.warned = c.warned || n.SeverityUnlocalized == "WARNING" }
	return c, nil
}

// settings are a connection's parameters with ours on top. Of several hosts in
// the URL the one that takes writes is found.
func (p *postgres) settings(url string, more map[string]string) (*pgx.ConnConfig, error) {
	c, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, hidden(err)
	}
	for name, value := range more {
		c.RuntimeParams[name] = value
	}
	c.RuntimeParams["search_path"] = p.name
	c.RuntimeParams["application_name"] = "naru-" + p.name
	c.ConnectTimeout = connectTimeout
	dialer := &net.Dialer{Timeout: connectTimeout, KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: userTimeout, Interval: time.Second, Count: 3}, Control: boundSilence}
	c.DialFunc = p.guard.track(dialer.DialContext)
	c.ValidateConnect = p.guard.validate
	return c, nil
}

// CheckURL says whether a URL names a PostgreSQL, without asking it.
func CheckURL(url string) error {
	if _, err := pgx.ParseConfig(url); err != nil || !strings.Contains(url, "://") {
		return hidden(err)
	}
	return nil
}

// hidden keeps the password in a URL out of what is shown.
func hidden(error) error {
	return errors.New("the database URL is not one of PostgreSQL: postgres://user@host:5432/database")
}

// migrate makes the schema and brings it up to date; of several nodes that
// start together one does it.
func (p *postgres) migrate(ctx context.Context, all fs.FS) error {
	sub, err := fs.Sub(all, "postgres/"+p.name)
	if err != nil {
		return err
	}
	config := p.pens[0].config.Copy()
	for _, name := range []string{"lock_timeout", "enable_seqscan", "plan_cache_mode"} {
		delete(config.RuntimeParams, name)
	}
	config.RuntimeParams["idle_in_transaction_session_timeout"] = "60000"
	db := stdlib.OpenDB(*config)
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(ctx, `SELECT pg_advisory_lock(hashtext('naru schema'))`); err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "CREATE SCHEMA IF NOT EXISTS "+pgx.Identifier{p.name}.Sanitize())
	if _, unlock := db.ExecContext(ctx, `SELECT pg_advisory_unlock_all()`); err != nil || unlock != nil {
		return errors.Join(err, unlock)
	}
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return err
	}
	g, err := goose.NewProvider(goose.DialectPostgres, db, sub, goose.WithSessionLocker(locker))
	if err != nil {
		return err
	}
	_, err = g.Up(ctx)
	return err
}

func (p *postgres) prefetches() bool { return true }

func (p *postgres) alone() bool { return false }

func (p *postgres) writers() int { return len(p.pens) }

func (p *postgres) begin(ctx context.Context, writer int) (work, error) {
	c := p.pens[writer]
	if err := c.connect(ctx); err != nil {
		return nil, err
	}
	return &postgresWork{c: c, first: []string{"BEGIN"}, stall: c.watch()}, nil
}

// look needs no transaction: every statement reads what is committed.
func (p *postgres) look(ctx context.Context, viewer int) (work, error) {
	c := p.views[viewer]
	if err := c.connect(ctx); err != nil {
		return nil, err
	}
	return &postgresWork{c: c, view: true, stall: c.watch()}, nil // begun: there is no transaction
}

func (c *postgresConn) connect(ctx context.Context) error {
	if c.conn != nil && !c.conn.IsClosed() {
		return nil
	}
	conn, err := pgx.ConnectConfig(ctx, c.config)
	if err != nil {
		return away("connect "+c.name, err)
	}
	c.conn = conn
	return nil
}

// stallAfter is how long a batch may take before the other hosts of the URL are
// asked whether one of them has taken over.
const stallAfter = 2 * time.Second

// watch looks, while a batch takes too long, whether another host has become the
// primary: one that stands still keeps its connections open and says nothing.
// Connecting to the new one ends those to the old (see Guard). stop ends it.
func (c *postgresConn) watch() (stop func()) {
	if len(c.config.Fallbacks) == 0 {
		return func() {}
	}
	ctx, cancel := context.WithCancel(context.Background())
	timer := time.AfterFunc(stallAfter, func() {
		for ctx.Err() == nil {
			if conn, err := pgx.ConnectConfig(ctx, c.config.Copy()); err == nil {
				_ = conn.Close(ctx) // it was only asked who it is
			}
			select {
			case <-ctx.Done():
			case <-time.After(stallAfter):
			}
		}
	})
	return func() { timer.Stop(); cancel() }
}

// lose gives the connection up; the next batch makes another.
func (c *postgresConn) lose() {
	if c.conn == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = c.conn.Close(ctx) // it is of no use any more
	c.conn = nil
}

func (c *postgresConn) text(t *Table) statements {
	s, ok := c.texts[t]
	if !ok {
		s = t.postgresStatements()
		c.texts[t] = s
	}
	return s
}

func (p *postgres) read(ctx context.Context, query string, args []any, each func(scan func(...any) error) error) error {
	rows, err := p.pool.Query(ctx, query, args...)
	return scanPgx(rows, err, each)
}

func scanPgx(rows pgx.Rows, err error, each func(scan func(...any) error) error) error {
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// checkpoint is PostgreSQL's own business.
func (p *postgres) checkpoint(context.Context) error { return nil }

func (p *postgres) close() error {
	for _, c := range append(p.views, p.pens...) {
		c.lose()
	}
	if p.pool != nil {
		p.pool.Close()
	}
	return nil
}

// columns turns rows into one array a column, as unnest takes them.
func columns(types []Column, rows [][]any) []any {
	all := make([]any, len(types))
	for i, c := range types {
		switch c.Type {
		case "int2":
			all[i] = column[int16](rows, i)
		case "int4":
			all[i] = column[int32](rows, i)
		case "int8":
			all[i] = column[int64](rows, i)
		case "float8":
			all[i] = column[float64](rows, i)
		case "bool":
			all[i] = column[bool](rows, i)
		case "text":
			all[i] = column[string](rows, i)
		case "bytea":
			all[i] = column[[]byte](rows, i)
		default:
			panic("column " + c.Name + ": type " + strconv.Quote(c.Type))
		}
	}
	return all
}

func column[V any](rows [][]any, i int) []V {
	all := make([]V, len(rows))
	for n, row := range rows {
		all[n] = row[i].(V)
	}
	return all
}
