package drill

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"naru/internal/campaign"
	"naru/internal/gate"
)

// stage is where a drill is played: a folder, a database, nodes over them, a
// campaign that opens soon.
type stage struct {
	o           Options
	dir         string
	clinics     string // whose
	db          *database
	nodes       []*node
	proxy       *proxy // nil: people come to the one node
	url         string // to which people come
	campaign    *campaign.Campaign
	later       *campaign.Campaign // a second one, whose lobby is open all the time; nil: none
	opens       time.Time
	lobby       time.Duration
	lobbyCloses time.Duration
	faults      []*Fault
	endOnce     sync.Once
	endErr      error
	dbCPU       time.Duration
}

// soon is the furthest opening that is waited for without --shift-to-now.
const soon = time.Hour

// startAllowance is how long it may take from the publishing until the lobby is
// open. On SQLite the node is started within it; nodes that share a database run
// by then and see the campaign at once.
const startAllowance = 5 * time.Second

func setUp(ctx context.Context, o Options) (*stage, error) {
	o.Progress = inTurn(o.Progress)
	s := &stage{o: o, campaign: o.Campaign, lobby: lobbyLength(o.Citizens), db: &database{}}
	if o.Target != "" {
		return s, s.useTarget(ctx)
	}
	if err := s.checkOpening(time.Now()); err != nil {
		return nil, err
	}
	if err := s.build(ctx); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// build makes folder and database, puts the campaign in force, and starts
// everything. SQLite takes a campaign while no node runs.
func (s *stage) build(ctx context.Context) error {
	if s.o.proxied() {
		if _, err := findProxy(os.Getenv("PATH")); err != nil {
			return err
		}
	}
	f, err := chooseFurniture(s.o)
	if err != nil {
		return err
	}
	s.clinics = f.whose
	if s.dir, err = newFolder(s.o, time.Now()); err != nil {
		return err
	}
	if s.db, err = openDatabase(ctx, s.o, databaseName(s.dir), s.dir); err != nil {
		s.db = &database{}
		return err
	}
	if err := f.put(ctx, s.dir, s.db.url); err != nil {
		return fmt.Errorf("put regions and clinics in place: %w", err)
	}
	steps := []func(context.Context) error{s.publish, s.start, s.ready}
	if s.db.url != "" {
		steps = []func(context.Context) error{s.start, s.publish, s.ready}
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// start starts the nodes and what stands before them.
func (s *stage) start(ctx context.Context) error {
	first := s.folder(1)
	if err := os.MkdirAll(first, 0o750); err != nil {
		return err
	}
	for i := range s.o.nodes() {
		n, err := s.hire(i+1, first)
		if err != nil {
			return err
		}
		s.nodes = append(s.nodes, n)
		if err := n.start(ctx); err != nil {
			return err
		}
	}
	s.url = s.nodes[0].url
	if s.o.proxied() {
		var err error
		if s.proxy, err = startProxy(s.nodes, s.dir); err != nil {
			return err
		}
		s.url = s.proxy.url
	}
	return nil
}

// hire prepares a node with a folder of its own and the keys of the first, which
// has made them when it started on the empty database.
func (s *stage) hire(number int, first string) (*node, error) {
	dir := s.folder(number)
	if number > 1 {
		if err := shareKeys(first, dir); err != nil {
			return nil, fmt.Errorf("share the keys: %w", err)
		}
	}
	return newNode(s.o, fmt.Sprintf("node%d", number), dir, s.db.url)
}

// folder is a node's own. On SQLite it is the run's: there is only one.
func (s *stage) folder(number int) string {
	if s.db.url == "" {
		return s.dir
	}
	return filepath.Join(s.dir, fmt.Sprintf("node%d", number))
}

func (s *stage) names() []string {
	var all []string
	for _, n := range s.nodes {
		all = append(all, n.name)
	}
	return all
}

// up are the nodes no fault keeps from their work.
func (s *stage) up() []string {
	var all []string
	for _, n := range s.nodes {
		if n.up() {
			all = append(all, n.name)
		}
	}
	return all
}

// node is the one of a name, or nil.
func (s *stage) node(name string) *node {
	for _, n := range s.nodes {
		if n.name == name {
			return n
		}
	}
	return nil
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
	if s.o.Drill == BackDoors {
		narrow(&c.Gate, s.o.Citizens, s.o.CrossIn)
	}
	s.campaign = c
}

// useTarget reads the opening from the board of a running server.
func (s *stage) useTarget(ctx context.Context) error {
	base, err := loopback(s.o.Target)
	if err != nil {
		return &UsageError{err}
	}
	s.url, s.dir, s.clinics, s.db = base.String(), s.o.Data, "of the target", &database{what: "SQLite, of the target"}
	if s.o.onPostgres() {
		s.db.url, s.db.what = s.o.DB, "PostgreSQL, of the target"
	}
	b, err := s.boardOf(ctx, s.url)
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

// ready waits until the lobby is open on every node and where people come, and
// checks that it is in time.
func (s *stage) ready(ctx context.Context) error {
	begins := s.opens.Add(-s.lobbyCloses - s.lobby)
	doors := []string{s.url}
	for _, n := range s.nodes {
		doors = append(doors, n.url)
	}
	for time.Now().Before(begins) {
		if s.proxy != nil && s.proxy.child.ended() {
			return s.proxy.died()
		}
		if b, err := s.boardOf(ctx, doors[0]); err == nil && b.Phase == gate.LobbyOpen {
			if doors = doors[1:]; len(doors) == 0 {
				return nil
			}
			continue
		}
		rest(ctx, 50*time.Millisecond)
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return fmt.Errorf("the lobby was not open in time (%v allowed): this machine is too busy; try again", startAllowance)
}

func (s *stage) boardOf(ctx context.Context, door string) (gate.Board, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, door+"/board/"+string(s.campaign.ID), nil)
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
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	playing, cancel := context.WithDeadline(ctx, s.opens.Add(s.o.Duration+cmp.Or(s.o.ServedFor, servedFor)))
	defer cancel()
	crowd.nodes = len(s.nodes)
	began := s.opens.Add(-s.lobbyCloses - s.lobby)
	cpu, all := ownCPU(), machineCPU()
	var others sync.WaitGroup
	others.Go(func() { report(playing, s.o.Progress, crowd.tally, s.opens) })
	others.Go(func() {
		if err := s.disturb(ctx, crowd, playing.Done()); err != nil {
			fail(err)
		}
	})
	crowd.Run(playing)
	ended := time.Now()
	r := s.result(crowd.tally, ended.Sub(began), ownCPU()-cpu)
	r.machineCPU = share(machineCPU()-all, time.Since(began), r.Machine.Cores)
	cancel()
	others.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	return r, s.whole()
}

// whole says whether everything that was started is still there.
func (s *stage) whole() error {
	for _, n := range s.nodes {
		if n.gone() {
			return fmt.Errorf("%s ended by itself; see %s", n.name, n.log.Name())
		}
	}
	if s.proxy != nil && s.proxy.child.ended() {
		return s.proxy.died()
	}
	return nil
}

// end ends what was started but the database, which is still to be counted. It
// may be called again.
func (s *stage) end() {
	s.endOnce.Do(func() {
		errs := make([]error, len(s.nodes)+1)
		var all sync.WaitGroup
		for i, n := range s.nodes {
			all.Go(func() { errs[i] = n.stop() })
		}
		all.Wait()
		if s.proxy != nil {
			errs[len(s.nodes)] = s.proxy.stop()
		}
		s.endErr = errors.Join(errs...)
		s.dbCPU = s.db.used()
	})
}

// close ends everything. A run that is counted has ended before.
func (s *stage) close() {
	s.end()
	if err := s.db.close(); err != nil {
		_, _ = fmt.Fprintln(s.o.Progress, "the database did not end well:", err) // it was counted, or never will be
	}
}
