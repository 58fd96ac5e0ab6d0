package store_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"naru/examples"
	"naru/internal/campaign"
	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/rulefile"
)

// textOf is a shipped campaign file with words replaced, pair by pair.
func textOf(t testing.TB, name string, replace []string) []byte {
	t.Helper()
	text, err := examples.Campaigns.ReadFile(name)
	must(t, err)
	s := string(text)
	for i := 0; i+1 < len(replace); i += 2 {
		if !strings.Contains(s, replace[i]) {
			t.Fatalf("%s has no %q", name, replace[i])
		}
		s = strings.ReplaceAll(s, replace[i], replace[i+1])
	}
	return []byte(s)
}

func fileOf(t testing.TB, h *house, name string, replace []string) *campaign.Campaign {
	t.Helper()
	c, err := campaign.Parse(textOf(t, name, replace), h.a)
	must(t, err)
	return c
}

const file12July = "campaigns/2021-07-12.yaml"

// What may change is in force on every node at its next look, and nobody's place
// moves; what may not is refused with the line (rules G46, C20).
func TestAmendGivesMoreAndMovesNobody(t *testing.T) { onBoth(t, testAmendGivesMoreAndMovesNobody) }

func testAmendGivesMoreAndMovesNobody(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	nodes := h.nodes()
	c := h.citizen(1)
	h.lead(1)
	must(t, c.join())
	h.openGate()
	before, err := h.Standing(campaignID, c.ticket)
	must(t, err)
	was := fileOf(t, h, file12July, nil)
	_, err = nodes[len(nodes)-1].Amend(t.Context(), textOf(t, file12July, []string{"cap: 2000", "cap: 3000", `closes: "2021-07-17 18:00"`, `closes: "2021-07-18 18:00"`}))
	must(t, err)
	for _, n := range nodes {
		must(t, n.Lead(t.Context()))
		p, err := n.Campaign(campaignID)
		must(t, err)
		if p.Campaign.Gate.Cap != 3000 || p.Campaign.ClosesAt().Sub(was.ClosesAt()) != 24*time.Hour {
			t.Errorf("in force: cap %d, closes %s", p.Campaign.Gate.Cap, p.Campaign.ClosesAt())
		}
	}
	after, err := h.Standing(campaignID, c.ticket)
	must(t, err)
	v, err := h.View(campaignID)
	must(t, err)
	if after.Place != before.Place || v.Board.Phase != gate.Open {
		t.Errorf("stood %+v, stands %+v, %s", before, after, v.BoardJSON)
	}
	h.clock.Add(was.ClosesAt().Sub(h.clock.Now()))
	h.lead(1)
	if v, err = h.View(campaignID); err != nil || v.Board.Phase != gate.Open {
		t.Errorf("at the end of the first file the board says %s, %v", v.BoardJSON, err)
	}
	h.restart()
	h.lead(1)
	if p, err := h.Campaign(campaignID); err != nil || p.Campaign.Gate.Cap != 3000 {
		t.Errorf("after a restart: %v, %v", p.Campaign.Gate, err)
	}
	h.sound()
}

func TestAmendRefusesByLine(t *testing.T) { onBoth(t, testAmendRefusesByLine) }

func testAmendRefusesByLine(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, err := h.Amend(t.Context(), textOf(t, file12July, []string{"lobby_closes: 2m", "lobby_closes: 3m"}))
	var faults rulefile.Faults
	if !errors.As(err, &faults) || len(faults) != 1 || faults[0].Path != "gate.lobby_closes" || faults[0].Line == 0 {
		t.Errorf("refused as %v", err)
	}
	_, err = h.Amend(t.Context(), textOf(t, "campaigns/2021-07-08.yaml", nil))
	wantCode(t, err, fault.NotFound)
	if p, err := h.Campaign(campaignID); err != nil || p.Campaign.Gate.LobbyCloses != 2*time.Minute {
		t.Errorf("in force: %+v, %v", p.Campaign.Gate, err)
	}
}
