package store

import (
	"bytes"
	"context"
	"time"

	"naru/internal/gate"
	"naru/internal/person"
)

// campaignRow is a published campaign as stored.
type campaignRow struct {
	id          string
	epoch       uint32
	yaml        []byte
	sha256      []byte
	opens       time.Time
	lobbyOpens  time.Time
	lobbyCloses time.Time
	closes      time.Time
	commitment  []byte
	secret      []byte // sealed
	beacon      gate.Beacon
}

const campaignColumns = `campaign, epoch, yaml, sha256, opens, lobby_opens, lobby_closes, closes,
    commitment, secret, beacon, beacon_round`

func (r *campaignRow) scan(scan func(...any) error) error {
	var opens, lobbyOpens, lobbyCloses, closes, round int64
	err := scan(&r.id, &r.epoch, &r.yaml, &r.sha256, &opens, &lobbyOpens, &lobbyCloses, &closes,
		&r.commitment, &r.secret, &r.beacon.Name, &round)
	r.opens, r.lobbyOpens = unix(opens), unix(lobbyOpens)
	r.lobbyCloses, r.closes = unix(lobbyCloses), unix(closes)
	r.beacon.Round = uint64(round) //nolint:gosec // written from a uint64 below 2^63
	return err
}

func readCampaigns(ctx context.Context, d *database) ([]campaignRow, error) {
	var all []campaignRow
	rows, err := d.readRows(ctx, "SELECT "+campaignColumns+" FROM campaign ORDER BY campaign")
	err = scanRows(rows, err)(func(scan func(...any) error) error {
		var r campaignRow
		if err := r.scan(scan); err != nil {
			return err
		}
		all = append(all, r)
		return nil
	})
	return all, err
}

// lineRow is the line as stored, joined with its campaign.
type lineRow struct {
	campaignRow
	phase       gate.Phase
	version     uint64
	late        uint64
	serving     uint64
	lobbySize   uint64
	root        []byte
	signature   []byte
	beaconValue []byte
	seed        []byte
	cap         int
	rate        float64
	paused      bool
	notice      string
	dirty       bool // changed in this transaction
}

const selectLine = `SELECT c.campaign, c.epoch, c.yaml, c.sha256, c.opens, c.lobby_opens, c.lobby_closes, c.closes,
    c.commitment, c.secret, c.beacon, c.beacon_round,
    l.phase, l.version, l.late, l.serving, l.lobby_size, l.root, l.signature, l.beacon_value, l.seed,
    l.cap, l.rate, l.paused, l.notice
    FROM line l JOIN campaign c ON c.campaign = l.campaign WHERE l.campaign = ?1`

func (r *lineRow) scan(scan func(...any) error) error {
	var opens, lobbyOpens, lobbyCloses, closes, round int64
	err := scan(&r.id, &r.epoch, &r.yaml, &r.sha256, &opens, &lobbyOpens, &lobbyCloses, &closes,
		&r.commitment, &r.secret, &r.beacon.Name, &round,
		&r.phase, &r.version, &r.late, &r.serving, &r.lobbySize, &r.root, &r.signature, &r.beaconValue, &r.seed,
		&r.cap, &r.rate, &r.paused, &r.notice)
	r.opens, r.lobbyOpens = unix(opens), unix(lobbyOpens)
	r.lobbyCloses, r.closes = unix(lobbyCloses), unix(closes)
	r.beacon.Round = uint64(round) //nolint:gosec // written from a uint64 below 2^63
	return err
}

func readLineRow(ctx context.Context, d *database, campaignID string) (*lineRow, error) {
	r := &lineRow{}
	return r, r.scan(d.readRow(ctx, selectLine, campaignID).Scan)
}

// board is the public board of the row.
func (r *lineRow) board(rate gate.Rate) gate.Board {
	return gate.Board{
		Campaign: r.id, Epoch: r.epoch, Version: r.version, Phase: r.phase, Paused: r.paused,
		Serving: r.serving, L: r.lobbySize, Late: r.late, Rate: rate,
		Poll: pollFor(r.lobbySize + r.late), Notice: r.notice, OpensAt: r.opens.Unix(),
	}
}

// shortLine is the length up to which everybody may ask often: the load of
// this many people at a few seconds is small.
const shortLine = 5000

func pollFor(length uint64) []gate.PollStep {
	if length <= shortLine {
		return []gate.PollStep{{From: 0, Low: 1, High: 2}, {From: 500, Low: 3, High: 5}}
	}
	return gate.DefaultPoll()
}

// draw is the public document of the draw as far as it has come.
func (r *lineRow) draw(keys *gate.Keys, vault *person.Keyring) (gate.Draw, error) {
	d := keys.Announce([32]byte(r.commitment), r.beacon)
	if r.root == nil {
		return d, nil
	}
	d.L, d.Root, d.Signature = r.lobbySize, r.root, r.signature
	if r.seed == nil {
		return d, nil
	}
	secret, err := r.openSecret(vault)
	if err != nil {
		secret = nil
	}
	held, err := d.Reveal(secret, r.beaconValue)
	if err == nil && !bytes.Equal(held.Seed, r.seed) { // the draw was held by the fallback, without the secret
		return d.Reveal(nil, r.beaconValue)
	}
	return held, err
}

func (r *lineRow) openSecret(vault *person.Keyring) ([]byte, error) {
	return vault.Open("campaign", "secret", r.id, r.secret)
}

// line reads a line once per transaction and keeps it for the acts that follow.
func (t *tx) line(campaignID string) (*lineRow, error) {
	if l, ok := t.lines[campaignID]; ok {
		return l, nil
	}
	l := &lineRow{}
	found, err := t.scanRow(selectLine, []any{campaignID}, l.scan)
	if err != nil || !found {
		return nil, err
	}
	if t.lines == nil {
		t.lines = map[string]*lineRow{}
	}
	t.lines[campaignID] = l
	return l, nil
}

// flush writes the lines that acts of this transaction changed.
func (t *tx) flush() error {
	for id, l := range t.lines {
		if !l.dirty {
			continue
		}
		_, err := t.exec(`UPDATE line SET phase = ?1, version = ?2, late = ?3, serving = ?4, lobby_size = ?5, root = ?6,
		    signature = ?7, beacon_value = ?8, seed = ?9, cap = ?10, rate = ?11, paused = ?12, notice = ?13
		    WHERE campaign = ?14`,
			l.phase, l.version, l.late, l.serving, l.lobbySize, l.root, l.signature, l.beaconValue, l.seed,
			l.cap, l.rate, l.paused, l.notice, id)
		if err != nil {
			return err
		}
	}
	return nil
}

func unix(seconds int64) time.Time { return time.Unix(seconds, 0).UTC() }
