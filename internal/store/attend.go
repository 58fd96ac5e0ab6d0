package store

import (
	"context"
	"strconv"
	"time"

	"naru/internal/booking"
	"naru/internal/clinic"
	"naru/internal/fault"
	"naru/internal/person"
	"naru/internal/staff"
)

// AttendRequest is one step of somebody's visit, as a clinic reports it: now, or with
// its true time when the network was away (rule K28). Key makes it happen once.
type AttendRequest struct {
	Key    booking.Key
	Clinic string
	Person person.ID
	Number booking.Number
	Dose   int
	Step   clinic.Step
	At     time.Time
	Shot   clinic.Shot // of a dose that was given
}

// permission is what the step needs at the clinic.
func (q AttendRequest) permission() staff.Permission {
	if q.Step == clinic.Given {
		return staff.RecordDose
	}
	return staff.CheckIn
}

// Attend takes one step of somebody's visit. A dose that was given, and one that was
// missed, leave the reservation so that nobody cancels or moves them (rule B19). The
// same key gives the same answer. Codes: NotFound (nobody with that number is booked
// here), Conflict, Invalid, KeyReused, Forbidden.
func (s *Store) Attend(ctx context.Context, c staff.Caller, q AttendRequest) (clinic.Attendance, error) {
	q.At = q.At.UTC().Truncate(time.Second)
	bucket, err := q.Person.Bucket()
	if err != nil {
		return clinic.Attendance{}, unknownPerson()
	}
	a := &attendAct{
		caller: caller{person: q.Person, bucket: bucket}, AttendRequest: q, zone: s.opts.Agency.Zone, staff: c.ID, vaccineOf: s.vaccineOf,
		body: booking.BodyHash("attend", q.Clinic, string(q.Number), strconv.Itoa(q.Dose), string(q.Step), q.Shot.Lot, q.Shot.Site),
	}
	act := staff.Act{
		Permission: q.permission(), At: s.PlaceOf(q.Clinic), Person: string(q.Person),
		Detail: map[string]string{"step": string(q.Step), "dose": strconv.Itoa(q.Dose)},
	}
	err = s.Do(ctx, c, act, func(ctx context.Context) error {
		if err := s.inBooking(ctx, a); err != nil {
			return err
		}
		return a.refusal
	})
	if err == nil && q.Step == clinic.Given {
		if err := s.RecordGiven(ctx); err != nil { // it is on disk that it was given: the record follows
			s.opts.Log.Warn("a dose is written into the record later", "error", err)
		}
	}
	return a.now, err
}

// vaccineOf is what a campaign gives.
func (s *Store) vaccineOf(campaign string) string {
	p, err := s.Campaign(campaign)
	if err != nil {
		return ""
	}
	return p.Campaign.Vaccine
}

// attendAct decides a step by the person's own rows.
type attendAct struct {
	AttendRequest
	caller caller
	zone   *time.Location
	staff  staff.ID
	body   [32]byte

	vaccineOf func(campaign string) string

	now     clinic.Attendance
	refusal error
}

// Bucket says where the act belongs.
func (a *attendAct) Bucket() int16 { return a.caller.bucket }

// Wants names what the act reads. The answers are the person's lock: each step of
// a visit writes one.
func (a *attendAct) Wants(h *bookingHouse) {
	h.reservations.Want(a.person())
	h.answers.Want(a.person())
	h.attendances.Want(a.person())
}

func (a *attendAct) person() personKey { return personKey{a.caller.bucket, a.caller.person} }

// Run decides (B19, K26, K28).
func (a *attendAct) Run(h *bookingHouse) error {
	a.now, a.refusal = clinic.Attendance{}, nil
	row, err := a.row(h)
	if err != nil {
		return err
	}
	if row == nil {
		a.refusal = unknownPerson()
		return nil
	}
	known, err := h.attendance(row)
	if err != nil {
		return err
	}
	before := clinic.Attendance{Start: unix(row.start)}
	if known != nil {
		before = known.attendance(before.Start)
	}
	hold, refusal, err := h.answered(a.caller, a.Key, a.body)
	if err != nil || refusal != nil || hold != "" {
		a.now, a.refusal = before, refusal
		return err
	}
	if a.now, a.refusal = before.Take(a.Step, a.At, h.Now, a.zone); a.refusal != nil {
		a.now = before
		return nil
	}
	if again, err := a.bookedAgain(h, row); err != nil || again {
		a.now, a.refusal = before, fault.New(fault.Conflict, "clinic.booked_again")
		return err
	}
	return a.write(h, row, known)
}

// row is the dose's row at this clinic, nil when there is none.
func (a *attendAct) row(h *bookingHouse) (*reservationRow, error) {
	rows, err := h.reservations.Rows(a.person())
	for _, r := range rows {
		if r.number == string(a.Number) && int(r.dose) == a.Dose && r.clinic == a.Clinic && (r.at() == booking.Booked || r.at().Attended()) {
			return r, err
		}
	}
	return nil, err
}

// bookedAgain says that a missed dose cannot be taken back: the person has another
// reservation since.
func (a *attendAct) bookedAgain(h *bookingHouse, row *reservationRow) (bool, error) {
	rows, err := h.reservations.Rows(a.person())
	for _, r := range rows {
		if r != row && r.disease == row.disease && r.dose == row.dose && r.at().Live() {
			return stateOf(a.now) == booking.Booked, err
		}
	}
	return false, err
}

func (a *attendAct) write(h *bookingHouse, row *reservationRow, known *attendanceRow) error {
	next := &attendanceRow{bucket: row.bucket, person: row.person, hold: row.hold, dose: row.dose, clinic: row.clinic, campaign: row.campaign}
	if known != nil {
		next = known
	}
	next.arrived, next.given, next.missed = neverOrUnix(a.now.Arrived), neverOrUnix(a.now.Given), neverOrUnix(a.now.Missed)
	if a.Step == clinic.Given {
		next.vaccine, next.lot, next.site, next.watch, next.staff = a.vaccineOf(row.campaign), a.Shot.Lot, a.Shot.Site, int32(a.Shot.Watch), string(a.staff) //nolint:gosec // 15 or 30
	}
	if known != nil {
		h.attendances.Change(known)
	} else if err := h.attendances.Add(next); err != nil {
		return err
	}
	if to := stateOf(a.now); row.at() != to {
		row.state = string(to)
		h.reservations.Change(row)
		if err := a.overtake(h); err != nil {
			return err
		}
	}
	return h.answer(a.caller, a.Key, a.body, booking.HoldID(row.hold))
}

// overtake makes a change of the dose void that is still under way: the sweeper gives
// its place back.
func (a *attendAct) overtake(h *bookingHouse) error {
	rows, err := h.reservations.Rows(a.person())
	for _, r := range rows {
		if r.number == string(a.Number) && int(r.dose) == a.Dose && r.at() == booking.Moving {
			r.state = string(booking.Overtaken)
			h.reservations.Change(r)
		}
	}
	return err
}

// stateOf is how the reservation stands after a step.
func stateOf(a clinic.Attendance) booking.State {
	switch {
	case !a.Given.IsZero():
		return booking.Used
	case !a.Missed.IsZero():
		return booking.Missed
	}
	return booking.Booked
}

// errVaccinated refuses a second series of the same campaign (rule B19).
var errVaccinated = fault.New(fault.Conflict, "booking.already_given")
