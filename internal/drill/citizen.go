package drill

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"naru/internal/gate"
)

// citizen is one device of one person: what it holds, and the request it means
// to make next. One act at a time.
type citizen struct {
	crowd  *Crowd
	person *owner
	habits habits
	rnd    *rand.Rand
	jar    jar
	next   request
	probes []probe // tried before next

	came, joined, admitted, forgot bool
	cameAt, admittedAt             time.Time
	placeKnown                     bool
	place, ahead                   uint64
	board                          gate.Waiter // what the page's script knows
	cached                         gate.Board  // what the browser keeps, with its etag
	pageVersion, pageServing       uint64      // of the board the page was made from
	etag                           string
	codes                          map[string]bool // tried already
	looks                          int             // into the inbox, since a code was sent
	tries                          int             // dead ends so far
	full                           int             // times that were gone
	listening                      listening
	hurtSince                      time.Time // a fault keeps the answer away since then; zero: none does
}

// maxTries bounds how often somebody starts over after a dead end.
const maxTries = 8

// step is what a citizen does next: a request after some time, or an end.
type step struct {
	after time.Duration
	end   string
}

// The ends of a citizen's way.
const (
	endBooked      = "booked"
	endElsewhere   = "went on with another device"
	endNotEligible = "not eligible"
	endLeft        = "left after the hold"
	endNothing     = "no place left"
	endClosed      = "booking closed"
	endGaveUp      = "gave up"
	endBot         = "never proved"
)

func newCitizen(crowd *Crowd, p *owner, seed, n uint64) *citizen {
	c := &citizen{crowd: crowd, person: p, rnd: rand.New(rand.NewPCG(seed, n))} //nolint:gosec // no secret
	c.habits = drawHabits(c.rnd)
	if crowd.plan.Honest {
		c.habits.deepLinks, c.habits.forges = false, false
	}
	c.next = get(c.at(""))
	if c.habits.deepLinks {
		c.tryDeepLinks()
	}
	return c
}

// at is a path of the campaign.
func (c *citizen) at(rest string) string { return "/c/" + c.crowd.id + rest }

// then means to make a request after some time.
func (c *citizen) then(after time.Duration, q request) step {
	c.next = q
	return step{after: after}
}

// between is a random time between two numbers of seconds: people think.
func (c *citizen) between(low, high float64) time.Duration {
	return time.Duration((low + c.rnd.Float64()*(high-low)) * float64(time.Second))
}

// act makes the next request, meant for an instant, and decides what follows.
func (c *citizen) act(ctx context.Context, meant time.Time) step {
	if !c.came {
		c.came, c.cameAt = true, meant
		c.crowd.tally.arrive(meant)
	}
	if len(c.probes) > 0 {
		return c.probe(ctx)
	}
	q := c.next
	c.mayLose(&q)
	r := c.send(ctx, q)
	defer r.release()
	if ctx.Err() != nil {
		return step{}
	}
	if r.err != nil {
		return c.retry(q, r.err)
	}
	if r.proxyFor != "" {
		c.meetsFault()
		return c.pressAgain(q)
	}
	c.crowd.tally.latency.add(time.Since(meant))
	c.mends(r)
	return c.hear(q, r)
}

// mayLose cuts the network of those who lose it, now and then: more often when
// something is being sent.
func (c *citizen) mayLose(q *request) {
	chance := 3
	if q.method == "POST" {
		chance = 20
	}
	if c.habits.losesNetwork && c.rnd.IntN(100) < chance {
		q.cut = c.between(0.0005, 0.03)
	}
}

// send makes a request, twice at once by those who press twice. The first
// answer that leads on is heard.
func (c *citizen) send(ctx context.Context, q request) reply {
	cookies := c.jar.header()
	if !q.twice || !c.habits.doubleSubmits {
		return c.once(ctx, cookies, q)
	}
	var second reply
	var both sync.WaitGroup
	both.Go(func() { second = c.once(ctx, cookies, q) })
	first := c.once(ctx, cookies, q)
	both.Wait()
	if first.err != nil || first.status != 303 && second.err == nil && second.status == 303 {
		first, second = second, first
	}
	second.release()
	return first
}

func (c *citizen) once(ctx context.Context, cookies string, q request) reply {
	t := c.crowd.tally
	t.requests.Add(1)
	r := c.crowd.client.do(ctx, cookies, q)
	if r.err != nil {
		return r
	}
	t.status(r.status)
	if r.status >= 500 {
		t.fails(r, c.crowd.troubles.explain(r, c.crowd.nodes))
	}
	if r.status != 303 && r.status != 304 && isPage(q.path) && blank(r.body) {
		t.blank.Add(1)
	}
	return r
}

// isPage says whether people read what is at a path.
func isPage(path string) bool {
	return strings.HasPrefix(path, "/c/") || path == "/"
}

// retry is what people do when no answer came: the same again. What was sent
// may have arrived.
func (c *citizen) retry(q request, err error) step {
	t := c.crowd.tally
	switch {
	case errors.Is(err, errCut):
		t.cuts.Add(1)
	case c.crowd.troubles.breaks():
		t.refusedConnections.Add(1)
		c.meetsFault()
	default:
		t.breaks(err)
	}
	return c.pressAgain(q)
}

// meetsFault notes since when somebody is without the answer.
func (c *citizen) meetsFault() {
	if c.hurtSince.IsZero() {
		c.hurtSince = time.Now()
	}
}

// mends notes how long it took until the answer came.
func (c *citizen) mends(r reply) {
	if r.status >= 500 {
		c.meetsFault()
		return
	}
	if !c.hurtSince.IsZero() {
		c.crowd.tally.hurt.add(time.Since(c.hurtSince))
		c.hurtSince = time.Time{}
	}
}

// pressAgain sends the same once more, with the same key.
func (c *citizen) pressAgain(q request) step {
	q.cut = 0
	return c.then(c.between(1, 3), q)
}

// hear takes an answer in.
func (c *citizen) hear(q request, r reply) step {
	for _, line := range r.cookies {
		c.jar.take(line)
	}
	page := c.pageOf(q.path)
	switch {
	case r.status == 303:
		return c.follow(page, r.location)
	case r.status >= 500 || r.status == 429 && page != "prove/send":
		return c.again(q)
	}
	if read, known := readers[page]; known {
		return read(c, q, r)
	}
	return c.outside(r)
}

// readers are the pages a citizen can read.
var readers map[string]func(*citizen, request, reply) step

func init() { // the readers lead back to the table through hear
	readers = map[string]func(*citizen, request, reply) step{
		"": (*citizen).readCampaign, "wait": (*citizen).readWait, "enter": (*citizen).readEnter,
		"board": (*citizen).readBoard, "draw": (*citizen).readDraw,
		"prove": (*citizen).readProve, "prove/send": (*citizen).readProve, "inbox": (*citizen).readInbox,
		"eligible": (*citizen).readEligible, "region": (*citizen).readRegion, "clinics": (*citizen).readClinics,
		"times": (*citizen).readTimes, "hold": (*citizen).readHold, "confirm": (*citizen).readConfirm, "done": (*citizen).readDone,
	}
}

// pageOf names the page of a path: "" the campaign's own, "wait", "board", ...
func (c *citizen) pageOf(path string) string {
	path, _, _ = strings.Cut(path, "?")
	if rest, ours := strings.CutPrefix(path, c.at("")); ours {
		return strings.TrimPrefix(rest, "/")
	}
	path = strings.TrimPrefix(path, "/")
	name, _, _ := strings.Cut(path, "/")
	return strings.TrimSuffix(name, ".json")
}

// again repeats a request that was told to come later, with the same key.
func (c *citizen) again(q request) step {
	if c.tries++; c.tries > 4*maxTries {
		return step{end: endGaveUp}
	}
	return c.then(c.between(1.5, 4), q)
}

// deadEnd starts over from the kept place.
func (c *citizen) deadEnd() step {
	if c.tries++; c.tries > maxTries {
		return step{end: endGaveUp}
	}
	return c.then(c.between(1, 3), get(c.at("/wait")))
}

// follow goes where an answer leads, and notes what it means.
func (c *citizen) follow(from, location string) step {
	t := c.crowd.tally
	switch {
	case from == "join":
		c.hasJoined()
	case from == "enter" && !strings.Contains(location, "/wait") && !c.admitted:
		c.admitted, c.admittedAt = true, time.Now()
		t.admit()
	}
	return c.then(0, get(location))
}

func (c *citizen) hasJoined() {
	t := c.crowd.tally
	if !c.person.sawTicket(c.jar.value(ticketCookie)) {
		t.lostPlaces.Add(1)
	}
	if c.joined {
		t.rejoined.Add(1)
		return
	}
	c.joined = true
	t.joined.Add(1)
	if c.habits.forges {
		c.tryForging()
	}
}

// The cookies whose names a citizen must know to tamper with them.
const (
	ticketCookie  = "__Host-naru-ticket-"
	sessionCookie = "__Host-naru-session-"
	boardCookie   = "__Host-naru-board-"
)
