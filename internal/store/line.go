package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"naru/internal/campaign"
	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/person"
)

// Published is a campaign as it is in force.
type Published struct {
	Campaign *campaign.Campaign
	Epoch    uint32
}

// sessionLife is how long a proven session of the campaign lives.
func (p Published) sessionLife() time.Duration {
	return time.Duration(p.Campaign.Gate.SessionMinutes) * time.Minute
}

// View is what everybody may see of a line, all from memory.
type View struct {
	Board     gate.Board
	BoardJSON []byte
	ETag      string
	Draw      gate.Draw
	DrawJSON  []byte
	Seed      *[32]byte // nil before the draw
	Stale     bool      // the database has not been read for staleAfter
}

// staleAfter is how long boards may stand still before pages say so.
const staleAfter = 5 * time.Second

// line is one campaign's line in memory.
type line struct {
	published Published
	row       campaignRow
	keys      *gate.Keys
	rolled    atomic.Bool // the roll's file is here
	view      atomic.Pointer[View]
	times     [5]int64
	layouts   sync.Map // *clinic.Clinic → layout: what a clinic offers, nobody having booked
	pace      pace     // the leader's, touched by Lead only
	observed  *observed
	left      left      // of the quotas; touched by Lead only
	signed    time.Time // the leader's last sign of life; touched by Lead only
	*evidence           // outlives a line that was moved
}

// evidence is what this node keeps for those who check the line.
type evidence struct {
	record     *recordFile // the loop of record only
	admissions atomic.Pointer[Admissions]
	claimKey   atomic.Pointer[[]byte] // of a private campaign until it is destroyed
	closed     atomic.Bool            // a private campaign's key is destroyed
	indexing   sync.Mutex
	chunks     *gate.RollIndex // under indexing
}

// Campaigns lists what is published, by first opening.
func (s *Store) Campaigns() []Published {
	s.mu.RLock()
	defer s.mu.RUnlock()
	all := make([]Published, 0, len(s.lines))
	for _, l := range s.lines {
		all = append(all, l.published)
	}
	sort.Slice(all, func(i, j int) bool {
		a, b := all[i].Campaign, all[j].Campaign
		if !a.OpeningAt().Equal(b.OpeningAt()) {
			return a.OpeningAt().Before(b.OpeningAt())
		}
		return a.ID < b.ID
	})
	return all
}

// Campaign returns one published campaign, or a fault of code NotFound.
func (s *Store) Campaign(id string) (Published, error) {
	l, err := s.line(id)
	if err != nil {
		return Published{}, err
	}
	return l.published, nil
}

// View returns the line as last read; it does not touch the database.
func (s *Store) View(id string) (View, error) {
	l, err := s.line(id)
	if err != nil {
		return View{}, err
	}
	v := *l.view.Load()
	v.Stale = s.now().Sub(time.Unix(0, s.seen.Load())) > staleAfter
	return v, nil
}

// Roll opens the roll's file, which is public from the close of the lobby.
func (s *Store) Roll(id string) (io.ReadCloser, error) {
	l, err := s.line(id)
	if err != nil {
		return nil, err
	}
	if l.private() {
		return nil, fault.New(fault.NotFound, "gate.roll_private")
	}
	f, err := os.Open(s.rollPath(l.published))
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, "gate.roll_not_yet", err)
	}
	return f, nil
}

// rollPath is where this node keeps the roll; of a private campaign it is not among
// the public files.
func (s *Store) rollPath(p Published) string {
	folder := "public"
	if p.Campaign.Private {
		folder = "private"
	}
	return filepath.Join(s.opts.Dir, folder, string(p.Campaign.ID), strconv.Itoa(int(p.Epoch)), "roll.bin")
}

// private says that the roll is not published.
func (l *line) private() bool { return l.published.Campaign.Private }

// Standing is where a ticket stands, worked out from memory.
type Standing struct {
	Ticket     gate.Ticket
	PlaceKnown bool
	Place      uint64
	Ahead      uint64
	Turn       bool // the place has been called
}

// Standing checks a ticket's signature and says where it stands.
func (s *Store) Standing(campaignID, token string) (Standing, error) {
	l, err := s.line(campaignID)
	if err != nil {
		return Standing{}, err
	}
	t, err := l.keys.OpenTicket(token)
	if err != nil {
		return Standing{}, err
	}
	return l.standing(t), nil
}

func (l *line) standing(t gate.Ticket) Standing {
	v := l.view.Load()
	st := Standing{Ticket: t}
	if v.Seed == nil {
		return st
	}
	st.PlaceKnown, st.Place = true, t.Place(*v.Seed, v.Board.L)
	st.Ahead = st.Place - min(st.Place, v.Board.Serving)
	st.Turn = v.Board.Phase == gate.Open && st.Place < v.Board.Serving
	return st
}

// SealClaim seals a claim for the cookie of the browser that made it, so that
// nobody is asked twice and the server keeps nothing before the proof.
func (s *Store) SealClaim(c person.Claim, ticket gate.TicketID) string {
	return sealJSON(s.people, "claim", ticket.String(), c)
}

// OpenClaim opens what SealClaim made for the same ticket.
func (s *Store) OpenClaim(sealed string, ticket gate.TicketID) (person.Claim, error) {
	var c person.Claim
	if err := openJSON(s.people, "claim", ticket.String(), sealed, &c); err != nil {
		return person.Claim{}, fault.Wrap(fault.Unauthenticated, "person.claim_cookie_bad", err)
	}
	return c, nil
}

// Session opens a session token; memory only. Every durable step checks again
// that the session is still the person's live one.
func (s *Store) Session(campaignID, token, browserCookie string) (gate.Session, error) {
	l, err := s.line(campaignID)
	if err != nil {
		return gate.Session{}, err
	}
	return l.keys.OpenSession(token, browserCookie, s.now())
}

func (s *Store) line(id string) (*line, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if l, ok := s.lines[id]; ok {
		return l, nil
	}
	return nil, fault.New(fault.NotFound, "campaign.unknown")
}

// publishView puts a new reading of the line before the readers.
func (l *line) publishView(b gate.Board, d gate.Draw) error {
	if err := b.Validate(); err != nil {
		return fmt.Errorf("board of %s: %w", b.Campaign, err)
	}
	v := &View{Board: b, BoardJSON: b.Encode(), Draw: d, DrawJSON: d.Encode()}
	sum := sha256.Sum256(v.BoardJSON)
	v.ETag = `"` + hex.EncodeToString(sum[:8]) + `"`
	if seed, held := d.SeedBytes(); held {
		v.Seed = &seed
	}
	l.view.Store(v)
	return nil
}

// follow reads every line and puts it before the readers; campaigns that were
// published or moved elsewhere are taken in. It returns the lines as read.
func (s *Store) follow(ctx context.Context) (map[*line]*reading, error) {
	rows, err := s.readLines(ctx)
	if err != nil {
		return nil, fmt.Errorf("read lines: %w", err)
	}
	read := map[*line]*reading{}
	var errs []error
	for _, r := range rows {
		l, err := s.lineOf(ctx, r)
		if err == nil {
			err = s.show(ctx, l, r)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("campaign %s: %w", r.campaign, err))
			continue
		}
		read[l] = r
	}
	return read, errors.Join(errs...)
}

// lineOf is the line in memory for a row; a new or moved one is made.
func (s *Store) lineOf(ctx context.Context, r *reading) (*line, error) {
	s.mu.RLock()
	l := s.lines[r.campaign]
	s.mu.RUnlock()
	if l != nil && l.published.Campaign.OpeningAt().Unix() == r.opens && l.times == r.times() {
		return l, nil
	}
	return s.addLine(ctx, r)
}

// times are what moves when an opening is moved or the file amended.
func (r *lineRow) times() [5]int64 {
	return [5]int64{r.opens, r.lobbyOpens, r.lobbyCloses, r.closes, int64(r.amended)}
}

func (s *Store) addLine(ctx context.Context, r *reading) (*line, error) {
	rows, err := s.readCampaigns(ctx)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(rows, func(c campaignRow) bool { return c.id == r.campaign })
	if i < 0 {
		return nil, fault.New(fault.NotFound, "campaign.unknown")
	}
	c, err := campaign.Parse(rows[i].yaml, s.opts.Agency)
	if err != nil {
		return nil, err
	}
	if c.OpeningAt().Unix() != r.opens {
		c = c.Shift(unix(r.opens))
	}
	l := &line{
		published: Published{withLobby(c, &r.lineRow), uint32(r.epoch)}, row: rows[i], times: r.times(), //nolint:gosec // from 1
		keys:     gate.NewKeys(s.gateKey, r.campaign, uint32(r.epoch)), //nolint:gosec // from 1
		evidence: &evidence{}, observed: &observed{},
	}
	if l.private() {
		key, err := s.readClaimKey(ctx, r.campaign)
		if err != nil {
			return nil, err
		}
		if key != nil {
			l.claimKey.Store(&key)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if before := s.lines[r.campaign]; before != nil {
		l.pace, l.observed, l.signed, l.left, l.evidence = before.pace, before.observed, before.signed, before.left, before.evidence
		l.view.Store(before.view.Load())
	} else if err := s.showBoard(l, r); err != nil { // nobody may see a line without a view
		return nil, err
	}
	s.lines[r.campaign] = l
	return l, nil
}

// withLobby gives the campaign the lobby times in force, which may have been
// moved since its file was written.
func withLobby(c *campaign.Campaign, r *lineRow) *campaign.Campaign {
	moved := *c
	opens := unix(r.opens)
	moved.Gate.LobbyOpens, moved.Gate.LobbyCloses = opens.Sub(unix(r.lobbyOpens)), opens.Sub(unix(r.lobbyCloses))
	return &moved
}

// show puts a reading of the line before the readers, its roll first.
func (s *Store) show(ctx context.Context, l *line, r *reading) error {
	if err := s.closePrivate(ctx, l, &r.lineRow, s.leading.Load()); err != nil {
		return err
	}
	if r.root != nil && !l.rolled.Load() && !l.closed.Load() {
		if err := s.keepRoll(ctx, l, r); err != nil {
			return err
		}
		l.rolled.Store(true)
	}
	return s.showBoard(l, r)
}

func (s *Store) showBoard(l *line, r *reading) error {
	d, err := l.draw(&r.lineRow, s.vault)
	if err != nil {
		return err
	}
	b := r.board(l.observed.look(&r.lineRow, r.stands() || s.doubt.frozen(), s.now()))
	b.Paused = b.Paused || s.doubt.frozen()
	return l.publishView(b, d)
}
