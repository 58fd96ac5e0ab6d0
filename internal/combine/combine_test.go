package combine

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errPoison = errors.New("poison")

// sink is a store whose transaction refuses any batch that holds a negative number.
type sink struct {
	written []int
	sizes   []int
	gate    chan struct{} // when set, each batch waits for one token
}

func (s *sink) run(_ context.Context, batch []int) error {
	if s.gate != nil {
		<-s.gate
	}
	if slices.ContainsFunc(batch, func(n int) bool { return n < 0 }) {
		return errPoison
	}
	s.written = append(s.written, batch...)
	s.sizes = append(s.sizes, len(batch))
	return nil
}

// Whatever the mixture and the batch size, exactly the poisoned requests fail,
// and all others are written once and in the order of arrival.
func TestPoisonFailsAloneAndOrderIsKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		items := rapid.SliceOfN(rapid.IntRange(-3, 40), 1, 60).Draw(t, "items")
		s := &sink{gate: make(chan struct{})}
		q := New(Options{MaxBatch: rapid.IntRange(1, 16).Draw(t, "max")}, s.run)
		entries := make([]*entry[int], len(items))
		for i, n := range items {
			entries[i] = &entry[int]{item: n, answer: make(chan error, 1)}
			if err := q.push(entries[i]); err != nil {
				t.Fatal(err)
			}
		}
		close(s.gate)
		if err := q.Close(5 * time.Second); err != nil {
			t.Fatal(err)
		}
		var want []int
		for i, e := range entries {
			if err := <-e.answer; (items[i] < 0) != errors.Is(err, errPoison) {
				t.Fatalf("item %d (%d) answered %v", i, items[i], err)
			}
			if items[i] >= 0 {
				want = append(want, items[i])
			}
		}
		if !slices.Equal(want, s.written) {
			t.Fatalf("written %v, want %v", s.written, want)
		}
	})
}

func TestWaitingRequestsShareOneTransaction(t *testing.T) {
	s := &sink{gate: make(chan struct{})}
	q := New(Options{MaxBatch: 100}, s.run)
	for n := range 100 {
		if err := q.push(&entry[int]{item: n, answer: make(chan error, 1)}); err != nil {
			t.Fatal(err)
		}
	}
	close(s.gate)
	if err := q.Close(5 * time.Second); err != nil {
		t.Fatal(err)
	}
	if len(s.sizes) > 3 {
		t.Errorf("100 waiting requests took %d transactions: %v", len(s.sizes), s.sizes)
	}
}

func TestFullQueueRefusesAtOnceAndTakesNothing(t *testing.T) {
	s := &sink{gate: make(chan struct{})}
	q := New(Options{Depth: 2, MaxBatch: 1}, s.run)
	taken := 0
	var err error
	for err == nil && taken < 10 {
		if err = q.push(&entry[int]{item: taken, answer: make(chan error, 1)}); err == nil {
			taken++
		}
	}
	if !errors.Is(err, ErrFull) {
		t.Fatalf("error %v, want ErrFull", err)
	}
	close(s.gate)
	_ = q.Close(5 * time.Second)
	if len(s.written) != taken {
		t.Errorf("written %d, want the %d that were taken", len(s.written), taken)
	}
}

func TestCallerWhoLeavesIsStillWritten(t *testing.T) {
	s := &sink{gate: make(chan struct{})}
	q := New(Options{}, s.run)
	ctx, leave := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Add(1)
	var err error
	go func() { defer wg.Done(); err = q.Do(ctx, 7) }()
	s.gate <- struct{}{} // the batch is being written now
	leave()
	wg.Wait()
	_ = q.Close(5 * time.Second)
	if err != nil && !errors.Is(err, ErrAbandoned) {
		t.Errorf("error %v, want ErrAbandoned (or the answer)", err)
	}
	if !slices.Equal(s.written, []int{7}) {
		t.Errorf("written %v, want [7]", s.written)
	}
}

func TestClosedQueueRefuses(t *testing.T) {
	q := New(Options{}, (&sink{}).run)
	_ = q.Close(time.Second)
	if err := q.Do(t.Context(), 1); !errors.Is(err, ErrClosed) {
		t.Errorf("error %v, want ErrClosed", err)
	}
}

func TestEverybodysFaultIsNotSplit(t *testing.T) {
	runs := 0
	down := errors.New("store is away")
	gate := make(chan struct{})
	q := New(Options{Poison: func(err error) bool { return !errors.Is(err, down) }},
		func(context.Context, []int) error { <-gate; runs++; return down })
	for n := range 64 {
		_ = q.push(&entry[int]{item: n, answer: make(chan error, 1)})
	}
	close(gate)
	_ = q.Close(5 * time.Second)
	if runs > 2 {
		t.Errorf("%d transactions tried for a store that is away, want at most 2", runs)
	}
}
