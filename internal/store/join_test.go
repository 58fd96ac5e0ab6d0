package store_test

import (
	"testing"
	"time"

	"naru/internal/store"
)

// A known claim is written down like a new one before it is answered: an answer
// without a write comes sooner, and would tell who has joined (rule G54).
func TestKnownClaimIsWrittenLikeANewOne(t *testing.T) {
	onBoth(t, testKnownClaimIsWrittenLikeANewOne)
}

func testKnownClaimIsWrittenLikeANewOne(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.lead(1)
	phone := h.citizen(1)
	must(t, phone.join())
	first := phone.ticket
	h.clock.Add(30 * time.Second)
	must(t, phone.onOtherDevice("laptop").join())
	last, err := store.LastJoins(t.Context(), h.dir, h.db)
	must(t, err)
	if len(last) != 1 || last[0] != h.clock.Now().Unix() {
		t.Errorf("the tickets were last written at %v, joined at %d", last, h.clock.Now().Unix())
	}
	must(t, phone.join())
	if phone.ticket != first {
		t.Error("the ticket changed")
	}
}
