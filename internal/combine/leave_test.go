package combine

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// What a caller who leaves is told depends on where the request stood, and what
// they are told is true.
func TestCallerWhoLeaves(t *testing.T) {
	t.Parallel()
	why := errors.New("the test: gone")
	for name, c := range map[string]struct {
		leave   string // line, writing
		want    error
		written []int
	}{
		"in the line":               {"line", ErrNotTaken, []int{1}},
		"while it is being written": {"writing", ErrAbandoned, []int{1, 2}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &sink{gate: make(chan struct{})}
				q := New(Options{}, s.run)
				ctx, gone := context.WithCancelCause(t.Context())
				go func() { _ = q.Do(t.Context(), 1) }()
				synctest.Wait()
				var err error
				go func() { err = q.Do(ctx, 2) }()
				synctest.Wait()
				if c.leave == "writing" {
					s.gate <- struct{}{}
					synctest.Wait()
				}
				gone(why)
				synctest.Wait()
				if !errors.Is(err, c.want) {
					t.Errorf("error %v, want %v", err, c.want)
				}
				if taken := c.want == ErrAbandoned; taken == errors.Is(err, context.Canceled) {
					t.Errorf("error %v: the context's reason belongs to what was not taken, and only there", err)
				}
				close(s.gate)
				must(t, q.Close(time.Second))
				if !slices.Equal(s.written, c.written) {
					t.Errorf("written %v, want %v", s.written, c.written)
				}
			})
		})
	}
}

// Who has left before asking does not even enter the line.
func TestCallerWhoHadLeftBefore(t *testing.T) {
	t.Parallel()
	entered := false
	q := New(Options{Now: func() time.Time { entered = true; return time.Now() }}, (&sink{}).run)
	ctx, gone := context.WithCancel(t.Context())
	gone()
	if err := q.Do(ctx, 1); !errors.Is(err, ErrNotTaken) || !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want ErrNotTaken for the cancelled context", err)
	}
	must(t, q.Close(time.Second))
	if entered {
		t.Error("the request entered the line")
	}
}

// A deadline is a way to leave too.
func TestDeadlineInTheLine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &sink{gate: make(chan struct{})}
		q := New(Options{}, s.run)
		go func() { _ = q.Do(t.Context(), 1) }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := q.Do(ctx, 2); !errors.Is(err, ErrNotTaken) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v, want ErrNotTaken for the deadline", err)
		}
		close(s.gate)
		must(t, q.Close(time.Second))
	})
}

// Callers who come and go while the writer stalls leave nothing in the line,
// so others find their place.
func TestWhoLeavesMakesRoom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &sink{gate: make(chan struct{})}
		q := New(Options{Depth: 2}, s.run)
		go func() { _ = q.Do(t.Context(), 1) }()
		synctest.Wait()
		for range 1000 {
			ctx, gone := context.WithCancel(t.Context())
			for range 2 {
				go func() { _ = q.Do(ctx, 2) }()
			}
			synctest.Wait()
			gone()
			synctest.Wait()
		}
		if n := q.Waiting(); n != 0 {
			t.Errorf("%d wait, and all have left", n)
		}
		must(t, q.push(&entry[int]{item: 3, answer: make(chan error, 1)}))
		close(s.gate)
		must(t, q.Close(time.Second))
		if !slices.Equal(s.written, []int{1, 3}) {
			t.Errorf("written %v, want [1 3]", s.written)
		}
	})
}
