package history

import "slices"

// step is every way in which things may stand after an operation.
func (s personState) step(input, output any) []personState {
	switch e := input.(type) {
	case sent:
		return []personState{s.send(e)}
	case over:
		return []personState{s.timeOver(e.hold)}
	}
	var all []personState
	for _, before := range s.reach() {
		switch e := input.(type) {
		case letsGo:
			all = append(all, before.letGo(e.key))
		case deed:
			if after, ok := before.answer(e, output.(Answer)); ok {
				all = append(all, after)
			}
		}
	}
	return all
}

// reach is every way in which things may stand by now, with any of what was
// sent having happened, in any order.
func (s personState) reach() []personState {
	all := []personState{s}
	for i := 0; i < len(all); i++ {
		for _, next := range all[i].happen() {
			if !slices.ContainsFunc(all, next.equal) {
				all = append(all, next)
			}
		}
	}
	return all
}

// happen is what may come of one deed without an answer, if it happens now.
//
// A holding is done only when somebody is told of its hold; while nobody is, it
// makes no difference whether it came and went, or is still to come.
func (s personState) happen() []personState {
	var all []personState
	for _, e := range s.sent {
		if next, ok := s.happened(e); ok {
			all = append(all, next)
		}
	}
	if next, ok := s.happened(sent{deed: deed{kind: holding}}); ok && s.unseen > 0 {
		all = append(all, next)
	}
	return all
}

func (s personState) happened(e sent) (next personState, ok bool) {
	t := told{deed: e.deed}
	switch {
	case e.kind == holding:
		switch {
		case s.has.stage == none:
			s.has = reservation{stage: pending, key: e.key, mayEnd: true} // nobody knows when its time is over
		case s.has.stage == pending && (s.has.key != e.key || s.has.hold != ""):
			s.has = reservation{} // its first step, and the second has not come yet
		default:
			return s, false
		}
		return s, true
	case e.kind == confirming && s.has.stage == pending && s.isHold(e.object):
		s, _ = s.learn(e.object, "")
		s.has.stage, s.has.mayEnd = booked, false
		t.number = s.has.number
	case e.kind == cancelling && s.has.stage == booked && agree(s.has.number, e.object),
		e.kind == releasing && s.has.stage == pending && s.isHold(e.object):
		s.has = reservation{}
	default:
		return s, false
	}
	if e.again {
		s = s.tell(t)
	}
	return s, true
}

// letGo gives the hold of another key back; a key that was carried out before
// does so no more (rules B2, B11).
func (s personState) letGo(key string) personState {
	if _, done := s.find(key); !done && s.has.stage == pending && s.has.key != key {
		s.has = reservation{}
	}
	return s
}

// answer is how things stand after a deed that was answered so; no when it
// cannot have been.
func (s personState) answer(d deed, a Answer) (personState, bool) {
	before, repeated := s.find(d.key)
	if repeated && before.deed != d {
		return s, false // rule B11: another body under the same key
	}
	switch d.kind {
	case holding:
		if repeated {
			return s.holdAgain(before, a)
		}
		return s.hold(d, a)
	case confirming:
		if repeated {
			return s.confirmAgain(before, a)
		}
		return s.confirm(d, a)
	case cancelling:
		if repeated {
			return s, is[Cancelled](a)
		}
		return s.cancel(d, a)
	case releasing:
		return s.release(d, a)
	default:
		return s.read(d, a)
	}
}

// hold answers a key that is new, or was lost so far.
func (s personState) hold(d deed, a Answer) (personState, bool) {
	_, lost := s.waits(d.key)
	mine := lost && s.has.stage == pending && s.has.key == d.key
	switch a := a.(type) {
	case Held:
		if s.has.stage != none && !mine || has(s.seen, a.Hold) {
			return s, false
		}
		s.has = reservation{stage: pending, key: d.key, hold: a.Hold, number: a.Number, mayEnd: has(s.over, a.Hold)}
		s.seen = with(s.seen, a.Hold)
		return s.tell(told{deed: d, hold: a.Hold}), true
	case Full:
		return s.tell(told{deed: d, empty: true}), s.has.stage == none
	case Ended:
		if mine {
			s.has = reservation{}
		}
		return s.tell(told{deed: d, empty: true}), lost || s.has.stage == none
	case Refused:
		return s, s.has.stage == booked
	}
	return s, false
}

func (s personState) holdAgain(t told, a Answer) (personState, bool) {
	mine := s.has.stage != none && s.has.key == t.key
	switch a := a.(type) {
	case Held:
		if t.hold == a.Hold && has(s.over, a.Hold) {
			return s, true // its time is over, whatever became of it
		}
		if !mine || s.has.stage != pending {
			return s, false
		}
		s, ok := s.learn(a.Hold, a.Number)
		s.has.mayEnd = has(s.over, a.Hold)
		return s, ok
	case Full:
		return s, t.empty
	case Ended:
		if mine {
			return s.end()
		}
		return s, true
	case Booked:
		if !mine || s.has.stage != booked {
			return s, false
		}
		return s.learn(a.Hold, a.Number)
	}
	return s, false
}

// end takes a hold away that ended by itself; no when its time is not over.
func (s personState) end() (personState, bool) {
	if s.has.stage != pending || !s.has.mayEnd {
		return s, false
	}
	s.has = reservation{}
	return s, true
}

// confirm answers a key that is new.
func (s personState) confirm(d deed, a Answer) (personState, bool) {
	switch a := a.(type) {
	case Booked:
		s, ok := s.learn(d.object, a.Number)
		s.has.stage, s.has.mayEnd = booked, false
		return s.tell(told{deed: d, number: s.has.number}), ok && (a.Hold == "" || a.Hold == d.object)
	case Ended:
		if s.has.hold == d.object {
			return s.end()
		}
		return s, true
	case Refused:
		return s, s.has.stage == booked && s.isHold(d.object)
	}
	return s, false
}

// confirmAgain gives the first answer, also after a cancelling (rule B11).
func (s personState) confirmAgain(t told, a Answer) (personState, bool) {
	b, ok := a.(Booked)
	if !ok || !agree(t.number, b.Number) || b.Hold != "" && b.Hold != t.object {
		return s, false
	}
	if t.number == "" {
		t.number = b.Number
		s = s.tell(t)
	}
	if s.has.stage == booked && s.has.hold == t.object {
		return s.learn(t.object, b.Number)
	}
	return s, true
}

// cancel answers a key that is new.
func (s personState) cancel(d deed, a Answer) (personState, bool) {
	if is[Refused](a) {
		return s, s.has.stage != booked || s.has.number != d.object
	}
	if s.has.stage != booked || !agree(s.has.number, d.object) {
		return s, false
	}
	s.has = reservation{}
	return s.tell(told{deed: d}), true
}

func (s personState) release(d deed, a Answer) (personState, bool) {
	if is[Refused](a) {
		return s, s.has.stage == booked && s.isHold(d.object)
	}
	if s.has.hold != d.object {
		return s, true // it had ended before
	}
	wasPending := s.has.stage == pending
	s.has = reservation{}
	return s, wasPending
}

func (s personState) read(d deed, a Answer) (personState, bool) {
	switch a := a.(type) {
	case Held:
		if s.has.stage != pending {
			return s, false
		}
		s, ok := s.learn(a.Hold, a.Number)
		s.has.mayEnd = has(s.over, a.Hold)
		return s, ok
	case Booked:
		if s.has.stage != booked {
			return s, false
		}
		return s.learn(a.Hold, a.Number)
	}
	switch { // nothing
	case s.has.stage == none, d.kind == lookingUp && s.has.stage == pending:
		return s, true
	default:
		return s.end()
	}
}
