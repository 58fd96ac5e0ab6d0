package store_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/pgserver"
)

// The store is lost before the lobby closes and comes back after the opening should
// have been: nobody got in, no place and no ticket is lost, every step of the phases
// is made up for, the draw is over those who were in the lobby (rules G14, G49).
func TestStoreLostAndBack(t *testing.T) { onBoth(t, testStoreLostAndBack) }

func testStoreLostAndBack(t *testing.T) {
	t.Parallel()
	h, lose, bring := newLosableHouse(t)
	h.lead(1)
	crowd := make([]*citizen, 12)
	for n := range crowd {
		crowd[n] = h.citizen(n)
		must(t, crowd[n].join())
	}
	h.clock.Add(opening.Sub(h.clock.Now()) - 3*time.Minute)
	h.lead(1)
	before, err := h.View(campaignID)
	must(t, err)
	lose()
	outsider := h.citizen(99)
	for range 10 { // over the close of the lobby, the draw and the opening
		h.clock.Add(30 * time.Second)
		short, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		if h.Lead(short) == nil {
			t.Fatal("a line is led without a store")
		}
		cancel()
	}
	if wantAway(t, outsider.join()); outsider.ticket != "" {
		t.Error("somebody got a ticket that is nowhere")
	}
	wantAway(t, crowd[0].enter())
	v, err := h.View(campaignID)
	must(t, err)
	if !v.Stale || v.Board.Phase != gate.LobbyOpen || !bytes.Equal(v.BoardJSON, before.BoardJSON) {
		t.Errorf("while the store is away (stale: %v) the board says %s", v.Stale, v.BoardJSON)
	}
	bring()
	for range 6 {
		h.clock.Add(time.Second)
		h.lead(1)
	}
	if v, err = h.View(campaignID); err != nil || v.Stale || v.Board.Phase != gate.Open || v.Board.L != uint64(len(crowd)) {
		t.Errorf("when it is back (stale: %v, %v) the board says %s", v.Stale, err, v.BoardJSON)
	}
	h.keptPlaces(crowd)
	h.serve(3)
	must(t, crowd[0].enter())
	must(t, outsider.join())
	if r := h.sound(); r.Joined != len(crowd)+1 {
		t.Errorf("%d tickets", r.Joined)
	}
}

// keptPlaces are those of everybody of the lobby: in the draw, and the same on asking again.
func (h *house) keptPlaces(crowd []*citizen) {
	h.t.Helper()
	for _, c := range crowd {
		s, err := h.Standing(campaignID, c.ticket)
		must(h.t, err)
		if !s.PlaceKnown || s.Place >= uint64(len(crowd)) {
			h.t.Errorf("somebody of the lobby stands at %+v", s)
		}
		must(h.t, c.join())
		again, err := h.Standing(campaignID, c.ticket)
		must(h.t, err)
		if again.Ticket.ID != s.Ticket.ID || again.Place != s.Place {
			h.t.Errorf("stood %+v, stands %+v", s, again)
		}
	}
}

// wantAway takes what is said while the store is away.
func wantAway(t *testing.T, err error) {
	t.Helper()
	if code := fault.CodeOf(err); code != fault.Unavailable && code != fault.UnknownOutcome {
		t.Errorf("error %v, want one that says that the store is away", err)
	}
}

// newLosableHouse is a house whose store can be taken away: a PostgreSQL of its own
// is stopped and started, the SQLite file refuses every write.
func newLosableHouse(t *testing.T) (h *house, lose, bring func()) {
	t.Helper()
	if !onPostgres(t) {
		h = newHouse(t)
		away := fault.New(fault.Unavailable, "store.unavailable")
		return h, func() { h.BeforeAct(func(string) error { return away }) },
			func() { h.BeforeAct(func(string) error { return nil }) }
	}
	needPostgres(t)
	dir, err := pgserver.TempDir()
	must(t, err)
	server, err := pgserver.Start(t.Context(), pgserver.Options{Dir: dir, Settings: map[string]string{"fsync": "off"}})
	must(t, err)
	t.Cleanup(func() { _ = server.Stop() })
	must(t, server.Create(t.Context(), "naru", ""))
	h = newHouseOn(t, t.TempDir(), server.URL("naru"), severalClinics(t, 1, 2), textOf(t, file12July, nil))
	return h, func() { must(t, server.Stop()) }, func() {
		must(t, server.Restart(context.Background()))
		for range 50 { // the connections find it again
			h.clock.Add(100 * time.Millisecond)
			within, cancel := context.WithTimeout(context.Background(), time.Second)
			err := h.Lead(within)
			cancel()
			if err == nil {
				return
			}
		}
		t.Fatal("the store does not come back")
	}
}
