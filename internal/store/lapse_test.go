package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"naru/internal/booking"
	"naru/internal/fault"
)

// Another node extends a session in its last second, after the leader has read
// that it is over and before it has the row: the session stays (rule G23).
func TestASessionExtendedInTimeDoesNotLapse(t *testing.T) {
	onPostgresOnly(t, testASessionExtendedInTimeDoesNotLapse)
}

func testASessionExtendedInTimeDoesNotLapse(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	h := newHouse(t)
	h.openGate()
	h.citizen(1).admit()
	h.clock.Add(2 * time.Hour)
	conn, err := pgx.Connect(ctx, h.db)
	must(t, err)
	defer func() { _ = conn.Close(ctx) }()
	other, err := conn.Begin(ctx)
	must(t, err)
	tag, err := other.Exec(ctx, `UPDATE gate.admission SET expires_at = expires_at + 100000 WHERE state = 'live'`)
	must(t, err)
	if tag.RowsAffected() != 1 {
		t.Fatalf("%d sessions are live", tag.RowsAffected())
	}
	led := make(chan error)
	go func() { led <- h.step() }()
	select {
	case err := <-led:
		t.Fatalf("the leader did not wait for the row: %v", err)
	case <-time.After(300 * time.Millisecond):
	}
	must(t, other.Commit(ctx))
	must(t, <-led)
	var state string
	must(t, conn.QueryRow(ctx, `SELECT state FROM gate.admission`).Scan(&state))
	if state != "live" {
		t.Errorf("the session that was extended is %s", state)
	}
}

// Whoever has chosen too often within an hour is refused, and chooses again later.
func TestWhoChoosesTooOftenWaits(t *testing.T) { onBoth(t, testWhoChoosesTooOftenWaits) } // rule B17

func testWhoChoosesTooOftenWaits(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.openGate()
	c, clinicID := h.citizen(1).admit(), h.anyClinic()
	for n := range booking.MaxHolds {
		_, err := c.hold(fmt.Sprint("hold-", n), clinicID, h.firstTime(clinicID).Start)
		must(t, err)
	}
	_, err := c.hold("one-more", clinicID, h.firstTime(clinicID).Start)
	if fault.CodeOf(err) != fault.TooMany {
		t.Errorf("the hold after %d is answered %v", booking.MaxHolds, err)
	}
	if r := h.sound(); r.Pending != 1 {
		t.Errorf("%d holds wait, want 1", r.Pending)
	}
}
