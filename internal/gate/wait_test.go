package gate

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"testing"
	"time"
)

// steady is a series of samples every 2 s at so many places a second.
func steady(perSecond float64, seconds int) (samples []Sample, now time.Time) {
	for s := 0; s <= seconds; s += 2 {
		now = epoch0.Add(time.Duration(s) * time.Second)
		samples = append(samples, Sample{At: now, Serving: uint64(perSecond * float64(s))})
	}
	return samples, now
}

func TestWaitIsAnIntervalAroundTheTruth(t *testing.T) {
	t.Parallel()
	samples, now := steady(20, 120)
	if got := Measure(samples, now); got != (Rate{1080, 1320}) {
		t.Errorf("20 a second, evenly, measures as %+v; want 10 %% on either side of 1200", got)
	}
	low, high, known := Estimate(24_000, samples, now) // the truth is 20 minutes
	if !known || low > 20*time.Minute || high < 20*time.Minute {
		t.Errorf("%s to %s, known %v", low, high, known)
	}
	if width := high - low; width > 8*time.Minute {
		t.Errorf("the interval is %s wide, more than 40 %% of the wait", width)
	}
}

// An uneven rate gives a wider interval than an even one.
func TestUnevenServingWidensTheInterval(t *testing.T) {
	t.Parallel()
	even, now := steady(20, 120)
	uneven := append([]Sample(nil), even...)
	r := rand.New(rand.NewPCG(1, 2))
	for i := 1; i < len(uneven)-1; i++ {
		uneven[i].Serving = uneven[i-1].Serving + r.Uint64N(2)*80
	}
	uneven[len(uneven)-1].Serving = max(uneven[len(uneven)-1].Serving, uneven[len(uneven)-2].Serving+1)
	a, b := Measure(even, now), Measure(uneven, now)
	if !a.Known() || !b.Known() || float64(b.Low)/float64(b.High) >= float64(a.Low)/float64(a.High) {
		t.Errorf("even %+v, uneven %+v", a, b)
	}
}

func TestUnknownWaitIsSaid(t *testing.T) {
	t.Parallel()
	good, now := steady(20, 120)
	stopped, _ := steady(20, 120)
	for i := range stopped[31:] {
		stopped[31+i].Serving = stopped[30].Serving
	}
	short, shortNow := steady(20, 10)
	slow, slowNow := steady(0.5, 240)
	for why, c := range map[string]struct {
		samples []Sample
		now     time.Time
		ahead   uint64
	}{
		"nothing observed":        {nil, now, 10},
		"a few seconds only":      {short, shortNow, 10},
		"samples too old":         {good, now.Add(measureFor + 2*time.Minute), 10},
		"standing still of late":  {stopped, now, 10},
		"more than a day":         {slow, slowNow, 100_000},
		"clock went back":         {[]Sample{good[9], good[5], good[3], good[1]}, now, 10},
		"serving the same always": {[]Sample{{epoch0, 5}, {now, 5}, {now, 5}, {now, 5}}, now, 10},
	} {
		if low, high, known := Estimate(c.ahead, c.samples, c.now); known || low != 0 || high != 0 {
			t.Errorf("%s: %s to %s, known %v", why, low, high, known)
		}
	}
}

// However slowly or unevenly a line moves, what is measured can be shown on the
// board: one bad number there would stop the line for everybody (rule G20).
func TestEveryMeasuredRateFitsTheBoard(t *testing.T) {
	t.Parallel()
	for _, gap := range []int{1, 7, 29, 30, 31, 60, 90, 140} {
		for _, called := range []uint64{1, 2, 40, 100_000_000} {
			var samples []Sample
			for n := range 5 {
				samples = append(samples, Sample{At: epoch0.Add(time.Duration(n*gap) * time.Second), Serving: 3 + uint64(n/2)*called})
			}
			if r := Measure(samples, samples[4].At); r.validate() != nil {
				t.Errorf("%d called every %d s measures as %+v: %v", called, 2*gap, r, r.validate())
			}
		}
	}
}

// The vectors were made by an independent computation in Python; ui/test/wait.test.mjs
// holds the page's script to the same.
func TestWaitVectors(t *testing.T) {
	t.Parallel()
	var file struct {
		Vectors []struct {
			Rate  [2]uint64
			Ahead uint64
			Wait  []int
		}
	}
	text, err := os.ReadFile("testdata/wait.json")
	if err == nil {
		err = json.Unmarshal(text, &file)
	}
	if err != nil || len(file.Vectors) < 100 {
		t.Fatal(err, len(file.Vectors))
	}
	for _, v := range file.Vectors {
		low, high, known := Rate{v.Rate[0], v.Rate[1]}.Wait(v.Ahead)
		if known != (v.Wait != nil) || known && (low != time.Duration(v.Wait[0])*time.Second || high != time.Duration(v.Wait[1])*time.Second) {
			t.Errorf("%+v: %s to %s, known %v", v, low, high, known)
		}
	}
}

func TestWaitIsRoundedOutward(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rate      Rate
		ahead     uint64
		low, high time.Duration
	}{
		{Rate{60, 60}, 0, 0, 10 * time.Second}, // the next one is not called yet
		{Rate{60, 60}, 9, 0, 20 * time.Second},
		{Rate{60, 60}, 61, 50 * time.Second, 70 * time.Second},
		{Rate{100, 100}, 350, 3 * time.Minute, 4 * time.Minute},
		{Rate{800, 1200}, 24_000, 19 * time.Minute, 31 * time.Minute},
	} {
		low, high, known := c.rate.Wait(c.ahead)
		if !known || low != c.low || high != c.high {
			t.Errorf("%+v, %d ahead: %s to %s", c.rate, c.ahead, low, high)
		}
	}
}
