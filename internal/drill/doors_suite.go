package drill

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"naru/internal/gate"
)

// suite is the attackers: what they know and hold, and what they tried.
type suite struct {
	ledger
	st          *stage
	wire        *wire
	rnd         *rand.Rand
	main, later string // campaigns: the one that opens, the one that stays closed
	routes      []knock
	small       bool
	master      []byte // the gate's key: what an older or another server would have signed with
	people      int    // made up so far

	mine     []*device // joined the lobby as anybody may
	crowd    []*device // browsers that joined under one claim
	known    []*owner  // joined the campaign that stays closed
	stranger *device   // joined first under the data of
	victim   *device

	mu    sync.Mutex
	never map[gate.TicketID]string // tickets under which nobody may have booked, and why
	once  map[gate.TicketID]string // tickets that may have been let in once
}

// Attackers' telephone numbers are beyond those of the crowd and of bots.
const (
	botNumbers      = 50_000_000
	attackerNumbers = 60_000_000
)

// smallBelow is the crowd below which the tricks with thousands of attempts are
// sampled.
const smallBelow = 200

func newSuite(st *stage) (*suite, error) {
	u, err := url.Parse(st.url)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(st.folder(1), "keys", "gate.key"))
	if err != nil {
		return nil, err
	}
	master, err := hex.DecodeString(string(bytes.TrimSpace(text)))
	if err != nil {
		return nil, fmt.Errorf("the gate's key: %w", err)
	}
	s := &suite{
		ledger: ledger{out: st.o.Progress}, st: st, wire: &wire{u.Host}, rnd: rand.New(rand.NewPCG(st.o.Seed, 2)), //nolint:gosec // no secret
		main: string(st.campaign.ID), later: string(st.later.ID), small: st.o.Citizens < smallBelow, master: master,
		never: map[gate.TicketID]string{}, once: map[gate.TicketID]string{},
	}
	s.routes = knocksOf(st.o.Routes, s.later)
	return s, nil
}

// claimant makes up one more person whom the rules would let book.
func (s *suite) claimant() (*owner, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	born, err := birthDate(s.st.campaign, s.st.opens, true, s.rnd)
	s.people++
	return &owner{name: madeUpName(s.rnd), born: born.String(), mobile: madeUpMobile(attackerNumbers + s.people), eligible: true}, err
}

// attacker is a fresh browser of a fresh person who has joined a campaign.
func (s *suite) attacker(ctx context.Context, campaign string) (*device, error) {
	who, err := s.claimant()
	if err != nil {
		return nil, err
	}
	d := s.device(who)
	return d, joined(d, d.join(ctx, campaign), campaign)
}

func joined(d *device, a answer, campaign string) error {
	if a.status != 303 || d.ticket(campaign).ID == (gate.TicketID{}) {
		return fmt.Errorf("an attacker could not join %s: %s", campaign, a.word())
	}
	return nil
}

// mayNot notes a ticket under which nobody may ever have booked.
func (s *suite) mayNot(d *device, campaign, why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.never[d.ticket(campaign).ID] = why
}

// onlyOnce notes a ticket that is to be let in once, however often it knocks.
func (s *suite) onlyOnce(d *device, why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.once[d.ticket(s.main).ID] = why
}

// Numbers of attackers.
const (
	manyMine     = 10
	manyBrowsers = 8
)

// prepare joins everybody who is to be in the lobby: there is little time.
func (s *suite) prepare(ctx context.Context) error {
	for range manyMine {
		d, err := s.attacker(ctx, s.main)
		if err != nil {
			return err
		}
		s.mine = append(s.mine, d)
	}
	who, err := s.claimant()
	if err != nil {
		return err
	}
	s.stranger, s.victim = s.device(who), s.device(who)
	for _, d := range []*device{s.stranger, s.victim} {
		if err := joined(d, d.join(ctx, s.main), s.main); err != nil {
			return err
		}
	}
	if who, err = s.claimant(); err != nil {
		return err
	}
	for range manyBrowsers {
		d := s.device(who)
		if err := joined(d, d.join(ctx, s.main), s.main); err != nil {
			return err
		}
		s.crowd = append(s.crowd, d)
	}
	return nil
}

// play tries everything. Tricks at the closed gate, at the open one, and on a
// person's data go on at the same time, beside the honest crowd.
func (s *suite) play(ctx context.Context) error {
	if err := s.prepare(ctx); err != nil {
		return err
	}
	errs := make([]error, 3)
	var all sync.WaitGroup
	for i, part := range []func(context.Context) error{s.closedGate, s.openGate, s.strangers} {
		all.Go(func() { errs[i] = part(ctx) })
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return fmt.Errorf("attack: %w", err)
		}
	}
	return ctx.Err()
}

// closedGate are the tricks on a campaign that is not open, all with a ticket of
// its own lobby: nothing may open.
func (s *suite) closedGate(ctx context.Context) error {
	d, err := s.attacker(ctx, s.later)
	if err != nil {
		return err
	}
	if err := s.joinKnown(ctx); err != nil {
		return err
	}
	s.deepLinks(ctx, d)
	s.clocks(ctx, d)
	s.forwarded(ctx, d)
	s.overrides(ctx, d)
	s.hosts(ctx, d)
	s.paths(ctx, d)
	s.smuggles(ctx, d)
	s.orders(ctx, d)
	return s.whoJoined(ctx)
}

// openGate are the tricks on the campaign people book in.
func (s *suite) openGate(ctx context.Context) error {
	s.early(ctx)
	rest(ctx, time.Until(s.st.opens))
	if err := s.beforeTurn(ctx); err != nil {
		return err
	}
	for _, d := range append(s.mine, s.crowd[0]) {
		if err := s.called(ctx, d); err != nil {
			return err
		}
	}
	for _, part := range []func(context.Context) error{s.tokens, s.identities, s.replays} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return nil
}

// calledWithin is how long attackers wait for their turn at most.
const calledWithin = 90 * time.Second

// called waits until it is the turn of a ticket.
func (s *suite) called(ctx context.Context, d *device) error {
	until := time.Now().Add(calledWithin)
	for time.Now().Before(until) && ctx.Err() == nil {
		a := d.do(ctx, knock{method: "GET", target: "/c/" + s.main + "/wait"})
		if state := between(a.body, `"`, `data-state="`); state == "turn" || state == "seat" {
			return nil
		}
		rest(ctx, 500*time.Millisecond)
	}
	return fmt.Errorf("no turn came within %v", calledWithin)
}

// admitted enters until a session is given: a seat may have to become free.
func (s *suite) admitted(ctx context.Context, d *device) error {
	until := time.Now().Add(calledWithin)
	for time.Now().Before(until) && ctx.Err() == nil {
		if d.enter(ctx, s.main); d.session(s.main) != "" {
			return nil
		}
		rest(ctx, 500*time.Millisecond)
	}
	return fmt.Errorf("no seat came within %v", calledWithin)
}

// proven enters and proves.
func (s *suite) proven(ctx context.Context, d *device) error {
	if err := s.admitted(ctx, d); err != nil {
		return err
	}
	if !d.prove(ctx, s.main, 60*time.Second) {
		return fmt.Errorf("an attacker could not prove who they are")
	}
	return nil
}

// region is a step behind the proof.
func (s *suite) region() knock { return knock{method: "GET", target: "/c/" + s.main + "/region"} }

func atLater(s *suite, rest string) string { return "/c/" + s.later + rest }

// doorsOf are what is tried at a closed gate by every trick of a family.
func (s *suite) doors() []knock {
	return []knock{
		enterKnock(s.later),
		{method: "GET", target: atLater(s, "/book")},
		{method: "GET", target: atLater(s, "/region")},
		{method: "POST", target: atLater(s, "/hold"), body: everyField},
	}
}

// everyField is a form with whatever a step may ask for.
var everyField = form("key", "0123456789abcdef0123", "hold", strings.Repeat("0", 32), "clinic", "D00001",
	"start", "2021-07-26T00:00:00Z", "code", "000000", "back", "region", "region", "11110", "number", "0000-0000", "nth", "1")
