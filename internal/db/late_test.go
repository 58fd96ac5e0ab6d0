package db_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"naru/internal/db"
)

// A batch that stood still between its now and its commit is decided again: what
// it held to be true may not be so any more.
func TestABatchThatStoodStillIsDecidedAgain(t *testing.T) {
	onBoth(t, func(t *testing.T, o db.Options) {
		var passed atomic.Int64
		o.Watch = func() time.Duration { return time.Duration(passed.Load()) }
		d := open(t, o)
		fill(t, d, tea, 5)
		runs := 0
		must(t, do(d, func(s *shop) error {
			r, _, err := s.things.One(tea)
			if err != nil {
				return err
			}
			if runs++; runs == 1 {
				passed.Add(int64(3 * time.Second))
			}
			r.kept--
			s.things.Change(r)
			return nil
		}))
		if n := kept(t, d, tea); runs != 2 || n != 4 {
			t.Errorf("decided %d times, %d kept", runs, n)
		}
	})
}

// summed is stock whose count adds up: two nodes may put the first pieces on the
// shelf at once, as many as the shelf takes.
var summed = db.NewTable("stock", "bucket int2, thing text, kept int4+, note bytea", 2, 2, true)

func newSummedShop(t *db.Tx) *shop {
	return &shop{t, db.NewSheet[thing](t, summed, func() *stock { return &stock{} })}
}

// Another node puts the first pieces on the shelf after this one has seen that
// nothing is there: both are counted, also by what the transaction writes later.
func TestCountsThatTwoNodesBeginAddUp(t *testing.T) {
	t.Parallel()
	url := database(t)
	d, err := db.Open(context.Background(), options(t, url), newSummedShop)
	must(t, err)
	t.Cleanup(func() { _ = d.Close() })
	other := meddler(t, url, "INSERT INTO shop.stock VALUES (7, 'tea', 10, NULL)")
	seen := []int32{}
	must(t, do(d, func(s *shop) error {
		seen = seen[:0]
		for range 2 {
			r, err := s.things.OneOr(&stock{thing: tea})
			if err != nil {
				return err
			}
			other()
			seen = append(seen, r.kept)
			r.kept++
			s.things.Change(r)
			if _, err := s.Row("SELECT 1", nil, new(int)); err != nil { // writes what there is so far
				return err
			}
		}
		return nil
	}))
	if n := kept(t, d, tea); n != 12 || seen[0] != 0 || seen[1] != 11 {
		t.Errorf("%d pieces, want 12; saw %v", n, seen)
	}
}

// A sum that the table does not allow is decided again, by what is there then.
func TestACountThatDoesNotFitIsDecidedAgain(t *testing.T) {
	t.Parallel()
	url := database(t)
	d, err := db.Open(context.Background(), options(t, url), newSummedShop)
	must(t, err)
	t.Cleanup(func() { _ = d.Close() })
	meddler(t, url, "ALTER TABLE shop.stock ADD CHECK (kept <= 10)")()
	other := meddler(t, url, "INSERT INTO shop.stock VALUES (7, 'tea', 10, NULL)")
	seen := []int32{}
	must(t, do(d, func(s *shop) error {
		r, err := s.things.OneOr(&stock{thing: tea})
		if err != nil {
			return err
		}
		other()
		seen = append(seen, r.kept)
		if r.kept < 10 {
			r.kept++
			s.things.Change(r)
		}
		return nil
	}))
	if n := kept(t, d, tea); n != 10 || len(seen) != 2 || seen[1] != 10 {
		t.Errorf("%d pieces, want 10; saw %v", n, seen)
	}
}

// Acts that do not end keep nobody from closing: all queues are waited for together, and
// no longer than was said.
func TestCloseWaitsOnceForAllQueues(t *testing.T) {
	onBoth(t, func(t *testing.T, o db.Options) {
		o.CloseWithin, o.Viewers = time.Second, 3
		d, err := db.Open(context.Background(), o, newShop)
		must(t, err)
		begun, release := make(chan struct{}, 4), make(chan struct{})
		stuck := act{run: func(*shop) error {
			begun <- struct{}{}
			<-release
			return context.Canceled
		}}
		var callers sync.WaitGroup
		callers.Go(func() { _ = d.Do(context.Background(), stuck) })
		for range 3 {
			callers.Go(func() { _ = d.View(context.Background(), stuck) })
		}
		for range 4 {
			<-begun
		}
		start := time.Now()
		err = d.Close()
		if took := time.Since(start); err == nil || took < time.Second || took > 2500*time.Millisecond {
			t.Errorf("closed after %v (%v), with four acts that do not end", took, err)
		}
		close(release)
		callers.Wait()
	})
}
