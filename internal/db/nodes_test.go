package db_test

import (
	"context"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"naru/internal/db"
)

// Two nodes that take from the same shelf never take more than there is, and
// both go on when they meet.
func TestTwoNodesTakeWhatIsThere(t *testing.T) {
	t.Parallel()
	url := database(t)
	a, b := open(t, options(t, url)), open(t, options(t, url))
	const things, each = 8, 25
	for n := range things {
		fill(t, a, thing{int16(n), "x"}, each)
	}
	var mu sync.Mutex
	taken := map[int16]int{}
	var wg sync.WaitGroup
	for i := range things * each * 2 {
		wg.Go(func() {
			d := a
			if i%2 == 1 {
				d = b
			}
			k := thing{int16(i / 2 % things), "x"}
			ok, err := take(d, k, i%3 > 0)
			if err != nil {
				t.Error(err)
			}
			if ok {
				mu.Lock()
				taken[k.bucket]++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	for n := range int16(things) {
		if left := kept(t, a, thing{n, "x"}); taken[n] != each || left != 0 {
			t.Errorf("of %d in bucket %d: %d taken, %d left", each, n, taken[n], left)
		}
	}
}

// A row that two nodes add at once is added by one; the other decides again and
// finds it.
func TestTwoNodesMakeOneRow(t *testing.T) {
	t.Parallel()
	url := database(t)
	a, b := open(t, options(t, url)), open(t, options(t, url))
	var mu sync.Mutex
	made := map[string]int{}
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			d := a
			if i%2 == 1 {
				d = b
			}
			k := thing{int16(i / 2), "once"}
			mine := false
			err := do(d, func(s *shop) error {
				_, found, err := s.things.One(k)
				if mine = err == nil && !found; mine {
					return s.things.Add(&stock{thing: k, kept: 1})
				}
				return err
			}, k)
			if err != nil {
				t.Error(err)
			}
			if mine {
				mu.Lock()
				made[k.name+string(rune(k.bucket))]++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	for name, n := range made {
		if n != 1 {
			t.Errorf("%s was made %d times", name, n)
		}
	}
	if len(made) != 100 {
		t.Errorf("%d of 100 rows were made", len(made))
	}
}

// A batch that writes nothing is answered only after a write of its own is
// durable: what it saw may not be on the standby yet.
func TestAnAnswerToARepeatIsDurable(t *testing.T) {
	t.Parallel()
	url := database(t)
	d := open(t, options(t, url))
	fill(t, d, tea, 1)
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	must(t, err)
	defer func() { _ = conn.Close(ctx) }()
	commits := func() (n int64) {
		// Only a transaction that has an id waits for the standby at its COMMIT.
		must(t, conn.QueryRow(ctx, "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint").Scan(&n))
		return n
	}
	before := commits()
	must(t, do(d, func(s *shop) error { _, err := s.things.Rows(thing{9, "none"}); return err }))
	if after := commits(); after <= before {
		t.Errorf("reading alone was answered without a durable write (%d, %d)", before, after)
	}
}

// meddler is another node that acts in the middle of an act, once.
func meddler(t *testing.T, url, query string) func() {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	must(t, err)
	t.Cleanup(func() { _ = conn.Close(ctx) })
	return sync.OnceFunc(func() {
		_, err := conn.Exec(ctx, query)
		must(t, err)
	})
}

// An act that is alone in its batch is decided again too when another node adds
// its row first.
func TestWhoIsSecondDecidesAgain(t *testing.T) {
	t.Parallel()
	url := database(t)
	d := open(t, options(t, url))
	other := meddler(t, url, "INSERT INTO shop.stock VALUES (7, 'tea', 5)")
	runs := 0
	must(t, do(d, func(s *shop) error {
		runs++
		_, found, err := s.things.One(tea)
		if err != nil || found {
			return err
		}
		other()
		return s.things.Add(&stock{thing: tea, kept: 1})
	}))
	if n := kept(t, d, tea); runs != 2 || n != 5 {
		t.Errorf("decided %d times, %d kept", runs, n)
	}
}

// So it is when a row that was read without a lock is gone.
func TestARowThatIsGoneIsSeenAgain(t *testing.T) {
	t.Parallel()
	url := database(t)
	loose := db.NewTable("stock", "bucket int2, thing text, kept int4!, note bytea!", 2, 2, false)
	d, err := db.Open(context.Background(), options(t, url), func(t *db.Tx) *shop {
		return &shop{t, db.NewSheet[thing](t, loose, func() *stock { return &stock{} })}
	})
	must(t, err)
	t.Cleanup(func() { _ = d.Close() })
	fill(t, d, tea, 1)
	other := meddler(t, url, "DELETE FROM shop.stock")
	sold := false
	must(t, do(d, func(s *shop) error {
		sold = false
		r, found, err := s.things.One(tea)
		if err != nil || !found {
			return err
		}
		other()
		r.kept, sold = 0, true
		s.things.Change(r)
		return nil
	}))
	if sold {
		t.Error("something was sold that was gone")
	}
}
