package store

import (
	"bytes"
	"context"
	"time"

	"naru/internal/gate"
	"naru/internal/person"
)

// campaignRow is a published campaign as stored. Its file changes when it is amended,
// nothing else does.
type campaignRow struct {
	id          string
	yaml        []byte
	sha256      []byte
	commitment  []byte
	secret      []byte // sealed
	beacon      gate.Beacon
	publishedAt int64
}

const campaignColumns = `campaign, yaml, sha256, commitment, secret, beacon, beacon_round, published_at`

func (s *Store) readCampaigns(ctx context.Context) ([]campaignRow, error) {
	var all []campaignRow
	err := s.gate.Read(ctx, "SELECT "+campaignColumns+" FROM campaign ORDER BY campaign", nil, func(scan func(...any) error) error {
		var r campaignRow
		var round int64
		err := scan(&r.id, &r.yaml, &r.sha256, &r.commitment, &r.secret, &r.beacon.Name, &round, &r.publishedAt)
		r.beacon.Round = uint64(round) //nolint:gosec // written from a uint64 below 2^63
		all = append(all, r)
		return err
	})
	return all, err
}

func (r *campaignRow) openSecret(vault *person.Keyring) ([]byte, error) {
	return vault.Open("campaign", "secret", r.id, r.secret)
}

// lineRow is the line as stored.
type lineRow struct {
	campaign                               string
	epoch                                  int32
	opens, lobbyOpens, lobbyCloses, closes int64
	phase                                  string
	version, serving, lobbySize            int64
	root, signature, beaconValue, seed     []byte
	cap                                    int32
	rate                                   float64
	paused                                 bool
	notice                                 string
	amended                                int32
}

func (r *lineRow) Group() campaignKey { return campaignKey(r.campaign) }

func (r *lineRow) Values() []any {
	return []any{
		r.campaign, r.epoch, r.opens, r.lobbyOpens, r.lobbyCloses, r.closes, r.phase, r.version, r.serving, r.lobbySize,
		r.root, r.signature, r.beaconValue, r.seed, r.cap, r.rate, r.paused, r.notice, r.amended,
	}
}

func (r *lineRow) Into() []any {
	return []any{
		&r.campaign, &r.epoch, &r.opens, &r.lobbyOpens, &r.lobbyCloses, &r.closes, &r.phase, &r.version, &r.serving, &r.lobbySize,
		&r.root, &r.signature, &r.beaconValue, &r.seed, &r.cap, &r.rate, &r.paused, &r.notice, &r.amended,
	}
}

// Phase is where the line is.
func (r *lineRow) at() gate.Phase { return gate.Phase(r.phase) }

// served and size are never negative.
func (r *lineRow) served() uint64 { return uint64(r.serving) }   //nolint:gosec // only grows from 0
func (r *lineRow) size() uint64   { return uint64(r.lobbySize) } //nolint:gosec // a count

// reading is a line with its next late number, read outside any transaction.
type reading struct {
	lineRow
	late int64
}

func (s *Store) readLines(ctx context.Context) ([]*reading, error) {
	var all []*reading
	err := s.gate.Read(ctx, `SELECT `+lineTable.ColumnNames()+`, next FROM line JOIN late USING (campaign) ORDER BY campaign`, nil,
		func(scan func(...any) error) error {
			r := &reading{}
			all = append(all, r)
			return scan(append(r.Into(), &r.late)...)
		})
	return all, err
}

// length is how many tickets there are.
func (r *reading) length() uint64 { return r.size() + uint64(r.late) } //nolint:gosec // counts

// board is the public board of the line. Both versions only grow, so their sum
// does; late joins change the board without touching the line.
func (r *reading) board(rate gate.Rate) gate.Board {
	return gate.Board{
		Campaign: r.campaign, Epoch: uint32(r.epoch), Version: uint64(r.version + r.late), Phase: r.at(), Paused: r.paused, //nolint:gosec // counts
		Serving: r.served(), L: r.size(), Late: uint64(r.late), Rate: rate, //nolint:gosec // a count
		Poll: pollFor(r.length()), Notice: r.notice, OpensAt: r.opens,
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
func (l *line) draw(r *lineRow, vault *person.Keyring) (gate.Draw, error) {
	d := l.keys.Announce([32]byte(l.row.commitment), l.row.beacon).AsPrivate(l.private())
	if r.root == nil {
		return d, nil
	}
	d.L, d.Root, d.Signature = r.size(), r.root, r.signature
	if r.seed == nil {
		return d, nil
	}
	secret, err := l.row.openSecret(vault)
	if err != nil {
		secret = nil
	}
	held, err := d.Reveal(secret, r.beaconValue)
	if err == nil && !bytes.Equal(held.Seed, r.seed) { // the draw was held by the fallback, without the secret
		return d.Reveal(nil, r.beaconValue)
	}
	return held, err
}

func unix(seconds int64) time.Time { return time.Unix(seconds, 0).UTC() }

// stamp is a time as stored; the zero time is 0.
func stamp(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.Unix()
}

// line reads a line that nobody moves until the transaction ends; nil when
// there is none.
func (h *gateHouse) line(campaign string) (*lineRow, error) { return h.readLine(campaign, false) }

// lineAlone reads a line that this transaction moves.
func (h *gateHouse) lineAlone(campaign string) (*lineRow, error) { return h.readLine(campaign, true) }

func (h *gateHouse) readLine(campaign string, alone bool) (*lineRow, error) {
	if err := h.share(campaign, alone); err != nil {
		return nil, err
	}
	r, _, err := h.lines.One(campaignKey(campaign))
	return r, err
}

// wantLine locks and names a line for line and lineAlone.
func (h *gateHouse) wantLine(campaign string) {
	if h.share(campaign, false) == nil { // if not, line says why
		h.lines.Want(campaignKey(campaign))
	}
}

// wantLineAlone locks and names a line for lineAlone, and the lease for fenced. The
// line is locked before any row: who holds it shared and waits for a row would
// otherwise wait for who holds the row and waits for the line.
func (h *gateHouse) wantLineAlone(campaign string) {
	if h.share(campaign, true) == nil {
		h.lines.Want(campaignKey(campaign))
		h.leases.Want(leaderName)
	}
}

// share locks a line, before it is read. While it is
// shared nobody moves it, so what was read stays true when it is locked alone.
func (h *gateHouse) share(campaign string, alone bool) error {
	before, shared := h.shared[campaign]
	if shared && (before || !alone) {
		return nil
	}
	if err := h.Share("line "+campaign, alone); err != nil {
		return err
	}
	h.shared[campaign] = alone
	return nil
}

// move says that the line has changed: once a transaction its version grows.
func (h *gateHouse) move(l *lineRow) {
	if !h.moved[l.campaign] {
		h.moved[l.campaign] = true
		l.version++
	}
	h.lines.Change(l)
}
