package store

import (
	"context"
	"slices"
	"time"

	"naru/internal/booking"
	"naru/internal/clinic"
	"naru/internal/fault"
	"naru/internal/staff"
)

// Remedy is what is done for the people whom a change of hours concerns.
type Remedy string

// The remedies.
const (
	RemedyMove Remedy = "move" // each to the next free time of the clinic; who finds none is told
	RemedyTell Remedy = "tell" // each is told and chooses anew; the reservation stays theirs
)

// Whys are the reasons that people are told, as forms offer them; each is a text of
// the catalogue.
var Whys = []string{"staff", "vaccine", "premises", "holiday", "hours"}

// HoursChange is a change of a clinic's hours. Version is the one that was looked at.
type HoursChange struct {
	Clinic   string
	Version  int64
	Schedule clinic.Schedule
	Remedy   Remedy
	Why      string
}

func (q HoursChange) valid() error {
	if q.Remedy != RemedyMove && q.Remedy != RemedyTell {
		return fault.New(fault.Invalid, "clinic.remedy_unknown").With("Field", "remedy")
	}
	if !slices.Contains(Whys, q.Why) {
		return fault.New(fault.Invalid, "clinic.why_unknown").With("Field", "why")
	}
	return q.Schedule.Valid()
}

// Concerned lists who has booked at a clinic for a time that it would not offer by
// the schedule (rule K25). The caller needs SetHours there.
func (s *Store) Concerned(ctx context.Context, c staff.Caller, clinicID string, schedule clinic.Schedule) (all []Comer, err error) {
	act := staff.Act{Permission: staff.SetHours, At: s.PlaceOf(clinicID), Detail: map[string]string{"did": "preview"}}
	err = s.Do(ctx, c, act, func(ctx context.Context) error {
		all, err = s.stranded(ctx, clinicID, ownHours{schedule: schedule})
		return err
	})
	return all, err
}

// farOff is later than any booking.
const farOff = 2 * 365 * 24 * time.Hour

// stranded are the booked doses to come at times that a clinic does not offer.
func (s *Store) stranded(ctx context.Context, clinicID string, own ownHours) ([]Comer, error) {
	now := s.now()
	all, err := s.comers(ctx, clinicID, now, now.Add(farOff))
	return slices.DeleteFunc(all, func(c Comer) bool {
		return c.State != booking.Booked || s.offers(clinicID, c.Start, own)
	}), err
}

// SetHours changes a clinic's hours and begins to move or tell the people whom that
// concerns; the id is that of the receipt. From then on nobody can book what was
// closed, and who was about to is found (rules K24, K25). What a crash interrupts goes
// on by itself. Codes: Conflict (somebody else has changed them), Invalid.
func (s *Store) SetHours(ctx context.Context, c staff.Caller, q HoursChange) (closing string, err error) {
	if err := q.valid(); err != nil {
		return "", err
	}
	row := &closingRow{clinicKey: keyOfClinic(q.Clinic), id: string(staff.NewID()), staff: string(c.ID), remedy: string(q.Remedy), why: q.Why}
	a := &hoursAct{clinic: q.Clinic, before: q.Version, schedule: q.Schedule, closing: row}
	act := staff.Act{Permission: staff.SetHours, At: s.PlaceOf(q.Clinic), Detail: map[string]string{"did": "set", "remedy": row.remedy, "why": row.why, "closing": row.id}}
	err = s.Do(ctx, c, act, func(ctx context.Context) error {
		if err := s.inBooking(ctx, a); err != nil || a.refusal != nil {
			if err == nil {
				err = a.refusal
			}
			return err
		}
		s.learnHours(a.written)
		row.at = a.written.changedAt
		if err := s.carryOutClosing(ctx, row); err != nil { // the closing is on disk: it goes on
			s.opts.Log.Warn("a closing goes on later", "clinic", q.Clinic, "error", err)
		}
		return nil
	})
	return row.id, err
}

// closingWatch is how long a closing looks for people: as long as somebody may hold a
// place that was closed, and confirm it.
const closingWatch = booking.HoldLife + booking.HoldExtends*booking.HoldExtension + booking.SweepGrace + 5*time.Second

// closingsAtOnce bounds one round.
const closingsAtOnce = 200

// CarryOutClosings goes on with what closings have left to do; one node does it.
func (s *Store) CarryOutClosings(ctx context.Context) error {
	var open []*closingRow
	err := s.booking.Read(ctx, `SELECT `+closingTable.ColumnNames()+` FROM clinic_closing WHERE NOT done ORDER BY begun_at LIMIT $1`, []any{closingsAtOnce}, func(scan func(...any) error) error {
		r := &closingRow{}
		open = append(open, r)
		return scan(r.Into()...)
	})
	if err != nil {
		return unavailable("read closings", err)
	}
	for _, r := range open {
		if err := s.carryOutClosing(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// The outcomes of a concern.
const (
	concernPlanned = "planned"
	concernMoved   = "moved"
	concernTold    = "told"    // to choose anew
	concernByHand  = "by_hand" // too near: somebody must telephone
	concernGone    = "gone"    // cancelled or changed by themselves meanwhile
)

// carryOutClosing does what is left of a closing: whoever is concerned and was not
// dealt with. Each is written down before anything is done for them.
func (s *Store) carryOutClosing(ctx context.Context, r *closingRow) error {
	ended := !s.now().Before(unix(r.at).Add(closingWatch)) // asked before looking: who came until then is seen
	left, err := s.stranded(ctx, r.clinic, s.hours.of(r.clinic))
	if err != nil {
		return err
	}
	known, err := s.concerns(ctx, r)
	if err != nil {
		return err
	}
	for _, one := range left {
		k := &concernRow{
			closingKey: closingKey{r.bucket, r.id}, hold: string(one.HoldID), dose: int32(one.Dose), person: string(one.Person), //nolint:gosec // one or two
			number: string(one.Number), before: one.Start.Unix(), outcome: concernPlanned,
		}
		if done, ok := known[k.holdDose()]; ok && done.outcome != concernPlanned {
			continue
		}
		delete(known, k.holdDose())
		if err := s.deal(ctx, r, k, one); err != nil {
			return err
		}
	}
	for _, k := range known { // planned, and no more where they were
		if k.outcome == concernPlanned {
			if err := s.sawMoved(ctx, k); err != nil {
				return err
			}
		}
	}
	if !ended {
		return nil
	}
	return s.inBooking(ctx, &closedAct{*r})
}

type holdDose struct {
	hold string
	dose int32
}

func (r *concernRow) holdDose() holdDose { return holdDose{r.hold, r.dose} }

func (s *Store) concerns(ctx context.Context, r *closingRow) (map[holdDose]*concernRow, error) {
	all := map[holdDose]*concernRow{}
	err := s.booking.Read(ctx, `SELECT `+concernTable.ColumnNames()+` FROM clinic_concern WHERE bucket = $1 AND closing = $2`, []any{r.bucket, r.id},
		func(scan func(...any) error) error {
			k := &concernRow{}
			err := scan(k.Into()...)
			all[k.holdDose()] = k
			return err
		})
	if err != nil {
		return nil, unavailable("read closing", err)
	}
	return all, nil
}

// concernAct writes a concern, new or as it came out.
type concernAct struct{ row concernRow }

// Bucket says where the act belongs.
func (a *concernAct) Bucket() int16 { return a.row.bucket }

// Wants names what the act reads.
func (a *concernAct) Wants(h *bookingHouse) { h.concerns.Want(a.row.closingKey) }

// Run keeps what has come out already.
func (a *concernAct) Run(h *bookingHouse) error {
	rows, err := h.concerns.Rows(a.row.closingKey)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if !r.is(booking.HoldID(a.row.hold), int(a.row.dose)) {
			continue
		}
		if r.outcome == concernPlanned && a.row.outcome != concernPlanned {
			r.outcome, r.after = a.row.outcome, a.row.after
			h.concerns.Change(r)
		}
		return nil
	}
	row := a.row
	return h.concerns.Add(&row)
}

// closedAct notes that nothing is left to do.
type closedAct struct{ row closingRow }

// Bucket says where the act belongs.
func (a *closedAct) Bucket() int16 { return a.row.bucket }

// Wants names what the act reads.
func (a *closedAct) Wants(h *bookingHouse) { h.closings.Want(a.row.clinicKey) }

// Run notes it.
func (a *closedAct) Run(h *bookingHouse) error {
	rows, err := h.closings.Rows(a.row.clinicKey)
	for _, r := range rows {
		if r.id == a.row.id && !r.done {
			r.done = true
			h.closings.Change(r)
		}
	}
	return err
}
