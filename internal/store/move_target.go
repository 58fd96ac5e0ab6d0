package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"naru/internal/db"
)

// moveTarget is the PostgreSQL a move fills, on one connection.
type moveTarget struct {
	url, name string // the name has no password
	conn      *pgx.Conn
}

// The stages of a move, as the database knows them.
type moveStage int

const (
	moveNew   moveStage = iota
	moveBegun           // some rows may be there
	moveDone            // compared
)

// dialTarget connects to the host of a URL that takes writes.
func dialTarget(ctx context.Context, url string) (*moveTarget, error) {
	if err := db.CheckURL(url); err != nil {
		return nil, err
	}
	c, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, db.CheckURL(url) // it hides the password
	}
	c.ConnectTimeout = 5 * time.Second
	c.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	for name, value := range map[string]string{"application_name": "naru-move", "timezone": "UTC", "lock_timeout": "10000", "tcp_user_timeout": "10000"} {
		c.RuntimeParams[name] = value
	}
	t := &moveTarget{url: url}
	if t.conn, err = pgx.ConnectConfig(ctx, c); err != nil {
		return nil, err
	}
	at := t.conn.Config()
	t.name = fmt.Sprintf("%s:%d/%s", at.Host, at.Port, at.Database)
	return t, nil
}

// connectTarget is dialTarget for the one who moves: of two at once the second is
// refused. It waits a moment for one that was killed.
func connectTarget(ctx context.Context, url string) (*moveTarget, error) {
	t, err := dialTarget(ctx, url)
	if err != nil {
		return nil, err
	}
	if _, err := t.conn.Exec(ctx, `SELECT pg_advisory_lock(hashtext('naru move'))`); err != nil {
		t.close()
		return nil, fmt.Errorf("another move into %s is under way: %w", t.name, err)
	}
	return t, nil
}

func (t *moveTarget) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = t.conn.Close(ctx) // what was not committed is not wanted
}

// stage reads how far a move into the database has come, and of which source.
func (t *moveTarget) stage(ctx context.Context) (source []byte, stage moveStage, err error) {
	var there bool
	err = t.conn.QueryRow(ctx, `SELECT to_regclass('move.state') IS NOT NULL`).Scan(&there)
	if err != nil || !there {
		return nil, moveNew, err
	}
	var done bool
	err = t.conn.QueryRow(ctx, `SELECT source, done FROM move.state`).Scan(&source, &done)
	if done {
		return source, moveDone, err
	}
	return source, moveBegun, err
}

// begin takes an empty database, or one where the move of this source stopped,
// and brings its schema up to date. Others are refused before anything is
// changed.
func (t *moveTarget) begin(ctx context.Context, source []byte) (moveStage, error) {
	from, stage, err := t.stage(ctx)
	switch {
	case err != nil:
		return stage, err
	case stage != moveNew && !bytes.Equal(from, source):
		return stage, errors.New("the database has the data of another folder; move into an empty database")
	case stage == moveDone:
		return stage, nil
	case stage == moveNew:
		if err := t.refuseFull(ctx); err != nil {
			return stage, err
		}
		if err := t.claim(ctx, source); err != nil {
			return stage, err
		}
	}
	return stage, Migrate(ctx, schemaOnly("", t.url))
}

// claim keeps the database for the move of one source: until it is done no
// server starts on it.
func (t *moveTarget) claim(ctx context.Context, source []byte) error {
	return pgx.BeginFunc(ctx, t.conn, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
		    CREATE SCHEMA move;
		    CREATE TABLE move.state (source bytea NOT NULL, done boolean NOT NULL);
		    CREATE TABLE move.progress (table_name text NOT NULL PRIMARY KEY, last_key text NOT NULL, rows bigint NOT NULL, checksum bigint NOT NULL)`)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO move.state (source, done) VALUES ($1, false)`, source)
		return err
	})
}

// refuseFull refuses a database in which there is a row already.
func (t *moveTarget) refuseFull(ctx context.Context) error {
	for _, schema := range movedSchemas {
		tables, err := t.tables(ctx, schema)
		if err != nil {
			return err
		}
		for _, c := range tables {
			var any bool
			if err := t.conn.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM `+c.String()+`)`).Scan(&any); err != nil {
				return err
			}
			if any {
				return fmt.Errorf("the database is not empty: %s has rows that are not from this move; create an empty database and give its URL with --db", c)
			}
		}
	}
	return nil
}

// progress is how far a table has come.
func (t *moveTarget) progress(ctx context.Context, table string) (lastKey string, sum tableSum, err error) {
	err = t.conn.QueryRow(ctx, `SELECT last_key, rows, checksum FROM move.progress WHERE table_name = $1`, table).Scan(&lastKey, &sum.rows, &sum.sum)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", tableSum{}, nil
	}
	return lastKey, sum, err
}

// write adds a round of rows and says in the same transaction how far that is;
// between the two a test may stop it.
func (t *moveTarget) write(ctx context.Context, to tablePlan, rows [][]any, lastKey string, sum tableSum, between func(step string) error) error {
	tx, err := t.conn.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }() // after the commit there is nothing to roll back
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{to.schema, to.name}, to.columnNames(), pgx.CopyFromRows(rows)); err != nil {
		return err
	}
	if err := between("note " + to.String()); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO move.progress (table_name, last_key, rows, checksum) VALUES ($1, $2, $3, $4)
	    ON CONFLICT (table_name) DO UPDATE SET last_key = $2, rows = $3, checksum = $4`, to.String(), lastKey, sum.rows, sum.sum); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// settle sets the counters of the tables past what was copied, and lets the
// planner know the tables.
func (t *moveTarget) settle(ctx context.Context, plan []tablePlan) error {
	for _, p := range plan {
		for _, c := range p.columns {
			if !c.counter {
				continue
			}
			query := `SELECT setval(pg_get_serial_sequence($1, $2), max(` + c.name + `)) FROM ` + p.String() + ` HAVING max(` + c.name + `) IS NOT NULL`
			if _, err := t.conn.Exec(ctx, query, p.String(), c.name); err != nil {
				return fmt.Errorf("count of %s.%s: %w", p, c.name, err)
			}
		}
	}
	var names []string
	for _, p := range plan {
		names = append(names, p.String())
	}
	_, err := t.conn.Exec(ctx, `ANALYZE `+strings.Join(names, ", "))
	return err
}

// finish lets servers start on the database.
func (t *moveTarget) finish(ctx context.Context) error {
	_, err := t.conn.Exec(ctx, `UPDATE move.state SET done = true`)
	return err
}
