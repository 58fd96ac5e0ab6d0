package store_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"naru/internal/fault"
	"naru/internal/store"
)

// Somebody whom the rules refuse gives the seat back at once, and may come again.
func TestRefusedPersonGivesTheSeatBack(t *testing.T) { onBoth(t, testRefusedPersonGivesTheSeatBack) }

func testRefusedPersonGivesTheSeatBack(t *testing.T) {
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
	onBoth(t, testAfterCancellingThePlaceIsGoodAgain)
}

func testAfterCancellingThePlaceIsGoodAgain(t *testing.T) {
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

// Two devices of one person prove at the same time: the first proof wins, and
// the second neither gets in nor locks the first out.
func TestSecondProofDoesNotLockTheFirstOut(t *testing.T) {
	onBoth(t, testSecondProofDoesNotLockTheFirstOut)
}

func testSecondProofDoesNotLockTheFirstOut(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	h := newHouse(t)
	h.openGate()
	a := h.citizen(1)
	must(t, a.join())
	h.serve(2)
	must(t, a.enter())
	b := a.onOtherDevice("second")
	must(t, b.join())
	must(t, b.enter())
	must(t, h.SendCode(ctx, b.ses(), b.claim, "ko"))
	codeB := b.code()
	must(t, a.prove())
	_, err := h.Prove(ctx, b.ses(), b.claim, codeB)
	wantCode(t, err, fault.Conflict)
	clinicID := h.anyClinic()
	_, err = a.hold("hold-1", clinicID, h.freeTime(clinicID).Start)
	must(t, err)
	h.sound()
}

// Knowing a claim does not tell whether its owner has booked: any other browser
// has to prove first. The owner then reads the reservation, without a seat.
func TestBookedIsToldOnlyAfterTheProof(t *testing.T) { onBoth(t, testBookedIsToldOnlyAfterTheProof) }

func testBookedIsToldOnlyAfterTheProof(t *testing.T) {
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
	other := c.onOtherDevice("tablet")
	must(t, other.join())
	h.clock.Add(time.Minute)
	e, err := h.Enter(ctx, campaignID, other.ticket, other.browser)
	must(t, err)
	if e.Booked || e.Session == "" {
		t.Fatalf("an unproven browser is told %+v", e)
	}
	must(t, other.enter())
	must(t, other.prove())
	now, err := h.Current(ctx, other.ses())
	must(t, err)
	if now == nil || now.Number != r.Number {
		t.Fatalf("the owner reads %+v", now)
	}
	_, err = other.hold("hold-2", clinicID, h.freeTime(clinicID).Start)
	wantCode(t, err, fault.Expired)
	_, err = h.Current(ctx, c.ses())
	wantCode(t, err, fault.Conflict) // the old browser reads no more
	h.sound()
}

// A jump is found although the server wrote down a place that would excuse it.
func TestAJumpIsFoundByRecomputing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.lead(1)
	for n := range 20 {
		must(t, h.citizen(n).join())
	}
	h.openGate()
	c := h.citizen(5)
	must(t, c.join())
	must(t, c.enter())
	h.sound()
	must(t, h.Close())
	db, err := sql.Open("sqlite", filepath.Join(h.dir, "gate.db"))
	must(t, err)
	defer func() { _ = db.Close() }()
	_, err = db.Exec(`UPDATE admitted SET place = place + 1, serving = serving + 1`)
	must(t, err)
	r, err := store.Check(t.Context(), h.dir, h.db)
	must(t, err)
	if r.Jumped != 1 {
		t.Errorf("jumped %d, want 1", r.Jumped)
	}
}

// What was sent and tried is forgotten after an hour.
func TestCodesAreForgotten(t *testing.T) { onBoth(t, testCodesAreForgotten) }

func testCodesAreForgotten(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.openGate()
	c := h.citizen(1).admit()
	inbox, err := h.Inbox(t.Context(), c.claim.Mobile, 10)
	must(t, err)
	if len(inbox) != 1 {
		t.Fatalf("%d messages, want the code", len(inbox))
	}
	h.clock.Add(time.Hour + time.Minute)
	must(t, h.Forget(t.Context()))
	inbox, err = h.Inbox(t.Context(), c.claim.Mobile, 10)
	must(t, err)
	if len(inbox) != 0 {
		t.Errorf("%d codes are still kept", len(inbox))
	}
}
