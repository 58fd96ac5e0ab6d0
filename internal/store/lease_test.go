package store_test

import (
	"context"
	"testing"
	"time"

	"naru/internal/gate"
)

// node is another process on the same database.
func (h *house) node() *house {
	h.t.Helper()
	if h.db == "" {
		h.t.Fatal("a data folder has one process")
	}
	other := &house{t: h.t, dir: h.t.TempDir(), db: h.db, clock: h.clock, a: h.a, log: h.log}
	copyKeys(h.t, h.dir, other.dir)
	other.open()
	h.t.Cleanup(func() { _ = other.Close() })
	return other
}

// A node that was the leader and did not hear that another took over writes
// nothing: neither a phase nor a serving number (rule G30).
func TestAnOldLeaderWritesNothing(t *testing.T) { onPostgresOnly(t, testAnOldLeaderWritesNothing) }

func testAnOldLeaderWritesNothing(t *testing.T) {
	t.Parallel()
	old := newHouse(t)
	young := old.node()
	old.lead(1)
	young.lead(1)
	if !old.Leads() || young.Leads() {
		t.Fatalf("after one step of each: the first leads %v, the second %v", old.Leads(), young.Leads())
	}
	old.clock.Add(4 * time.Second) // the first stands still
	young.lead(1)
	if !young.Leads() {
		t.Fatal("nobody took over after the lease had ended")
	}
	old.clock.Add(opening.Sub(old.clock.Now()) - time.Minute)
	must(t, old.StaleStep(context.Background(), campaignID, gate.LobbyOpen, gate.Closed))
	v, err := young.View(campaignID)
	must(t, err)
	young.lead(1)
	if now, err := young.View(campaignID); err != nil || v.Board.Phase != gate.LobbyOpen || now.Board.Phase != gate.Closed {
		t.Fatalf("the phase was %s and is %s (%v)", v.Board.Phase, now.Board.Phase, err)
	}
	old.lead(1)
	if old.Leads() {
		t.Fatal("the first still thinks it leads")
	}
	if p, err := old.View(campaignID); err != nil || p.Board.Phase != gate.Closed {
		t.Fatalf("a node that follows shows %s (%v)", p.Board.Phase, err)
	}
}

// Who leaves in good order is followed at once.
func TestTheLeaseIsGivenUp(t *testing.T) { onPostgresOnly(t, testTheLeaseIsGivenUp) }

func testTheLeaseIsGivenUp(t *testing.T) {
	t.Parallel()
	first := newHouse(t)
	second := first.node()
	first.lead(1)
	must(t, first.Close())
	second.lead(1)
	if !second.Leads() {
		t.Fatal("the second waits although the first has left")
	}
}

// A leader whose step takes long goes on leading; one that stands still does not.
func TestSlownessAloneChangesNoLeader(t *testing.T) {
	onPostgresOnly(t, testSlownessAloneChangesNoLeader)
}

func testSlownessAloneChangesNoLeader(t *testing.T) {
	t.Parallel()
	slow := newHouse(t)
	other := slow.node()
	slow.lead(1)
	for range 16 { // a step that has not ended yet
		slow.clock.Add(500 * time.Millisecond)
		must(t, slow.Renew(t.Context()))
		other.lead(1)
	}
	if !slow.Leads() || other.Leads() {
		t.Fatal("a leader that was slow for eight seconds lost its lease")
	}
	for range 16 {
		slow.clock.Add(500 * time.Millisecond)
		must(t, slow.Renew(t.Context()))
		other.lead(1)
	}
	if !other.Leads() {
		t.Fatal("a leader that stands still keeps its lease")
	}
	must(t, other.Renew(t.Context()))
	must(t, slow.Renew(t.Context()))
	if !other.Leads() {
		t.Error("who stood still took the lease back")
	}
}
