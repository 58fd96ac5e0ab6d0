package history

// ledger is what a whole history tells about holds, whoever told it.
type ledger struct {
	people   []*person
	byName   map[name]*person
	attempts map[name]*attempt // to hold, by key
	holds    map[name]*hold
}

// name is one thing of one person for one disease: a key, a hold or a number.
type name struct{ person, disease, of string }

// person is what one person did for one disease.
type person struct {
	name
	attempts []*attempt            // to hold
	holds    []*hold               // as they were first told
	releases map[string][]Record   // by hold
	cancels  map[string][]*attempt // by number
	keys     map[string]*attempt   // of the cancels
}

// attempt is everything that was asked under one key: however often it is
// repeated, it is carried out once (rule B11).
type attempt struct {
	first Record
	acked int64 // where the first answer came that shows it was carried out
	lost  bool  // an answer was lost
	hold  *hold // what it led to, as far as anybody was told
}

// hold is a hold that somebody was told of.
type hold struct {
	id     string
	number string
	slots  []Slot
	taken  span  // when its places were taken
	ends   int64 // when it may end by itself; 0: never
	booked bool  // it was confirmed, so until then it neither ended nor was replaced
	lost   bool  // its second step may have been sent twice
	told   Record
}

func newLedger(s story) *ledger {
	l := &ledger{byName: map[name]*person{}, attempts: map[name]*attempt{}, holds: map[name]*hold{}}
	for _, learn := range []func(Record){l.learnAttempt, l.learnHold, l.learnBooked} {
		for _, r := range s.records {
			learn(r)
		}
	}
	return l
}

func (l *ledger) person(who, disease string) *person {
	key := name{who, disease, ""}
	p := l.byName[key]
	if p == nil {
		p = &person{name: key, releases: map[string][]Record{}, cancels: map[string][]*attempt{}, keys: map[string]*attempt{}}
		l.byName[key] = p
		l.people = append(l.people, p)
	}
	return p
}

// learnAttempt gathers who asked to hold under which key.
func (l *ledger) learnAttempt(r Record) {
	act, ok := r.Act.(Hold)
	if !ok {
		return
	}
	key := name{act.Person, act.Disease, act.Key}
	a := l.attempts[key]
	if a == nil {
		a = &attempt{first: r, acked: forever}
		l.attempts[key] = a
		p := l.person(act.Person, act.Disease)
		p.attempts = append(p.attempts, a)
	}
	a.add(r)
}

func (a *attempt) add(r Record) {
	switch {
	case r.Outcome == Unknown:
		a.lost = true
	case !is[Refused](r.Answer):
		a.acked = min(a.acked, r.Ended.position())
	}
}

// carriedOut is when it was, if it was; not when it surely was not.
func (a *attempt) carriedOut() (s span, maybe bool) {
	return span{a.first.Begun.position(), a.acked}, a.lost || a.acked < forever
}

// learnHold gathers the holds and where their places are.
func (l *ledger) learnHold(r Record) {
	told, ok := r.Answer.(Held)
	if !ok {
		return
	}
	switch act := r.Act.(type) {
	case Hold:
		if told.Slots == nil {
			told.Slots = []Slot{act.Slot}
		}
		a := l.attempts[name{act.Person, act.Disease, act.Key}]
		a.hold = l.tell(act.Person, act.Disease, told, r)
		a.hold.taken.from = min(a.hold.taken.from, a.first.Begun.position())
		a.hold.lost = a.hold.lost || a.lost
	case Current:
		l.tell(act.Person, act.Disease, told, r)
	}
}

func (l *ledger) tell(who, disease string, told Held, r Record) *hold {
	key := name{who, disease, told.Hold}
	h := l.holds[key]
	if h == nil {
		h = &hold{id: told.Hold, taken: r.span(), told: r}
		l.holds[key] = h
		p := l.person(who, disease)
		p.holds = append(p.holds, h)
	}
	if h.slots == nil {
		h.slots = told.Slots
	}
	if h.number == "" {
		h.number = told.Number
	}
	h.ends = max(h.ends, told.Ends)
	h.taken.till = min(h.taken.till, r.span().till)
	return h
}

// learnBooked marks the holds that became reservations, and gathers when holds
// and reservations may have been given up.
func (l *ledger) learnBooked(r Record) {
	booked, isBooked := r.Answer.(Booked)
	switch act := r.Act.(type) {
	case Hold:
		if a := l.attempts[name{act.Person, act.Disease, act.Key}]; isBooked && a.hold != nil {
			a.hold.confirm(booked.Number)
		}
	case Confirm:
		if h := l.holds[name{act.Person, act.Disease, act.Hold}]; h != nil && (isBooked || is[Refused](r.Answer)) {
			h.confirm(booked.Number)
		}
	case Release:
		l.learnRelease(act, r)
	case Cancel:
		l.person(act.Person, act.Disease).learnCancel(act, r)
	case Current:
		l.person(act.Person, act.Disease).learnNumber(booked)
	case LookUp:
		l.person(act.Person, act.Disease).learnNumber(booked)
	}
}

func (l *ledger) learnRelease(act Release, r Record) {
	p := l.person(act.Person, act.Disease)
	if !is[Refused](r.Answer) {
		p.releases[act.Hold] = append(p.releases[act.Hold], r)
		return
	}
	if h := l.holds[name{act.Person, act.Disease, act.Hold}]; h != nil {
		h.confirm("")
	}
}

func (p *person) learnCancel(act Cancel, r Record) {
	if is[Cancelled](r.Answer) {
		p.learnNumber(Booked{Number: act.Number})
	}
	a := p.keys[act.Key]
	if a == nil {
		a = &attempt{first: r, acked: forever}
		p.keys[act.Key] = a
		p.cancels[act.Number] = append(p.cancels[act.Number], a)
	}
	a.add(r)
}

func (p *person) learnNumber(b Booked) {
	for _, h := range p.holds {
		if b.Hold != "" && h.id == b.Hold || b.Number != "" && h.number == b.Number {
			h.confirm(b.Number)
		}
	}
}

func (h *hold) confirm(number string) {
	h.booked = true
	if h.number == "" {
		h.number = number
	}
}

// is tells whether an answer is of a kind; no answer is of none.
func is[A Answer](a Answer) bool { _, ok := a.(A); return ok }
