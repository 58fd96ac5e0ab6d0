package history_test

import (
	"fmt"
	"slices"

	"naru/internal/history"
)

// flaw is a fault planted in the service.
type flaw string

const (
	none          flaw = ""
	oversells     flaw = "sells one place too many"
	forgets       flaw = "forgets a confirmation it acknowledged"
	booksTwice    flaw = "lets somebody who has booked hold again"
	forgetsKeys   flaw = "does not remember keys"
	sweepsBooked  flaw = "sweeps a hold that was confirmed"
	freesTwice    flaw = "gives a place back again for every release"
	keepsPlaces   flaw = "does not give back places of cancelled reservations"
	newTickets    flaw = "makes a new ticket at the second join"
	sameNumber    flaw = "gives a late number twice"
	newSessions   flaw = "makes a new session at every entry"
	takesTurnBack flaw = "sends people back whose session ended"
)

const (
	holdLife    = 60 // ticks of the service's clock
	sessionLife = 40
)

// service is a booking service in memory that does what the rules say, in the
// same two steps as the real one: pause stands wherever others may come between.
type service struct {
	flaw   flaw
	now    int64
	ids    int
	rows   []*row
	keys   map[string]*row
	places map[string]map[*row]int // by slot; 1, unless the flaw counts it down again
	size   int                     // places of every slot

	tickets  map[string]history.Joined
	late     uint64
	sessions map[string]history.Session
	entered  map[string]bool
}

type row struct {
	person, hold, number string
	slot                 history.Slot
	state                string
	ends                 int64
}

func newService(f flaw, size int) *service {
	return &service{
		flaw: f, size: size, keys: map[string]*row{}, places: map[string]map[*row]int{},
		tickets: map[string]history.Joined{}, sessions: map[string]history.Session{}, entered: map[string]bool{},
	}
}

// do carries an act out. A pause that is no ends it there: the server died.
func (v *service) do(act history.Act, pause func() bool) history.Answer {
	switch a := act.(type) {
	case history.Hold:
		return v.hold(a, pause)
	case history.Confirm:
		return v.confirm(a)
	case history.Release:
		return v.release(a, pause)
	case history.Cancel:
		return v.cancel(a, pause)
	case history.Current:
		return v.current(a.Person)
	case history.LookUp:
		if r := v.live(a.Person, "booked"); r != nil {
			return history.Booked{Number: r.number}
		}
		return nothing
	case history.Count:
		return history.Counted{Taken: v.taken(a.Slot)}
	case history.Join:
		return v.join(a)
	case history.Enter:
		return v.enter(a)
	}
	panic(fmt.Sprintf("no such act: %v", act))
}

func (v *service) hold(a history.Hold, pause func() bool) history.Answer {
	r := v.keys[a.Person+a.Key]
	if r == nil {
		if v.live(a.Person, "booked") != nil && v.flaw != booksTwice {
			return refused
		}
		before := v.live(a.Person, "pending")
		if before != nil {
			before.state = "released"
		}
		v.ids++
		r = &row{a.Person, fmt.Sprint("h", v.ids), fmt.Sprint("n", v.ids), a.Slot, "pending", v.now + holdLife}
		v.rows = append(v.rows, r)
		if v.flaw != forgetsKeys {
			v.keys[a.Person+a.Key] = r
		}
		if !pause() {
			return nil
		}
		v.free(before)
		if !pause() {
			return nil
		}
	}
	switch r.state {
	case "booked":
		return history.Booked{Hold: r.hold, Number: r.number}
	case "pending":
		return v.take(r)
	}
	return ended
}

func (v *service) take(r *row) history.Answer {
	at := v.places[r.slot.String()]
	if at == nil {
		at = map[*row]int{}
		v.places[r.slot.String()] = at
	}
	size := v.size
	if v.flaw == oversells {
		size++
	}
	switch {
	case at[r] > 0:
	case v.now >= r.ends:
		return ended
	case v.taken(r.slot) >= size:
		r.state = "released"
		return full
	default:
		at[r] = 1
	}
	return history.Held{Hold: r.hold, Number: r.number, Ends: r.ends}
}

func (v *service) taken(at history.Slot) int {
	n := 0
	for _, places := range v.places[at.String()] {
		n += places
	}
	return n
}

func (v *service) free(r *row) {
	if r == nil || v.flaw == keepsPlaces && r.state == "cancelled" {
		return
	}
	at := v.places[r.slot.String()]
	if _, ever := at[r]; ever && v.flaw == freesTwice {
		at[r]--
		return
	}
	delete(at, r)
}

func (v *service) confirm(a history.Confirm) history.Answer {
	r := v.byHold(a.Hold)
	if v.keys[a.Person+a.Key] != nil {
		return history.Booked{Number: r.number}
	}
	switch {
	case r == nil, r.state != "pending" && r.state != "booked", r.state == "pending" && (v.now >= r.ends || v.places[r.slot.String()][r] == 0):
		return ended
	case r.state == "booked":
		return refused
	}
	if v.flaw != forgets || v.ids%3 != 0 {
		r.state = "booked"
	}
	v.keys[a.Person+a.Key] = r
	return history.Booked{Number: r.number}
}

func (v *service) release(a history.Release, pause func() bool) history.Answer {
	r := v.byHold(a.Hold)
	switch {
	case r == nil:
		return released
	case r.state == "booked":
		return refused
	case r.state == "pending":
		r.state = "released"
	}
	if !pause() {
		return nil
	}
	v.free(r)
	return released
}

func (v *service) cancel(a history.Cancel, pause func() bool) history.Answer {
	i := slices.IndexFunc(v.rows, func(r *row) bool { return r.number == a.Number })
	r := v.keys[a.Person+a.Key]
	if r == nil {
		if r = v.rows[i]; r.state != "booked" {
			return refused
		}
		r.state = "cancelled"
		v.keys[a.Person+a.Key] = r
	}
	if !pause() {
		return nil
	}
	v.free(r)
	return cancelled
}

func (v *service) current(person string) history.Answer {
	if r := v.live(person, "booked"); r != nil {
		return history.Booked{Hold: r.hold, Number: r.number}
	}
	if r := v.live(person, "pending"); r != nil && v.now < r.ends && v.places[r.slot.String()][r] > 0 {
		return history.Held{Hold: r.hold, Number: r.number, Slots: []history.Slot{r.slot}, Ends: r.ends}
	}
	return nothing
}

// sweep ends holds whose time is over; who is freed, comes with the next sweep.
func (v *service) sweep() {
	for _, r := range v.rows {
		live := r.state == "pending" || v.flaw == sweepsBooked && r.state == "booked"
		switch {
		case v.now < r.ends:
		case live:
			r.state = "expired"
		case r.state != "booked" && v.flaw != freesTwice:
			v.free(r)
		}
	}
}

func (v *service) live(person, state string) *row {
	for _, r := range slices.Backward(v.rows) {
		if r.person == person && r.state == state {
			return r
		}
	}
	return nil
}

func (v *service) byHold(id string) *row {
	i := slices.IndexFunc(v.rows, func(r *row) bool { return r.hold == id })
	if i < 0 {
		return nil
	}
	return v.rows[i]
}

func (v *service) join(a history.Join) history.Answer {
	if t, known := v.tickets[a.Claim]; known && v.flaw != newTickets {
		return t
	}
	v.ids++
	t := history.Joined{Ticket: fmt.Sprint("t", v.ids), Late: true, Number: v.late}
	v.tickets[a.Claim] = t
	if v.flaw != sameNumber || v.late%2 == 0 {
		v.late++
	}
	return t
}

func (v *service) enter(a history.Enter) history.Answer {
	s, known := v.sessions[a.Claim]
	if known && v.now < s.Ends && v.flaw != newSessions {
		return s
	}
	if v.now < 10 || v.flaw == takesTurnBack && known {
		return notCalled
	}
	v.ids++
	s = history.Session{ID: fmt.Sprint("s", v.ids), Ends: v.now + sessionLife}
	v.sessions[a.Claim] = s
	return s
}
