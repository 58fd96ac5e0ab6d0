package drill

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"naru/internal/caldate"
	"naru/internal/campaign"
)

// Shares of the population, of 100. The others are in the campaign's cohorts.
const (
	notEligibleShare  = 10
	secondDeviceShare = 5
)

// owner is one made-up person; two devices may belong to one.
type owner struct {
	name, born, mobile string
	eligible           bool
	booked             atomic.Bool // one of the devices has seen the number

	mu     sync.Mutex
	ticket string // as the first join gave it
}

// sawTicket notes a ticket of the person and reports whether it is the same as
// the first one.
func (p *owner) sawTicket(token string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ticket == "" {
		p.ticket = token
	}
	return p.ticket == token
}

// habits are what somebody does besides waiting politely.
type habits struct {
	script        bool // the page's script runs: it reads the board; others reload the page
	impatient     bool // reloads and asks more often than told
	losesNetwork  bool // connections break at any moment; comes back with the same cookies
	losesCookies  bool // joins again from nowhere while waiting
	doubleSubmits bool // presses enter, hold and confirm twice
	leaves        bool // goes away after the hold
	deepLinks     bool // tries the later pages' addresses first
	neverProves   bool // a bot: takes a session and leaves it at that
	forges        bool // tries with an altered ticket, and to enter before opening and turn
}

func drawHabits(rnd *rand.Rand) habits {
	of := func(percent int) bool { return rnd.IntN(100) < percent }
	return habits{
		script: of(80), impatient: of(20), losesNetwork: of(8), losesCookies: of(3),
		doubleSubmits: of(10), leaves: of(3), deepLinks: of(2), forges: of(2),
	}
}

// nameSyllables make names that nobody has: all begin with 모의, "mock".
var nameSyllables = strings.Split("가 나 다 라 마 바 사 아 자 차 카 타 파 하", " ")

// newPeople draws the people who own the devices: people[i] owns device i.
func newPeople(devices int, c *campaign.Campaign, at time.Time, rnd *rand.Rand) ([]*owner, error) {
	owners := make([]*owner, devices)
	var known []*owner
	for i := range owners {
		if len(known) > 0 && rnd.IntN(100) < secondDeviceShare {
			owners[i] = known[rnd.IntN(len(known))]
			continue
		}
		p := &owner{name: madeUpName(rnd), mobile: madeUpMobile(len(known)), eligible: rnd.IntN(100) >= notEligibleShare}
		born, err := birthDate(c, at, p.eligible, rnd)
		if err != nil {
			return nil, err
		}
		p.born = born.String()
		known = append(known, p)
		owners[i] = p
	}
	return owners, nil
}

func madeUpName(rnd *rand.Rand) string {
	return "모의" + nameSyllables[rnd.IntN(len(nameSyllables))] + nameSyllables[rnd.IntN(len(nameSyllables))]
}

// madeUpMobile is a number of a range that is given to nobody, one a person.
func madeUpMobile(n int) string { return fmt.Sprintf("010%08d", n) }

// birthDate draws a date for which the campaign's own rule says yes, or no.
func birthDate(c *campaign.Campaign, at time.Time, eligible bool, rnd *rand.Rand) (caldate.Date, error) {
	for range 10_000 {
		born := caldate.Date{Year: 1930, Month: 1, Day: 1}.AddDays(rnd.IntN(85 * 365))
		if k := c.Cohorts[rnd.IntN(len(c.Cohorts))]; eligible && k.BornFrom != nil && k.BornTo != nil {
			born = k.BornFrom.AddDays(rnd.IntN(k.BornFrom.DaysUntil(*k.BornTo) + 1))
		}
		if c.Eligible(campaign.Facts{Born: born}, at).OK == eligible {
			return born, nil
		}
	}
	return caldate.Date{}, errors.New("draw people: the campaign's cohorts do not go by birth date alone, and the drill knows no lists; choose another campaign")
}
