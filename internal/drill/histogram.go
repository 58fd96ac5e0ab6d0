package drill

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// Sixteen steps per power of two keep every value within about 6 %.
const (
	stepBits  = 4
	stepCount = (64 - stepBits) << stepBits
)

// histogram counts durations without keeping them. Safe for concurrent use.
type histogram struct {
	counts [stepCount]atomic.Int64
	total  atomic.Int64
	most   atomic.Int64 // microseconds
}

func (h *histogram) add(d time.Duration) {
	us := uint64(max(0, d.Microseconds())) //nolint:gosec // not negative
	h.counts[stepOf(us)].Add(1)
	h.total.Add(1)
	for {
		old := h.most.Load()
		if int64(us) <= old || h.most.CompareAndSwap(old, int64(us)) { //nolint:gosec // a duration
			return
		}
	}
}

func stepOf(us uint64) int {
	if us < 1<<stepBits {
		return int(us) //nolint:gosec // small
	}
	shift := bits.Len64(us) - stepBits - 1
	return (shift+1)<<stepBits + int(us>>shift) - 1<<stepBits //nolint:gosec // below stepCount
}

// upTo is the largest number of microseconds of a step.
func upTo(step int) uint64 {
	if step < 1<<stepBits {
		return uint64(step) //nolint:gosec // not negative
	}
	shift := step>>stepBits - 1
	return uint64(step&(1<<stepBits-1)+1<<stepBits+1)<<shift - 1 //nolint:gosec // not negative
}

// percentile is the duration that share (0 to 1) of the values do not exceed,
// 0 when there are none.
func (h *histogram) percentile(share float64) time.Duration {
	total := h.total.Load()
	if total == 0 {
		return 0
	}
	rank := max(1, int64(share*float64(total)+0.5))
	var seen int64
	for step := range h.counts {
		if seen += h.counts[step].Load(); seen >= rank {
			return time.Duration(min(upTo(step), uint64(h.most.Load()))) * time.Microsecond //nolint:gosec // a duration
		}
	}
	return h.max()
}

func (h *histogram) max() time.Duration { return time.Duration(h.most.Load()) * time.Microsecond }
