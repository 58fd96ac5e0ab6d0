package drill

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"naru/internal/campaign"
	"naru/internal/gate"
	"naru/internal/store"
)

// laterID is the campaign that stays closed: whoever gets into it came through a
// back door.
const laterID = "back-doors-later"

// laterOpens is when it opens: long after the drill.
const laterOpens = 3 * time.Hour

var idLine = regexp.MustCompile(`(?m)^id:.*$`)

// checkDoors refuses what back-doors cannot be played with: it needs servers of
// its own, whose keys it may read, and nobody may be killed meanwhile.
func (o *Options) checkDoors() error {
	switch {
	case o.Drill != BackDoors:
		return nil
	case o.Target != "":
		return usage("target: back-doors attacks its own servers only")
	case len(o.faults()) > 0:
		return usage("%s-at: back-doors kills nobody; play opening-rush for that", o.faults()[0].kind)
	case !o.ShiftToNow:
		return usage("campaign: back-doors moves the campaign to now; add --shift-to-now")
	case o.Citizens > mostHonest:
		return usage("citizens: %d is not within 1 to %d for back-doors", o.Citizens, mostHonest)
	case len(o.Routes) == 0:
		return usage("routes: back-doors needs the addresses of the server")
	}
	return nil
}

// The size of the honest crowd and the pace at which it is let in: the gate is
// narrowed with the crowd, so that people wait, and stands in the campaign
// file's proportion of places to pace.
const (
	mostHonest   = 5000
	crossesIn    = 15 // seconds in which the honest crowd could be let in
	narrowestPer = 2  // admissions a second at least
)

func narrow(g *campaign.Gate, citizens, seconds int) {
	seconds = cmp.Or(seconds, crossesIn)
	per := max(narrowestPer, (citizens+seconds-1)/seconds)
	g.Cap = max(1, g.Cap*per/max(1, g.RatePerSecond))
	g.RatePerSecond = per
}

// publishLater puts a second campaign in force, whose lobby is open and whose gate
// is not.
func (s *stage) publishLater(ctx context.Context, st *store.Store) error {
	text := idLine.ReplaceAll(s.o.Text, []byte("id: "+laterID))
	c, err := campaign.Parse(text, s.o.Agency)
	if err != nil {
		return fmt.Errorf("the campaign that stays closed: %w", err)
	}
	c = c.Shift(time.Now().Add(laterOpens).Truncate(time.Second))
	c.Gate.LobbyOpens, c.Gate.LobbyCloses = 2*laterOpens, time.Minute
	if _, err := st.Publish(ctx, text, c); err != nil {
		return fmt.Errorf("the campaign that stays closed: %w", err)
	}
	s.later = c
	return nil
}

// runBackDoors plays 14 to 21 July 2021: an honest crowd, and beside it somebody
// who tries every trick; then the same crowd twice more, without and with bots.
func runBackDoors(ctx context.Context, o Options) (*Result, error) {
	r, err := playDoors(ctx, o)
	if err == nil && !o.NoBots {
		r.Bots, err = compareBots(ctx, o)
	}
	if ctx.Err() != nil {
		return nil, errors.New("it was ended before it was over; nothing was counted")
	}
	if err != nil {
		return nil, err
	}
	r.judge()
	return r, nil
}

func playDoors(ctx context.Context, o Options) (*Result, error) {
	s, err := setUp(ctx, o)
	if err != nil {
		return nil, err
	}
	defer s.close()
	plan := s.plan()
	plan.Honest = true
	crowd, err := NewCrowd(plan)
	if err != nil {
		return nil, err
	}
	attack, err := newSuite(s)
	if err != nil {
		return nil, err
	}
	tried := make(chan error, 1)
	go func() { tried <- attack.play(ctx) }()
	r, err := s.play(ctx, crowd)
	if tryErr := <-tried; err != nil || tryErr != nil {
		return nil, errors.Join(err, tryErr)
	}
	draw, err := attack.publicDraw(ctx)
	if err != nil {
		return nil, err
	}
	s.end() // before counting: nothing may change any more
	s.resources(r)
	if err := r.count(ctx, s.dir, s.db.url, crowd.tally); err != nil {
		return nil, err
	}
	return r, r.countDoors(ctx, s, attack, crowd, draw)
}

// publicDraw is what anybody can read about the draw.
type publicDraw struct {
	doc  gate.Draw
	roll *gate.Roll
}
