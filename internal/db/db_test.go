package db_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"naru/internal/db"
	"naru/internal/fault"
	"naru/internal/pgserver"
)

// shop is a database of one table: how much is left of a thing.
type shop struct {
	*db.Tx
	things *db.Sheet[thing, *stock]
}

var stockTable = db.NewTable("stock", "bucket int2, thing text, kept int4!, note bytea!", 2, 2, true)

type thing struct {
	bucket int16
	name   string
}

func (k thing) Bucket() int16 { return k.bucket }
func (k thing) Args() []any   { return []any{k.bucket, k.name} }

type stock struct {
	thing
	kept int32
	note []byte
}

func (r *stock) Group() thing  { return r.thing }
func (r *stock) Values() []any { return []any{r.bucket, r.name, r.kept, r.note} }
func (r *stock) Into() []any   { return []any{&r.bucket, &r.name, &r.kept, &r.note} }

func newShop(t *db.Tx) *shop {
	return &shop{t, db.NewSheet[thing](t, stockTable, func() *stock { return &stock{} })}
}

var schema = fstest.MapFS{
	"sqlite/shop/00001_shop.sql": {Data: []byte(`-- +goose Up
CREATE TABLE stock (bucket INTEGER NOT NULL, thing TEXT NOT NULL, kept INTEGER NOT NULL, note BLOB,
    PRIMARY KEY (bucket, thing), CHECK (kept >= 0)) STRICT, WITHOUT ROWID;`)},
	"postgres/shop/00001_shop.sql": {Data: []byte(`-- +goose Up
CREATE TABLE stock (bucket smallint NOT NULL, thing text NOT NULL, kept integer NOT NULL, note bytea,
    PRIMARY KEY (bucket, thing), CHECK (kept >= 0));`)},
}

var _ fs.FS = schema

var pool pgserver.Pool

func TestMain(m *testing.M) {
	status := m.Run()
	if err := pool.Close(); err != nil {
		log.Print(err)
		status = 1
	}
	os.Exit(status)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// onBoth gives a test each kind of database, empty.
func onBoth(t *testing.T, test func(t *testing.T, o db.Options)) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, options(t, ""))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, options(t, database(t)))
	})
}

func database(t *testing.T) string {
	t.Helper()
	if _, err := pgserver.Find(); err != nil {
		if os.Getenv("CI") != "" { // there nothing is left out
			t.Fatal(err)
		}
		t.Skip(err)
	}
	url, drop, err := pool.Database(context.Background())
	must(t, err)
	t.Cleanup(drop)
	return url
}

func options(t *testing.T, url string) db.Options {
	t.Helper()
	return db.Options{
		Name: "shop", Dir: t.TempDir(), URL: url, Migrations: schema, Readers: 2, Viewers: 1,
		Now: func() time.Time { return time.Unix(1626015600, 0) }, Fatal: func(err error) { panic(err) },
	}
}

type shopDB = *db.Database[*shop]

func open(t *testing.T, o db.Options) shopDB {
	t.Helper()
	d, err := db.Open(context.Background(), o, newShop)
	must(t, err)
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// act is a function as an act; wants are what it names beforehand.
type act struct {
	wants []thing
	run   func(*shop) error
}

func (a act) Wants(s *shop) {
	for _, k := range a.wants {
		s.things.Want(k)
	}
}

func (a act) Run(s *shop) error { return a.run(s) }

func do(d shopDB, run func(*shop) error, wants ...thing) error {
	return d.Do(context.Background(), act{wants, run})
}

var tea = thing{7, "tea"}

func fill(t *testing.T, d shopDB, k thing, n int32) {
	t.Helper()
	must(t, do(d, func(s *shop) error { return s.things.Add(&stock{thing: k, kept: n}) }))
}

func kept(t *testing.T, d shopDB, k thing) int {
	t.Helper()
	n := -1
	must(t, d.Read(context.Background(), "SELECT kept FROM stock WHERE bucket = $1 AND thing = $2", k.Args(),
		func(scan func(...any) error) error { return scan(&n) }))
	return n
}

// take takes one if there is one left; it decides before it writes.
func take(d shopDB, k thing, prefetch bool) (taken bool, err error) {
	var wants []thing
	if prefetch {
		wants = append(wants, k)
	}
	err = do(d, func(s *shop) error {
		taken = false
		r, found, err := s.things.One(k)
		if err != nil || !found || r.kept == 0 {
			return err
		}
		r.kept--
		s.things.Change(r)
		taken = true
		return nil
	}, wants...)
	return taken, err
}

// Acts of one batch see what the acts before them did, whether they named what
// they read or not.
func TestActsSeeTheActsBefore(t *testing.T) {
	onBoth(t, func(t *testing.T, o db.Options) {
		d := open(t, o)
		fill(t, d, tea, 30)
		got := make([]bool, 100)
		var wg sync.WaitGroup
		for i := range got {
			wg.Go(func() {
				var err error
				if got[i], err = take(d, tea, i%2 == 0); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		taken := 0
		for _, ok := range got {
			if ok {
				taken++
			}
		}
		if left := kept(t, d, tea); taken != 30 || left != 0 {
			t.Errorf("%d of 30 taken, %d left", taken, left)
		}
	})
}

// Every way a row can go within one act, and a statement of its own in between.
func TestWhatBecomesOfARow(t *testing.T) {
	onBoth(t, func(t *testing.T, o db.Options) {
		d := open(t, o)
		gone, kepts, made, back := thing{1, "gone"}, thing{1, "kept"}, thing{1, "made"}, thing{1, "back"}
		fill(t, d, gone, 1)
		must(t, do(d, func(s *shop) error {
			r, _, err := s.things.One(gone)
			must(t, err)
			r.kept = 9
			s.things.Change(r)
			s.things.Remove(r)
			must(t, s.things.Add(&stock{thing: kepts, kept: 1, note: []byte("x")}))
			never := &stock{thing: back, kept: 5}
			must(t, s.things.Add(never))
			s.things.Remove(never)
			if rows, err := s.things.Rows(back); err != nil || len(rows) != 0 {
				t.Errorf("a row that was taken back is there: %v, %v", rows, err)
			}
			_, err = s.things.OneOr(&stock{thing: made})
			must(t, err)
			if n, err := s.Exec("UPDATE stock SET kept = kept + 10 WHERE thing = $1", "kept"); err != nil || n != 1 {
				t.Errorf("the statement changed %d rows: %v", n, err)
			}
			m, err := s.things.OneOr(&stock{thing: made})
			if err != nil || m.kept != 0 {
				t.Errorf("not made before it is changed: %v, %v", m, err)
			}
			m.kept = 3
			s.things.Change(m)
			again, _, err := s.things.One(kepts)
			if err != nil || again.kept != 11 || string(again.note) != "x" {
				t.Errorf("after the statement the row is %+v, %v", again, err)
			}
			return nil
		}))
		for k, want := range map[thing]int{gone: -1, kepts: 11, made: 3, back: -1} {
			if have := kept(t, d, k); have != want {
				t.Errorf("%s: %d, want %d", k.name, have, want)
			}
		}
	})
}

// An act that reaches into another bucket is a mistake of the program: it fails
// alone, and writes nothing.
func TestAnActStaysInItsBucket(t *testing.T) {
	onBoth(t, func(t *testing.T, o db.Options) {
		d := open(t, o)
		err := do(d, func(s *shop) error {
			if err := s.things.Add(&stock{thing: thing{1, "a"}}); err != nil {
				return err
			}
			_, _, err := s.things.One(thing{2, "b"})
			return err
		})
		if err == nil || !strings.Contains(err.Error(), "bucket 1 reaches into bucket 2") {
			t.Fatalf("the act ended with %v", err)
		}
		if kept(t, d, thing{1, "a"}) != -1 {
			t.Error("it wrote before it was refused")
		}
		must(t, d.View(context.Background(), act{run: func(s *shop) error {
			_, err := s.things.Rows(thing{1, "a"})
			if err == nil {
				_, err = s.things.Rows(thing{2, "b"})
			}
			return err
		}}))
	})
}

// What breaks a rule of the table fails alone; the others of its batch are written.
func TestAPoisonFailsAlone(t *testing.T) {
	onBoth(t, func(t *testing.T, o db.Options) {
		d := open(t, o)
		errs := make([]error, 64)
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() {
				n := int32(1)
				if i == 33 {
					n = -1 // the CHECK says no
				}
				errs[i] = do(d, func(s *shop) error {
					return s.things.Add(&stock{thing: thing{int16(i), fmt.Sprint(i)}, kept: n})
				})
			})
		}
		wg.Wait()
		for i, err := range errs {
			if (err != nil) != (i == 33) {
				t.Errorf("act %d: %v", i, err)
			}
		}
	})
}

// A thrown mistake answers everybody and leaves a database that goes on.
func TestAMistakeLeavesNothingOpen(t *testing.T) {
	onBoth(t, func(t *testing.T, o db.Options) {
		d := open(t, o)
		err := do(d, func(s *shop) error {
			must(t, s.things.Add(&stock{thing: tea, kept: 1}))
			must(t, errors.Join()) // nothing
			if _, err := s.Exec("UPDATE stock SET kept = 2"); err != nil {
				return err
			}
			panic("mistake")
		})
		if fault.CodeOf(err) != fault.UnknownOutcome {
			t.Errorf("the mistake is answered with %v", err)
		}
		fill(t, d, tea, 5)
		if n := kept(t, d, tea); n != 5 {
			t.Errorf("afterwards there are %d", n)
		}
	})
}

// A view reads what is committed, several at once, and cannot write.
func TestAViewReadsOnly(t *testing.T) {
	onBoth(t, func(t *testing.T, o db.Options) {
		d := open(t, o)
		fill(t, d, tea, 4)
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				var seen int32
				err := d.View(context.Background(), act{[]thing{tea}, func(s *shop) error {
					r, _, err := s.things.One(tea)
					if err == nil {
						seen = r.kept
					}
					return err
				}})
				if err != nil || seen != 4 {
					t.Errorf("a view saw %d: %v", seen, err)
				}
			})
		}
		wg.Wait()
		err := d.View(context.Background(), act{run: func(s *shop) error {
			_, err := s.Exec("UPDATE stock SET kept = 0")
			return err
		}})
		if err == nil || kept(t, d, tea) != 4 {
			t.Errorf("a view wrote: %v", err)
		}
	})
}
