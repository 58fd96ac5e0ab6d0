package bench

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// Histogram is how often a request took how long, from the intended instant.
type Histogram struct {
	Count   int     `json:"count"`
	P50MS   float64 `json:"p50_ms"`
	P90MS   float64 `json:"p90_ms"`
	P99MS   float64 `json:"p99_ms"`
	P999MS  float64 `json:"p999_ms"`
	MaxMS   float64 `json:"max_ms"`
	Buckets []Step  `json:"buckets"`
}

// Step counts the requests that took at most UpToMS and more than the step before.
type Step struct {
	UpToMS float64 `json:"up_to_ms"`
	Count  int     `json:"count"`
}

// newHistogram sorts the values; steps are the powers of the square root of two
// from half a millisecond.
func newHistogram(values []time.Duration) *Histogram {
	slices.Sort(values)
	h := &Histogram{Count: len(values)}
	if len(values) == 0 {
		return h
	}
	h.P50MS, h.P90MS, h.P99MS, h.P999MS = ms(at(values, 0.5)), ms(at(values, 0.9)), ms(at(values, 0.99)), ms(at(values, 0.999))
	h.MaxMS = ms(values[len(values)-1])
	for from, step := 0, 0; from < len(values); step++ {
		upTo := signs(0.5 * math.Pow(2, float64(step)/2))
		to, _ := slices.BinarySearchFunc(values, upTo, func(d time.Duration, limit float64) int {
			if float64(d)/float64(time.Millisecond) <= limit {
				return -1
			}
			return 1
		})
		if to > 0 { // the steps before the first value say nothing
			h.Buckets = append(h.Buckets, Step{upTo, to - from})
		}
		from = to
	}
	return h
}

// sorted is a sorted copy of durations.
func sorted(values []time.Duration) []time.Duration { return slices.Sorted(slices.Values(values)) }

// at is the value that the share of the sorted values does not exceed.
func at(sorted []time.Duration, share float64) time.Duration {
	return sorted[min(len(sorted)-1, int(math.Ceil(share*float64(len(sorted))))-1)]
}

func ms(d time.Duration) float64 { return signs(float64(d) / float64(time.Millisecond)) }

// print draws the histogram.
func (h *Histogram) print(b *strings.Builder) {
	fmt.Fprintf(b, "      %d requests: p50 %g ms, p90 %g, p99 %g, p99.9 %g, longest %g\n", h.Count, h.P50MS, h.P90MS, h.P99MS, h.P999MS, h.MaxMS)
	most := 1
	for _, s := range h.Buckets {
		most = max(most, s.Count)
	}
	for _, s := range h.Buckets {
		fmt.Fprintf(b, "      up to %8g ms %8d %s\n", s.UpToMS, s.Count, strings.Repeat("#", (s.Count*50+most-1)/most))
	}
}
