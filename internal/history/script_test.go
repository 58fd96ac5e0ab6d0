package history_test

import (
	"errors"
	"testing"
	"time"

	"naru/internal/history"
)

// limit is far above what any history of these tests takes.
const limit = 20 * time.Second

var (
	morning = history.Slot{Clinic: "clinic-1", Start: time.Date(2021, 7, 12, 0, 0, 0, 0, time.UTC)}
	noon    = history.Slot{Clinic: "clinic-1", Start: time.Date(2021, 7, 12, 3, 0, 0, 0, time.UTC)}
	autumn  = history.Slot{Clinic: "clinic-1", Start: time.Date(2021, 8, 23, 0, 0, 0, 0, time.UTC)}
)

// script writes a history by hand. Its clock stands still unless it is moved.
type script struct {
	*history.Recorder
	now int64
}

func newScript() *script {
	s := &script{}
	s.Recorder = history.New(func() int64 { return s.now })
	return s
}

// told is an act and its answer, with nothing between.
func (s *script) told(act history.Act, a history.Answer) { s.Begin(0, act).End(a) }

// lost is an act without an answer.
func (s *script) lost(act history.Act) { s.Begin(0, act).Unknown() }

// at moves the clock; something is recorded then, so that it is seen.
func (s *script) at(now int64) {
	s.now = now
	s.Begin(0, history.LookUp{Person: "nobody"}).Failed()
}

// story is one history of a table.
type story struct {
	name string
	tell func(*script)
}

// policy is what a model lets pass, and what it does not.
type policy []ruling

type ruling struct {
	model   history.Model
	allowed bool
	stories []story
}

func allow(m history.Model, stories ...story) ruling { return ruling{m, true, stories} }

func deny(m history.Model, stories ...story) ruling { return ruling{m, false, stories} }

func (p policy) check(t *testing.T) {
	t.Parallel()
	for _, r := range p {
		for _, one := range r.stories {
			if r.allowed {
				t.Run("allow "+one.name, func(t *testing.T) { t.Parallel(); r.allow(t, one) })
			} else {
				t.Run("deny "+one.name, func(t *testing.T) { t.Parallel(); r.deny(t, one) })
			}
		}
	}
}

func (r ruling) allow(t *testing.T, one story) {
	s := newScript()
	one.tell(s)
	if result, err := history.Check(s.Recorder, r.model, limit); err != nil {
		t.Errorf("refused: %v", err)
	} else if result.Ops == 0 {
		t.Error("nothing was checked")
	}
}

func (r ruling) deny(t *testing.T, one story) {
	s := newScript()
	one.tell(s)
	_, err := history.Check(s.Recorder, r.model, limit)
	var illegal *history.Illegal
	if !errors.As(err, &illegal) {
		t.Errorf("not found: %v", err)
	}
}

// fill gives ann a hold, book a reservation.
func fill(s *script) { s.told(hold("ann", "k1"), held("h1")) }

func book(s *script) {
	fill(s)
	s.told(confirm("ann", "c1", "h1"), booked("h1"))
}

// fillUntil gives ann a hold that may end by itself, bookUntil a reservation
// made of it.
func fillUntil(s *script, ends int64) { s.told(hold("ann", "k1"), heldUntil("h1", ends)) }

func bookUntil(s *script, ends int64) {
	fillUntil(s, ends)
	s.told(confirm("ann", "c1", "h1"), booked("h1"))
}

var count = history.Count{Slot: morning}

func hold(person, key string, at ...history.Slot) history.Hold {
	h := history.Hold{Person: person, Disease: "covid-19", Key: key, Slot: morning}
	if len(at) > 0 {
		h.Slot, h.Seconds = at[0], at[1:]
	}
	return h
}

func confirm(person, key, hold string) history.Confirm {
	return history.Confirm{Person: person, Disease: "covid-19", Key: key, Hold: hold}
}

func release(person, hold string) history.Release {
	return history.Release{Person: person, Disease: "covid-19", Hold: hold}
}

func cancel(person, key, number string) history.Cancel {
	return history.Cancel{Person: person, Disease: "covid-19", Key: key, Number: number}
}

func current(person string) history.Current {
	return history.Current{Person: person, Disease: "covid-19"}
}

func lookUp(person string) history.LookUp {
	return history.LookUp{Person: person, Disease: "covid-19"}
}

func held(id string) history.Held { return history.Held{Hold: id, Number: "n-" + id} }

// heldUntil may end by itself from then on.
func heldUntil(id string, ends int64) history.Held {
	return history.Held{Hold: id, Number: "n-" + id, Ends: ends}
}

func booked(id string) history.Booked { return history.Booked{Hold: id, Number: "n-" + id} }

// The answers without words.
var (
	full      = history.Full{}
	ended     = history.Ended{}
	refused   = history.Refused{}
	released  = history.Released{}
	cancelled = history.Cancelled{}
	nothing   = history.Nothing{}
)
