package combine

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A line that is too slow refuses before it is full, says when to come again,
// and takes people again as soon as the writer is idle.
func TestSlowLineRefusesEarlyAndMendsItself(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var took atomic.Int64
		q := New(Options{Depth: 100, MaxBatch: 2, MaxWait: 5 * time.Second, Now: time.Now},
			func(context.Context, []int) error { time.Sleep(time.Duration(took.Load())); return nil })
		defer func() { _ = q.Close(time.Hour) }()
		ask := func() error {
			e := &entry[int]{answer: make(chan error, 1)}
			err := q.push(e)
			synctest.Wait()
			return err
		}
		took.Store(int64(3 * time.Second))
		must(t, ask()) // teaches: a batch takes 3 s
		time.Sleep(3 * time.Second)
		synctest.Wait()

		must(t, ask()) // begins at once
		must(t, ask()) // 3 s until its batch begins
		must(t, ask())
		refused(t, ask(), 6*time.Second)
		time.Sleep(1500 * time.Millisecond)
		must(t, ask()) // 1.5 s of this batch, 3 s of the next
		took.Store(0)  // the store is quick again
		time.Sleep(10 * time.Second)
		synctest.Wait()
		must(t, ask())
	})
}

// A writer that hangs is noticed while it hangs, from the time it has taken.
func TestStalledWriterRefusesBeforeTheLineIsFull(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stall := make(chan struct{})
		q := New(Options{MaxWait: 5 * time.Second, Now: time.Now},
			func(context.Context, []int) error { <-stall; return nil })
		defer func() {
			close(stall)
			must(t, q.Close(time.Second))
		}()
		push := func() error { return q.push(&entry[int]{answer: make(chan error, 1)}) }
		must(t, push())
		synctest.Wait()
		time.Sleep(5 * time.Second)
		must(t, push())
		time.Sleep(2200 * time.Millisecond)
		refused(t, push(), 8*time.Second)
		time.Sleep(time.Hour)
		refused(t, push(), time.Minute)
	})
}

// Without a clock, or when it is switched off, only the depth refuses.
func TestOnlyTheDepthRefusesWithoutAnEstimate(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string]Options{
		"no clock":     {Depth: 3},
		"switched off": {Depth: 3, MaxWait: -1, Now: time.Now},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				stall := make(chan struct{})
				q := New(opts, func(context.Context, []int) error { <-stall; return nil })
				defer func() {
					close(stall)
					must(t, q.Close(time.Second))
				}()
				push := func() error { return q.push(&entry[int]{answer: make(chan error, 1)}) }
				must(t, push())
				synctest.Wait()
				time.Sleep(time.Hour)
				for range 3 {
					must(t, push())
				}
				if err := push(); !errors.Is(err, ErrFull) {
					t.Errorf("error %v, want ErrFull", err)
				}
			})
		})
	}
}

func TestPaceGuessesTheWait(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		batches []time.Duration // written one after the other
		running time.Duration   // then one has been running for so long; negative: idle
		ahead   int             // full batches
		want    time.Duration
	}{
		"nothing known, idle":       {nil, -1, 0, 0},
		"nothing known, one begins": {nil, 0, 0, 0},
		"nothing known, one stalls": {nil, 7 * time.Second, 0, 7 * time.Second},
		"idle, whatever it took":    {[]time.Duration{time.Hour}, -1, 0, 0},
		"rest of the running batch": {[]time.Duration{time.Second}, 400 * time.Millisecond, 0, 600 * time.Millisecond},
		"and three batches ahead":   {[]time.Duration{time.Second}, 400 * time.Millisecond, 3, 3600 * time.Millisecond},
		"overdue by two":            {[]time.Duration{time.Second}, 3 * time.Second, 0, 2 * time.Second},
		"a new batch is a quarter":  {[]time.Duration{time.Second, 5 * time.Second}, -1, 1, 2 * time.Second},
		"a quick one too":           {[]time.Duration{4 * time.Second, 0}, -1, 1, 3 * time.Second},
		"a stall teaches a minute":  {[]time.Duration{24 * time.Hour}, -1, 2, 2 * time.Minute},
		"a clock that goes back":    {[]time.Duration{-time.Hour}, -1, 9, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var p pace
			now := time.Unix(0, 0)
			for _, took := range c.batches {
				p.begin(now)
				now = now.Add(took)
				p.end(now)
			}
			if c.running >= 0 {
				p.begin(now)
				now = now.Add(c.running)
			}
			if got := p.wait(now, c.ahead); got != c.want {
				t.Errorf("wait %v, want %v", got, c.want)
			}
		})
	}
}

func TestRetryAfterIsInWholeSeconds(t *testing.T) {
	t.Parallel()
	for wait, want := range map[time.Duration]time.Duration{
		0:                      time.Second,
		time.Second:            time.Second,
		time.Second + 1:        2 * time.Second,
		59*time.Second + 1:     time.Minute,
		61 * time.Second:       time.Minute,
		100 * 365 * time.Hour:  time.Minute,
		999 * time.Millisecond: time.Second,
	} {
		if got := retryAfter(wait); got != want {
			t.Errorf("after a wait of %v: %v, want %v", wait, got, want)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func refused(t *testing.T, err error, want time.Duration) {
	t.Helper()
	var full *FullError
	if !errors.Is(err, ErrFull) || !errors.As(err, &full) {
		t.Fatalf("error %v, want a FullError that is ErrFull", err)
	}
	if full.RetryAfter != want {
		t.Errorf("repeat after %v, want %v", full.RetryAfter, want)
	}
}
