package db_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"naru/internal/db"
)

// BenchmarkCheckpoint writes batches as a busy store does, under each policy of
// checkpoints, and tells what a batch takes in the tail:
//
// go test ./internal/db -run '^$' -bench Checkpoint -benchtime 20s
func BenchmarkCheckpoint(b *testing.B) {
	for _, policy := range []struct {
		name  string
		auto  int           // pages after which the writer itself does it; 0: never
		every time.Duration // another connection looks so often; 0: never
		at    int64         // and does it when the log has so many bytes
		mode  string
	}{
		{"writer-1000-pages", 1000, 0, 0, ""},
		{"writer-8000-pages", 8000, 0, 0, ""},
		{"beside-4MB", 0, 500 * time.Millisecond, 4 << 20, "PASSIVE"},
		{"beside-64MB", 0, 500 * time.Millisecond, 64 << 20, "PASSIVE"},
		{"beside-64MB-truncate", 0, 500 * time.Millisecond, 64 << 20, "TRUNCATE"},
		{"beside-256MB", 0, 500 * time.Millisecond, 256 << 20, "PASSIVE"},
		{"never", 0, 0, 0, ""},
	} {
		b.Run(policy.name, func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "x.db")
			w := openBench(b, path, fmt.Sprintf("&_txlock=immediate&_pragma=wal_autocheckpoint(%d)", policy.auto))
			stop := func() {}
			if policy.every > 0 {
				stop = checkpoints(b, path, policy.every, policy.at, policy.mode)
			}
			batches(b, w, path)
			stop()
		})
	}
}

func openBench(b *testing.B, path, more string) *sql.DB {
	b.Helper()
	w, err := db.OpenFile(path, more, 1)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = w.Close() })
	return w
}

// checkpoints does what the store's loop does, until stop.
func checkpoints(b *testing.B, path string, every time.Duration, at int64, mode string) (stop func()) {
	c := openBench(b, path, "")
	ended, over := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(over)
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-ended:
				return
			case <-tick.C:
			}
			if log, err := os.Stat(path + "-wal"); err != nil || log.Size() < at {
				continue
			}
			if _, err := c.Exec("PRAGMA wal_checkpoint(" + mode + ")"); err != nil {
				b.Error(err)
			}
		}
	}()
	return func() { close(ended); <-over }
}

// batchRows is a busy store's batch.
const batchRows = 256

// batches writes b.N batches of rows with random keys, each its own transaction, and
// reports rows a second, the tail of a batch, and how long the log became.
func batches(b *testing.B, w *sql.DB, path string) {
	if _, err := w.Exec(`CREATE TABLE t (id BLOB NOT NULL PRIMARY KEY, person TEXT NOT NULL, body BLOB NOT NULL) STRICT, WITHOUT ROWID;
	    CREATE INDEX t_person ON t (person)`); err != nil {
		b.Fatal(err)
	}
	took := make([]time.Duration, 0, b.N)
	longest := int64(0)
	b.ResetTimer()
	for b.Loop() {
		began := time.Now()
		batch(b, w)
		took = append(took, time.Since(began))
		if len(took)%50 == 0 {
			if log, err := os.Stat(path + "-wal"); err == nil {
				longest = max(longest, log.Size())
			}
		}
	}
	b.StopTimer()
	slices.Sort(took)
	at := func(p float64) float64 { return took[int(p*float64(len(took)-1))].Seconds() * 1000 }
	b.ReportMetric(float64(len(took)*batchRows)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(at(0.5), "p50-ms")
	b.ReportMetric(at(0.99), "p99-ms")
	b.ReportMetric(at(1), "max-ms")
	b.ReportMetric(float64(longest)/(1<<20), "log-MB")
}

func batch(b *testing.B, w *sql.DB) {
	tx, err := w.Begin()
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	add, err := tx.Prepare(`INSERT INTO t (id, person, body) VALUES (randomblob(16), hex(randomblob(8)), zeroblob(200))`)
	if err != nil {
		b.Fatal(err)
	}
	for range batchRows {
		if _, err := add.Exec(); err != nil {
			b.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		b.Fatal(err)
	}
}
