package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
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
	keys      *gate.Keys
	view      atomic.Pointer[View]
	layouts   sync.Map // *clinic.Clinic → []Time: what a clinic offers, nobody having booked
	pace      pace     // the leader's, touched by Lead only
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
	f, err := os.Open(s.rollPath(l.published))
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, "gate.roll_not_yet", err)
	}
	return f, nil
}

func (s *Store) rollPath(p Published) string {
	return filepath.Join(s.opts.Dir, "public", string(p.Campaign.ID), strconv.Itoa(int(p.Epoch)), "roll.bin")
}

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

// loadLines reads every published campaign into memory.
func (s *Store) loadLines(ctx context.Context) error {
	rows, err := readCampaigns(ctx, s.gate)
	if err != nil {
		return fmt.Errorf("read campaigns: %w", err)
	}
	for _, r := range rows {
		if err := s.addLine(ctx, r); err != nil {
			return fmt.Errorf("campaign %s: %w", r.id, err)
		}
	}
	return nil
}

func (s *Store) addLine(ctx context.Context, r campaignRow) error {
	c, err := campaign.Parse(r.yaml, s.opts.Agency)
	if err != nil {
		return err
	}
	if !c.OpeningAt().Equal(r.opens) {
		c = c.Shift(r.opens)
	}
	c = withLobby(c, r)
	l := &line{published: Published{c, r.epoch}, keys: gate.NewKeys(s.gateKey, r.id, r.epoch)}
	if err := s.readLine(ctx, l); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines[r.id] = l
	return nil
}

// withLobby gives the campaign the lobby times in force, which may have been
// moved since its file was written.
func withLobby(c *campaign.Campaign, r campaignRow) *campaign.Campaign {
	moved := *c
	moved.Gate.LobbyOpens, moved.Gate.LobbyCloses = r.opens.Sub(r.lobbyOpens), r.opens.Sub(r.lobbyCloses)
	return &moved
}

// readLine reads the line's row and puts it before the readers.
func (s *Store) readLine(ctx context.Context, l *line) error {
	r, err := readLineRow(ctx, s.gate, string(l.published.Campaign.ID))
	if err != nil {
		return fmt.Errorf("read line: %w", err)
	}
	s.seen.Store(s.now().UnixNano())
	d, err := r.draw(l.keys, s.vault)
	if err != nil {
		return err
	}
	b := r.board(l.pace.rate)
	b.Paused = b.Paused || s.doubt.frozen()
	return l.publishView(b, d)
}
