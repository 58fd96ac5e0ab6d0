package gate

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"
)

// Rate is how many places are called per minute: an interval, because the past
// never gives one number for the future. The zero Rate is unknown.
type Rate struct{ Low, High uint64 }

// Known tells whether a wait can be told from this rate.
func (r Rate) Known() bool { return r.Low > 0 && r.High >= r.Low }

// Wait is the interval in which somebody with this many ahead will be called,
// rounded outward to whole minutes above two minutes and to ten seconds below.
// Unknown is said, never guessed (rule G20); so is a wait of over 24 hours.
func (r Rate) Wait(ahead uint64) (low, high time.Duration, known bool) {
	if !r.Known() {
		return 0, 0, false
	}
	low = minutes(ahead, r.High)
	high = minutes(ahead, r.Low)
	if high > 24*time.Hour {
		return 0, 0, false
	}
	return low.Truncate(grain(low)), (high + grain(high) - 1).Truncate(grain(high)), true
}

func minutes(ahead, perMinute uint64) time.Duration {
	m := min(float64(ahead)/float64(perMinute), 1e6)
	return time.Duration(m * float64(time.Minute))
}

func grain(d time.Duration) time.Duration {
	if d > 2*time.Minute {
		return time.Minute
	}
	return 10 * time.Second
}

// Sample is the serving number at one moment of the server's clock.
type Sample struct {
	At      time.Time
	Serving uint64
}

const (
	measureFor   = 5 * time.Minute  // older samples say little about now
	measureLeast = 20 * time.Second // shorter series say nothing
	margin       = 0.15             // the least doubt on either side
)

// Measure gives the rate of the last five minutes of samples, oldest first:
// the mean speed, widened by twice its standard error over the intervals seen
// and by 15 % at least. It is unknown when there are fewer than four samples,
// less than 20 s of them, when serving stood still in the newer half, or when it
// may be less than one place a minute.
func Measure(samples []Sample, now time.Time) Rate {
	for len(samples) > 0 && now.Sub(samples[0].At) > measureFor {
		samples = samples[1:]
	}
	n := len(samples)
	if n < 4 || samples[n-1].At.Sub(samples[0].At) < measureLeast || samples[n-1].Serving <= samples[n/2].Serving {
		return Rate{}
	}
	mean := speed(samples[0], samples[n-1])
	var squares float64
	for i := 1; i < n; i++ {
		d := speed(samples[i-1], samples[i]) - mean
		squares += d * d
	}
	doubt := max(margin*mean, 2*math.Sqrt(squares/float64(n-1)/float64(n-1)))
	if mean-doubt < 1 {
		return Rate{}
	}
	return Rate{Low: uint64(mean - doubt), High: uint64(math.Ceil(mean + doubt))}.bounded()
}

// speed is in places per minute; samples out of order count as standing still.
func speed(a, b Sample) float64 {
	span := b.At.Sub(a.At).Minutes()
	if span <= 0 || b.Serving <= a.Serving {
		return 0
	}
	return float64(b.Serving-a.Serving) / span
}

// Estimate is Measure and Wait in one.
func Estimate(ahead uint64, observed []Sample, now time.Time) (low, high time.Duration, known bool) {
	return Measure(observed, now).Wait(ahead)
}

const maxRate = 9_999_999 // per minute; seven digits on the board

func (r Rate) bounded() Rate { return Rate{Low: min(r.Low, maxRate), High: min(r.High, maxRate)} }

func (r Rate) validate() error {
	if r != (Rate{}) && (!r.Known() || r.High > maxRate) {
		return errors.New("rate is neither unknown nor 1 ≤ low ≤ high < 10 million a minute")
	}
	return nil
}

// MarshalJSON writes [low, high].
func (r Rate) MarshalJSON() ([]byte, error) { return fmt.Appendf(nil, "[%d,%d]", r.Low, r.High), nil }

// UnmarshalJSON reads [low, high].
func (r *Rate) UnmarshalJSON(text []byte) error {
	var n []uint64
	if err := json.Unmarshal(text, &n); err != nil {
		return err
	}
	if len(n) != 2 {
		return errors.New("a rate is [low, high]")
	}
	*r = Rate{Low: n[0], High: n[1]}
	return nil
}
