package identity

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"naru/internal/fault"
)

func TestShareOfTheProofs(t *testing.T) {
	t.Parallel()
	two := []Provider{{ID: "a", PerSecond: 30}, {ID: "b", PerSecond: 10}}
	at := func(node string, p ID, l Light, ago time.Duration) Reading {
		return Reading{node, p, l, start.Add(-ago)}
	}
	for _, c := range []struct {
		why  string
		all  []Provider
		read []Reading
		want float64
	}{
		{"no providers", nil, nil, 1},
		{"all smooth", two, []Reading{at("1", "a", Smooth, 0), at("1", "b", Smooth, 0)}, 1},
		{"the small one dead", two, []Reading{at("1", "a", Smooth, 0), at("1", "b", Down, 0)}, 0.75},
		{"the large one dead", two, []Reading{at("1", "a", Down, 0), at("1", "b", Smooth, 0)}, 0.25},
		{"all dead", two, []Reading{at("1", "a", Down, 0), at("1", "b", Down, 0)}, 0},
		{"half the nodes see it dead", two[:1], []Reading{at("1", "a", Down, 0), at("2", "a", Smooth, 0)}, 0.5},
		{"what a dead node said does not count", two[:1], []Reading{at("1", "a", Down, Fresh), at("2", "a", Smooth, 0)}, 1},
		{"nobody has looked", two[:1], nil, 0},
		{"slow", two[:1], []Reading{at("1", "a", Slow, 0)}, 0.5},
		{"a light from the future is no light", two[:1], []Reading{at("1", "a", Smooth, -time.Hour)}, 0},
	} {
		if got := Share(c.all, c.read, start); got != c.want {
			t.Errorf("%s: %v, want %v", c.why, got, c.want)
		}
	}
}

// A worse light never raises the share, and the share is a share.
func TestAWorseLightNeverAdmitsMore(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var all []Provider
		var read []Reading
		for i := range rapid.IntRange(1, 4).Draw(t, "providers") {
			p := Provider{ID: ID(rune('a' + i)), PerSecond: rapid.IntRange(1, 100).Draw(t, "per second")}
			all = append(all, p)
			for range rapid.IntRange(0, 3).Draw(t, "nodes") {
				read = append(read, Reading{"n", p.ID, Light(rapid.IntRange(0, 3).Draw(t, "light")), start}) //nolint:gosec // 0 to 3
			}
		}
		before := Share(all, read, start)
		if before < 0 || before > 1 {
			t.Fatalf("share %v", before)
		}
		for i := range read {
			if read[i].Light == Down {
				continue
			}
			read[i].Light++
			if after := Share(all, read, start); after > before {
				t.Fatalf("share grew from %v to %v", before, after)
			}
			read[i].Light--
		}
	})
}

func TestLightsHaveNames(t *testing.T) {
	t.Parallel()
	for l := Smooth; l <= Down; l++ {
		if ParseLight(l.String()) != l {
			t.Errorf("%v reads as %v", l, ParseLight(l.String()))
		}
	}
	if ParseLight("green") != Down || Light(9).String() != "down" {
		t.Error("a light nobody knows is not down")
	}
	for share, want := range map[float64]Light{1: Smooth, 0.75: Slow, 0.2: Congested, 0: Down} {
		if Together(share) != want {
			t.Errorf("%v together is %v, want %v", share, Together(share), want)
		}
	}
}

// Early proofs use a quarter of the provider at most, and only while it is
// smooth.
func TestEarlyProofsKeepTheirPace(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := Provider{PerSecond: rapid.IntRange(1, 40).Draw(t, "per second")}
		var pace Pace
		taken, now := 0, start
		seconds := rapid.IntRange(1, 60).Draw(t, "seconds")
		for now.Sub(start) < time.Duration(seconds)*time.Second {
			refused := pace.Take(p, Smooth, now)
			if refused == nil {
				taken++
			} else if s, _ := refused.Args["Seconds"].(int); s < 1 || s > 60 {
				t.Fatalf("wait %d seconds", s)
			}
			now = now.Add(time.Duration(rapid.IntRange(1, 500).Draw(t, "ms")) * time.Millisecond)
		}
		if most := earlyBurst + int(EarlyShare*float64(p.PerSecond)*now.Sub(start).Seconds()) + 1; taken > most {
			t.Fatalf("%d early proofs in %v, at most %d", taken, now.Sub(start), most)
		}
		if taken == 0 {
			t.Fatal("nobody may prove early")
		}
	})
	for l := Slow; l <= Down; l++ {
		if refused := new(Pace).Take(of, l, start); fault.Of(refused).Message != "identity.early_later" {
			t.Errorf("%v: %v", l, refused)
		}
	}
}
