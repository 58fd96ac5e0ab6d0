//go:build linux

package faults

import (
	"fmt"

	"naru/internal/fault"
	"naru/internal/history"
)

const disease = "covid-19"

// visitor is one person of the crowd, from the line to the reservation.
type visitor struct {
	*client
	n       int
	cookie  string
	ticket  string // sealed
	id      string // of the ticket
	session string
	hold    string
	number  string
	token   string
	room    int // places left, as last seen
}

func (v *visitor) name() string { return fmt.Sprint("person-", v.n) }

func (v *visitor) ask(op string) ask {
	return ask{Op: op, Person: v.n, Browser: fmt.Sprintf("%s-%d", v.cookie, v.n), Ticket: v.ticket, Session: v.session}
}

// visit is what a person does; it ends early where the person is refused, or
// gets no answer for good.
func (v *visitor) visit() {
	if !v.join() || !v.enter() || !v.prove() || !v.book() {
		return
	}
	v.join() // the same ticket, for ever
	if !v.find() || !v.cancel() {
		return
	}
	v.find() // gone
	if v.random.IntN(3) > 0 {
		return
	}
	v.cookie = "second" // on another device, at the same place in line
	if v.enter() && v.prove() && v.book() && v.find() && v.random.IntN(2) > 0 {
		v.cancel()
	}
}

func (v *visitor) join() bool {
	a, ok := v.insist(v.ask("join"), history.Join{Campaign: campaignID, Claim: v.name()}, true, func(a told) history.Answer {
		if a.Fault != "" {
			return nil
		}
		return history.Joined{Ticket: a.ID, Late: a.Late, Number: a.Place}
	})
	if !ok || a.Fault != "" {
		return false
	}
	v.ticket, v.id = a.Ticket, a.ID
	v.mu.Lock()
	defer v.mu.Unlock()
	v.tickets[v.n] = a
	return true
}

// enter waits for its turn.
func (v *visitor) enter() bool {
	for range 2000 {
		q := v.ask("enter")
		act := history.Enter{Campaign: campaignID, Claim: v.name(), Ticket: v.id, Browser: q.Browser}
		a, ok := v.insist(q, act, false, v.entered)
		switch {
		case !ok || a.Booked:
			return false
		case a.Fault == "":
			v.session = a.Session
			return true
		case a.Fault != fault.Wait && a.Fault != fault.NotOpen, v.over():
			return false
		}
		v.think(100)
	}
	return false
}

func (v *visitor) entered(a told) history.Answer {
	switch {
	case a.Booked:
		return history.Booked{}
	case a.Fault == "":
		return history.Session{ID: a.ID, Ends: v.onClock(a.Ends)}
	case a.Fault == fault.Wait:
		return history.Waiting{Called: a.Message != "gate.wait" && a.Message != "gate.paused"}
	}
	return nil
}

// prove asks for a code, reads it from the phone and types it in.
func (v *visitor) prove() bool {
	q := v.ask("prove")
	for range 3 {
		var ok bool
		if q.Code, ok = v.readCode(q.Code); !ok {
			return false
		}
		a, ok := v.insist(q, history.Reseat{Campaign: campaignID, Claim: v.name()}, false, reseated)
		if ok && a.Fault == "" {
			v.session = a.Session
			return true
		}
		if a.Fault != fault.Invalid {
			return false
		}
	}
	return false
}

// readCode asks for a code until another one comes than the one that was tried.
// "Too soon" may mean that it was sent and the answer lost, or that it was
// written by a primary that is no more.
func (v *visitor) readCode(tried string) (string, bool) {
	q := v.ask("code")
	q.Code = tried
	for looks := 0; ; looks++ {
		if looks%60 == 0 {
			a, ok := v.insist(v.ask("sendcode"), nil, false, nil)
			if !ok || a.Fault != "" && a.Fault != fault.TooMany {
				return "", false
			}
		}
		a, ok := v.insist(q, nil, false, nil)
		if !ok || a.Fault != "" || a.Code != "" {
			return a.Code, ok && a.Code != ""
		}
		if v.over() {
			v.neverAnswered(q, a, nil)
			return "", false
		}
		v.think(100)
	}
}

func reseated(a told) history.Answer {
	if a.Fault != "" {
		return nil
	}
	return history.Reseated{}
}

// book holds, often chooses again, and confirms, often twice.
func (v *visitor) book() bool {
	if !v.take() {
		return false
	}
	switch v.random.IntN(6) {
	case 0, 1: // another choice gives the first back
		if !v.take() {
			return false
		}
	case 2:
		if !v.release() || !v.take() {
			return false
		}
	}
	return v.confirm()
}

// take looks for a time and holds it.
func (v *visitor) take() bool {
	for range 5 {
		a, ok := v.insist(v.ask("times"), nil, false, nil)
		if !ok || len(a.Times) == 0 {
			return false
		}
		v.room = 0
		for _, at := range a.Times {
			v.room += at.Left
		}
		at := a.Times[v.random.IntN(len(a.Times))]
		for range 2 { // most people choose what seems to have room
			if at.Left > 0 {
				break
			}
			at = a.Times[v.random.IntN(len(a.Times))]
		}
		switch a, ok := v.holdAt(at); {
		case !ok:
			return false
		case a.Fault == "" && !a.Booked:
			v.hold, v.number = a.Hold, a.Number
			return true
		case a.Fault != fault.Full && a.Fault != fault.Expired:
			return false
		}
	}
	return false
}

func (v *visitor) holdAt(at freeTime) (told, bool) {
	q := v.ask("hold")
	q.Key, q.Clinic, q.Start = v.key(), at.Clinic, at.Start
	act := history.Hold{Person: v.name(), Disease: disease, Key: q.Key, Slot: slotOf(at.Clinic, at.Start)}
	return v.insist(q, act, false, func(a told) history.Answer {
		switch {
		case a.Fault == "" && a.Booked:
			return history.Booked{Hold: a.Hold, Number: a.Number}
		case a.Fault == "":
			h := history.Held{Hold: a.Hold, Number: a.Number, Ends: v.onClock(a.Ends)}
			for _, d := range a.Doses {
				h.Slots = append(h.Slots, slotOf(at.Clinic, d))
			}
			return h
		case a.Fault == fault.Full:
			return history.Full{Second: a.Message == "booking.second_dose_full"}
		case a.Message == "booking.hold_ended":
			return history.Ended{}
		case a.Message == "booking.already_booked":
			return history.Refused{}
		}
		return nil
	})
}

func (v *visitor) release() bool {
	q := v.ask("release")
	q.Hold = v.hold
	a, ok := v.insist(q, history.Release{Person: v.name(), Disease: disease, Hold: v.hold}, false, func(a told) history.Answer {
		switch {
		case a.Fault == "":
			return history.Released{}
		case a.Message == "booking.already_booked":
			return history.Refused{}
		}
		return nil
	})
	return ok && a.Fault == ""
}

func (v *visitor) confirm() bool {
	q := v.ask("confirm")
	q.Key, q.Hold = v.key(), v.hold
	seats := v.Begin(v.number2(), history.Reseat{Campaign: campaignID, Claim: v.name()})
	a, ok := v.confirmOnce(q)
	if !ok || a.Fault != "" {
		seats.Unknown()
		return false
	}
	seats.End(history.Reseated{})
	v.number = a.Number
	v.mu.Lock()
	v.bookings[a.Number] = &outcome{person: v.n}
	v.mu.Unlock()
	if v.random.IntN(3) == 0 { // a page that was loaded again: the same answer, from any node
		v.at = v.random.IntN(len(v.lines))
		b, ok := v.confirmOnce(q)
		return ok && b.Number == a.Number
	}
	return true
}

// number2 is a client of its own for what lasts longer than one request.
func (v *visitor) number2() int { return clientsAtOnce + v.client.number }

func (v *visitor) confirmOnce(q ask) (told, bool) {
	return v.insist(q, history.Confirm{Person: v.name(), Disease: disease, Key: q.Key, Hold: q.Hold}, true, func(a told) history.Answer {
		switch {
		case a.Fault == "":
			return history.Booked{Hold: a.Hold, Number: a.Number}
		case a.Message == "booking.hold_ended":
			return history.Ended{}
		case a.Message == "booking.already_booked":
			return history.Refused{}
		}
		return nil
	})
}

// find looks the reservation up, by its number.
func (v *visitor) find() bool {
	q := v.ask("lookup")
	q.Number = v.number
	a, ok := v.insist(q, nil, false, nil)
	if !ok || a.Fault != "" {
		return false
	}
	v.token = a.Token
	q = v.ask("reservations")
	q.Token = v.token
	_, ok = v.insist(q, history.LookUp{Person: v.name(), Disease: disease}, false, func(a told) history.Answer {
		switch {
		case a.Fault != "":
			return nil
		case len(a.Existing) == 0:
			return history.Nothing{}
		}
		return history.Booked{Number: a.Existing[0]}
	})
	return ok
}

// littleRoom is so few places that people are soon told "full".
const littleRoom = 12

// cancel gives a reservation up when there is little room, so that the slots are
// nearly full and never stay so.
func (v *visitor) cancel() bool {
	if v.room > littleRoom && v.random.IntN(4) > 0 {
		return false
	}
	q := v.ask("cancel")
	q.Number, q.Token, q.Key = v.number, v.token, v.key()
	v.mu.Lock()
	b := v.bookings[v.number]
	b.cancel = true
	v.mu.Unlock()
	a, ok := v.insist(q, history.Cancel{Person: v.name(), Disease: disease, Key: q.Key, Number: q.Number}, false, func(a told) history.Answer {
		switch {
		case a.Fault == "":
			return history.Cancelled{}
		case a.Message == "booking.not_booked":
			return history.Refused{}
		}
		return nil
	})
	v.mu.Lock()
	defer v.mu.Unlock()
	b.cancelled = ok && a.Fault == ""
	return b.cancelled
}
