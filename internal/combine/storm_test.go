package combine

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Many callers at once, who leave whenever they like, over a store that fails,
// panics and stalls: the promises hold for every one, and each caller's own
// requests are written in the order they were made.
func TestManyCallersAtOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rapid.SyncTest(t, func(t *rapid.T) {
			const callers, each = 12, 25
			seed := rapid.Uint64().Draw(t, "seed")
			s := &storm{dice: rand.New(rand.NewPCG(seed, 0))}
			q := New(drawOptions(t), s.run)
			told := make([][each]string, callers)
			var all sync.WaitGroup
			for c := range callers {
				dice := rand.New(rand.NewPCG(seed, uint64(c)+1))
				all.Go(func() {
					for i := range told[c] {
						told[c][i] = word(s.ask(q, dice, itemOf(c, i)))
					}
				})
			}
			all.Wait()
			if err := q.Close(time.Hour); err != nil {
				t.Fatal(err)
			}
			must := promises{t.Fatalf}
			for c := range callers {
				for i := range each {
					must.keep(itemOf(c, i), told[c][i], s.written)
				}
				if own := s.writtenBy(c); !slices.IsSorted(own) {
					t.Fatalf("caller %d's items were written in the order %v", c, own)
				}
			}
		})
	})
}

// itemOf is the i-th item of a caller; each seventh is a poison.
func itemOf(caller, i int) int {
	n := caller*1000 + i + 1
	if i%7 == 6 {
		return -n
	}
	return n
}

// storm is a store in bad weather.
type storm struct {
	dice    *rand.Rand // the writer's goroutine only
	written []int
}

func (s *storm) run(_ context.Context, batch []int) error {
	<-time.After(time.Duration(s.dice.IntN(3)) * time.Millisecond)
	switch s.dice.IntN(20) {
	case 0:
		return errDown
	case 1:
		panic(fmt.Sprintf("thrown at %v", batch))
	}
	if slices.ContainsFunc(batch, func(n int) bool { return n < 0 }) {
		return errPoison
	}
	s.written = append(s.written, batch...)
	return nil
}

// ask makes one request whose caller may leave while it waits or is written.
func (s *storm) ask(q *Queue[int], dice *rand.Rand, item int) error {
	ctx, leave := context.WithCancel(context.Background())
	defer leave()
	if dice.IntN(3) == 0 {
		patience := time.AfterFunc(time.Duration(dice.IntN(5))*time.Millisecond, leave)
		defer patience.Stop()
	}
	return q.Do(ctx, item)
}

func (s *storm) writtenBy(caller int) []int {
	var own []int
	for _, n := range s.written {
		if n/1000 == caller {
			own = append(own, n)
		}
	}
	return own
}
