package history_test

import (
	"fmt"
	"iter"

	"naru/internal/history"
)

// crowd lets browsers do anything in any order at a service, at once, over a
// net that loses answers and a server that dies between two steps, and records
// what they see. pick chooses everything.
type crowd struct {
	*history.Recorder
	service *service
	pick    func(n int, what string) int
	clients []*browser
	lost    []*call // their answers are lost, and they still run
}

// browser is what one browser of a citizen knows.
type browser struct {
	client   int
	person   string
	keys     int
	holdKey  string
	holdSlot history.Slot
	hold     string
	number   string
	ticket   string
	asking   *call
}

// call is an act on its way.
type call struct {
	op     *history.Op
	answer history.Answer
	next   func() (struct{}, bool)
	stop   func()
}

// newCrowd is two browsers for each citizen.
func newCrowd(f flaw, citizens, size int, pick func(int, string) int) *crowd {
	c := &crowd{service: newService(f, size), pick: pick}
	c.Recorder = history.New(func() int64 { return c.service.now })
	for n := range 2 * citizens {
		c.clients = append(c.clients, &browser{client: n, person: fmt.Sprint("citizen-", n/2)})
	}
	return c
}

// run makes so many steps, one at a time: each advances somebody's call, begins
// one, loses one, moves the clock or sweeps.
func (c *crowd) run(steps int) {
	for range steps {
		switch c.pick(20, "event") {
		case 17:
			c.service.now += int64(1 + c.pick(40, "ticks"))
		case 18:
			c.service.sweep()
		case 19:
			if len(c.lost) > 0 {
				c.lost[c.pick(len(c.lost), "late call")].next()
			}
		default:
			b := c.clients[c.pick(len(c.clients), "browser")]
			if b.asking == nil {
				b.asking = c.ask(b, c.choose(b))
			} else {
				c.advance(b)
			}
		}
	}
	for _, b := range c.clients {
		if b.asking != nil {
			b.asking.stop()
		}
	}
	for _, l := range c.lost {
		l.stop()
	}
}

func (c *crowd) ask(b *browser, act history.Act) *call {
	k := &call{op: c.Begin(b.client, act)}
	k.next, k.stop = iter.Pull(func(yield func(struct{}) bool) {
		pause := func() bool { return yield(struct{}{}) }
		if pause() {
			k.answer = c.service.do(act, pause)
		}
	})
	k.next()
	return k
}

// advance lets a call run to its next pause; now and then its answer is lost.
func (c *crowd) advance(b *browser) {
	k := b.asking
	fate := c.pick(16, "fate")
	if fate >= 14 {
		k.op.Unknown()
		b.asking = nil
		if fate == 14 {
			k.stop() // the server died
		} else {
			c.lost = append(c.lost, k) // the net did
		}
		return
	}
	if _, more := k.next(); more {
		return
	}
	k.op.End(k.answer)
	b.asking = nil
	b.learn(k.answer)
}

func (b *browser) learn(a history.Answer) {
	switch a := a.(type) {
	case history.Held:
		b.hold, b.number = a.Hold, a.Number
	case history.Booked:
		b.number = a.Number
	case history.Joined:
		b.ticket = a.Ticket
	}
}

// choose is what a browser does next; often it repeats what it did.
func (c *crowd) choose(b *browser) history.Act {
	slot := []history.Slot{morning, noon}[c.pick(2, "slot")]
	what := c.pick(12, "act")
	switch {
	case what < 3 || b.holdKey == "":
		if b.holdKey == "" || c.pick(3, "again") > 0 {
			b.keys++
			b.holdKey, b.holdSlot = fmt.Sprintf("k%d-%d", b.client, b.keys), slot
		}
		return hold(b.person, b.holdKey, b.holdSlot)
	case what < 6 && b.hold != "":
		return confirm(b.person, "c-"+b.hold, b.hold)
	case what == 6 && b.hold != "":
		return release(b.person, b.hold)
	case what == 7 && b.number != "":
		return cancel(b.person, "x-"+b.number, b.number)
	case what == 8:
		return lookUp(b.person)
	case what == 9:
		return history.Count{Slot: slot}
	case what == 10 && b.ticket != "":
		return enter(b.person, b.ticket, fmt.Sprint("browser-", b.client))
	case what >= 10:
		return join(b.person)
	}
	return current(b.person)
}
