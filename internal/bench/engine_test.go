package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"naru/internal/pgserver"
)

// few is how many bookings a test makes: more than one batch.
const few = batch + 50

// The yardstick leaves the very rows that the store left, in the same schema.
func TestTheYardstickWritesTheSameRows(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		on    dialect
		write writer
	}{
		"SQLite": {sqlite, insertSQLite}, "COPY": {postgreSQL, copyPostgres}, "one transaction a booking": {postgreSQL, naivePostgres},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := benchForTest(t, c.on)
			p, err := b.server(t.Context(), c.on)
			must(t, err)
			e := &engine{b: b, postgres: p, write: c.write, bookings: few}
			rate, err := e.ours(t.Context())
			must(t, err)
			if rate <= 0 || e.last.bookings != few {
				t.Errorf("%d bookings at %g a second", e.last.bookings, rate)
			}
			at, err := b.newSchema(t.Context(), p)
			must(t, err)
			_, err = c.write(t.Context(), at, e.last)
			must(t, err)
			wantRows(t, e.last, at)
		})
	}
}

func wantRows(t *testing.T, l *load, at place) {
	t.Helper()
	d, err := (&town{place: at}).beside(t.Context())
	must(t, err)
	defer func() { must(t, d.close(context.Background())) }()
	for _, want := range l.tables {
		got, err := readTable(t.Context(), d, want.name, "")
		must(t, err)
		if g, w := written(got.rows), written(want.rows(0, l.bookings)); !slices.Equal(g, w) || len(w) == 0 {
			t.Errorf("%s: %d rows instead of %d, or not the same", want.name, len(g), len(w))
		}
	}
}

// written are rows as texts, sorted.
func written(rows [][]any) []string {
	var all []string
	for _, row := range rows {
		all = append(all, fmt.Sprintf("%v", row))
	}
	slices.Sort(all)
	return all
}

// Every booking leaves two holds, two reservations, two answers and a message:
// what the yardstick is measured by must not shrink unseen.
func TestWhatABookingLeaves(t *testing.T) {
	t.Parallel()
	b := benchForTest(t, sqlite)
	e := &engine{b: b, bookings: 20}
	_, err := e.ours(t.Context())
	must(t, err)
	for name, rows := range map[string]int{"reservation": 2, "hold": 2, "answer": 2, "outbox": 1} {
		for i, of := range e.last.table(name).of {
			if len(of) != rows {
				t.Errorf("booking %d leaves %d rows in %s, want %d", i, len(of), name, rows)
			}
		}
	}
}

// A filled table has so many reservations, and people can book beside them.
func TestFlat(t *testing.T) {
	t.Parallel()
	for name, on := range map[string]dialect{"SQLite": sqlite, "PostgreSQL": postgreSQL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := benchForTest(t, on)
			p, err := b.server(t.Context(), on)
			must(t, err)
			f := &flat{b: b, on: p}
			f.like, err = f.learn(t.Context())
			must(t, err)
			before := indexes(t, f)
			town, err := f.filled(t.Context(), fewestRows)
			must(t, err)
			defer func() { must(t, town.close(context.Background())) }()
			d, err := town.beside(t.Context())
			must(t, err)
			defer func() { must(t, d.close(context.Background())) }()
			counts, err := countRows(t.Context(), d)
			must(t, err)
			if counts["reservation"] != fewestRows || counts["hold"] != fewestRows || counts["outbox"] != fewestRows/2 {
				t.Errorf("the tables have %v rows", counts)
			}
			if after := indexesOf(t, d); !slices.Equal(after, before) || len(after) == 0 {
				t.Errorf("indexes %v, before the filling %v", after, before)
			}
			guests, err := town.admit(t.Context(), 10)
			must(t, err)
			_, err = town.bookAll(t.Context(), guests)
			must(t, err)
		})
	}
}

// indexes are those of an empty schema.
func indexes(t *testing.T, f *flat) []string {
	t.Helper()
	at, err := f.b.newSchema(t.Context(), f.on)
	must(t, err)
	d, err := (&town{place: at}).beside(t.Context())
	must(t, err)
	defer func() { must(t, d.close(context.Background())) }()
	return indexesOf(t, d)
}

func indexesOf(t *testing.T, d database) []string {
	t.Helper()
	query := `SELECT name FROM sqlite_master WHERE type = 'index' ORDER BY name`
	if _, ok := d.(schema); ok {
		query = `SELECT indexdef FROM pg_indexes WHERE schemaname = 'booking' ORDER BY indexdef`
	}
	_, rows, err := d.read(t.Context(), query)
	must(t, err)
	return written(rows)
}

// benchForTest is a bench in a folder of its own, on the tests' PostgreSQL.
func benchForTest(t *testing.T, on dialect) *bench {
	t.Helper()
	dir := t.TempDir()
	b := &bench{clinics: 300, Options: Options{Bench: "book", Runs: 1, Length: 100 * time.Millisecond, Callers: 1024, Rows: fewestRows, Dir: dir, Agency: korea(t), Log: io.Discard, Web: webForTest(t)}}
	if on == postgreSQL {
		if _, err := pgserver.Find(); err != nil {
			t.Skip(err)
		}
		s, err := sharedServer()
		must(t, err)
		b.DB = s.URL("postgres")
	}
	return b
}

// sharedServer is one PostgreSQL for all tests, started by the first that needs it.
var sharedServer = sync.OnceValues(func() (*pgserver.Server, error) {
	dir, err := pgserver.TempDir()
	if err != nil {
		return nil, err
	}
	s, err := pgserver.Start(context.Background(), pgserver.Options{Dir: dir})
	if err == nil {
		stopServer = func() error { return errors.Join(s.Stop(), os.RemoveAll(dir)) }
	}
	return s, err
})

var stopServer = func() error { return nil }

func TestMain(m *testing.M) {
	status := m.Run()
	if err := stopServer(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	os.Exit(status)
}

// Without PostgreSQL a measure is left out with the package to install, the
// others are taken, and the whole fails.
func TestAMeasureIsLeftOut(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	t.Setenv("NARU_PG_BIN", t.TempDir())
	var log strings.Builder
	o := whole()
	o.Measure, o.Dir, o.Agency, o.Log = "engine_postgres_copy", t.TempDir(), korea(t), &log
	err := Run(t.Context(), o, func(Result) error { t.Error("a result"); return nil })
	var missing *MissingError
	if !errors.As(err, &missing) || !strings.Contains(log.String(), "engine_postgres_copy is LEFT OUT: ") {
		t.Errorf("%v; said %s", err, log.String())
	}
}
