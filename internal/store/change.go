package store

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"naru/internal/booking"
	"naru/internal/clinic"
	"naru/internal/fault"
)

// Change moves one dose of a booked reservation, or booking.BothDoses, to another time of
// its clinic and tells the person, for the owner of a look-up. The reservation stands until
// the new place is there; who is refused keeps the old one. What it returned is
// on disk, and the same key gives the first answer again. Codes: Invalid (the
// time, Field "start"), Full, Expired (too late, or the change ended before it
// was made), Conflict (not booked, or another act of the person was first),
// TooMany, NotFound, KeyReused.
//
// The steps are those of docs/adr/0013, each one act in one bucket: the person's
// row takes the new time as moving, the clinic counts it up, the person's rows
// change places, the clinic gets the old place back.
func (s *Store) Change(ctx context.Context, token string, browser [32]byte, n booking.Number, dose int, start time.Time, key booking.Key, lang string) (booking.Reservation, error) {
	c, err := s.openLookUp(token, browser)
	if err != nil {
		return booking.Reservation{}, err
	}
	return s.changeDoses(ctx, c, ChangeRequest{n, dose, start, key, lang})
}

// changeDoses is Change for whoever may act: the person, an agent at their word, or the
// guardian who booked (rule B83).
func (s *Store) changeDoses(ctx context.Context, c caller, q ChangeRequest) (booking.Reservation, error) {
	before, who, err := s.bookedOnce(ctx, c, q.Number)
	if err != nil {
		return booking.Reservation{}, err
	}
	m := change{dose: q.Dose, key: q.Key}
	if q.Dose == booking.BothDoses {
		m.dose, m.both = 1, true
	}
	if m, err = s.change(c.in(before.Campaign), before, m, q.Start); err != nil {
		return booking.Reservation{}, err
	}
	write, err := s.changeLetters(ctx, c, who, q.Lang)
	if err != nil {
		return booking.Reservation{}, err
	}
	return s.carryOut(ctx, m, write)
}

// carryOut takes the steps of a change; write makes the letters that tell of it.
func (s *Store) carryOut(ctx context.Context, m change, write func(booking.Reservation) []letter) (booking.Reservation, error) {
	first := &moveAct{change: m, fresh: booking.NewHoldID(clinicBucket(m.clinic), s.now())}
	if err := s.inBooking(ctx, first); err != nil {
		return booking.Reservation{}, err
	}
	if len(first.overtaken) > 0 {
		s.giveBack(ctx, m.clinic, first.overtaken)
	}
	if first.refusal != nil || !first.moving {
		return first.reservation, first.refusal
	}
	m.hold = first.hold
	held, err := s.take(ctx, booking.Reservation{HoldID: m.hold, Clinic: m.clinic, Expires: first.expires}, m.places(), false)
	switch fault.CodeOf(err) {
	case "":
		m.taken = held.Doses
		told := first.reservation
		told.Doses = m.moved(told)
		return s.settle(ctx, m, told, write)
	case fault.Full, fault.Conflict: // Conflict: the clinic has changed its hours meanwhile; the person chooses again
		return s.drop(ctx, m, booking.Released)
	case fault.Expired:
		return s.drop(ctx, m, booking.Expired)
	}
	return booking.Reservation{}, err // the sweeper ends it, or a repeat takes it up
}

// ChangeRequest asks for a dose of a reservation at another time of its clinic.
type ChangeRequest struct {
	Number booking.Number
	Dose   int // or booking.BothDoses
	Start  time.Time
	Key    booking.Key
	Lang   string // of the message
}

// change is one request as all its steps know it.
type change struct {
	caller caller
	number booking.Number
	dose   int
	key    booking.Key
	body   [32]byte
	terms  booking.Terms
	clinic string
	place  place          // where to; of no capacity when nobody offers that time
	hours  int64          // the version of the clinic's own hours that says so
	hold   booking.HoldID // of the new place; known after the first step
	only   booking.HoldID // the place that is to be left; "": whichever it is
	both   bool           // dose is the first, and the second moves with it
	second []place        // where the second may go, best first
	taken  []booking.Dose // the new places; known after the second step
}

// change works out what a change of m's dose to start is about.
func (s *Store) change(c caller, r booking.Reservation, m change, start time.Time) (change, error) {
	p, err := s.Campaign(r.Campaign)
	if err != nil {
		return change{}, err
	}
	d := s.Directory()
	if d == nil {
		return change{}, fault.New(fault.Unavailable, "clinic.not_imported")
	}
	start = start.UTC().Truncate(time.Second)
	what := "change"
	if m.both {
		what = "change both"
	}
	m.caller, m.number, m.clinic, m.place, m.terms = c, r.Number, r.Clinic, place{start: start}, s.terms(p.Campaign)
	m.body = booking.BodyHash(what, string(r.Number), strconv.Itoa(m.dose), strconv.FormatInt(start.Unix(), 10))
	if k, err := d.Clinic(clinic.ID(r.Clinic)); err == nil && !kept(lanesOf(p.Campaign), c.ses.Lane, r.Clinic, start, s.now()) { // a clinic that left the list offers nothing
		t := s.timetable(k)
		m.place.capacity, m.hours = t.capacity(start), t.own.version
	}
	if m.both && m.place.capacity > 0 {
		m.second = s.secondPlaces(p, c.ses.Lane, r.Clinic, start)
	}
	return m, nil
}

func (m change) places() places {
	return places{clinic: m.clinic, dose: m.dose, first: m.place, second: m.second, all: true, likely: min(0, len(m.second)-1), hours: m.hours}
}

func (m change) person() personKey { return personKey{m.caller.bucket, m.caller.person} }

// Bucket says where the steps of the person belong.
func (m change) Bucket() int16 { return m.caller.bucket }

func (m change) want(h *bookingHouse) { h.wantPerson(m.caller, m.key) }

// outcome is what became of a change: the same for everybody who
// asks with its key, at any time (rule B11).
type outcome struct {
	reservation booking.Reservation
	refusal     error
	moving      bool // it is under way
}

// became tells the outcome by the change's own row.
func (m change) became(rows []*reservationRow, answer booking.HoldID) outcome {
	row := m.row(rows, holdOf(answer, int32(m.dose))) //nolint:gosec // one or two
	switch {
	case row == nil: // nobody deletes one, so it is only not seen yet
		return outcome{refusal: fault.Wrap(fault.UnknownOutcome, "store.unknown_outcome", errNoStep)}
	case row.at() == booking.Moving:
		o := outcome{moving: true}
		if booked := gather(rows, m.stands); len(booked) > 0 {
			o.reservation = booked[0]
			o.reservation.Doses = booked[0].Moved(m.dose, m.place.start)
		}
		return o
	case row.at() == booking.Released:
		return outcome{refusal: fault.New(fault.Full, "booking.slot_full")}
	case row.at() == booking.Overtaken:
		return outcome{refusal: fault.New(fault.Conflict, "booking.change_overtaken")}
	case row.at() == booking.Expired:
		return outcome{refusal: fault.New(fault.Expired, "booking.change_ended")}
	}
	return outcome{reservation: firstAnswer(rows, answer, booking.Booked)}
}

var errNoStep = errors.New("a change without its first step")

// row is the changed dose's row under a hold, or nil.
func (m change) row(rows []*reservationRow, hold booking.HoldID) *reservationRow {
	return m.rowOf(rows, m.dose, hold)
}

func (m change) rowOf(rows []*reservationRow, dose int, hold booking.HoldID) *reservationRow {
	for _, r := range rows {
		if r.number == string(m.number) && int(r.dose) == dose && r.hold == string(hold) {
			return r
		}
	}
	return nil
}

// moveAct is step 1: the person's row takes the new time.
type moveAct struct {
	change
	fresh booking.HoldID // if the key is new
	outcome
	expires   time.Time
	overtaken []booking.Dose // of an earlier change of the dose that is void now
}

// Wants names what the act reads.
func (a *moveAct) Wants(h *bookingHouse) {
	a.want(h)
	h.bookedBy.Want(a.person())
}

// Run decides by the person's own rows (B11, B15, B16).
func (a *moveAct) Run(h *bookingHouse) error {
	a.outcome, a.hold, a.expires, a.overtaken = outcome{}, "", time.Time{}, nil
	rows, err := h.reservations.Rows(a.person())
	if err != nil {
		return err
	}
	answer, refusal, err := h.answered(a.caller, a.key, a.body)
	if err != nil || refusal != nil {
		a.refusal = refusal
		return err
	}
	if answer != "" {
		a.outcome, a.hold = a.became(rows, answer), holdOf(answer, int32(a.dose)) //nolint:gosec // one or two
		if row := a.row(rows, a.hold); row != nil {
			a.expires = unix(row.expires)
		}
		return nil
	}
	booked := a.booked(rows)
	a.refusal = a.mayChange(booked, h.Now)
	switch {
	case a.refusal != nil:
	case a.place.capacity == 0:
		a.refusal = fault.New(fault.Invalid, "booking.no_such_time").With("Field", "start")
	case a.both && len(a.second) == 0:
		a.refusal = errNoSecond
	case a.only != "" && !slices.ContainsFunc(booked.Doses, func(d booking.Dose) bool { return d.Number == a.dose && d.HoldID == a.only }):
		a.refusal = fault.New(fault.Conflict, "booking.change_overtaken")
	}
	if a.refusal != nil {
		return nil
	}
	if a.refusal, err = h.touch(a.caller, a.number); err != nil || a.refusal != nil {
		return err
	}
	return a.write(h, rows)
}

// stands keeps the doses as they are; what was given counts for the interval.
func (m change) stands(r *reservationRow) bool {
	return r.number == string(m.number) && (r.at() == booking.Booked || r.at() == booking.Used)
}

// booked is the reservation as it stands, with the tries to change it.
func (m change) booked(rows []*reservationRow) booking.Reservation {
	all := gather(rows, m.stands)
	if len(all) == 0 {
		return booking.Reservation{}
	}
	r := all[0]
	r.Changes = -len(r.Doses)
	for _, row := range rows {
		if row.number == string(m.number) {
			r.Changes++
		}
	}
	return r
}

// write adds the new time. One change of a dose is under way at a time, so that
// nobody keeps many places with many keys.
func (a *moveAct) write(h *bookingHouse, rows []*reservationRow) error {
	var row reservationRow
	for _, r := range rows {
		if r.number != string(a.number) || int(r.dose) != a.dose {
			continue
		}
		switch r.at() {
		case booking.Booked:
			row = *r
		case booking.Moving:
			r.state = string(booking.Overtaken)
			h.reservations.Change(r)
			a.overtaken = append(a.overtaken, everyDose(booking.HoldID(r.hold))...)
		}
	}
	a.hold, a.expires = a.fresh, h.Now.Add(booking.HoldLife)
	row.hold, row.start, row.state, row.expires = string(a.fresh), a.place.start.Unix(), string(booking.Moving), a.expires.Unix()
	if err := h.reservations.Add(&row); err != nil {
		return err
	}
	a.outcome = a.became(append(rows, &row), a.fresh)
	return h.answer(a.caller, a.key, a.body, a.fresh)
}
