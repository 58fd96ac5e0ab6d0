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

// Wait is the interval in which somebody with this many ahead will be called: the
// time for the places up to and including their own at either rate, widened by how
// much so few places vary (rule G41), rounded outward by grain (G42). Unknown is
// said, never guessed (rule G20); so is a wait of over 24 hours. The page's script
// computes the same to the second (testdata/wait.json).
func (r Rate) Wait(ahead uint64) (low, high time.Duration, known bool) {
	if !r.Known() {
		return 0, 0, false
	}
	places := float64(min(ahead, MaxPlace) + 1)
	vary := math.Ceil(fewPlaces * math.Sqrt(places))
	soon := 60 * max(0, places-vary) / float64(r.High)
	late := 60 * (places + vary) / float64(r.Low)
	if late > longestWait.Seconds() {
		return 0, 0, false
	}
	low = time.Duration(math.Floor(soon/grain(soon))*grain(soon)) * time.Second
	high = time.Duration(math.Ceil(late/grain(late))*grain(late)) * time.Second
	return low, high, true
}

const (
	fewPlaces   = 0.7 // standard deviations of a count, taken as random
	longestWait = 24 * time.Hour
)

// grain is to what a number of seconds is rounded: finer than people need would
// say more than is known, coarser would be wide for short waits.
func grain(seconds float64) float64 {
	switch {
	case seconds <= 120:
		return 10
	case seconds <= 600:
		return 30
	}
	return 60
}

// Sample is the serving number at one moment of the server's clock.
type Sample struct {
	At      time.Time
	Serving uint64
}

const (
	measureFor   = 5 * time.Minute  // older samples say little about now
	measureLeast = 20 * time.Second // shorter series say nothing
	margin       = 0.10             // the least doubt on either side, of the mean
	mostDoubt    = 0.60             // a wider interval helps nobody: unknown is said
	batches      = 8                // parts of a window whose speeds are compared
	sure         = 1.7              // standard errors; nine of ten lie within
)

// windows are the spans that are tried, the longest first.
func windows() []time.Duration {
	const s = time.Second
	return []time.Duration{measureFor, 200 * s, 140 * s, 100 * s, 70 * s, 50 * s, 35 * s, 25 * s, measureLeast}
}

// Measure gives the rate of the last minutes of samples, oldest first. It takes the
// longest of several windows whose halves were of one speed (G40): a long one
// tells more, but not over a change. The interval is the mean, widened by what a
// span of an eighth of the window varied by (neighbouring samples depend on each
// other, so they are not taken one by one), and by 10 % at least.
//
// It is unknown when there are fewer than four samples, less than 20 s of them,
// when serving stood still in the newer half, when it varied so much that the
// interval would be wider than 60 % on either side, or when it may be less than
// one place a minute.
func Measure(samples []Sample, now time.Time) Rate {
	samples = since(samples, now.Add(-measureFor))
	n := len(samples)
	if n < 4 || samples[n-1].At.Sub(samples[0].At) < measureLeast || samples[n-1].Serving <= samples[n/2].Serving {
		return Rate{}
	}
	mean, doubt := 0.0, math.Inf(1)
	for _, span := range windows() {
		w := since(samples, samples[n-1].At.Add(-span))
		if len(w) < 4 {
			break
		}
		var even bool
		if mean, doubt, even = measured(w); even {
			break
		}
	}
	if doubt > mostDoubt*mean || mean-doubt < 1 {
		return Rate{}
	}
	return Rate{Low: uint64(mean - doubt), High: uint64(math.Ceil(mean + doubt))}.bounded()
}

// since leaves out the samples before a moment.
func since(samples []Sample, from time.Time) []Sample {
	for len(samples) > 0 && samples[0].At.Before(from) {
		samples = samples[1:]
	}
	return samples
}

// measured is the mean speed of a window and the doubt about the next span like
// it; even tells whether its halves do not differ by more than that.
func measured(w []Sample) (mean, doubt float64, even bool) {
	first, last := w[0], w[len(w)-1]
	mean = speed(first, last)
	part := last.At.Sub(first.At) / batches
	var squares float64
	for i := range batches {
		from := first.At.Add(time.Duration(i) * part)
		d := speed(at(w, from), at(w, from.Add(part))) - mean
		squares += d * d
	}
	apart := math.Sqrt(squares / (batches - 1))                // between one part and another
	doubt = max(margin*mean, sure*apart*math.Sqrt(2./batches)) // of this window, and of the next
	middle := at(w, first.At.Add(last.At.Sub(first.At)/2))
	differ := math.Abs(speed(first, middle) - speed(middle, last))
	return mean, max(doubt, differ/2), differ <= 2*margin*mean
}

// at is the serving number at a moment between two samples, along the line
// between them.
func at(w []Sample, when time.Time) Sample {
	for i := 1; i < len(w); i++ {
		a, b := w[i-1], w[i]
		if b.At.Before(when) || !b.At.After(a.At) {
			continue
		}
		share := max(0, when.Sub(a.At).Seconds()/b.At.Sub(a.At).Seconds())
		return Sample{At: when, Serving: a.Serving + uint64(share*float64(b.Serving-min(a.Serving, b.Serving)))}
	}
	return w[len(w)-1]
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
