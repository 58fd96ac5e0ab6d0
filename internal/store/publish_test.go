package store_test

import (
	"context"
	"strings"
	"testing"

	"naru/examples"
	"naru/internal/campaign"
	"naru/internal/gate"
)

// The longest id a campaign file may have is the longest the waiting room
// takes: it is published, seen on the board, and there after a restart (C2).
func TestLongestCampaignIDIsPublished(t *testing.T) { onBoth(t, testLongestCampaignIDIsPublished) }

func testLongestCampaignIDIsPublished(t *testing.T) {
	t.Parallel()
	h := newTinyHouse(t)
	text, err := examples.Campaigns.ReadFile("campaigns/2021-07-12.yaml")
	must(t, err)
	long := func(more int) []byte {
		id := campaignID + strings.Repeat("x", gate.MaxCampaign-len(campaignID)+more)
		return []byte(strings.Replace(string(text), "id: "+campaignID, "id: "+id, 1))
	}
	if _, err := campaign.Parse(long(1), h.a); err == nil {
		t.Fatal("a campaign is read whose id the waiting room does not take")
	}
	c, err := campaign.Parse(long(0), h.a)
	must(t, err)
	_, err = h.Publish(context.Background(), long(0), c)
	must(t, err)
	h.restart()
	h.lead(1)
	v, err := h.View(string(c.ID))
	must(t, err)
	if v.Board.Campaign != string(c.ID) {
		t.Errorf("the board says %q", v.Board.Campaign)
	}
}
