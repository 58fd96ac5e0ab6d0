package store

import (
	"context"
	"errors"
	"strconv"
	"time"

	"naru/internal/booking"
	"naru/internal/campaign"
	"naru/internal/fault"
	"naru/internal/gate"
)

// HoldRequest asks for a first dose at a clinic and time; the second dose is
// placed with it (rule B3).
type HoldRequest struct {
	Key    booking.Key
	Clinic string
	Start  time.Time
}

// Hold takes a place for dose 1 and, when the campaign has two, for dose 2, for
// booking.HoldLife. An earlier hold of the person is given back. The same key
// gives the same hold. Codes: NotEligible (rule, reason and from when in Args),
// Full (the choice stays in the draft), Conflict (booked already), TooMany
// (rule B17), KeyReused.
func (s *Store) Hold(ctx context.Context, ses gate.Session, q HoldRequest) (booking.Reservation, error) {
	q.Start = q.Start.UTC().Truncate(time.Second)
	c, err := callerOf(ses)
	if err != nil {
		return booking.Reservation{}, err
	}
	p, err := s.Campaign(ses.Campaign)
	if err != nil {
		return booking.Reservation{}, err
	}
	places, err := s.places(p, ses.Lane, q, false)
	if err != nil {
		return booking.Reservation{}, err
	}
	who, window, err := s.eligible(ctx, c, p.Campaign)
	if err != nil {
		return booking.Reservation{}, err
	}
	step1, err := s.reserve(ctx, c, p.Campaign, q)
	if err != nil {
		return booking.Reservation{}, err
	}
	for _, r := range step1.replaced {
		s.giveBack(ctx, r.Clinic, everyDose(r.HoldID), ending{r.Number, r.HoldID})
	}
	if step1.replayed && step1.reservation.State == booking.Booked {
		return step1.reservation, nil
	}
	if step1.replayed && step1.reservation.State != booking.Pending {
		return booking.Reservation{}, fault.New(fault.Expired, "booking.hold_ended")
	}
	places.counted = countedIn(p.Campaign, window, step1.reservation.Number)
	held, err := s.takeCounted(ctx, step1.reservation, places, !step1.replayed)
	for tries := 0; errors.Is(err, errHoursMoved) && tries < hoursTries; tries++ { // the clinic has changed its hours meanwhile
		counted := places.counted
		if places, err = s.places(p, ses.Lane, q, false); err == nil {
			places.counted = counted
			held, err = s.takeCounted(ctx, step1.reservation, places, false)
		}
	}
	if errors.Is(err, errNoSecond) && !places.all { // what this node took to have room had none: look at every time
		counted := places.counted
		if places, err = s.places(p, ses.Lane, q, true); err == nil {
			places.counted = counted
			held, err = s.takeCounted(ctx, step1.reservation, places, false)
		}
	}
	if fault.CodeOf(err) == fault.Full && s.bringBack(ctx, step1, places) {
		held, err = s.takeCounted(ctx, step1.reservation, places, false)
	}
	if code := fault.CodeOf(err); code == fault.Full || code == fault.Expired || code == fault.Invalid {
		if err := s.release(ctx, c, step1.reservation, true); err != nil {
			s.opts.Log.Warn("a hold that found no place is left to the sweeper", "error", err)
		}
	}
	if err == nil {
		s.recent.keep(heldNow{c.person, who, held, step1.actor})
	}
	return held, err
}

// eligible asks the one eligibility function again at the moment of booking (R7,
// R8), and in which window. Whether the session is still the person's is decided where it is written.
func (s *Store) eligible(ctx context.Context, by caller, c *campaign.Campaign) (*personRow, string, error) {
	v := &personView{person: personKey{by.bucket, by.person}}
	if err := s.booking.View(ctx, v); err != nil {
		return nil, "", unavailable("read person", err)
	}
	who, err := s.claimOf(v.row)
	if err != nil {
		return nil, "", err
	}
	facts := campaign.Facts{Born: who.Born}
	if c.AsksOccupation() {
		if facts, err = s.factsOf(ctx, who); err != nil {
			return nil, "", err
		}
	}
	d := c.Eligible(facts, s.now())
	if d.OK {
		return v.row, d.Window, nil
	}
	e := fault.New(fault.NotEligible, d.Reason).With("Rule", d.Rule)
	for name, value := range d.Args {
		e = e.With(name, value)
	}
	return nil, "", e
}

func (s *Store) reserve(ctx context.Context, c caller, k *campaign.Campaign, q HoldRequest) (*reserveAct, error) {
	a := &reserveAct{
		caller: c, key: q.Key, body: booking.BodyHash("hold", c.ses.Campaign, q.Clinic, strconv.FormatInt(q.Start.Unix(), 10)),
		fresh: booking.Reservation{
			Number: booking.NewNumber(c.bucket), HoldID: booking.NewHoldID(clinicBucket(q.Clinic), s.now()), Campaign: c.ses.Campaign,
			Disease: k.Disease, Clinic: q.Clinic, State: booking.Pending,
			Doses: []booking.Dose{{Number: 1, Start: q.Start}},
		},
	}
	if err := s.inBooking(ctx, a); err != nil {
		return nil, err
	}
	return a, a.refusal
}

// reserveAct is step 1: the person takes a pending reservation. It is one row, of
// the first dose; where the second is to be is known to the clinic alone until
// the person confirms.
type reserveAct struct {
	caller caller
	key    booking.Key
	body   [32]byte
	fresh  booking.Reservation

	reservation booking.Reservation
	replaced    []booking.Reservation // holds given back for this one
	left        []booking.Reservation // holds given back before, whose places the clinic may not know of
	replayed    bool
	actor       string // of the session
	refusal     error
}

// Bucket says where the act belongs.
func (a *reserveAct) Bucket() int16 { return a.caller.bucket }

// Wants names what the act reads.
func (a *reserveAct) Wants(h *bookingHouse) { h.wantPerson(a.caller, a.key) }

// Run decides by the person's own rows (B1, B2, B9, B17).
func (a *reserveAct) Run(h *bookingHouse) error {
	a.reservation, a.replaced, a.left, a.replayed, a.actor, a.refusal = booking.Reservation{}, nil, nil, false, "", nil
	r, refused, err := h.session(a.caller)
	if err != nil {
		return err
	}
	if r != nil {
		a.actor = r.actor
	}
	hold, refusal, err := h.answered(a.caller, a.key, a.body)
	if err != nil || refusal != nil {
		a.refusal = refusal
		return err
	}
	rows, err := h.reservations.Rows(personKey{a.caller.bucket, a.caller.person})
	if err != nil {
		return err
	}
	a.left = gather(rows, func(r *reservationRow) bool { return r.at() == booking.Released && !r.freed })
	if hold != "" { // a repeat gets its answer also after the session
		a.replayed = true
		a.reservation, err = h.standing(a.caller, hold)
		return err
	}
	if a.refusal = refused; refused != nil {
		return nil
	}
	live := gather(rows, liveFor(a.fresh.Disease))
	a.refusal = booking.MayReserve(live)
	if a.refusal == nil {
		a.refusal = booking.MayHoldAgain(holdsSince(rows, h.Now.Add(-booking.HoldsWithin).Unix()))
	}
	if a.refusal == nil && len(gather(rows, a.given)) > 0 {
		a.refusal = errVaccinated
	}
	if a.refusal != nil {
		return nil
	}
	return a.write(h, r, live)
}

// given keeps the doses that the person got in the campaign.
func (a *reserveAct) given(r *reservationRow) bool {
	return r.campaign == a.fresh.Campaign && r.at() == booking.Used
}

// holdsSince counts the holds of a person that are not older.
func holdsSince(rows []*reservationRow, since int64) (n int) {
	for _, r := range rows {
		if r.dose == 1 && r.createdAt >= since {
			n++
		}
	}
	return n
}

func (a *reserveAct) write(h *bookingHouse, session *sessionRow, live []booking.Reservation) error {
	for _, r := range live {
		if err := h.setState(personKey{a.caller.bucket, a.caller.person}, r.HoldID, booking.Pending, booking.Released); err != nil {
			return err
		}
		a.replaced = append(a.replaced, r)
	}
	r := a.fresh
	r.CreatedAt, r.Expires = h.Now, h.Now.Add(booking.HoldLife)
	if err := h.reservations.Add(&reservationRow{
		bucket: a.caller.bucket, person: string(a.caller.person), disease: r.Disease, dose: 1,
		hold: string(r.HoldID), number: string(r.Number), campaign: r.Campaign, ticket: session.ticket, clinic: r.Clinic,
		start: r.Doses[0].Start.Unix(), state: string(booking.Pending), expires: r.Expires.Unix(), createdAt: r.CreatedAt.Unix(),
	}); err != nil {
		return err
	}
	if err := h.answer(a.caller, a.key, a.body, r.HoldID); err != nil {
		return err
	}
	a.reservation = r
	return nil
}

// take is step 2: the clinic's slots are counted up.
func (s *Store) take(ctx context.Context, r booking.Reservation, p places, fresh bool) (booking.Reservation, error) {
	a := &takeAct{hold: r.HoldID, places: p, expires: r.Expires, fresh: fresh}
	err := s.inBooking(ctx, a)
	if fresh && fault.CodeOf(err) == fault.Internal { // a repeat of the request has overtaken it: the places are there
		err = s.inBooking(ctx, a)
	}
	if err != nil {
		return booking.Reservation{}, err // the pending reservation is swept, or taken up by a repeat
	}
	if a.newer != nil {
		s.learnHours(a.newer)
	}
	if a.refusal != nil {
		return booking.Reservation{}, a.refusal
	}
	if !a.replayed {
		for _, d := range a.doses {
			s.available.Add(booking.Slot{Clinic: r.Clinic, Start: d.Start}, 1)
		}
	}
	r.Doses = a.doses
	return r, nil
}

type takeAct struct {
	hold     booking.HoldID
	places   places
	expires  time.Time
	fresh    bool // the hold was named just now, in the step before
	doses    []booking.Dose
	replayed bool
	newer    *hoursRow // what the clinic has laid down since the places were worked out
	refusal  error
}

// Bucket says where the act belongs.
func (a *takeAct) Bucket() int16 { return clinicBucket(a.places.clinic) }

// Wants names what the act reads: the first dose's slot, and of the second's the
// one that is most likely to have room.
func (a *takeAct) Wants(h *bookingHouse) {
	if !a.fresh {
		h.holds.Want(holdKey{clinicBucket(a.places.clinic), a.hold})
	}
	h.wantHours(a.places.clinic)
	h.slots.WantOr(a.slot(a.places.first))
	if a.places.counted.limited() {
		h.shards.WantOr(&shardRow{quotaKey: quotaKey{clinicBucket(a.places.clinic), a.places.counted.quota}})
	}
	if len(a.places.second) > 0 {
		h.slots.WantOr(a.slot(a.places.second[a.places.likely]))
	}
}

func (a *takeAct) slot(p place) *slotRow {
	return &slotRow{
		slotKey:  slotKey{clinicBucket(a.places.clinic), a.places.clinic, p.start.Unix()},
		capacity: int32(p.capacity), //nolint:gosec // people a slot
	}
}

// Run takes the places of both doses, or none (B3, B4).
func (a *takeAct) Run(h *bookingHouse) error {
	a.doses, a.replayed, a.newer, a.refusal = nil, false, nil, nil
	held, err := a.before(h)
	if err != nil {
		return err
	}
	if len(held) > 0 {
		a.doses, a.replayed = dosesOf(held), true
		return nil
	}
	if !h.Now.Before(a.expires) { // swept or about to be: taking now would leave a place nobody holds
		a.refusal = fault.New(fault.Expired, "booking.hold_ended")
		return nil
	}
	if row, err := h.hoursOf(a.places.clinic); err != nil || row.version != a.places.hours {
		a.newer, a.refusal = row, errHoursMoved
		return err
	}
	chosen, err := a.choose(h)
	if err != nil || a.refusal != nil {
		return err
	}
	if left, err := h.count(clinicBucket(a.places.clinic), a.places.counted, a.hold); err != nil || !left {
		a.refusal = errQuotaShort
		return err
	}
	for i, one := range chosen {
		slot := one.slot
		slot.capacity, slot.taken = one.capacity, slot.taken+1
		h.slots.Change(slot)
		row := &holdRow{bucket: slot.bucket, hold: string(a.hold), dose: int32(a.places.dose + i), clinic: slot.clinic, start: slot.start} //nolint:gosec // one or two
		if err := h.holds.Add(row); err != nil {
			return err
		}
		a.doses = append(a.doses, row.place())
	}
	return nil
}

// before are the places the hold has already. One that was named just now has
// none, unless the batch is decided again because somebody else was first.
func (a *takeAct) before(h *bookingHouse) ([]*holdRow, error) {
	if a.fresh {
		a.fresh = false
		return nil, nil
	}
	return h.holds.Rows(holdKey{clinicBucket(a.places.clinic), a.hold})
}

// choose looks for room for both doses before anything is written. The second
// is tried in order of preference, what is likely full last.
func (a *takeAct) choose(h *bookingHouse) ([]room, error) {
	first, err := a.room(h, a.places.first)
	if err != nil {
		return nil, err
	}
	if first.slot == nil {
		a.refusal = fault.New(fault.Full, "booking.slot_full")
		return nil, nil
	}
	if len(a.places.second) == 0 {
		return []room{first}, nil
	}
	n := len(a.places.second)
	for i := range n {
		second, err := a.room(h, a.places.second[(a.places.likely+i)%n])
		if err != nil || second.slot != nil {
			return []room{first, second}, err
		}
	}
	a.refusal = errNoSecond
	return nil, nil
}

// room is a slot that has a place left, with the capacity it has now.
type room struct {
	slot     *slotRow // nil: full
	capacity int32
}

// room looks whether a place is left. The directory says how many there are now:
// what was added since the first hold is used at once, and of what was taken away
// nothing that somebody has (rule B18).
func (a *takeAct) room(h *bookingHouse, p place) (room, error) {
	if p.capacity <= 0 {
		return room{}, nil
	}
	fresh := a.slot(p)
	slot, err := h.slots.OneOr(fresh)
	if err != nil || slot.taken >= fresh.capacity {
		return room{}, err
	}
	return room{slot, fresh.capacity}, nil
}
