package store

import (
	"context"
	"encoding/hex"
	"strconv"

	"naru/internal/booking"
	"naru/internal/caldate"
	"naru/internal/fault"
	"naru/internal/person"
	"naru/internal/record"
	"naru/internal/staff"
)

// dosesAtOnce bounds one round of RecordGiven.
const dosesAtOnce = 500

// RecordGiven writes doses into the immunisation record that were given and are not in
// it yet: the record is another database, so a crash may come between. One node does
// it. Each dose has a key of its own, so it is written once.
func (s *Store) RecordGiven(ctx context.Context) error {
	var open []*attendanceRow
	err := s.booking.Read(ctx, `SELECT `+attendanceTable.ColumnNames()+` FROM attendance WHERE given_at > 0 AND NOT recorded ORDER BY given_at LIMIT $1`,
		[]any{dosesAtOnce}, func(scan func(...any) error) error {
			r := &attendanceRow{}
			open = append(open, r)
			return scan(r.Into()...)
		})
	if err != nil {
		return unavailable("read doses", err)
	}
	for _, r := range open {
		if err := s.recordGiven(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// recordGiven writes one dose into the record, in the name of who gave it: whether they
// might was judged when they said so.
func (s *Store) recordGiven(ctx context.Context, r *attendanceRow) error {
	giver := staff.Caller{Account: staff.Account{
		ID: staff.ID(r.staff), Grants: []staff.Grant{{Role: staff.Clinic, Scope: staff.Scope{Clinic: r.clinic}}},
	}}
	at := unix(r.given)
	d := record.Dose{
		Product: r.vaccine, Number: int(r.dose), Day: caldate.Of(at, s.opts.Agency.Zone), At: at, Lot: r.lot,
		Site: record.Site(r.site), Vaccinator: r.staff, Clinic: r.clinic,
	}
	if p, err := s.Campaign(r.campaign); err == nil && p.Campaign.Doses >= d.Number {
		d.Of = p.Campaign.Doses
	}
	sum := booking.BodyHash("dose", r.hold, strconv.Itoa(int(r.dose)))
	key := booking.Key("dose-" + hex.EncodeToString(sum[:20]))
	known, err := s.RecordOf(ctx, person.ID(r.person))
	if err != nil {
		return err
	}
	if _, written := known.Find(entryID(person.ID(r.person), key)); !written {
		d.Number = numberIn(known.Doses(s.opts.Agency.Vaccines[r.vaccine].Disease), d.Number)
		if d.Of < d.Number {
			d.Of = 0 // a booster belongs to no series of the campaign's length
		}
		_, err = s.RecordDose(ctx, giver, person.ID(r.person), d, key)
	}
	switch fault.CodeOf(err) {
	case "":
	case fault.Conflict: // another register has told of a dose on that day before
		s.opts.Log.Warn("a dose that was given stands in the record already", "person", r.person)
	default:
		return err
	}
	return s.inBooking(ctx, &recordedAct{*r})
}

// numberIn is the number of a dose in the record: the campaign's, unless a dose of that
// number stands there already, as when a campaign gives boosters.
func numberIn(standing []record.Entry, number int) int {
	for _, e := range standing {
		if e.Fact.Dose.Number == number {
			return len(standing) + 1
		}
	}
	return number
}

// recordedAct notes that a dose is in the record.
type recordedAct struct{ row attendanceRow }

// Bucket says where the act belongs.
func (a *recordedAct) Bucket() int16 { return a.row.bucket }

// Wants names what the act reads.
func (a *recordedAct) Wants(h *bookingHouse) { h.attendances.Want(a.row.Group()) }

// Run notes it.
func (a *recordedAct) Run(h *bookingHouse) error {
	rows, err := h.attendances.Rows(a.row.Group())
	for _, r := range rows {
		if r.hold == a.row.hold && r.dose == a.row.dose && !r.recorded {
			r.recorded = true
			h.attendances.Change(r)
		}
	}
	return err
}
