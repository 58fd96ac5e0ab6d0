package store_test

import (
	"context"
	"testing"
	"time"
)

// Somebody whom the rules refuse gives the seat back at once, and may come again.
func TestRefusedPersonGivesTheSeatBack(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	h := newHouse(t)
	must(t, h.SetCap(ctx, campaignID, 2))
	h.openGate()
	refused := h.citizen(1).admit()
	other := h.citizen(2)
	must(t, other.join())
	h.serve(2)
	must(t, other.enter())
	must(t, other.prove())
	third := h.citizen(3)
	must(t, third.join())
	h.serve(3)
	if err := third.enter(); err == nil {
		t.Fatal("a third person has one of two seats")
	}
	must(t, h.Leave(ctx, refused.ses()))
	h.serve(3)
	must(t, third.enter())
	must(t, third.prove())
	must(t, h.Leave(ctx, other.ses()))
	h.serve(3)
	must(t, refused.enter())
	h.sound()
}

// A booking ends the turn; a cancelled one gives it back, also on another device.
func TestAfterCancellingThePlaceIsGoodAgain(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	h := newHouse(t)
	h.openGate()
	c := h.citizen(1).admit()
	clinicID := h.anyClinic()
	r, err := c.hold("hold-1", clinicID, h.freeTime(clinicID).Start)
	must(t, err)
	_, err = c.confirm("confirm-1", r.HoldID)
	must(t, err)
	e, err := h.Enter(ctx, campaignID, c.ticket, c.browser)
	must(t, err)
	if !e.Booked || e.Session != "" {
		t.Fatalf("after booking the entry is %+v", e)
	}
	token, err := h.LookUp(ctx, c.claim, r.Number, c.browser)
	must(t, err)
	_, err = h.Cancel(ctx, token, c.browser, r.Number, key("cancel"), "ko")
	must(t, err)
	h.clock.Add(time.Minute)
	h.serve(2)
	must(t, c.enter())
	must(t, c.prove())
	r, err = c.hold("hold-2", clinicID, h.freeTime(clinicID).Start)
	must(t, err)
	_, err = c.confirm("confirm-2", r.HoldID)
	must(t, err)
	if report := h.sound(); report.Booked != 1 {
		t.Errorf("%d booked, want 1", report.Booked)
	}
}
