package db_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"naru/internal/db"
	"naru/internal/fault"
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

// Many nodes begin one count at once: every piece is counted, none twice, and in
// a transaction that writes twice the second count knows of the others'.
func TestCountsOfManyNodesAddUp(t *testing.T) {
	t.Parallel()
	url := database(t)
	var nodes []shopDB
	for range 3 {
		d, err := db.Open(context.Background(), options(t, url), newSummedShop)
		must(t, err)
		t.Cleanup(func() { _ = d.Close() })
		nodes = append(nodes, d)
	}
	const each = 40
	var wg sync.WaitGroup
	for n, d := range nodes {
		for i := range each {
			wg.Go(func() {
				name := thing{bucket: 1, name: string(rune('a' + i%7))}
				err := do(d, func(s *shop) error {
					for range 2 {
						r, err := s.things.OneOr(&stock{thing: name})
						if err != nil {
							return err
						}
						r.kept++
						s.things.Change(r)
						if _, err := s.Row("SELECT 1", nil, new(int)); err != nil { // writes what there is so far
							return err
						}
					}
					return nil
				})
				if err != nil && fault.CodeOf(err) != fault.Unavailable {
					t.Errorf("node %d: %v", n, err)
				}
				if err != nil {
					t.Errorf("node %d gave up: %v", n, err)
				}
			})
		}
	}
	wg.Wait()
	total := 0
	must(t, nodes[0].Read(context.Background(), "SELECT sum(kept)::int FROM stock", nil, func(scan func(...any) error) error { return scan(&total) }))
	if want := 3 * each * 2; total != want {
		t.Errorf("%d pieces, want %d", total, want)
	}
}
