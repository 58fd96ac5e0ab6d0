package message

import "time"

// Pace bounds how many messages a provider gets in a second, all nodes together: a
// theoretical arrival time that each message moves on (the generic cell rate
// algorithm, ITU-T I.371). The zero value is of a provider that was not used yet.
type Pace struct{ Next time.Time }

// reserveShare of a second is kept for what is urgent.
const reserveShare = 4

// Take says how many of want messages may be sent now, and the pace after them
// (rule M6). What is not urgent leaves a quarter of each second.
func (p Pace) Take(perSecond, want int, urgent bool, now time.Time) (int, Pace) {
	if perSecond == 0 {
		return want, p
	}
	each := time.Second / time.Duration(perSecond)
	ahead := time.Second
	if !urgent {
		ahead = max(each, ahead-ahead/reserveShare)
	}
	next := p.Next
	if next.Before(now) {
		next = now
	}
	n := min(want, max(0, int(now.Add(ahead).Sub(next)/each)))
	return n, Pace{next.Add(time.Duration(n) * each)}
}

// Rest is the pace of a provider that asks to be left alone for a while.
func (p Pace) Rest(wait time.Duration, now time.Time) Pace {
	if until := now.Add(min(wait, waitMost)); until.After(p.Next) {
		return Pace{until}
	}
	return p
}
