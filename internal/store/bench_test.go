package store_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
)

// The same acts by one caller after another (each its own transaction) and by
// many at once (combined): the ratio is what the combiner gives on this disk.
func BenchmarkJoin(b *testing.B) {
	h := newHouse(b)
	h.lead(1)
	var next atomic.Int64
	join := func() error {
		c := h.citizen(1)
		c.claim.Mobile = fmt.Sprintf("010%08d", next.Add(1))
		return c.join()
	}
	b.Run("one_by_one", func(b *testing.B) {
		for b.Loop() {
			must(b, join())
		}
	})
	b.Run("combined_64", func(b *testing.B) { manyAtOnce(b, join) })
}

func BenchmarkHold(b *testing.B) {
	h := newHouse(b)
	h.openGate()
	clinics := h.Directory().Clinics()
	people := make([]*citizen, 64)
	for n := range people {
		people[n] = h.citizen(n).admit()
	}
	var next atomic.Int64
	hold := func() error {
		n := next.Add(1)
		c, clinicID := people[n%64], string(clinics[n%int64(len(clinics))].ID)
		r, err := c.hold(fmt.Sprintf("hold-%d", n), clinicID, h.firstTime(clinicID).Start)
		if err == nil {
			err = h.Release(context.Background(), c.ses(), r.HoldID)
		}
		return err
	}
	b.Run("one_by_one", func(b *testing.B) {
		for b.Loop() {
			must(b, hold())
		}
	})
	b.Run("combined_64", func(b *testing.B) { manyAtOnce(b, hold) })
}

// manyAtOnce runs the act from many goroutines and counts the acts that
// succeeded. A person's two holds at once may replace each other; when that is
// more than a tenth of all, the figure would say nothing and the run fails.
func manyAtOnce(b *testing.B, act func() error) {
	var failed atomic.Int64
	var first atomic.Value
	b.SetParallelism(32) // goroutines a core: on two cores one for each of the 64 people
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := act(); err != nil {
				failed.Add(1)
				first.CompareAndSwap(nil, err.Error())
			}
		}
	})
	if bad := failed.Load(); bad > int64(b.N)/10 {
		b.Fatalf("%d of %d acts failed, the first with %v", bad, b.N, first.Load())
	}
	b.ReportMetric(float64(int64(b.N)-failed.Load())/b.Elapsed().Seconds(), "acts/s")
}
