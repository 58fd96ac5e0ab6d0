package drill

import (
	"fmt"
	"time"

	"naru/internal/gate"
)

func (c *citizen) readCampaign(_ request, r reply) step {
	if r.status != 200 {
		return c.deadEnd()
	}
	if hasField := between(r.body, `"`, `action="`+c.at("/join"), `name="`); hasField == "" {
		return step{end: endClosed}
	}
	form := post(c.at("/join"), "name", c.person.name, "born", c.person.born, "mobile", c.person.mobile, "consent", "yes")
	return c.then(c.between(0.2, 1.2), form)
}

func (c *citizen) readWait(_ request, r reply) step {
	if r.status != 200 {
		return c.startOver()
	}
	if place, known := number(r.body, "data-place"); known {
		serving, _ := number(r.body, "data-serving")
		c.seePlace(place)
		c.seeAhead(place - min(place, serving))
	}
	switch state := between(r.body, `"`, `data-state="`); state {
	case "turn":
		return c.enter(c.between(0.2, 1.5))
	case "seat", "slow":
		return c.enter(c.between(2, 4))
	case "ended":
		return step{end: endClosed}
	}
	if c.habits.losesCookies && !c.forgot && c.rnd.IntN(2) == 0 {
		return c.forget()
	}
	if c.habits.script {
		c.board = gate.Waiter{} // the page is new: its script begins with what the page says
		c.pageVersion, _ = number(r.body, "data-version")
		c.pageServing, _ = number(r.body, "data-serving")
		return c.then(c.between(0.05, 0.5), c.askBoard())
	}
	after := 5 * time.Second
	if seconds, known := number([]byte(between(r.body, ">", `http-equiv="refresh" `)), "content"); known {
		after = time.Duration(seconds) * time.Second //nolint:gosec // a few seconds
	}
	if c.habits.impatient {
		after /= 3
	}
	return c.then(after+c.between(0, 0.5), get(c.at("/wait")))
}

// startOver joins again, from nothing, with the same claim.
func (c *citizen) startOver() step {
	if c.tries++; c.tries > maxTries {
		return step{end: endGaveUp}
	}
	return c.then(c.between(0.5, 2), get(c.at("")))
}

// forget loses everything the browser knew.
func (c *citizen) forget() step {
	c.forgot = true
	c.jar = jar{}
	c.board, c.cached, c.etag = gate.Waiter{}, gate.Board{}, ""
	c.pageVersion, c.pageServing = 0, 0
	return c.then(c.between(0.5, 2), get(c.at("")))
}

func (c *citizen) enter(after time.Duration) step {
	q := post(c.at("/enter"))
	q.twice = true
	return c.then(after, q)
}

// readEnter hears a refusal: whatever it was, the place is kept.
func (c *citizen) readEnter(request, reply) step {
	if c.tries++; c.tries > 4*maxTries {
		return step{end: endGaveUp}
	}
	return c.then(c.between(1, 3), get(c.at("/wait")))
}

func (c *citizen) askBoard() request {
	q := get("/board/" + c.crowd.id)
	q.etag = c.etag
	return q
}

// readBoard does what the page's script does.
func (c *citizen) readBoard(_ request, r reply) step {
	if r.status == 200 {
		b, err := c.crowd.boards.read(r.body)
		if err != nil {
			c.crowd.tally.unreadBoards.Add(1)
			return c.again(c.askBoard())
		}
		c.crowd.tally.sawBoard(b.Serving, b.Version < max(c.cached.Version, c.pageVersion))
		c.etag, c.cached = r.etag, b
	}
	if c.cached.Campaign != "" {
		c.board = c.board.See(c.cached)
	}
	c.placeLate()
	b := c.board.Board
	if r.status == 200 {
		c.remember(b)
	}
	if c.placeKnown {
		c.seeAhead(c.place - min(c.place, max(b.Serving, c.pageServing)))
	}
	c.listen(b)
	c.board.Place, c.board.HasPlace = c.place, c.placeKnown
	switch {
	case b.Phase == gate.Ended:
		return step{end: endClosed}
	case c.board.Called():
		return c.enter(c.between(0.2, 1.5))
	case !c.placeKnown && (b.Phase == gate.HeldDraw || b.Phase == gate.Open):
		return c.then(c.between(0, float64(b.L)/20_000), get("/draw/"+c.crowd.id+"/draw.json"))
	case c.habits.forges && b.Phase == gate.Open && c.rnd.IntN(2) == 0:
		return c.enter(c.between(0.1, 0.5)) // before the turn: must be told to wait
	case c.habits.impatient && c.rnd.IntN(4) == 0:
		return c.then(c.between(0.3, 1.5), get(c.at("/wait")))
	}
	return c.then(c.pause(b), c.askBoard())
}

// remember keeps the newest board for the next page, as the script does: another
// node, which may be behind, then shows no older one (rule G17).
func (c *citizen) remember(b gate.Board) {
	serving, version := max(b.Serving, c.pageServing), max(b.Version, c.pageVersion)
	c.jar.take(fmt.Sprintf("%s%s=%d.%d.%d", boardCookie, c.crowd.id, b.Epoch, version, serving))
}

// pause is the board's own interval; before the opening it ends with it, and
// the impatient ask three times as often.
func (c *citizen) pause(b gate.Board) time.Duration {
	ahead, _ := c.board.Ahead()
	after := b.PollAfter(ahead).After(c.rnd.Float64())
	if c.habits.impatient {
		after /= 3
	}
	if opens := time.Until(time.Unix(b.OpensAt, 0)); opens > 0 && opens < after {
		after = opens + c.between(0, max(3, float64(b.L)/20_000))
	}
	return after
}

// placeLate works out the place of a ticket that took no part in the draw.
func (c *citizen) placeLate() {
	b := c.board.Board
	t, err := gate.PeekTicket(c.jar.value(ticketCookie))
	if err == nil && t.Kind == gate.Late && (b.Phase == gate.HeldDraw || b.Phase == gate.Open) {
		c.seePlace(b.L + t.Number)
	}
}

func (c *citizen) readDraw(_ request, r reply) step {
	d, err := gate.ParseDraw(r.body)
	seed, held := d.SeedBytes()
	t, terr := gate.PeekTicket(c.jar.value(ticketCookie))
	if r.status == 200 && err == nil && terr == nil && held {
		c.seePlace(gate.Ticket{ID: t.ID, Kind: t.Kind, Number: t.Number}.Place(seed, d.L))
	}
	return c.then(c.between(0.1, 1), c.askBoard())
}

// seePlace notes the place; another one than before is a place that was lost.
func (c *citizen) seePlace(place uint64) {
	if c.placeKnown && c.place != place {
		c.crowd.tally.lostPlaces.Add(1)
	}
	if !c.placeKnown || c.place != place {
		c.ahead = place
	}
	c.place, c.placeKnown = place, true
}

// seeAhead notes the number ahead, which never grows.
func (c *citizen) seeAhead(ahead uint64) {
	if ahead > c.ahead {
		c.crowd.tally.grew.Add(1)
	}
	c.ahead = ahead
}
