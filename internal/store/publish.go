package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"time"

	"naru/internal/campaign"
	"naru/internal/fault"
	"naru/internal/gate"
)

// Times of the opening that the demo's button makes.
const (
	openNowLobby = 2 * time.Second // the lobby still takes people this long
	openNowAfter = 6 * time.Second // and the gate opens this long from now
)

// Publish puts a campaign in force: from now on people see it, and its draw is
// committed to. yaml is the file byte for byte; c is what it says, possibly
// shifted. The same file again changes nothing; another file under the same id
// is a fault of code Conflict, and so is one that asks for what this version
// would not keep.
func (s *Store) Publish(ctx context.Context, yaml []byte, c *campaign.Campaign) (Published, error) {
	if err := notKept(c); err != nil {
		return Published{}, err
	}
	sum, err := hex.DecodeString(c.SHA256)
	if err != nil {
		return Published{}, fault.Wrap(fault.Internal, "error.internal", err)
	}
	lobbyOpens, lobbyCloses := c.Gate.Lobby(c.Windows[0])
	row := campaignRow{
		id: string(c.ID), yaml: yaml, sha256: sum, beacon: gate.Beacon{Name: c.Draw.Beacon, Round: round(c.Draw)},
	}
	var secret [32]byte
	_, _ = rand.Read(secret[:]) // never fails: see crypto/rand
	commitment := gate.Commit(secret)
	row.commitment = commitment[:]
	row.secret = s.vault.Seal("campaign", "secret", row.id, secret[:])
	a := &publishAct{row: row, lanes: lanesOf(c), key: s.newClaimKey(row.id, c.Private), line: &lineRow{
		campaign: row.id, epoch: 1, opens: c.OpeningAt().Unix(), lobbyOpens: lobbyOpens.Unix(), lobbyCloses: lobbyCloses.Unix(),
		closes: c.ClosesAt().Unix(), phase: string(gate.Announced), version: 1, cap: int32(c.Gate.Cap), rate: float64(c.Gate.RatePerSecond), //nolint:gosec // bounded by the parser
	}}
	if err := s.atGate(ctx, a); err != nil {
		return Published{}, err
	}
	if a.refusal != nil {
		return Published{}, a.refusal
	}
	if _, err := s.follow(ctx); err != nil {
		return Published{}, err
	}
	return s.Campaign(row.id)
}

// notKept refuses what a file may say and this version does not do: a promise to
// people must not be published and then not kept.
func notKept(c *campaign.Campaign) error {
	switch {
	case !gate.KnownBeacon(c.Draw.Beacon):
		return fault.New(fault.Conflict, "campaign.beacon_not_kept")
	}
	return roundInTime(c)
}

// roundInTime refuses a round of a public beacon that comes before the roll is
// closed, when it could be known beforehand, or after the opening (rule G32).
func roundInTime(c *campaign.Campaign) error {
	b := gate.Beacon{Name: c.Draw.Beacon, Round: round(c.Draw)}
	_, closes := c.Gate.Lobby(c.Windows[0])
	due, ok := b.Due()
	if gate.Independent(b.Name) && (!ok || due.Before(closes) || due.After(c.OpeningAt())) {
		return fault.New(fault.Conflict, "campaign.beacon_round_time").
			With("First", gate.RoundAt(b.Name, closes)).With("Last", gate.RoundAt(b.Name, c.OpeningAt()))
	}
	return nil
}

// round is the beacon round the campaign names, or the first from its instant on.
func round(d campaign.Draw) uint64 {
	if d.Round > 0 || d.RoundAt.IsZero() {
		return d.Round
	}
	return gate.RoundAt(d.Beacon, d.RoundAt)
}

type publishAct struct {
	row     campaignRow
	lanes   gate.LaneShares
	key     []byte // sealed, of a private campaign
	line    *lineRow
	refusal error
}

// Run publishes what is not published.
func (a *publishAct) Run(h *gateHouse) error {
	a.refusal = nil
	var before []byte
	found, err := h.Row("SELECT sha256 FROM campaign WHERE campaign = $1", []any{a.row.id}, &before)
	if err != nil {
		return err
	}
	if found {
		if !bytes.Equal(before, a.row.sha256) {
			a.refusal = fault.New(fault.Conflict, "campaign.published_otherwise")
		}
		return nil
	}
	r := a.row
	if _, err := h.Exec(`INSERT INTO campaign (`+campaignColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		r.id, r.yaml, r.sha256, r.commitment, r.secret, r.beacon.Name, int64(r.beacon.Round), h.Now.Unix()); err != nil { //nolint:gosec // below 2^63
		return err
	}
	if a.key != nil {
		if _, err := h.Exec(`INSERT INTO campaign_key (campaign, key) VALUES ($1, $2)`, r.id, a.key); err != nil {
			return err
		}
	}
	fresh := *a.line
	return errors.Join(h.lines.Add(&fresh), h.lates.Add(&lateRow{campaign: r.id}), h.addLanes(r.id, a.lanes))
}

// OpenNow moves the opening to a few seconds from now; everybody keeps what
// they have. It is the demo's button. Code Conflict when it is open already.
func (s *Store) OpenNow(ctx context.Context, campaignID string) error {
	a := &openNowAct{campaign: campaignID}
	if err := s.atGate(ctx, a); err != nil {
		return err
	}
	if a.refusal != nil {
		return a.refusal
	}
	_, err := s.follow(ctx)
	return err
}

type openNowAct struct {
	campaign string
	refusal  error
}

// Wants names what the act reads.
func (a *openNowAct) Wants(h *gateHouse) { h.wantLineAlone(a.campaign) }

// Run moves the line's times.
func (a *openNowAct) Run(h *gateHouse) error {
	a.refusal = nil
	l, err := h.lineAlone(a.campaign)
	if err != nil {
		return err
	}
	if l == nil {
		a.refusal = fault.New(fault.NotFound, "campaign.unknown")
		return nil
	}
	opens := h.Now.Add(openNowAfter)
	if l.at() == gate.Open || l.at() == gate.Ended || unix(l.opens).Before(opens) {
		a.refusal = fault.New(fault.Conflict, "gate.open_already")
		return nil
	}
	l.closes += opens.Unix() - l.opens
	l.opens = opens.Unix()
	l.lobbyOpens, l.lobbyCloses = min(l.lobbyOpens, h.Now.Unix()), min(l.lobbyCloses, h.Now.Add(openNowLobby).Unix())
	h.move(l)
	return nil
}
