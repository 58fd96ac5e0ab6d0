package combine_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	_ "modernc.org/sqlite" // the embedded database

	"naru/internal/combine"
	"naru/internal/pgserver"
)

// row is what is written: about 200 bytes.
type row struct {
	person []byte
	body   string
}

var sample = row{person: slices.Repeat([]byte{7}, 16), body: strings.Repeat("x", 184)}

// cell is one line of the table: who asks, and how the queue closes its batches.
type cell struct {
	callers, batch int
	age            time.Duration
}

// Durable rows a second through the queue, and what each caller waits. Usually
// only the defaults are measured; with NARU_BENCH_TABLE=1 the whole table of
// docs/results/combine.md is.
func BenchmarkQueue(b *testing.B) {
	for _, store := range []struct {
		name string
		open func(*testing.B) func(context.Context, []row) error
	}{{"sqlite", openSQLite}, {"postgres", openPostgres}} {
		b.Run(store.name, func(b *testing.B) {
			write := store.open(b)
			for _, c := range cells(os.Getenv("NARU_BENCH_TABLE") != "") {
				b.Run(fmt.Sprintf("callers=%d/batch=%d/age=%v", c.callers, c.batch, c.age), func(b *testing.B) {
					c.measure(b, write)
				})
			}
		})
	}
}

func cells(all bool) []cell {
	if !all {
		return []cell{{callers: 1, batch: 512}, {callers: 64, batch: 512}, {callers: 2048, batch: 512}}
	}
	var table []cell
	for _, callers := range []int{512, 2048} {
		for _, batch := range []int{64, 128, 256, 512, 1024, 2048} {
			table = append(table, cell{callers: callers, batch: batch})
		}
	}
	for _, callers := range []int{1, 16, 64, 512, 2048} {
		for _, age := range []time.Duration{0, 500, 1000, 2000, 5000} {
			c := cell{callers, 512, age * time.Microsecond}
			if !slices.Contains(table, c) {
				table = append(table, c)
			}
		}
	}
	return table
}

// measure lets the callers ask one thing after another until b.N rows are
// durable.
func (c cell) measure(b *testing.B, write func(context.Context, []row) error) {
	var batches atomic.Int64
	q := combine.New(combine.Options{MaxBatch: c.batch, MaxAge: c.age, Now: time.Now},
		func(ctx context.Context, rows []row) error {
			batches.Add(1)
			return write(ctx, rows)
		})
	waits := make([]time.Duration, b.N)
	var next atomic.Int64
	var all sync.WaitGroup
	b.ResetTimer()
	for range c.callers {
		all.Go(func() {
			for i := next.Add(1) - 1; i < int64(b.N); i = next.Add(1) - 1 {
				asked := time.Now()
				if err := q.Do(context.Background(), sample); err != nil {
					b.Error(err)
					return
				}
				waits[i] = time.Since(asked)
			}
		})
	}
	all.Wait()
	b.StopTimer()
	if err := q.Close(time.Minute); err != nil {
		b.Fatal(err)
	}
	slices.Sort(waits)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(b.N)/float64(batches.Load()), "rows/batch")
	b.ReportMetric(waits[b.N/2].Seconds()*1000, "p50-ms")
	b.ReportMetric(waits[b.N*99/100].Seconds()*1000, "p99-ms")
	b.ReportMetric(0, "ns/op") // left out: it is rows/s again
}

func openSQLite(b *testing.B) func(context.Context, []row) error {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(b.TempDir(), "bench.db")+
		"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	must(b, err)
	conn, err := db.Conn(b.Context())
	must(b, err)
	_, err = conn.ExecContext(b.Context(), "CREATE TABLE line (id INTEGER PRIMARY KEY, person BLOB NOT NULL, body TEXT NOT NULL)")
	must(b, err)
	insert, err := conn.PrepareContext(b.Context(), "INSERT INTO line (person, body) VALUES (?, ?)")
	must(b, err)
	b.Cleanup(func() {
		must(b, insert.Close())
		must(b, conn.Close())
		must(b, db.Close())
	})
	return func(ctx context.Context, rows []row) error {
		if _, err := conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
			return err
		}
		for _, r := range rows {
			if _, err := insert.ExecContext(ctx, r.person, r.body); err != nil {
				return err
			}
		}
		_, err := conn.ExecContext(ctx, "COMMIT")
		return err
	}
}

func openPostgres(b *testing.B) func(context.Context, []row) error {
	if _, err := pgserver.Find(); err != nil {
		b.Skip(err)
	}
	pool := &pgserver.Pool{}
	b.Cleanup(func() { must(b, pool.Close()) })
	url, _, err := pool.Database(b.Context())
	must(b, err)
	conn, err := pgx.Connect(b.Context(), url)
	must(b, err)
	b.Cleanup(func() { must(b, conn.Close(context.Background())) })
	_, err = conn.Exec(b.Context(), "CREATE TABLE line (id bigserial PRIMARY KEY, person bytea NOT NULL, body text NOT NULL)")
	must(b, err)
	return func(ctx context.Context, rows []row) error {
		people, bodies := make([][]byte, len(rows)), make([]string, len(rows))
		for i, r := range rows {
			people[i], bodies[i] = r.person, r.body
		}
		return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
			_, err := tx.Exec(ctx, "INSERT INTO line (person, body) SELECT * FROM unnest($1::bytea[], $2::text[])", people, bodies)
			return err
		})
	}
}

func must(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}
