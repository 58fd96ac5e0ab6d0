package drill

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// The loop is open: a slow answer delays nobody else.
func TestAgendaWaitsForNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var begun []time.Duration
		start := time.Now()
		var lag histogram
		a := newAgenda(&lag, func(act) {
			mu.Lock()
			begun = append(begun, time.Since(start))
			mu.Unlock()
			time.Sleep(time.Minute) // a server that does not answer
		})
		for _, s := range []int{3, 1, 2} {
			a.put(act{at: start.Add(time.Duration(s) * time.Second)})
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); a.run(ctx) }()
		time.Sleep(1500 * time.Millisecond)
		a.put(act{at: start.Add(1600 * time.Millisecond)}) // sooner than what it waits for
		time.Sleep(10 * time.Second)
		mu.Lock()
		want := []time.Duration{1000, 1600, 2000, 3000}
		for i, at := range begun {
			if at != want[i]*time.Millisecond {
				t.Errorf("act %d began after %v, want %d ms", i, at, want[i])
			}
		}
		if len(begun) != len(want) {
			t.Errorf("%d acts began", len(begun))
		}
		mu.Unlock()
		cancel()
		<-ended
		if lag.max() != 0 {
			t.Errorf("lag %v on a clock that is never late", lag.max())
		}
	})
}
