package drill

import (
	"math"
	"slices"
	"testing"
	"time"
)

func TestHistogram(t *testing.T) {
	t.Parallel()
	rnd := random()
	var h histogram
	var all []time.Duration
	for range 20_000 {
		d := time.Duration(math.Exp(rnd.Float64()*16)) * time.Microsecond // 1 µs to 9 s
		h.add(d)
		all = append(all, d)
	}
	slices.Sort(all)
	for _, share := range []float64{0.01, 0.5, 0.9, 0.99, 1} {
		exact := all[max(0, int(share*float64(len(all)))-1)]
		got := h.percentile(share)
		if off := math.Abs(float64(got-exact)) / float64(exact); off > 0.07 {
			t.Errorf("p%v: %v, exactly %v", 100*share, got, exact)
		}
	}
	if h.max() != all[len(all)-1] || h.percentile(1) != h.max() {
		t.Errorf("max %v, want %v", h.max(), all[len(all)-1])
	}
}

func TestHistogramEdges(t *testing.T) {
	t.Parallel()
	var h histogram
	if h.percentile(0.99) != 0 {
		t.Error("nothing measured is not 0")
	}
	h.add(-time.Second)
	h.add(0)
	if h.percentile(1) != 0 {
		t.Errorf("%v", h.percentile(1))
	}
	h.add(math.MaxInt64)
	if h.percentile(1) < 292*365*24*time.Hour {
		t.Errorf("%v", h.percentile(1))
	}
	for us := uint64(0); us < 100_000; us++ {
		if step := stepOf(us); us > upTo(step) || step > 0 && us <= upTo(step-1) {
			t.Fatalf("%d µs is in step %d, which ends at %d", us, step, upTo(step))
		}
	}
}
