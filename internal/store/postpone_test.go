package store_test

import (
	"bytes"
	"testing"
	"time"

	"naru/internal/fault"
	"naru/internal/gate"
)

// An opening postponed by two hours keeps every ticket's place and the draw to the
// byte; every node's board says so at its next look (rules G14, G45).
func TestPostponingKeepsPlacesAndDraw(t *testing.T) { onBoth(t, testPostponingKeepsPlacesAndDraw) }

func testPostponingKeepsPlacesAndDraw(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	nodes := h.nodes()
	h.lead(1)
	crowd := make([]*citizen, 30)
	for n := range crowd {
		crowd[n] = h.citizen(n)
		must(t, crowd[n].join())
	}
	h.clock.Add(opening.Sub(h.clock.Now()) - time.Minute)
	h.lead(3) // closed, roll, draw
	places := func() (all []uint64) {
		for _, c := range crowd {
			s, err := h.Standing(campaignID, c.ticket)
			must(t, err)
			if !s.PlaceKnown {
				t.Fatal("a place is not known")
			}
			all = append(all, s.Place)
		}
		return all
	}
	before, err := h.View(campaignID)
	must(t, err)
	were, later := places(), opening.Add(2*time.Hour)
	_, err = nodes[len(nodes)-1].Postpone(t.Context(), campaignID, later, gate.NoticePostponedSupply)
	must(t, err)
	saysLater(t, nodes, later, before.Board.Version)
	h.serve(90) // over the time that was announced
	wantCode(t, crowd[0].enter(), fault.NotOpen)
	lateOne := h.citizen(900)
	must(t, lateOne.join())
	h.clock.Add(later.Sub(h.clock.Now()))
	h.lead(2)
	h.serve(3)
	after, err := h.View(campaignID)
	must(t, err)
	if after.Board.Phase != gate.Open || after.Board.Notice != "" || after.Board.L != uint64(len(crowd)) || after.Board.Late != 1 {
		t.Errorf("after the new opening the board says %s", after.BoardJSON)
	}
	if !bytes.Equal(before.DrawJSON, after.DrawJSON) {
		t.Errorf("the draw has changed:\n%s\n%s", before.DrawJSON, after.DrawJSON)
	}
	for i, place := range places() {
		if place != were[i] {
			t.Errorf("citizen %d stood at %d and stands at %d", i, were[i], place)
		}
	}
	must(t, crowd[0].enter())
	_, err = h.Postpone(t.Context(), campaignID, later.Add(time.Hour), gate.NoticePostponed)
	wantCode(t, err, fault.Conflict)
	h.sound()
}

// saysLater looks at what every node says after a postponement.
func saysLater(t *testing.T, nodes []*house, later time.Time, since uint64) {
	t.Helper()
	for i, n := range nodes {
		must(t, n.Lead(t.Context()))
		v, err := n.View(campaignID)
		must(t, err)
		if v.Board.OpensAt != later.Unix() || v.Board.Notice != gate.NoticePostponedSupply || v.Board.Version <= since || v.Board.Phase != gate.HeldDraw {
			t.Errorf("node %d says %s", i, v.BoardJSON)
		}
		p, err := n.Campaign(campaignID)
		must(t, err)
		if c := p.Campaign; !c.OpeningAt().Equal(later) || c.ClosesAt().Sub(later) != closesAfter(t, nodes[0]) {
			t.Errorf("node %d: the campaign opens at %s and closes at %s", i, c.OpeningAt(), c.ClosesAt())
		}
	}
}

// closesAfter is how long after its opening the campaign ends, by its file.
func closesAfter(t *testing.T, h *house) time.Duration {
	t.Helper()
	c := fileOf(t, h, "campaigns/2021-07-12.yaml", nil)
	return c.ClosesAt().Sub(c.OpeningAt())
}

// A lobby that is postponed closes when it was announced to: the beacon's round was named for that.
func TestPostponedLobbyClosesInTime(t *testing.T) { onBoth(t, testPostponedLobbyClosesInTime) }

func testPostponedLobbyClosesInTime(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.lead(1)
	c := h.citizen(1)
	must(t, c.join())
	for to, reason := range map[time.Time]gate.Notice{opening.Add(-time.Hour): gate.NoticePostponed, opening.Add(time.Hour): "quota_used"} {
		_, err := h.Postpone(t.Context(), campaignID, to, reason)
		wantCode(t, err, fault.Invalid)
	}
	_, err := h.Postpone(t.Context(), campaignID, opening.Add(2*time.Hour), gate.NoticePostponed)
	must(t, err)
	h.clock.Add(opening.Sub(h.clock.Now()) - time.Minute)
	h.lead(3)
	v, err := h.View(campaignID)
	must(t, err)
	if v.Board.Phase != gate.HeldDraw || v.Board.L != 1 {
		t.Errorf("a minute before the announced opening the board says %s", v.BoardJSON)
	}
}
