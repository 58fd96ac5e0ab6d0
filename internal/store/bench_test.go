package store_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"naru/internal/gate"
	"naru/internal/person"
	"naru/internal/store"
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

// Hold and confirm, two acts in three transactions, by many people at once.
func BenchmarkBook(b *testing.B) {
	b.Run("sqlite", bookMany)
	b.Run(postgresName, bookMany)
}

func bookMany(b *testing.B) {
	h := newHouse(b)
	h.openGate()
	ctx := context.Background()
	claims := make([]person.Claim, b.N)
	for n := range claims {
		claims[n] = h.citizen(1).claim
		claims[n].Mobile = fmt.Sprintf("010%08d", n)
	}
	var people []gate.Session
	for chunk := range slices.Chunk(claims, 4000) {
		seated, err := h.Seat(ctx, campaignID, chunk)
		must(b, err)
		people = append(people, seated...)
	}
	clinics := h.Directory().Clinics()
	first := map[string][]store.Time{}
	for _, k := range clinics {
		first[string(k.ID)] = h.times(string(k.ID))
	}
	var next, full atomic.Int64
	stop, end := context.WithCancel(ctx)
	defer end()
	go h.Run(stop) // checkpoints above all
	b.ResetTimer()
	before := cpu(b)
	var wg sync.WaitGroup
	for range 1024 {
		wg.Go(func() {
			for {
				n := next.Add(1) - 1
				if n >= int64(b.N) {
					return
				}
				id := string(clinics[n%int64(len(clinics))].ID)
				times := first[id]
				at := times[(n/int64(len(clinics)))%int64(len(times))]
				r, err := h.Hold(ctx, people[n], store.HoldRequest{Key: key("hold"), Clinic: id, Start: at.Start})
				if err == nil {
					_, err = h.Confirm(ctx, people[n], store.ConfirmRequest{Key: key("confirm"), Hold: r.HoldID, Lang: "ko"})
				}
				if err != nil {
					full.Add(1)
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(int64(b.N)-full.Load())/b.Elapsed().Seconds(), "bookings/s")
	b.ReportMetric(float64(full.Load()), "refused")
	b.ReportMetric(float64((cpu(b)-before).Microseconds())/float64(b.N), "cpu-µs/booking")
}

// cpu is what this process has used of the processors so far.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	must(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
