package drill

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"naru/internal/campaign"
	"naru/internal/gate"
)

// stage is where a drill is played: a folder, a server over it, a campaign that
// opens soon.
type stage struct {
	o           Options
	dir         string
	clinics     string // whose
	server      *server
	url         string
	campaign    *campaign.Campaign
	opens       time.Time
	lobby       time.Duration
	lobbyCloses time.Duration
	kills       int
	endOnce     sync.Once
	endErr      error
}

// startAllowance is how long the server may take until the lobby is open.
const startAllowance = 5 * time.Second

// soon is the furthest opening that is waited for without --shift-to-now.
const soon = time.Hour

func setUp(ctx context.Context, o Options) (*stage, error) {
	s := &stage{o: o, campaign: o.Campaign, lobby: lobbyLength(o.Citizens)}
	if o.Target != "" {
		return s, s.useTarget(ctx)
	}
	if err := s.checkOpening(time.Now()); err != nil {
		return nil, err
	}
	var err error
	if s.dir, s.clinics, err = newFolder(o, time.Now()); err != nil {
		return nil, err
	}
	s.setOpening(time.Now())
	if err := s.publish(ctx); err != nil {
		return nil, fmt.Errorf("publish the campaign: %w", err)
	}
	if s.server, err = startServer(ctx, o, s.dir); err != nil {
		return nil, err
	}
	s.url = s.server.url
	if err := s.ready(ctx); err != nil {
		s.end()
		return nil, err
	}
	return s, nil
}

// checkOpening refuses a campaign whose opening cannot be waited for.
func (s *stage) checkOpening(now time.Time) error {
	opens := s.campaign.OpeningAt()
	switch {
	case s.o.ShiftToNow:
		return nil
	case !opens.After(now):
		return usage("campaign: %s opened on %s, which is past; add --shift-to-now to play it now", s.campaign.ID, opens.Format("2006-01-02 15:04"))
	case opens.After(now.Add(soon)):
		return usage("campaign: %s opens on %s, more than %v from now; add --shift-to-now to play it now", s.campaign.ID, opens.Format("2006-01-02 15:04"), soon)
	}
	return nil
}

// setOpening moves the campaign so that it opens when everything is ready. Its
// lobby is played in seconds; everything else is as in the file.
func (s *stage) setOpening(now time.Time) {
	s.opens, s.lobbyCloses = s.campaign.OpeningAt(), s.campaign.Gate.LobbyCloses
	if !s.o.ShiftToNow {
		return
	}
	s.opens = now.Add(startAllowance + s.lobby + closesBefore).Truncate(time.Second).Add(time.Second)
	s.lobbyCloses = closesBefore
	c := s.campaign.Shift(s.opens)
	c.Gate.LobbyOpens, c.Gate.LobbyCloses = s.opens.Sub(now)+time.Minute, closesBefore
	s.campaign = c
}

// useTarget reads the opening from the board of a running server.
func (s *stage) useTarget(ctx context.Context) error {
	base, err := loopback(s.o.Target)
	if err != nil {
		return &UsageError{err}
	}
	s.url, s.dir, s.clinics = base.String(), s.o.Data, "of the target"
	b, err := s.readBoard(ctx)
	if err != nil {
		return fmt.Errorf("target: %w", err)
	}
	s.opens, s.lobbyCloses = time.Unix(b.OpensAt, 0), s.campaign.Gate.LobbyCloses
	s.campaign = s.campaign.Shift(s.opens)
	if left := time.Until(s.opens) - s.lobbyCloses - s.lobby; left < 0 {
		return usage("target: the campaign opens at %s; %d citizens need a lobby of %v before it closes", s.opens.Format(time.TimeOnly), s.o.Citizens, s.lobby)
	}
	return nil
}

// ready waits until the lobby is open, and checks that it is in time.
func (s *stage) ready(ctx context.Context) error {
	begins := s.opens.Add(-s.lobbyCloses - s.lobby)
	for time.Now().Before(begins) {
		if b, err := s.readBoard(ctx); err == nil && b.Phase == gate.LobbyOpen {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	return fmt.Errorf("the lobby was not open in time (%v allowed): this machine is too busy; try again", startAllowance)
}

func (s *stage) readBoard(ctx context.Context) (gate.Board, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/board/"+string(s.campaign.ID), nil)
	if err != nil {
		return gate.Board{}, err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return gate.Board{}, err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 64<<10))
	if err != nil {
		return gate.Board{}, err
	}
	if answer.StatusCode != http.StatusOK {
		return gate.Board{}, fmt.Errorf("the board of campaign %s: status %d", s.campaign.ID, answer.StatusCode)
	}
	return gate.ParseBoard(text)
}

func (s *stage) plan() Plan {
	return Plan{
		URL: s.url, Campaign: s.campaign, Opens: s.opens, Lobby: s.lobby, LobbyCloses: s.lobbyCloses,
		Citizens: s.o.Citizens, Duration: s.o.Duration, Seed: s.o.Seed,
	}
}

// play lets the crowd come until all are done or the time is over.
func (s *stage) play(ctx context.Context, crowd *Crowd) (*Result, error) {
	ctx, cancel := context.WithDeadline(ctx, s.opens.Add(s.o.Duration+cmp.Or(s.o.ServedFor, servedFor)))
	defer cancel()
	began := s.opens.Add(-s.lobbyCloses - s.lobby)
	cpu, all := ownCPU(), machineCPU()
	var others sync.WaitGroup
	failed := make(chan error, 1)
	others.Go(func() { report(ctx, s.o.Progress, crowd.tally, s.opens) })
	others.Go(func() {
		if err := s.killOnTime(ctx, crowd); err != nil {
			failed <- err
			cancel()
		}
	})
	crowd.Run(ctx)
	ended := time.Now()
	cancel()
	others.Wait()
	select {
	case err := <-failed:
		return nil, err
	default:
	}
	if s.server != nil && s.server.gone() {
		return nil, fmt.Errorf("the server ended by itself; see %s", s.server.log.Name())
	}
	r := s.result(crowd.tally, ended.Sub(began), ownCPU()-cpu)
	r.machineCPU = share(machineCPU()-all, time.Since(began), r.Machine.Cores)
	return r, nil
}

// killOnTime kills the server at the fractions asked for and starts it again.
func (s *stage) killOnTime(ctx context.Context, crowd *Crowd) error {
	fractions := slices.Sorted(slices.Values(s.o.KillAt))
	for _, f := range fractions {
		at := s.opens.Add(time.Duration(f * float64(s.o.Duration)))
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Until(at)):
		}
		crowd.away.Store(true)
		s.server.kill()
		s.kills++
		if err := s.server.restart(ctx); err != nil {
			return fmt.Errorf("start again after kill -9: %w", err)
		}
		time.Sleep(100 * time.Millisecond) // errors of the old process's connections come in
		crowd.away.Store(false)
	}
	return nil
}

// end ends the server that was started. It may be called again.
func (s *stage) end() {
	s.endOnce.Do(func() {
		if s.server != nil {
			s.endErr = s.server.stop()
		}
	})
}
