package drill

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"strconv"
	"strings"
	"unicode"
)

func (c *citizen) readProve(q request, r reply) step {
	switch {
	case c.habits.neverProves && r.status == 200:
		return step{end: endBot}
	case r.status == 401 || r.status == 409 || r.status == 410 || r.status == 404:
		return c.outside(r)
	case q.method == "POST": // a wrong code, or one asked for too soon
		c.looks++
		return c.then(c.between(1, 2), c.askInbox())
	case bytes.Contains(r.body, []byte(`name="code"`)):
		return c.then(c.between(0.4, 1.2), c.askInbox())
	}
	c.looks = 0
	return c.then(c.between(0.2, 1), post(c.at("/prove/send")))
}

func (c *citizen) askInbox() request { return get("/inbox.json?kind=code&to=" + c.person.mobile) }

// readInbox looks at the phone: the newest code that was not tried yet.
func (c *citizen) readInbox(_ request, r reply) step {
	var messages []struct{ Kind, Body string }
	if r.status == 200 {
		_ = json.Unmarshal(r.body, &messages) // no message then, and another look
	}
	for _, m := range messages {
		code := digitsOf(m.Body, 6)
		if m.Kind != "code" || code == "" || c.codes[code] {
			continue
		}
		if c.codes == nil {
			c.codes = map[string]bool{}
		}
		c.codes[code] = true
		return c.then(c.between(0.3, 1.2), post(c.at("/prove"), "code", code))
	}
	if c.looks++; c.looks > 20 || c.person.booked.Load() {
		return c.outside(r)
	}
	if c.looks%10 == 0 {
		return c.then(c.between(1, 2), post(c.at("/prove/send")))
	}
	return c.then(c.between(1, 2), c.askInbox())
}

// digitsOf is the first run of exactly n digits in a text, or "".
func digitsOf(text string, n int) string {
	for _, run := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsDigit(r) }) {
		if len(run) == n {
			return run
		}
	}
	return ""
}

// outside hears that this browser has no session (any more). Who has booked
// with another device stops here, and so do most of those whose session another
// device took over.
func (c *citizen) outside(r reply) step {
	if c.person.booked.Load() || r.status == 409 && c.rnd.IntN(10) < 7 {
		return step{end: endElsewhere}
	}
	return c.deadEnd()
}

func (c *citizen) readEligible(_ request, r reply) step {
	if r.status != 403 {
		return c.outside(r)
	}
	if c.person.eligible {
		c.crowd.tally.wronglyRefused.Add(1)
	}
	return step{end: endNotEligible}
}

// readRegion goes down one level; the second one is enough.
func (c *citizen) readRegion(q request, r reply) step {
	if r.status != 200 {
		return c.outside(r)
	}
	if districts := options(r.body, "sigungu"); len(districts) > 0 && strings.Contains(q.path, "sido=") {
		return c.then(c.between(0.2, 1), get(c.at("/clinics?region="+choose(c.rnd, districts))))
	}
	provinces := options(r.body, "sido")
	if len(provinces) == 0 {
		return c.deadEnd()
	}
	return c.then(c.between(0.2, 1), get(c.at("/region?sido="+choose(c.rnd, provinces))))
}

// choose picks an option by the number of clinics its text tells.
func choose(rnd *rand.Rand, all []option) string {
	total := 0
	for _, o := range all {
		total += o.weight
	}
	at := rnd.IntN(max(total, 1))
	for _, o := range all {
		if at -= o.weight; at < 0 {
			return o.value
		}
	}
	return all[0].value
}

// readClinics prefers the first clinics of the list, as people do.
func (c *citizen) readClinics(_ request, r reply) step {
	if r.status != 200 {
		return c.outside(r)
	}
	clinics := values(r.body, `name="clinic" value="`)
	if len(clinics) == 0 {
		return c.elsewhere()
	}
	n := len(clinics)
	if c.rnd.IntN(2) == 0 {
		n = min(n, 3)
	}
	chosen := post(c.at("/clinic"), "clinic", clinics[c.rnd.IntN(n)], "region", hidden(r.body, "region"))
	return c.then(c.between(0.3, 1.2), chosen)
}

// elsewhere looks in another region, a few times.
func (c *citizen) elsewhere() step {
	if c.full++; c.full > maxTries {
		return step{end: endNothing}
	}
	return c.then(c.between(0.3, 1), get(c.at("/region")))
}

func (c *citizen) readTimes(q request, r reply) step {
	if r.status != 200 {
		return c.outside(r)
	}
	return c.chooseTime(q, r)
}

// chooseTime takes the first free time, or another day's.
func (c *citizen) chooseTime(q request, r reply) step {
	times := startTimes(r.body)
	if len(times) == 0 {
		return c.elsewhere()
	}
	days := values(r.body, `href="`+c.at("/times?"))
	if len(days) > 0 && !strings.Contains(q.path, "day=") && c.rnd.IntN(10) < 3 {
		return c.then(c.between(0.2, 1), get(c.at("/times?"+days[c.rnd.IntN(len(days))])))
	}
	start := times[0]
	if c.rnd.IntN(10) < 4 {
		start = times[c.rnd.IntN(len(times))]
	}
	hold := post(c.at("/hold"), "key", hidden(r.body, "key"), "clinic", hidden(r.body, "clinic"), "start", start)
	hold.twice = true
	return c.then(c.between(0.3, 1.2), hold)
}

// readHold hears that the time has just gone: the page is there again (R12).
func (c *citizen) readHold(q request, r reply) step {
	switch {
	case r.status == 403:
		return c.readEligible(q, r)
	case len(startTimes(r.body)) > 0 || hidden(r.body, "clinic") != "":
		c.crowd.tally.full.Add(1)
		if c.full++; c.full > maxTries {
			return step{end: endNothing}
		}
		return c.chooseTime(q, r)
	}
	return c.outside(r)
}

func (c *citizen) readConfirm(q request, r reply) step {
	switch {
	case q.method == "POST" || r.status != 200:
		return c.outside(r)
	case c.habits.leaves:
		return step{end: endLeft}
	}
	confirm := post(c.at("/confirm"), "key", hidden(r.body, "key"), "hold", hidden(r.body, "hold"))
	confirm.twice = true
	return c.then(c.between(0.3, 1.5), confirm)
}

// readDone notes the number: from here on the reservation was acknowledged.
func (c *citizen) readDone(_ request, r reply) step {
	if r.status == 401 || r.status == 410 || r.status == 409 {
		return step{end: endElsewhere} // booked; only the session is over
	}
	n := strings.ReplaceAll(between(r.body, "<", `class="number">`), "-", "")
	if r.status != 200 || n == "" {
		return c.deadEnd()
	}
	if !c.person.eligible {
		c.crowd.tally.wronglyBooked.Add(1)
	}
	c.person.booked.Store(true)
	c.crowd.tally.acknowledge(n)
	return step{end: endBooked}
}

// option is one line of a list; its weight is the number its text ends with.
type option struct {
	value  string
	weight int
}

func weightOf(text string) int {
	runs := strings.FieldsFunc(strings.ReplaceAll(text, ",", ""), func(r rune) bool { return !unicode.IsDigit(r) })
	if len(runs) == 0 {
		return 1
	}
	n, err := strconv.Atoi(runs[len(runs)-1])
	if err != nil {
		return 1
	}
	return n
}
