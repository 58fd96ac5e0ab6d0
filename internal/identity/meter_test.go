package identity

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"naru/internal/fault"
)

var (
	start = time.Date(2021, 8, 9, 11, 0, 0, 0, time.UTC)
	of    = Provider{ID: "a", Kind: Redirect, PerSecond: 50, InFlight: 10, Slow: 2 * time.Second, Deadline: 8 * time.Second}
)

// calls makes n calls that each take so long, one after the other, and returns
// the time after them.
func calls(t *testing.T, m *Meter, now time.Time, n int, took time.Duration, o Outcome) time.Time {
	t.Helper()
	for range n {
		c, refused := m.Begin(now)
		if refused != nil {
			t.Fatal(refused)
		}
		now = now.Add(took)
		m.End(c, now, o)
	}
	return now
}

func TestLightFollowsTheWindow(t *testing.T) {
	t.Parallel()
	fast := 100 * time.Millisecond
	for _, c := range []struct {
		why  string
		do   func(*testing.T, *Meter, time.Time) time.Time
		want Light
	}{
		{"nothing seen", func(_ *testing.T, _ *Meter, now time.Time) time.Time { return now }, Smooth},
		{"all well", func(t *testing.T, m *Meter, now time.Time) time.Time { return calls(t, m, now, 20, fast, Answered) }, Smooth},
		{"one failure among few says nothing", func(t *testing.T, m *Meter, now time.Time) time.Time { return calls(t, m, now, 1, fast, Failed) }, Smooth},
		{"one in ten fails", func(t *testing.T, m *Meter, now time.Time) time.Time {
			return calls(t, m, calls(t, m, now, 18, fast, Answered), 2, fast, Failed)
		}, Slow},
		{"three in ten fail", func(t *testing.T, m *Meter, now time.Time) time.Time {
			return calls(t, m, calls(t, m, now, 7, fast, Answered), 3, fast, Failed)
		}, Congested},
		{"a quarter is slow", func(t *testing.T, m *Meter, now time.Time) time.Time {
			return calls(t, m, calls(t, m, now, 6, fast, Answered), 2, 2*time.Second, Answered)
		}, Slow},
		{"all are slow", func(t *testing.T, m *Meter, now time.Time) time.Time {
			return calls(t, m, now, 6, 3*time.Second, Answered)
		}, Congested},
		{"half the places are taken, and more", func(t *testing.T, m *Meter, now time.Time) time.Time {
			for range 6 {
				_, _ = m.Begin(now)
			}
			return now
		}, Slow},
		{"five in a row fail", func(t *testing.T, m *Meter, now time.Time) time.Time { return calls(t, m, now, 5, fast, TimedOut) }, Down},
		{"the failures are long past", func(t *testing.T, m *Meter, now time.Time) time.Time {
			return calls(t, m, now, 4, fast, Failed).Add(time.Minute)
		}, Smooth},
		{"people who went away say nothing", func(t *testing.T, m *Meter, now time.Time) time.Time { return calls(t, m, now, 20, fast, Abandoned) }, Smooth},
	} {
		m := NewMeter(of)
		if got := m.Light(c.do(t, m, start)); got != c.want {
			t.Errorf("%s: %v, want %v", c.why, got, c.want)
		}
	}
}

// A provider that takes calls and answers none is seen before the first of them
// has reached its deadline.
func TestHangingProviderIsSeenBeforeItsDeadline(t *testing.T) {
	t.Parallel()
	m := NewMeter(of)
	for range fewCalls {
		_, _ = m.Begin(start)
	}
	if got := m.Light(start.Add(of.Slow)); got != Congested {
		t.Errorf("%v while all calls hang", got)
	}
}

func TestDeadProviderIsLeftAloneUntilItAnswersProbes(t *testing.T) {
	t.Parallel()
	m := NewMeter(of)
	now := calls(t, m, start, rowTrips, time.Second, Failed)
	if _, refused := m.Begin(now); fault.Of(refused).Message != "identity.down" {
		t.Fatalf("a person was sent to a dead provider: %v", refused)
	}
	if _, due := m.BeginProbe(now.Add(coolFirst - time.Second)); due {
		t.Error("it was probed before it had cooled")
	}
	now = now.Add(coolFirst)
	c, due := m.BeginProbe(now)
	if _, two := m.BeginProbe(now); !due || two {
		t.Fatal("not one probe after cooling")
	}
	m.End(c, now, TimedOut)
	if _, due := m.BeginProbe(now.Add(coolFirst + time.Second)); due {
		t.Error("a failed probe did not make it cool for longer")
	}
	now = now.Add(2 * coolFirst)
	for range probesGood {
		c, due := m.BeginProbe(now)
		if !due {
			t.Fatal("no probe")
		}
		m.End(c, now, Answered)
		now = now.Add(time.Second)
	}
	if _, refused := m.Begin(now); refused != nil {
		t.Fatal("it answers and nobody may ask it")
	}
}

// A light that should be better gets so a step at a time.
func TestLightComesBackSlowly(t *testing.T) {
	t.Parallel()
	m := NewMeter(of)
	now := calls(t, m, start, rowTrips, time.Second, Failed)
	if m.Light(now) != Down {
		t.Fatal("not down")
	}
	for now = now.Add(coolFirst); m.open; now = now.Add(time.Second) {
		if c, due := m.BeginProbe(now); due {
			m.End(c, now, Answered)
		}
	}
	began := now
	for want := Down; want > Smooth; want-- {
		if got := m.Light(now); got != want {
			t.Fatalf("%v after %v, want %v", got, now.Sub(began), want)
		}
		now = now.Add(calm)
	}
	if got := m.Light(now); got != Smooth {
		t.Fatalf("%v at last", got)
	}
}

// Whatever happens in whatever order, with a clock that goes both ways: no more
// than InFlight people's calls (and one probe) wait, nobody gets through an open
// breaker, a light gets better by one step, and not twice within its calm.
func TestMeterKeepsItsPromises(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m, now := NewMeter(of), start
		var flying []Call
		light, better := Smooth, time.Time{}
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.Int64Range(-int64(time.Second), int64(6*time.Second)).Draw(t, "pass")))
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0, 1:
				open := m.open
				c, refused := m.Begin(now)
				if refused == nil && open {
					t.Fatal("through an open breaker")
				}
				if refused == nil {
					flying = append(flying, c)
				}
			case 2:
				if c, due := m.BeginProbe(now); due {
					flying = append(flying, c)
				}
			case 3:
				if len(flying) > 0 {
					i := rapid.IntRange(0, len(flying)-1).Draw(t, "which")
					m.End(flying[i], now, Outcome(rapid.IntRange(0, 3).Draw(t, "outcome")))
					flying = append(flying[:i], flying[i+1:]...)
				}
			}
			if len(m.flying) != len(flying) || len(flying) > of.InFlight+1 {
				t.Fatalf("%d in flight, the meter says %d", len(flying), len(m.flying))
			}
			got := m.Light(now)
			if got+1 < light || got < light && !better.IsZero() && now.Sub(better) < calm && now.After(better) {
				t.Fatalf("from %v to %v, %v after it last got better", light, got, now.Sub(better))
			}
			if got < light {
				better = now
			}
			if m.open && got != Down {
				t.Fatal("open, and not down")
			}
			light = got
		}
	})
}
