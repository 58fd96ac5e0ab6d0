package history_test

import (
	"errors"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"naru/internal/history"
)

// models are all three, for slots of one size.
func models(size int) map[string]history.Model {
	return map[string]history.Model{"slots": places(size), "persons": history.Persons(), "tickets": history.Tickets(history.TicketRules{})}
}

// A service that keeps the rules passes, whatever is asked, lost and repeated.
func TestRightServicePasses(t *testing.T) {
	t.Parallel()
	ops, lost := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		size := rapid.IntRange(1, 3).Draw(rt, "size")
		c := newCrowd(none, rapid.IntRange(1, 4).Draw(rt, "citizens"), size, func(n int, what string) int {
			return rapid.IntRange(0, n-1).Draw(rt, what)
		})
		c.run(rapid.IntRange(1, 200).Draw(rt, "steps"))
		for name, m := range models(size) {
			r, err := history.Check(c.Recorder, m, limit)
			if err != nil {
				rt.Fatalf("%s: %v", name, err)
			}
			ops, lost = ops+r.Ops, lost+r.Unknown
		}
	})
	t.Logf("%d operations, %d answers lost", ops, lost)
	if ops == 0 || lost == 0 {
		t.Error("nothing was asked, or nothing lost: the property proves nothing")
	}
}

// The same in large: hundreds of browsers, thousands of calls, and quickly.
func TestRightServicePassesInACrowd(t *testing.T) {
	t.Parallel()
	for _, size := range []struct{ seeds, citizens, places, steps int }{{60, 3, 2, 300}, {1, 20, 5, 4000}, {1, 60, 10, 8000}} {
		lost := 0
		for seed := range uint64(size.seeds) {
			c := seeded(none, seed, size.citizens, size.places)
			c.run(size.steps)
			for name, m := range models(size.places) {
				r, err := history.Check(c.Recorder, m, limit)
				if err != nil {
					t.Fatalf("seed %d, %s: %v", seed, name, err)
				}
				lost = r.Unknown
			}
		}
		if lost == 0 {
			t.Error("no answer was lost")
		}
	}
}

// seeded is a crowd whose choices come from a seed.
func seeded(f flaw, seed uint64, citizens, places int) *crowd {
	random := rand.New(rand.NewPCG(seed, 7)) //nolint:gosec // a test's choices
	return newCrowd(f, citizens, places, func(n int, _ string) int { return random.IntN(n) })
}

// A service with one flaw is found out, by the model that watches that rule.
func TestEveryPlantedFlawIsFound(t *testing.T) {
	t.Parallel()
	for f, watcher := range map[flaw]string{
		oversells: "slots", freesTwice: "slots", keepsPlaces: "slots", sweepsBooked: "persons",
		forgets: "persons", booksTwice: "persons", forgetsKeys: "persons",
		newTickets: "tickets", sameNumber: "tickets", newSessions: "tickets", takesTurnBack: "tickets",
	} {
		t.Run(string(f), func(t *testing.T) {
			t.Parallel()
			const runs = 40
			found := map[string]int{}
			for seed := range uint64(runs) {
				c := seeded(f, seed, 3, 2)
				c.run(300)
				for name, m := range models(2) {
					_, err := history.Check(c.Recorder, m, limit)
					var illegal *history.Illegal
					switch {
					case errors.As(err, &illegal):
						found[name]++
					case err != nil:
						t.Fatal(err)
					}
				}
			}
			t.Logf("found in %v of %d histories", found, runs)
			if found[watcher] == 0 {
				t.Errorf("%s did not find it", watcher)
			}
		})
	}
}
