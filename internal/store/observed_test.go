package store_test

import (
	"context"
	"testing"
	"time"

	"naru/internal/gate"
	"naru/internal/store"
)

// Every node tells the wait from what it saw itself, and a pause takes nothing
// from what was known (rules G20, G40).
func TestEveryNodeTellsTheWait(t *testing.T) { onBoth(t, testEveryNodeTellsTheWait) }

func testEveryNodeTellsTheWait(t *testing.T) {
	t.Parallel()
	h := newHouseEdited(t, capLine, "  fixed_rate: true\n"+capLine)
	h.lead(1)
	for n := range 60 {
		must(t, h.citizen(n).join())
	}
	h.clock.Add(opening.Sub(h.clock.Now()) - time.Minute)
	h.lead(3)
	must(t, h.SetCap(t.Context(), campaignID, 40))
	h.clock.Add(time.Minute)
	nodes := h.nodes()
	rates := func() (all []gate.Rate) {
		for _, n := range nodes {
			must(t, n.Lead(t.Context()))
			v, err := n.View(campaignID)
			must(t, err)
			all = append(all, v.Board.Rate)
		}
		return all
	}
	must(t, h.steer(1, false))
	for second := range 35 {
		h.clock.Add(time.Second)
		got := rates()
		for _, rate := range got {
			if rate != got[0] || rate.Known() && (rate.Low > 60 || rate.High < 60) {
				t.Fatalf("second %d: the nodes tell %v, the truth is 60 a minute", second, got)
			}
		}
	}
	before := rates()
	if !before[0].Known() {
		t.Fatal("after 35 s at one speed no rate is known")
	}
	must(t, h.steer(1, true))
	for range 90 {
		h.clock.Add(time.Second)
		if got := rates(); got[0].Known() {
			t.Fatalf("a line that stands tells a rate: %v", got)
		}
	}
	must(t, h.steer(1, false))
	rates()
	h.clock.Add(time.Second)
	if after := rates(); !after[0].Known() {
		t.Error("after the pause nothing is told, although the line goes on as before")
	}
}

// steer does what an operator may do.
func (h *house) steer(rate float64, paused bool) error {
	return h.Steer(context.Background(), campaignID, store.Steering{Rate: &rate, Paused: &paused}, "test")
}
