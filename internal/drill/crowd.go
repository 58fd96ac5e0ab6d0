package drill

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"naru/internal/campaign"
)

// Plan is a crowd before it comes: who, when, and to which server.
type Plan struct {
	URL         string // a loopback address
	Campaign    *campaign.Campaign
	Opens       time.Time
	Lobby       time.Duration // people come this long before the lobby closes
	LobbyCloses time.Duration // before the opening
	Citizens    int
	Duration    time.Duration // after the opening
	Seed        uint64
	Honest      bool // nobody among them tries a back door; they are clumsy all the same
	Bots        int  // devices more that come as people do and never prove who they are
}

// Crowd is simulated people with devices, one citizen a device. It is used by
// drills and by the demonstration.
type Crowd struct {
	plan     Plan
	id       string // of the campaign
	arrivals []time.Duration
	people   []*citizen // without bots
	client   *client
	agenda   *agenda
	boards   boards
	tally    *tally
	ctx      context.Context // of Run; ends every request
	waiting  atomic.Int64    // citizens who are not done
	done     chan struct{}
	finish   sync.Once
	troubles troubles // faults that hurt somebody just now
	nodes    int      // servers behind the address; 0: not known
}

// NewCrowd draws people, habits and arrivals from the plan's seed.
func NewCrowd(p Plan) (*Crowd, error) {
	client, err := newClient(p.URL)
	if err != nil {
		return nil, &UsageError{err}
	}
	rnd := rand.New(rand.NewPCG(p.Seed, 1)) //nolint:gosec // made-up people, not secrets
	people, err := newPeople(p.Citizens, p.Campaign, p.Opens, rnd)
	if err != nil {
		return nil, err
	}
	c := &Crowd{plan: p, id: string(p.Campaign.ID), client: client, tally: newTally(p.Citizens + p.Bots), done: make(chan struct{})}
	c.agenda = newAgenda(&c.tally.lag, c.start)
	c.arrivals = arrivals(p.Citizens, p.Lobby, p.LobbyCloses, p.Duration, rnd)
	for i, after := range c.arrivals {
		who := newCitizen(c, people[i], rnd.Uint64(), uint64(i))
		c.people = append(c.people, who)
		c.agenda.put(act{p.Opens.Add(after), who})
	}
	c.addBots()
	c.waiting.Store(int64(p.Citizens + p.Bots))
	return c, nil
}

// Run lets the crowd come. It returns when everybody is done or ctx ends, and
// leaves no request behind.
func (c *Crowd) Run(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer c.client.close()
	c.ctx = ctx
	defer context.AfterFunc(ctx, c.client.close)()
	c.tally.begin(c.plan.Opens)
	go func() {
		select {
		case <-c.done:
			cancel()
		case <-ctx.Done():
		}
	}()
	c.agenda.run(ctx)
}

// start is one act of one citizen: a request, its answer, and what follows.
func (c *Crowd) start(x act) {
	s := x.who.act(c.ctx, x.at)
	if c.ctx.Err() != nil {
		return
	}
	if s.end == "" {
		c.agenda.put(act{time.Now().Add(s.after), x.who})
		return
	}
	c.tally.outcome(s.end)
	if c.waiting.Add(-1) == 0 {
		c.finish.Do(func() { close(c.done) })
	}
}
