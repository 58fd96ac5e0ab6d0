package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"naru/internal/campaign"
	"naru/internal/drill"
)

// crowd is the simulated people of the demonstration. They come over HTTP like
// everybody else.
type crowd struct {
	people   int
	campaign *campaign.Campaign
	end      context.CancelFunc
	done     sync.WaitGroup
}

// crowdLasts is how long the crowd keeps coming after the opening.
const crowdLasts = 2 * time.Minute

// start lets the crowd come to the server at url; it returns at once.
func (c *crowd) start(env *Env, url string) {
	if c.people <= 0 || c.campaign == nil {
		return
	}
	now := env.Now()
	plan := drill.Plan{
		URL: url, Campaign: c.campaign, Opens: c.campaign.OpeningAt(), LobbyCloses: c.campaign.Gate.LobbyCloses,
		Citizens: c.people, Duration: crowdLasts, Seed: uint64(now.UnixNano()), //nolint:gosec // the year 1970 is over
	}
	if plan.Opens.Before(now) { // the campaign is open: everybody comes from now on
		plan.Opens, plan.LobbyCloses = now.Add(time.Second), 0
	}
	plan.Lobby = max(0, plan.Opens.Add(-plan.LobbyCloses).Sub(now)-time.Second)
	all, err := drill.NewCrowd(plan)
	if err != nil {
		_, _ = fmt.Fprintln(env.Stderr, "naru: the crowd cannot come:", err) // nobody is left to tell
		return
	}
	ctx, end := context.WithCancel(context.Background())
	c.end = end
	c.done.Go(func() { all.Run(ctx) })
}

// stop sends the crowd home and waits until it is gone.
func (c *crowd) stop() {
	if c.end != nil {
		c.end()
		c.done.Wait()
	}
}
