package limit

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A service that can do a fixed work a second, however many share it: with more
// inside everybody takes longer. Offered twice that, the bound falls until answers come
// within the target, and the work goes on being done.
func TestTheBoundFindsWhatTheServiceCanDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const can = 200.0 // a second
		l := New(Options{Now: time.Now, Start: 2000, Least: 8, Target: 500 * time.Millisecond, Patience: 2 * time.Second})
		var inside, done, late, refused atomic.Int64
		var wg sync.WaitGroup
		end := time.Now().Add(60 * time.Second)
		for time.Now().Before(end) {
			wg.Go(func() {
				leave, err := l.Enter(t.Context())
				if err != nil {
					refused.Add(1)
					return
				}
				n := inside.Add(1)
				took := time.Duration(float64(n) / can * float64(time.Second))
				time.Sleep(took)
				inside.Add(-1)
				leave()
				if time.Until(end) < 30*time.Second {
					done.Add(1)
					if took > 600*time.Millisecond {
						late.Add(1)
					}
				}
			})
			time.Sleep(time.Second / (2 * can))
		}
		wg.Wait()
		if n := done.Load(); n < 0.85*can*30 {
			t.Errorf("%d were served in 30 s of the %v that could be", n, can*30)
		}
		if late.Load() > done.Load()/5 {
			t.Errorf("%d of %d came late", late.Load(), done.Load())
		}
		if refused.Load() == 0 {
			t.Error("nobody was refused at twice the load")
		}
		if b := l.Bound(); b < 40 || b > 150 {
			t.Errorf("the bound is %d, not near 100", b)
		}
	})
}

func TestAQuietServiceKeepsNobodyWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(Options{Now: time.Now, Start: 4, Least: 2})
		for range 100 {
			leave, err := l.Enter(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Millisecond)
			leave()
		}
		time.Sleep(time.Second)
		if p := l.Pressure(); p != 0 {
			t.Errorf("pressure %v", p)
		}
	})
}

func TestPressureIsThePartThatWaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(Options{Now: time.Now, Start: 1, Least: 1, Most: 1, Patience: 100 * time.Millisecond})
		_ = l.Pressure() // begins a second
		leave, _ := l.Enter(t.Context())
		for range 3 {
			if _, err := l.Enter(t.Context()); !errors.Is(err, ErrBusy) {
				t.Fatalf("error %v", err)
			}
		}
		leave()
		time.Sleep(800 * time.Millisecond)
		if p := l.Pressure(); p != 0.75 {
			t.Errorf("pressure %v, three of four waited", p)
		}
		time.Sleep(3 * time.Second)
		if p := l.Pressure(); p != 0 {
			t.Errorf("pressure %v after a silence", p)
		}
	})
}

// Places are given in order of arrival, and none is lost when people give up at any
// moment.
func TestNoPlaceIsLost(t *testing.T) {
	t.Parallel()
	l := New(Options{Now: time.Now, Start: 3, Least: 3, Most: 3, Patience: time.Second})
	var inside, most atomic.Int64
	var wg sync.WaitGroup
	for range 200 {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(rand.IntN(3000))*time.Microsecond) //nolint:gosec // no secret
			defer cancel()
			leave, err := l.Enter(ctx)
			if err != nil {
				return
			}
			most.Store(max(most.Load(), inside.Add(1)))
			time.Sleep(time.Duration(rand.IntN(300)) * time.Microsecond) //nolint:gosec // no secret
			inside.Add(-1)
			leave()
		})
	}
	wg.Wait()
	if most.Load() > 3 {
		t.Errorf("%d were inside", most.Load())
	}
	for range 3 { // all three places are free again
		if _, err := l.Enter(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if l.inside != 3 || l.waiting.Len() != 0 {
		t.Errorf("%d inside, %d waiting", l.inside, l.waiting.Len())
	}
}

func TestTheyComeInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(Options{Now: time.Now, Start: 1, Least: 1, Most: 1})
		leave, _ := l.Enter(t.Context())
		var mu sync.Mutex
		var order []int
		var wg sync.WaitGroup
		for n := range 20 {
			wg.Go(func() {
				leave, err := l.Enter(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				order = append(order, n)
				mu.Unlock()
				leave()
			})
			synctest.Wait()
		}
		leave()
		wg.Wait()
		for i, n := range order {
			if i != n {
				t.Fatalf("they came as %v", order)
			}
		}
	})
}
