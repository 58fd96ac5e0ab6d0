package history

import (
	"cmp"
	"slices"

	"github.com/anishathalye/porcupine"
)

// slotParts tells what happened to each slot, from what people were told.
func slotParts(s story, rules SlotRules) []part {
	t := &slotTeller{story: s, rules: rules}
	l := newLedger(s)
	for _, p := range l.people {
		for _, h := range p.holds {
			t.tellHold(p, h)
		}
		for _, a := range p.attempts {
			t.tellLost(a)
		}
	}
	for _, r := range s.records {
		t.tellRead(r, l)
	}
	return t.parts()
}

type slotTeller struct {
	story
	groups
	rules  SlotRules
	places int // numbered so far
}

func (t *slotTeller) place() int { t.places++; return t.places }

func (t *slotTeller) step(kind slotKind, place int, at Slot) slotStep {
	return slotStep{kind: kind, place: place, capacity: t.rules.Capacity(at)}
}

func (t *slotTeller) happen(at Slot, op porcupine.Operation) {
	t.add(at.String(), meaning(op.Input.(slotStep).String(), op))
}

// tellHold tells when the places of a hold were taken, and when they were given
// back, or may have been.
func (t *slotTeller) tellHold(p *person, h *hold) {
	place, endings := t.place(), t.endings(p, h)
	for _, at := range h.slots {
		take := t.step(takes, place, at)
		if len(endings) == 0 {
			t.happen(at, h.told.op(take, h.taken))
			continue
		}
		first := endings[0]
		take.racing = !h.taken.before(first.span)
		t.happen(at, h.told.op(take, h.taken))
		alone := len(endings) == 1 || first.before(endings[1].span)
		if alone && first.sure && !take.racing && !h.lost && !t.rules.FreedLate {
			t.happen(at, first.by.op(t.step(gives, place, at), first.span))
			continue
		}
		loosen := t.step(loosens, place, at)
		loosen.racing = take.racing
		t.happen(at, instant(loosen, first.from, first.line))
	}
}

// ending is something that ends a hold, or may.
type ending struct {
	span
	sure bool // when it is over the places are free
	by   Record
	line line
}

// endings are all of a hold, the earliest first. Of one that was confirmed only
// cancelling is: whatever else was asked came too late.
func (t *slotTeller) endings(p *person, h *hold) []ending {
	var all []ending
	if h.booked {
		for _, a := range p.cancels[h.number] {
			if s, maybe := a.carriedOut(); maybe {
				all = append(all, byRecord(a.first, s, a.acked < forever))
			}
		}
	} else {
		all = t.endingsOfPending(p, h)
	}
	slices.SortStableFunc(all, func(a, b ending) int { return cmp.Compare(a.from, b.from) })
	return all
}

func (t *slotTeller) endingsOfPending(p *person, h *hold) []ending {
	var all []ending
	for _, r := range p.releases[h.id] {
		all = append(all, byRecord(r, r.span(), r.Outcome == Answered))
	}
	for _, a := range p.attempts {
		s, maybe := a.carriedOut()
		if a.hold != h && maybe && !s.before(h.taken) { // choosing again gives the first back (rule B2)
			all = append(all, byRecord(a.first, s, !a.lost))
		}
	}
	if h.ends != 0 {
		at := t.clockAt(h.ends)
		all = append(all, ending{span: span{at, forever}, line: clockLine(h.ends, "hold "+h.id+" may end by itself")})
	}
	return all
}

func byRecord(r Record, s span, sure bool) ending { return ending{s, sure, r, r.line()} }

// tellLost tells of an attempt without an answer that may have taken a place
// nobody was told of, or may yet.
func (t *slotTeller) tellLost(a *attempt) {
	if !a.lost || a.hold != nil {
		return
	}
	act := a.first.Act.(Hold)
	place := t.place()
	for _, at := range append([]Slot{act.Slot}, act.Seconds...) {
		t.happen(at, instant(t.step(haunts, place, at), a.first.Begun.position(), a.first.line()))
	}
}

// tellRead tells what was said of a slot itself. It was so at some time since
// the key was first sent: "full" that is repeated later is no news of the slot.
func (t *slotTeller) tellRead(r Record, l *ledger) {
	switch act := r.Act.(type) {
	case Hold:
		if f, ok := r.Answer.(Full); ok && !f.Second {
			first := l.attempts[name{act.Person, act.Disease, act.Key}].first
			t.add(act.Slot.String(), r.op(t.step(isFull, 0, act.Slot), span{first.Begun.position(), r.span().till}))
		}
	case Count:
		if n, ok := r.Answer.(Counted); ok {
			e := t.step(counts, 0, act.Slot)
			e.taken = n.Taken
			t.add(act.Slot.String(), r.op(e, r.span()))
		}
	}
}
