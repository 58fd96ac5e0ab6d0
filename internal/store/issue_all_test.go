package store_test

import (
	"context"
	"testing"
	"time"

	"naru/internal/issue"
	"naru/internal/store"
)

// Bulk issuing waits for quiet hours, and repeated makes nothing twice (rule T48).
func TestEverybodyGetsTheirsOnce(t *testing.T) { onBoth(t, testEverybodyGetsTheirsOnce) }

func testEverybodyGetsTheirsOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	must(t, h.load(bulk(70), 50, func(store.Loaded) error { return nil })) // two doses each
	h.clock.Add(12 * time.Hour)                                            // a quarter to noon
	var waited time.Duration
	b := store.BulkIssue{By: h.issuer("hc1", ""), Format: issue.HC1, Batch: "n1", Rate: 1000, Told: func(int64, int64) {}}
	b.Wait = func(_ context.Context, d time.Duration) error {
		waited += d
		h.clock.Add(d)
		return nil
	}
	for range 2 {
		r, err := h.IssueAll(t.Context(), b)
		if err != nil || r.People != 70 || r.Issued != 140 || r.Left != 0 {
			t.Errorf("%+v %v", r, err)
		}
	}
	if hour := h.clock.Now().In(h.a.Zone).Hour(); hour < 14 || waited < 2*time.Hour {
		t.Errorf("it was %d o'clock, after waiting %s", hour, waited)
	}
	if n, err := h.RevokeBatch(t.Context(), "n1"); n != 140 || err != nil {
		t.Errorf("%d certificates in the batch: %v", n, err)
	}
}
