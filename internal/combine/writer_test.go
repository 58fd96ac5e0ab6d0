package combine

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// When a batch closes: by size or by the age of its first, whichever is first,
// and never before the writer is free.
func TestBatchClosesBySizeOrAge(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	for name, c := range map[string]struct {
		opts    Options
		arrive  []time.Duration // when each request comes
		writing time.Duration   // how long each batch is written
		want    []closing
	}{
		"without an age it closes at once": {
			Options{}, []time.Duration{0, 1 * ms, 2 * ms}, 0, []closing{{0, 1}, {1 * ms, 1}, {2 * ms, 1}},
		},
		"by the age of the first": {
			Options{MaxAge: 5 * ms}, []time.Duration{0, 1 * ms, 4 * ms, 6 * ms}, 0, []closing{{5 * ms, 3}, {11 * ms, 1}},
		},
		"by size, before the age": {
			Options{MaxAge: 5 * ms, MaxBatch: 3}, []time.Duration{0, 1 * ms, 2 * ms, 3 * ms}, 0, []closing{{2 * ms, 3}, {8 * ms, 1}},
		},
		"what waited for the writer is old enough": {
			Options{MaxAge: 5 * ms}, []time.Duration{0, 6 * ms, 7 * ms}, 20 * ms, []closing{{5 * ms, 1}, {25 * ms, 2}},
		},
		"what waited a little waits the rest": {
			Options{MaxAge: 5 * ms}, []time.Duration{0, 6 * ms, 9 * ms}, 3 * ms, []closing{{5 * ms, 1}, {11 * ms, 2}},
		},
		"a line shorter than a batch closes when it is full": {
			Options{MaxAge: 5 * ms, MaxBatch: 9, Depth: 2}, []time.Duration{0, 1 * ms}, 0, []closing{{1 * ms, 2}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				start, got := time.Now(), []closing(nil)
				c.opts.Now = time.Now
				q := New(c.opts, func(_ context.Context, batch []int) error {
					got = append(got, closing{time.Since(start), len(batch)})
					time.Sleep(c.writing)
					return nil
				})
				for _, at := range c.arrive {
					time.Sleep(time.Until(start.Add(at)))
					go func() { _ = q.Do(t.Context(), 1) }()
					synctest.Wait()
				}
				time.Sleep(time.Hour)
				must(t, q.Close(time.Second))
				if !slices.Equal(got, c.want) {
					t.Errorf("batches closed at %v, want %v", got, c.want)
				}
			})
		})
	}
}

// closing is when a batch was closed and how many were in it.
type closing struct {
	at   time.Duration
	size int
}

// Without a clock the age counts from when the writer looks, by the timer alone.
func TestAgeWithoutAClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start, closed := time.Now(), time.Duration(0)
		q := New(Options{MaxAge: 5 * time.Millisecond}, func(context.Context, []int) error {
			closed = time.Since(start)
			return nil
		})
		must(t, q.Do(t.Context(), 1))
		must(t, q.Close(time.Second))
		if closed != 5*time.Millisecond {
			t.Errorf("closed after %v, want 5ms", closed)
		}
	})
}

func TestClosingDoesNotWaitForCompany(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := New(Options{MaxAge: time.Hour}, func(context.Context, []int) error { return nil })
		e := &entry[int]{answer: make(chan error, 1)}
		must(t, q.push(e))
		synctest.Wait()
		must(t, q.Close(time.Second))
		must(t, <-e.answer)
	})
}

func TestClosingTooLongSaysSo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stall := make(chan struct{})
		q := New(Options{}, func(context.Context, []int) error { <-stall; return nil })
		must(t, q.push(&entry[int]{answer: make(chan error, 1)}))
		if err := q.Close(time.Second); err == nil {
			t.Error("closed while a batch was being written")
		}
		close(stall)
		must(t, q.Close(time.Second))
	})
}

// A panic is everybody's answer: nobody hangs, nothing is acknowledged, nothing
// is tried twice, and the next batch is written.
func TestPanicFailsItsBatchAndTheQueueLivesOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		runs := 0
		q := New(Options{MaxAge: time.Second}, func(_ context.Context, batch []int) error {
			runs++
			if slices.Contains(batch, 13) {
				panic("a slot without a clinic")
			}
			return nil
		})
		answers := make(chan error, 3)
		for _, n := range []int{12, 13, 14} {
			go func() { answers <- q.Do(t.Context(), n) }()
		}
		for range 3 {
			err := <-answers
			var thrown *PanicError
			if !errors.As(err, &thrown) || !strings.Contains(err.Error(), "a slot without a clinic") {
				t.Errorf("error %v, want a PanicError that names what was thrown", err)
			} else if !strings.Contains(string(thrown.Stack), "writer_test.go") {
				t.Errorf("the stack does not lead to where it was thrown:\n%s", thrown.Stack)
			}
		}
		if runs != 1 {
			t.Errorf("a batch that panicked was run %d times", runs)
		}
		must(t, q.Do(t.Context(), 15))
		must(t, q.Close(time.Second))
	})
}
