package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
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
		id: string(c.ID), epoch: 1, yaml: yaml, sha256: sum,
		opens: c.OpeningAt(), lobbyOpens: lobbyOpens, lobbyCloses: lobbyCloses, closes: c.ClosesAt(),
		beacon: gate.Beacon{Name: c.Draw.Beacon, Round: round(c.Draw)},
	}
	var secret [32]byte
	_, _ = rand.Read(secret[:]) // never fails: see crypto/rand
	commitment := gate.Commit(secret)
	row.commitment = commitment[:]
	row.secret = s.vault.Seal("campaign", "secret", row.id, secret[:])
	a := &publishAct{row: row, cap: c.Gate.Cap, rate: float64(c.Gate.RatePerSecond)}
	if err := s.gate.do(ctx, a); err != nil {
		return Published{}, err
	}
	if a.refusal != nil {
		return Published{}, a.refusal
	}
	return s.reload(ctx, row.id)
}

// notKept refuses what a file may say and this version does not do: a promise to
// people must not be published and then not kept.
func notKept(c *campaign.Campaign) error {
	switch {
	case c.Quota != nil:
		return fault.New(fault.Conflict, "campaign.quota_not_kept")
	case c.Guardian:
		return fault.New(fault.Conflict, "campaign.guardian_not_kept")
	case c.Draw.Beacon != gate.DevelopmentBeacon:
		return fault.New(fault.Conflict, "campaign.beacon_not_kept")
	}
	return nil
}

// round is the beacon round the campaign names; the development beacon has one
// every second.
func round(d campaign.Draw) uint64 {
	if d.Round > 0 || d.RoundAt.IsZero() {
		return d.Round
	}
	return uint64(max(0, d.RoundAt.Unix())) //nolint:gosec // not negative
}

// reload reads one campaign again after it was changed.
func (s *Store) reload(ctx context.Context, id string) (Published, error) {
	rows, err := readCampaigns(ctx, s.gate)
	if err != nil {
		return Published{}, err
	}
	for _, r := range rows {
		if r.id == id {
			if err := s.addLine(ctx, r); err != nil {
				return Published{}, err
			}
		}
	}
	return s.Campaign(id)
}

type publishAct struct {
	row     campaignRow
	cap     int
	rate    float64
	refusal error
}

func (a *publishAct) run(t *tx) error {
	a.refusal = nil
	var before []byte
	found, err := t.row("SELECT sha256 FROM campaign WHERE campaign = ?1", []any{a.row.id}, &before)
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
	if _, err := t.exec(`INSERT INTO campaign (`+campaignColumns+`, published_at)
	    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)`,
		r.id, r.epoch, r.yaml, r.sha256, r.opens.Unix(), r.lobbyOpens.Unix(), r.lobbyCloses.Unix(), r.closes.Unix(),
		r.commitment, r.secret, r.beacon.Name, int64(r.beacon.Round), t.now.Unix()); err != nil { //nolint:gosec // below 2^63
		return err
	}
	_, err = t.exec(`INSERT INTO line (campaign, phase, version, cap, rate) VALUES (?1, ?2, 1, ?3, ?4)`,
		r.id, gate.Announced, a.cap, a.rate)
	return err
}

// OpenNow moves the opening to a few seconds from now; everybody keeps what
// they have. It is the demo's button. Code Conflict when it is open already.
func (s *Store) OpenNow(ctx context.Context, campaignID string) error {
	a := &openNowAct{campaign: campaignID}
	if err := s.gate.do(ctx, a); err != nil {
		return err
	}
	if a.refusal != nil {
		return a.refusal
	}
	_, err := s.reload(ctx, campaignID)
	return err
}

type openNowAct struct {
	campaign string
	refusal  error
}

func (a *openNowAct) run(t *tx) error {
	a.refusal = nil
	l, err := t.line(a.campaign)
	if err != nil {
		return err
	}
	if l == nil {
		a.refusal = fault.New(fault.NotFound, "campaign.unknown")
		return nil
	}
	opens := t.now.Add(openNowAfter)
	if l.phase == gate.Open || l.phase == gate.Ended || l.opens.Before(opens) {
		a.refusal = fault.New(fault.Conflict, "gate.open_already")
		return nil
	}
	closes := l.closes.Add(opens.Sub(l.opens))
	_, err = t.exec(`UPDATE campaign SET opens = ?1, lobby_opens = min(lobby_opens, ?2), lobby_closes = min(lobby_closes, ?3), closes = ?4
	    WHERE campaign = ?5`, opens.Unix(), t.now.Unix(), t.now.Add(openNowLobby).Unix(), closes.Unix(), a.campaign)
	l.change(t)
	return err
}

// SetCap sets how many sessions may be live at once; it works at the next step,
// nobody loses a place.
func (s *Store) SetCap(ctx context.Context, campaignID string, sessions int) error {
	a := &capAct{campaign: campaignID, cap: sessions}
	if err := s.gate.do(ctx, a); err != nil {
		return err
	}
	return a.refusal
}

type capAct struct {
	campaign string
	cap      int
	refusal  error
}

func (a *capAct) run(t *tx) error {
	a.refusal = nil
	l, err := t.line(a.campaign)
	if err != nil {
		return err
	}
	if l == nil {
		a.refusal = fault.New(fault.NotFound, "campaign.unknown")
		return nil
	}
	l.cap = max(0, a.cap)
	l.change(t)
	return nil
}
