package store_test

import (
	"context"
	"testing"

	"naru/internal/person"
)

// A person on an occupation's list is known to be of it once proven, and
// nobody else is.
func TestOccupationListReachesTheFacts(t *testing.T) { onBoth(t, testOccupationListReachesTheFacts) }

func testOccupationListReachesTheFacts(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.openGate()
	on, off := h.citizen(1), h.citizen(2)
	must(t, h.AddToList(context.Background(), "teacher", []person.Claim{on.claim}))
	must(t, h.AddToList(context.Background(), "teacher", []person.Claim{on.claim})) // again: no fault
	for _, c := range []struct {
		*citizen
		want int
	}{{on, 1}, {off, 0}} {
		c.admit()
		facts, err := h.Facts(context.Background(), c.ses())
		must(t, err)
		if len(facts.Occupations) != c.want {
			t.Errorf("occupations %v, want %d", facts.Occupations, c.want)
		}
	}
}
