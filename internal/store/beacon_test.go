package store_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"naru/examples"
	"naru/internal/campaign"
	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/store"
)

// Round 1000 of drand's quicknet came at roundDue.
const roundValue = "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39"

var roundDue = time.Unix(1692803367+999*3, 0).UTC()

// publishEdited publishes the campaign of 12 July under another id, with more
// edits of its file, to open at an instant. It returns the id.
func (h *house) publishEdited(id string, opens time.Time, edits ...string) (string, error) {
	h.t.Helper()
	text, err := examples.Campaigns.ReadFile("campaigns/2021-07-12.yaml")
	must(h.t, err)
	edited := strings.NewReplacer(append([]string{"id: " + campaignID, "id: " + id}, edits...)...).Replace(string(text))
	c, err := campaign.Parse([]byte(edited), h.a)
	must(h.t, err)
	_, err = h.Publish(h.t.Context(), []byte(edited), c.Shift(opens))
	return id, err
}

func (h *house) supply(id string, round uint64, value []byte) error {
	return store.SupplyBeacon(context.Background(), store.Options{
		Dir: h.dir, DB: h.db, Now: h.clock.Now, Fatal: func(err error) { panic(err) },
	}, store.BeaconValue{Campaign: id, Round: round, Value: value, By: "a test"})
}

// A campaign with a public beacon is published, waits for the beacon's value after
// its lobby has closed, takes the right one once, beside the running server, and
// its draw can be verified (rules G31, G32).
func TestTheDrawTakesThePublicBeacon(t *testing.T) { onBoth(t, testTheDrawTakesThePublicBeacon) }

func testTheDrawTakesThePublicBeacon(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	value, err := hex.DecodeString(roundValue)
	must(t, err)
	opens := roundDue.Add(time.Minute)
	id, err := h.publishEdited("public-beacon", opens, "beacon: naru-development", "beacon: drand-quicknet", "round: 1", "round: 1000")
	must(t, err)
	h.clock.Add(opens.Add(-20 * time.Minute).Sub(h.clock.Now()))
	h.lead(2)
	wantMessage(t, h.supply(id, 1000, value), "gate.draw_not_closed")
	h.clock.Add(opens.Add(-2 * time.Minute).Sub(h.clock.Now()))
	h.lead(3)
	wantMessage(t, h.supply(id, 1000, value), "gate.beacon_not_due")
	h.clock.Add(roundDue.Sub(h.clock.Now()))
	h.lead(2)
	v, err := h.View(id)
	must(t, err)
	if v.Board.Phase != gate.Closed {
		t.Fatalf("phase %s without the beacon's value", v.Board.Phase)
	}
	wantMessage(t, h.supply(id, 1001, value), "gate.beacon_round")
	wantMessage(t, h.supply(id, 1000, make([]byte, 48)), "gate.beacon_bad")
	wantMessage(t, h.supply("nobody", 1000, value), "campaign.unknown")
	must(t, h.supply(id, 1000, value))
	must(t, h.supply(id, 1000, value))
	h.lead(2)
	v, err = h.View(id)
	must(t, err)
	if v.Board.Phase != gate.HeldDraw || !v.Draw.Verifiable || !bytes.Equal(v.Draw.BeaconValue, value) {
		t.Errorf("phase %s, draw %+v", v.Board.Phase, v.Draw)
	}
	h.clock.Add(time.Minute)
	h.lead(2)
	must(t, h.supply(id, 1000, value)) // the same again, at any time
}

// A value that never came, or that was changed in the database, is not used: the
// gate opens on time and the draw says NOT VERIFIABLE (rule G13).
func TestWithoutTheBeaconTheGateOpensAndSaysSo(t *testing.T) {
	onBoth(t, testWithoutTheBeaconTheGateOpensAndSaysSo)
}

func testWithoutTheBeaconTheGateOpensAndSaysSo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	opens := roundDue.Add(time.Minute)
	id, err := h.publishEdited("late-beacon", opens, "beacon: naru-development", "beacon: drand-quicknet", "round: 1", "round: 1000")
	must(t, err)
	h.clock.Add(opens.Add(-20 * time.Minute).Sub(h.clock.Now()))
	h.lead(2)
	h.clock.Add(opens.Sub(h.clock.Now()))
	h.change("gate", `INSERT INTO beacon_value (campaign, value, given_by, at) SELECT campaign, root_of, 'a thief', 1 FROM (SELECT campaign, commitment AS root_of FROM campaign) AS x WHERE campaign = 'late-beacon'`)
	h.lead(6)
	v, err := h.View(id)
	must(t, err)
	if v.Board.Phase != gate.Open || v.Draw.Verifiable || v.Draw.Reason != gate.ReasonNoBeacon {
		t.Errorf("phase %s, draw %+v", v.Board.Phase, v.Draw)
	}
}

func TestPublishRefusesARoundOutsideItsTime(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	quicknet := []string{"beacon: naru-development", "beacon: drand-quicknet", "round: 1", "round: 1000"}
	for why, opens := range map[string]time.Time{
		"the round comes before the lobby closes": roundDue.Add(3 * time.Minute),
		"the round comes after the opening":       roundDue.Add(-time.Second),
	} {
		_, err := h.publishEdited("round", opens, quicknet...)
		t.Log(why)
		wantMessage(t, err, "campaign.beacon_round_time")
	}
	_, err := h.publishEdited("unknown", roundDue.Add(time.Minute), "beacon: naru-development", "beacon: somebody-says")
	wantMessage(t, err, "campaign.beacon_not_kept")
	_, err = h.publishEdited("by-instant", opening, "beacon: naru-development", "beacon: drand-quicknet", "round: 1", `round_at: "2021-07-11 23:59"`)
	wantMessage(t, err, "campaign.beacon_round_time") // the beacon began in 2023
}

func wantMessage(t testing.TB, err error, id string) {
	t.Helper()
	if fault.Of(err).Message != id {
		t.Fatalf("error %v, want %s", err, id)
	}
}

// change alters a database by hand, as somebody would who has its password;
// tables are named as in their own schema.
func (h *house) change(schema, query string) {
	h.t.Helper()
	if h.db == "" {
		alter(h.t, h.dir, schema, query)
		return
	}
	conn, err := pgx.Connect(context.Background(), h.db)
	must(h.t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	_, err = conn.Exec(context.Background(), "SET search_path = "+schema)
	must(h.t, err)
	_, err = conn.Exec(context.Background(), query)
	must(h.t, err)
}
