package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"naru/internal/store"
)

// The environment of a child process that moves and kills itself.
const (
	moveChildFrom  = "STORE_TEST_MOVE_FROM"
	moveChildTo    = "STORE_TEST_MOVE_TO"
	moveChildSteps = "STORE_TEST_MOVE_STEPS" // it dies before this step, counted from 0
)

const childRound = 400

// A crowd's data is moved by a process that is killed (kill -9) again and again:
// in the end every row is there once, and people find what they booked.
func TestMoveGoesOnAfterKills(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes ten seconds")
	}
	h := crowdedFolder(t, 2000)
	before, err := store.States(t.Context(), h.dir, "")
	must(t, err)
	url := newDatabase(t)
	deaths := 0
	for _, steps := range []int{0, 1, 1, 5, 2, 13, 8, 21, 3} { // each child begins where the last one died
		if !dies(t, h.dir, url, steps) {
			break
		}
		deaths++
		if _, err := h.openMoved(url); err == nil || !strings.Contains(err.Error(), "a move into the database") {
			t.Fatalf("a server on a database that is half full: %v", err)
		}
	}
	if deaths < 6 {
		t.Fatalf("the move died %d times only: the test proves little", deaths)
	}
	var last []store.Moving
	m := store.Mover{From: h.dir, To: url, Progress: func(at store.Moving) { last = append(last, at) }}
	moved, err := m.Move(t.Context())
	must(t, err)
	if !moved.Resumed || moved.Rows < 20_000 || len(moved.Tables) < 20 || moved.Files < 2 {
		t.Errorf("moved %+v", moved)
	}
	for _, at := range last {
		if at.Rows > at.Of {
			t.Errorf("%s: %d of %d rows", at.Table, at.Rows, at.Of)
		}
	}
	after, err := store.States(t.Context(), "", url)
	must(t, err)
	if len(before) < 2000 || len(after) != len(before) {
		t.Errorf("%d reservations before, %d after", len(before), len(after))
	}
	for n, state := range before {
		if after[n] != state {
			t.Fatalf("reservation %s was %s and is %s", n, state, after[n])
		}
	}
	h.checkMoved(url)
}

// dies moves in a child that kills itself before the step; false: it finished.
func dies(t *testing.T, from, to string, step int) bool {
	t.Helper()
	c := exec.Command(os.Args[0], "-test.run=^TestMoveChild$") //nolint:gosec // the test binary itself
	c.Env = append(os.Environ(), moveChildFrom+"="+from, moveChildTo+"="+to, fmt.Sprintf("%s=%d", moveChildSteps, step))
	out, err := c.CombinedOutput()
	var exit *exec.ExitError
	if err == nil {
		return false
	}
	if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("the child ended with %v: %s", err, out)
	}
	return true
}

// TestMoveChild is no test but the child of one.
func TestMoveChild(t *testing.T) {
	t.Parallel()
	from := os.Getenv(moveChildFrom)
	if from == "" {
		t.Skip("only as a child of TestMoveGoesOnAfterKills")
	}
	left := number(moveChildSteps)
	m := store.Mover{From: from, To: os.Getenv(moveChildTo), Round: childRound}
	m.Before(func(string) error {
		if left--; left < 0 {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
		return nil
	})
	_, err := m.Move(t.Context())
	must(t, err)
}

// checkMoved opens the moved data as a server does: the line goes on, numbers
// that were given are not given again, and the folder is refused.
func (h *house) checkMoved(url string) {
	h.t.Helper()
	if _, err := h.openMoved(""); err == nil || !strings.Contains(err.Error(), "--db") {
		h.t.Fatalf("the folder whose data was moved opens: %v", err)
	}
	h = &house{t: h.t, dir: h.dir, db: url, clock: h.clock, a: h.a, log: h.log}
	h.open()
	h.clock.Add(time.Minute)
	h.lead(1)
	c := h.citizen(9000)
	must(h.t, c.join())
	h.enterAll([]*citizen{c})
	h.proveAll([]*citizen{c})
	must(h.t, c.bookAt(h.anyClinic(), 1))
	must(h.t, h.Sweep(context.Background()))
	r, err := store.Check(context.Background(), "", url)
	must(h.t, err)
	if !r.Sound() {
		h.t.Errorf("after a booking in the new database: %+v", r)
	}
	must(h.t, h.Close())
}

// A move stops at any step and goes on; what is refused is refused before
// anything is changed.
func TestMoveRefuses(t *testing.T) {
	t.Parallel()
	h := crowdedFolder(t, 40)
	move := func(dir, url string) error {
		_, err := store.Mover{From: dir, To: url}.Move(t.Context())
		return err
	}
	refused := func(what string, err error, want string) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", what, err, want)
		}
	}
	full := newDatabase(t)
	execute(t, full, `INSERT INTO gate.late (campaign, next) VALUES ('other', 7)`)
	refused("a database with data", move(h.dir, full), "the database is not empty: gate.late has rows")
	if _, err := store.Check(t.Context(), "", full); err != nil {
		t.Errorf("after a refusal: %v", err)
	}
	execute(t, full, `DELETE FROM gate.late`)
	must(t, move(h.dir, full))
	refused("a folder that was moved", move(h.dir, newDatabase(t)), "was moved to the database")

	other := crowdedFolder(t, 3)
	refused("a database with another folder's data", move(other.dir, full), "the data of another folder")
	refused("no folder", move(filepath.Join(t.TempDir(), "none"), newDatabase(t)), "give the data folder of a server")
	refused("a wrong URL", move(other.dir, "mysql://secret@x/y"), "not one of PostgreSQL")

	half := newDatabase(t)
	m := store.Mover{From: other.dir, To: half}
	m.Before(func(step string) error {
		if step == "done" {
			return store.ErrStopped
		}
		return nil
	})
	if _, err := m.Move(t.Context()); !errors.Is(err, store.ErrStopped) {
		t.Fatal(err)
	}
	third := crowdedFolder(t, 3)
	refused("a database where another move stopped", move(third.dir, half), "the data of another folder")
	_, err := third.openMoved(half)
	refused("a server there", err, "is not finished")
	_, err = other.openMoved("")
	must(t, err) // the folder is as it was
}

// A row that was changed, lost or added behind the move's back is found, on
// either side, and nothing is marked.
func TestMoveFindsDifferences(t *testing.T) {
	t.Parallel()
	h := crowdedFolder(t, 60)
	for _, c := range []struct{ what, target, source, want string }{
		{"a value changed", `UPDATE booking.reservation SET extends = extends + 1 WHERE ctid = (SELECT min(ctid) FROM booking.reservation)`, "", "booking.reservation is not the same"},
		{"a row lost", `DELETE FROM gate.ticket WHERE ctid = (SELECT min(ctid) FROM gate.ticket)`, "", "gate.ticket is not the same"},
		{"a row added", `INSERT INTO booking.slot VALUES (1, 'x', 1, 1, 0)`, "", "booking.slot is not the same"},
		{"two values swapped", `UPDATE booking.slot s SET capacity = o.capacity + s.capacity, taken = s.taken FROM (SELECT 1 AS capacity) o WHERE s.ctid = (SELECT min(ctid) FROM booking.slot)`, "", "booking.slot is not the same"},
		{"an empty value is not NULL", `UPDATE gate.line SET seed = ''`, "", "gate.line is not the same"},
		{"the folder changed meanwhile", "", `UPDATE late SET next = next + 1`, "gate.late changed in the folder"},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			must(t, os.CopyFS(dir, os.DirFS(h.dir)))
			url := newDatabase(t)
			m := store.Mover{From: dir, To: url}
			m.Before(func(step string) error {
				if step != "compare" {
					return nil
				}
				if c.source != "" {
					return store.ErrStopped
				}
				execute(t, url, c.target)
				return nil
			})
			_, err := m.Move(t.Context())
			if c.source != "" {
				alter(t, dir, "gate", c.source)
				_, err = store.Mover{From: dir, To: url}.Move(t.Context())
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("the move says %v, want %q", err, c.want)
			}
			if _, err := os.Stat(filepath.Join(dir, "moved")); err == nil {
				t.Error("the folder is marked as moved")
			}
			if _, err := h.openMoved(url); err == nil {
				t.Error("a server starts on it")
			}
		})
	}
}

// The folder stays usable after a rehearsal, and a move that was finished says so.
func TestMoveKeepsTheFolder(t *testing.T) {
	t.Parallel()
	h := crowdedFolder(t, 12)
	url := newDatabase(t)
	moved, err := store.Mover{From: h.dir, To: url, KeepSource: true, Round: 3}.Move(t.Context())
	must(t, err)
	if !moved.Kept || moved.Already || moved.Check.Joined != 12 {
		t.Errorf("moved %+v", moved)
	}
	h.open()
	must(t, h.Close())
	moved, err = store.Mover{From: h.dir, To: url}.Move(t.Context())
	must(t, err)
	if !moved.Already || moved.Kept {
		t.Errorf("moved again %+v", moved)
	}
	h.checkMoved(url)
}

// notMoved are tables of PostgreSQL that a folder keeps as files: lists, and days of the
// register, with which a folder is refused.
func notMoved(name string) bool {
	return slices.Contains([]string{"booking.static_file", "visit.contact", "visit.visit"}, name)
}

// Every table of both catalogues is moved. Whoever adds a table to the migrations
// of one database alone is told here.
func TestMoveForgetsNoTable(t *testing.T) {
	t.Parallel()
	h := crowdedFolder(t, 1)
	url := newDatabase(t)
	m := store.Mover{From: h.dir, To: url}
	names, err := m.MovedTables(t.Context())
	must(t, err)
	if want := slices.DeleteFunc(postgresTables(t, url), notMoved); !slices.Equal(names, want) {
		t.Errorf("moved are %v, PostgreSQL has %v", names, want)
	}
	if want := sqliteTables(t, h.dir); !slices.Equal(names, want) {
		t.Errorf("moved are %v, SQLite has %v", names, want)
	}
	for _, c := range []struct{ sqlite, postgres, want string }{
		{`CREATE TABLE fresh (a INTEGER PRIMARY KEY) STRICT`, "", "the database has no table fresh"},
		{"", `CREATE TABLE gate.new (a bigint PRIMARY KEY)`, "the folder has no table gate.new"},
		{"", `ALTER TABLE gate.late ADD COLUMN more bigint`, "table gate.late has the columns"},
		{"", `ALTER TABLE gate.late ADD COLUMN day date`, "the type date"},
	} {
		dir := t.TempDir()
		must(t, os.CopyFS(dir, os.DirFS(h.dir)))
		url := newDatabase(t)
		if c.sqlite != "" {
			alter(t, dir, "gate", c.sqlite)
		} else {
			execute(t, url, c.postgres)
		}
		if _, err := (store.Mover{From: dir, To: url}).Move(t.Context()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s%s: the move says %v, want %q", c.sqlite, c.postgres, err, c.want)
		}
	}
}

func postgresTables(t *testing.T, url string) (names []string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	must(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	rows, err := conn.Query(t.Context(), `SELECT schemaname || '.' || tablename FROM pg_tables
	    WHERE schemaname NOT IN ('pg_catalog', 'information_schema') AND tablename NOT LIKE 'goose%'`)
	must(t, err)
	names, err = pgx.CollectRows(rows, pgx.RowTo[string])
	must(t, err)
	return slices.Sorted(slices.Values(names))
}

func sqliteTables(t *testing.T, dir string) (names []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.db"))
	must(t, err)
	for _, file := range files {
		db, err := sql.Open("sqlite", file)
		must(t, err)
		rows, err := db.Query(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'goose%' AND name NOT LIKE 'sqlite%'`)
		must(t, err)
		for rows.Next() {
			var name string
			must(t, rows.Scan(&name))
			names = append(names, strings.TrimSuffix(filepath.Base(file), ".db")+"."+name)
		}
		must(t, errors.Join(rows.Err(), rows.Close(), db.Close()))
	}
	return slices.Sorted(slices.Values(names))
}

// execute runs a statement in a PostgreSQL, behind everybody's back.
func execute(t testing.TB, url, query string) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	must(t, err)
	_, err = conn.Exec(ctx, query)
	must(t, errors.Join(err, conn.Close(ctx)))
}

// alter runs statements in a file of a data folder, behind everybody's back.
func alter(t testing.TB, dir, name, query string) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, name+".db"))
	must(t, err)
	_, err = db.Exec(query)
	must(t, errors.Join(err, db.Close()))
}
