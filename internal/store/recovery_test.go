package store_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"naru/internal/gate"
)

// Those who join in the minute after the line was away share one number, on
// whatever node; before and after it everybody has their own (rule G48).
func TestWhoJoinsRightAfterARecoverySharesAPlace(t *testing.T) {
	onBoth(t, testWhoJoinsRightAfterARecoverySharesAPlace)
}

func testWhoJoinsRightAfterARecoverySharesAPlace(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.openGate()
	nodes := h.nodes()
	who := 0
	join := func(n int) []uint64 {
		t.Helper()
		numbers := make([]uint64, n)
		var wg sync.WaitGroup
		for i := range numbers {
			c, node := h.citizen(who+i), nodes[i%len(nodes)]
			wg.Go(func() {
				_, ticket, err := node.Join(context.Background(), campaignID, c.claim)
				if err != nil || ticket.Kind != gate.Late {
					t.Errorf("%+v, %v", ticket, err)
				}
				numbers[i] = ticket.Number
			})
		}
		wg.Wait()
		who += n
		return numbers
	}
	own := func(numbers []uint64) map[uint64]bool {
		all := map[uint64]bool{}
		for _, n := range numbers {
			all[n] = true
		}
		return all
	}
	if before := own(join(4)); len(before) != 4 {
		t.Fatalf("while all is well four people have the numbers %v", before)
	}
	h.clock.Add(5 * time.Minute) // nobody led: the store was away
	first := own(join(6))
	if len(first) != 1 {
		t.Fatalf("right after the recovery six people have the numbers %v", first)
	}
	for range 11 {
		h.clock.Add(5 * time.Second)
		h.lead(1)
	}
	later := own(join(3))
	for n := range later {
		if !first[n] || len(later) != 1 {
			t.Errorf("55 s after it: %v, at first %v", later, first)
		}
	}
	h.clock.Add(5 * time.Second)
	h.lead(1)
	if last := own(join(3)); len(last) != 3 || last[0] {
		t.Errorf("a minute after it: %v", last)
	}
	if r := h.sound(); r.LateGaps != 0 {
		t.Errorf("%d late numbers are nobody's", r.LateGaps)
	}
}
