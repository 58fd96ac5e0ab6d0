package drill

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// Bots is how long the same honest crowd waits without and with as many bots,
// which join, wait, enter and never prove who they are. Each run has a server and
// a database of its own.
type Bots struct {
	Honest      int     `json:"honest"`
	Bots        int     `json:"bots"`
	Without     float64 `json:"p50_wait_without_s"` // from the opening, or the coming if that is later, to the session
	With        float64 `json:"p50_wait_with_s"`
	Ratio       float64 `json:"ratio"`
	LeftWithout int     `json:"not_admitted_without"` // when the run ended; they count as waiting until then
	LeftWith    int     `json:"not_admitted_with"`
	BotsIn      int     `json:"bots_admitted"`
	Rate        int     `json:"rate_per_second"` // of the gate
	Cap         int     `json:"cap"`
	Unsound     string  `json:"unsound"` // what the databases say that must not be; "" nothing
}

// mostRatio is how much longer the honest may wait for the bots.
const mostRatio = 1.3

// botsServed is how long after the last arrival a run goes on: shorter than an
// unproven session, so a bot keeps its seat to the end.
const botsServed = 130 * time.Second

// botsCrossIn is how long the line of the comparison is without bots, in seconds:
// long enough that the gate can see who does not prove.
const botsCrossIn = 90

// addBots lets bots come among the crowd: the crowd is the same without them.
func (c *Crowd) addBots() {
	rnd := rand.New(rand.NewPCG(c.plan.Seed, 3)) //nolint:gosec // made-up people, not secrets
	for i, after := range arrivals(c.plan.Bots, c.plan.Lobby, c.plan.LobbyCloses, c.plan.Duration, rnd) {
		p := &owner{name: madeUpName(rnd), born: "1964-05-05", mobile: madeUpMobile(botNumbers + i)}
		who := newCitizen(c, p, rnd.Uint64(), uint64(i))
		who.habits = habits{script: true, neverProves: true}
		c.agenda.put(act{c.plan.Opens.Add(after), who})
	}
}

func compareBots(ctx context.Context, o Options) (*Bots, error) {
	o.ServedFor, o.CrossIn = botsServed, botsCrossIn
	b := &Bots{Honest: o.Citizens, Bots: o.Citizens}
	without, _, err := b.play(ctx, o, 0)
	if err != nil {
		return nil, fmt.Errorf("without bots: %w", err)
	}
	with, in, err := b.play(ctx, o, b.Bots)
	if err != nil {
		return nil, fmt.Errorf("with bots: %w", err)
	}
	b.Without, b.LeftWithout = without.seconds()
	b.With, b.LeftWith = with.seconds()
	b.BotsIn = in
	if b.Without > 0 {
		b.Ratio = round(b.With / b.Without)
	}
	_, _ = fmt.Fprintln(o.Progress, b) // for whoever watches
	return b, nil
}

// String is the comparison in one line.
func (b *Bots) String() string {
	verdict := "held"
	if b.against() != "" {
		verdict = "NOT HELD"
	}
	return fmt.Sprintf("%-8s  never-proving bots: %d honest people waited %.1f s in the median without, %.1f s with %d bots (%.2fx, at most %.1fx); not admitted at the end %d and %d; bots let in %d; gate: %d a second, cap %d",
		verdict, b.Honest, b.Without, b.With, b.Bots, b.Ratio, mostRatio, b.LeftWithout, b.LeftWith, b.BotsIn, b.Rate, b.Cap)
}

func (b *Bots) against() string {
	switch {
	case b.Unsound != "":
		return b.Unsound
	case b.Without == 0:
		return "nobody waited, so nothing was compared"
	case 2*b.LeftWithout >= b.Honest:
		return "most honest people were not let in even without bots, so nothing was compared"
	case b.Ratio > mostRatio:
		return fmt.Sprintf("honest people waited %.2fx as long with bots", b.Ratio)
	}
	return ""
}

// waited is how long people waited; of those who still do, until the end.
type waited struct {
	all  []time.Duration
	left int
}

func (w waited) seconds() (p50 float64, left int) { return round(median(w.all).Seconds()), w.left }

func (b *Bots) play(ctx context.Context, o Options, bots int) (w waited, botsIn int, err error) {
	s, err := setUp(ctx, o)
	if err != nil {
		return w, 0, err
	}
	defer s.close()
	b.Rate, b.Cap = s.campaign.Gate.RatePerSecond, s.campaign.Gate.Cap
	plan := s.plan()
	plan.Honest, plan.Bots = true, bots
	crowd, err := NewCrowd(plan)
	if err != nil {
		return w, 0, err
	}
	if _, err := s.play(ctx, crowd); err != nil {
		return w, 0, err
	}
	w = crowd.waited(time.Now())
	botsIn = crowd.tally.ends()[endBot]
	s.end()
	c, err := count(ctx, s.dir, s.db.url, crowd.tally.acknowledged())
	if err == nil && (!c.Sound() || c.LostAcks > 0) {
		b.Unsound = fmt.Sprintf("%+v", c)
	}
	return w, botsIn, err
}

// waited are those of the honest who came: from the opening, or from their coming
// if that was later, to their first session.
func (c *Crowd) waited(end time.Time) waited {
	var w waited
	for _, who := range c.people {
		if !who.came {
			continue
		}
		from, to := slices.MaxFunc([]time.Time{c.plan.Opens, who.cameAt}, time.Time.Compare), who.admittedAt
		if !who.admitted {
			to = end
			w.left++
		}
		w.all = append(w.all, max(0, to.Sub(from)))
	}
	return w
}
