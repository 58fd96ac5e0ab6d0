package combine

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// Whatever callers and the store do, in whatever order, after each step the
// queue has done exactly what the model says: who is in the batch and in which
// order, what was written, and what everybody was told.
func TestQueueDoesWhatTheModelSays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rapid.SyncTest(t, func(t *rapid.T) {
			s := newStage(t, drawOptions(t))
			for range rapid.IntRange(1, 60).Draw(t, "steps") {
				s.step(t, rapid.SampledFrom([]string{
					"join", "join", "join", "join", "leave", "finish", "finish", "pass", "fail", "close",
				}).Draw(t, "step"))
				s.compare(t)
			}
			s.close()
			s.compare(t)
			for len(s.model.runs) > 0 {
				s.step(t, "finish")
				s.compare(t)
			}
			must := promises{t.Fatalf}
			for _, c := range s.calls {
				must.keep(c.item, c.told, s.written)
			}
		})
	})
}

func drawOptions(t *rapid.T) Options {
	return Options{
		Depth:    rapid.IntRange(1, 12).Draw(t, "depth"),
		MaxBatch: rapid.IntRange(1, 6).Draw(t, "max batch"),
		MaxAge:   time.Duration(rapid.SampledFrom([]int{0, 0, 2, 5}).Draw(t, "max age")) * time.Millisecond,
		MaxWait:  time.Duration(rapid.SampledFrom([]int{3, 30, 30000}).Draw(t, "max wait")) * time.Millisecond,
		Now:      time.Now,
		Poison:   func(err error) bool { return !errors.Is(err, errDown) },
	}.filled()
}

var errDown = errors.New("the store is away")

// stage holds a real queue beside its model, and the store the queue writes to.
type stage struct {
	queue   *Queue[int]
	model   model
	calls   []*call
	end     chan verdict  // ends the transaction under way
	over    chan struct{} // ends all of them
	mu      sync.Mutex    // guards what follows
	running []int
	written []int
}

type call struct {
	item  int
	leave func()
	told  string // read after synctest.Wait only
}

func newStage(t *rapid.T, opts Options) *stage {
	s := &stage{model: model{opts: opts}, end: make(chan verdict), over: make(chan struct{})}
	s.queue = New(opts, s.run)
	t.Cleanup(func() {
		close(s.over)
		if err := s.queue.Close(time.Hour); err != nil {
			t.Errorf("somebody hangs: %v", err)
		}
	})
	return s
}

func (s *stage) run(_ context.Context, batch []int) error {
	s.mu.Lock()
	s.running = slices.Clone(batch)
	s.mu.Unlock()
	v := fine
	select {
	case v = <-s.end:
	case <-s.over:
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running = nil
	switch {
	case v == thrown:
		panic("thrown")
	case v == down:
		return errDown
	case slices.ContainsFunc(batch, func(n int) bool { return n < 0 }):
		return errPoison
	}
	s.written = append(s.written, batch...)
	return nil
}

// step lets one thing happen, to the queue and to the model.
func (s *stage) step(t *rapid.T, what string) {
	switch what {
	case "join":
		n := len(s.calls) + 1
		if rapid.IntRange(0, 9).Draw(t, "poison") == 9 {
			n = -n
		}
		s.join(n)
		s.model.join(n)
	case "leave":
		if len(s.calls) > 0 {
			i := rapid.IntRange(0, len(s.calls)-1).Draw(t, "who")
			s.calls[i].leave()
			s.model.leave(i)
		}
	case "finish", "fail":
		v := fine
		if what == "fail" {
			v = rapid.SampledFrom([]verdict{down, thrown}).Draw(t, "how")
		}
		if s.model.running() != nil { // else the queue has none either, see compare
			s.end <- v
			s.model.finish(v)
		}
	case "pass":
		d := time.Duration(rapid.IntRange(1, 12).Draw(t, "ms")) * time.Millisecond
		time.Sleep(d)
		s.model.pass(d)
	case "close":
		if rapid.IntRange(0, 3).Draw(t, "really") == 3 {
			s.close()
		}
	}
}

func (s *stage) close() {
	go func() { _ = s.queue.Close(time.Hour) }()
	s.model.close()
}

func (s *stage) join(item int) {
	ctx, leave := context.WithCancel(context.Background())
	c := &call{item: item, leave: leave}
	s.calls = append(s.calls, c)
	go func() {
		defer leave()
		c.told = word(s.queue.Do(ctx, item))
	}()
}

func (s *stage) compare(t *rapid.T) {
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if want := s.model.running(); !slices.Equal(s.running, want) {
		t.Fatalf("the batch being written is %v, want %v", s.running, want)
	}
	if !slices.Equal(s.written, s.model.written) {
		t.Fatalf("written is %v, want %v", s.written, s.model.written)
	}
	if got, want := s.queue.Waiting(), len(s.model.line); got != want {
		t.Fatalf("%d wait, want %d", got, want)
	}
	for i, c := range s.calls {
		if c.told != s.model.told[i] {
			t.Fatalf("item %d was told %q, want %q", c.item, c.told, s.model.told[i])
		}
	}
}

// word is what an answer of Do says.
func word(err error) string {
	var thrown *PanicError
	switch {
	case err == nil:
		return done
	case errors.As(err, &thrown):
		return panicked
	}
	for target, word := range map[error]string{
		errPoison: poisoned, errDown: away, ErrFull: full, ErrClosed: closed, ErrNotTaken: notTaken, ErrAbandoned: abandoned,
	} {
		if errors.Is(err, target) {
			return word
		}
	}
	return err.Error()
}

// promises are what holds of each request whatever else happened.
type promises struct{ broken func(string, ...any) }

func (p promises) keep(item int, told string, written []int) {
	times := 0
	for _, n := range written {
		if n == item {
			times++
		}
	}
	switch {
	case told == pending:
		p.broken("item %d hangs", item)
	case told == done && times != 1:
		p.broken("item %d was acknowledged and written %d times", item, times)
	case told == abandoned && times > 1:
		p.broken("item %d was abandoned and written %d times", item, times)
	case told != done && told != abandoned && times != 0:
		p.broken("item %d was told %q and written %d times", item, told, times)
	case (told == poisoned) != (item < 0) && (told == poisoned || told == done):
		p.broken("item %d was told %q", item, told)
	}
}
