package bench

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"naru/internal/person"
	"naru/internal/record"
	"naru/internal/store"
)

// recordMeasures compare the load of a register's file with a plain batched insert of the
// same rows. Both sides grow their own databases from run to run, so later runs meet larger
// tables; --rows is what they hold at the end.
func recordMeasures() []measure {
	return []measure{{
		name: "record_sqlite", unit: "lines/s",
		yardstickIs: "one connection that inserts rows of the same tables and sizes, made beforehand, 10,000 lines a transaction, synchronous=FULL",
		open:        openRecord,
	}}
}

// plainRound is how many lines the yardstick writes in one transaction.
const plainRound = 10_000

type recordSides struct {
	b       *bench
	store   *store.Store
	plain   *sql.DB
	lines   int // of a run
	loaded  int // by ours
	inserts [3]*sql.Stmt
}

func openRecord(ctx context.Context, b *bench) (sides, error) {
	s := &recordSides{b: b, lines: b.Rows / b.Runs}
	ours, plain := filepath.Join(b.Dir, "load"), filepath.Join(b.Dir, "plain")
	for _, dir := range []string{ours, plain} {
		if err := os.MkdirAll(dir, 0o750); err != nil {
			return nil, err
		}
	}
	fatal := func(err error) { panic(err) } // the disk cannot be trusted: no measure
	o := store.Options{Dir: plain, Now: time.Now, Agency: b.Agency, Fatal: fatal}
	if err := store.Migrate(ctx, o); err != nil {
		return nil, err
	}
	o.Dir = ours
	var err error
	if s.store, err = store.Open(ctx, o); err != nil {
		return nil, err
	}
	if s.plain, err = openPlain(ctx, plain); err != nil {
		return nil, errors.Join(err, s.store.Close())
	}
	for i, query := range []string{
		`INSERT INTO person (person_id, bucket, name, born, mobile, created_at) VALUES (?, ?, ?, ?, ?, ?)`,
		`INSERT INTO person_lookup (bucket, key_id, claim, person_id, stable) VALUES (?, ?, ?, ?, ?)`,
		`INSERT INTO record.record_entry (person_id, bucket, seq, entry_id, at, body) VALUES (?, ?, ?, ?, ?, ?)`,
	} {
		if s.inserts[i], err = s.plain.PrepareContext(ctx, query); err != nil {
			return nil, errors.Join(err, s.close())
		}
	}
	return s, nil
}

func openPlain(ctx context.Context, dir string) (*sql.DB, error) {
	path := func(name string) string { return (&url.URL{Path: filepath.Join(dir, name)}).EscapedPath() }
	db, err := sql.Open("sqlite", "file:"+path("booking.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=temp_store(MEMORY)&_pragma=cache_size(-32000)&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	_, err = db.ExecContext(ctx, "ATTACH DATABASE ? AS record", "file:"+path("record.db"))
	if err == nil {
		_, err = db.ExecContext(ctx, "PRAGMA record.cache_size = -32000")
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// ours loads a file of new people, one dose each.
func (s *recordSides) ours(ctx context.Context) (float64, error) {
	text := s.file()
	start := time.Now()
	lines, err := record.NewReader(strings.NewReader(text), false)
	if err != nil {
		return 0, err
	}
	var state store.LoadState
	err = s.store.LoadLines(ctx, "import:bench", func() ([]record.FileLine, error) { return round(lines) },
		func(_ []record.FileLine, l store.Loaded) error {
			if state.Added += int64(l.Added); l.Added != len(l.Faults) {
				return fmt.Errorf("%d of %d lines were not added: %w", len(l.Faults)-l.Added, len(l.Faults), errors.Join(l.Faults...))
			}
			state.Lines += int64(len(l.Faults))
			return s.store.SaveLoad(ctx, "bench", state)
		})
	if err == nil && state.Added != int64(s.lines) {
		err = fmt.Errorf("%d lines were added of %d", state.Added, s.lines)
	}
	return float64(s.lines) / time.Since(start).Seconds(), err
}

func round(lines *record.Reader) ([]record.FileLine, error) {
	all := make([]record.FileLine, 0, store.LoadRound)
	for len(all) < store.LoadRound {
		l, err := lines.Next()
		if errors.Is(err, io.EOF) && len(all) > 0 {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		all = append(all, l)
	}
	return all, nil
}

// file makes the text of a run: nobody is in two of them.
func (s *recordSides) file() string {
	var b strings.Builder
	for range s.lines {
		s.loaded++
		fmt.Fprintf(&b, `{"kind":"dose","name":"가상%c%c","birth_date":"%d-0%d-1%d","mobile":"010%08d","product":"PFZ","number":1,"of":2,"day":"2021-07-%02d","lot":"L%05d","site":"left_arm","vaccinator":"v%04d","clinic":"k%05d"}`+"\n",
			'가'+rune(s.loaded%11172), '가'+rune(s.loaded/11172%11172), 1940+s.loaded%60, 1+s.loaded%9, s.loaded%10, s.loaded%100_000_000,
			1+s.loaded%28, s.loaded%300, s.loaded%5000, s.loaded%13000)
	}
	return b.String()
}

// yardstick inserts as many rows of each table, which are made before the clock runs.
func (s *recordSides) yardstick(ctx context.Context) (float64, error) {
	now := time.Now()
	var spent time.Duration
	for from := 0; from < s.lines; from += plainRound {
		rows := plainRows(min(plainRound, s.lines-from), now)
		start := time.Now()
		if err := s.insert(ctx, rows); err != nil {
			return 0, err
		}
		spent += time.Since(start)
	}
	return float64(s.lines) / spent.Seconds(), nil
}

// Sizes of what is sealed: 30 bytes of key id, nonce and tag, and the value.
const (
	sealedName, sealedBorn, sealedMobile = 42, 40, 41
	sealedEntry                          = 270
)

func plainRows(n int, now time.Time) [][3][]any {
	all := make([][3][]any, n)
	for i := range all {
		noise := make([]byte, 32+sealedName+sealedBorn+sealedMobile+sealedEntry)
		_, _ = rand.Read(noise) // never fails: see crypto/rand
		cut := func(n int) []byte { part := noise[:n:n]; noise = noise[n:]; return part }
		claim := cut(32)
		bucket := (int16(claim[0])<<8 | int16(claim[1])) & (person.Buckets - 1)
		id := string(person.NewID(bucket, now))
		all[i] = [3][]any{
			{id, bucket, cut(sealedName), cut(sealedBorn), cut(sealedMobile), now.Unix()},
			{bucket, 1, claim, id, false},
			{id, bucket, 1, fmt.Sprintf("%x", claim[:16]), now.Unix(), cut(sealedEntry)},
		}
	}
	return all
}

func (s *recordSides) insert(ctx context.Context, rows [][3][]any) error {
	tx, err := s.plain.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after the commit there is nothing to take back
	for table, prepared := range s.inserts {
		statement := tx.StmtContext(ctx, prepared)
		for _, row := range rows {
			if _, err := statement.ExecContext(ctx, row[table]...); err != nil {
				return err
			}
		}
	}
	return tx.Commit()
}

func (s *recordSides) close() error { return errors.Join(s.store.Close(), s.plain.Close()) }
