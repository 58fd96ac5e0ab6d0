package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"naru/internal/booking"
	"naru/internal/caldate"
	"naru/internal/clinic"
	"naru/internal/person"
	"naru/internal/staff"
)

// Comer is one booked dose of somebody who comes to a clinic.
type Comer struct {
	Person   person.ID
	Claim    person.Claim
	Number   booking.Number
	HoldID   booking.HoldID
	Campaign string
	Vaccine  string // as the campaign says, or as was given
	Dose     int
	State    booking.State
	Outside  bool // the clinic is closed at that time
	Shot     clinic.Shot
	clinic.Attendance
}

// Day lists who comes to a clinic on a day, by time and name. It is a look at
// people's data: the caller needs SeeDay there, and it is written down.
func (s *Store) Day(ctx context.Context, c staff.Caller, clinicID string, date caldate.Date) (all []Comer, err error) {
	act := staff.Act{Permission: staff.SeeDay, At: s.PlaceOf(clinicID), Detail: map[string]string{"day": date.String()}}
	err = s.Do(ctx, c, act, func(ctx context.Context) error {
		zone := s.opts.Agency.Zone
		all, err = s.comers(ctx, clinicID, date.At(0, 0, zone), date.AddDays(1).At(0, 0, zone))
		return err
	})
	return all, err
}

// comers reads who comes to a clinic from one instant until before another.
func (s *Store) comers(ctx context.Context, clinicID string, from, to time.Time) ([]Comer, error) {
	v := &dayView{}
	err := s.booking.Read(ctx, `SELECT `+reservationTable.ColumnNames()+` FROM reservation
	    WHERE clinic_id = $1 AND start >= $2 AND start < $3 AND state IN ('booked', 'used', 'missed')`,
		[]any{clinicID, from.Unix(), to.Unix()}, func(scan func(...any) error) error {
			r := &reservationRow{}
			v.rows = append(v.rows, r)
			return scan(r.Into()...)
		})
	if err == nil && len(v.rows) > 0 {
		err = s.booking.View(ctx, v)
	}
	if err != nil {
		return nil, unavailable("read day", err)
	}
	all := make([]Comer, 0, len(v.rows))
	for i, r := range v.rows {
		one, err := s.comer(r, v.people[i], v.attended[i])
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b Comer) int {
		return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.Claim.Name, b.Claim.Name), cmp.Compare(a.Number, b.Number))
	})
	return all, nil
}

func (s *Store) comer(r *reservationRow, p *personRow, a *attendanceRow) (Comer, error) {
	claim, err := s.claimOf(p)
	if err != nil {
		return Comer{}, err
	}
	one := Comer{
		Person: person.ID(r.person), Claim: claim, Number: booking.Number(r.number), HoldID: booking.HoldID(r.hold),
		Campaign: r.campaign, Dose: int(r.dose), State: r.at(), Attendance: clinic.Attendance{Start: unix(r.start)},
	}
	one.Vaccine = s.vaccineOf(r.campaign)
	if a != nil {
		one.Attendance = a.attendance(one.Start)
		one.Shot = clinic.Shot{Vaccine: a.vaccine, Lot: a.lot, Site: a.site, Watch: int(a.watch)}
		one.Vaccine = cmp.Or(a.vaccine, one.Vaccine)
	}
	one.Outside = !s.offers(r.clinic, one.Start, s.hours.of(r.clinic))
	return one, nil
}

// offers says whether a clinic is open at a time by hours of its own; a clinic that
// left the list is not.
func (s *Store) offers(clinicID string, start time.Time, own ownHours) bool {
	d := s.Directory()
	if d == nil {
		return true // nobody knows: nobody is moved
	}
	k, err := d.Clinic(clinic.ID(clinicID))
	if err != nil {
		return false
	}
	t := s.timetable(k)
	t.own = own
	return t.capacity(start) > 0
}

// dayView reads the people of reservations, and what happened to them.
type dayView struct {
	rows     []*reservationRow
	people   []*personRow
	attended []*attendanceRow
}

// Wants names what is read.
func (v *dayView) Wants(h *bookingHouse) {
	for _, r := range v.rows {
		h.people.Want(r.Group())
		h.attendances.Want(r.Group())
	}
}

// Run reads.
func (v *dayView) Run(h *bookingHouse) error {
	v.people, v.attended = nil, nil
	for _, r := range v.rows {
		p, _, err := h.people.One(r.Group())
		if err != nil {
			return err
		}
		a, err := h.attendance(r)
		if err != nil {
			return err
		}
		v.people, v.attended = append(v.people, p), append(v.attended, a)
	}
	return nil
}

// attendance is what happened to a booked dose, nil when nothing has.
func (h *bookingHouse) attendance(r *reservationRow) (*attendanceRow, error) {
	rows, err := h.attendances.Rows(r.Group())
	for _, a := range rows {
		if a.hold == r.hold && a.dose == r.dose {
			return a, nil
		}
	}
	return nil, err
}

func (r *attendanceRow) attendance(start time.Time) clinic.Attendance {
	return clinic.Attendance{Start: start, Arrived: unixOrNever(r.arrived), Given: unixOrNever(r.given), Missed: unixOrNever(r.missed)}
}

// unixOrNever reads a time of which 0 says that it never was.
func unixOrNever(at int64) time.Time {
	if at == 0 {
		return time.Time{}
	}
	return unix(at)
}

func neverOrUnix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}
