package store

import (
	"context"

	"naru/internal/caldate"
	"naru/internal/fault"
	"naru/internal/person"
	"naru/internal/visit"
)

// Paper is the handwritten register of one facility and day, and what was said of it.
type Paper struct {
	Day                       caldate.Date
	Printed                   bool
	Used, Destroyed           bool
	DestroyFrom               caldate.Date // from this day it must be destroyed
	PrintedOn, UsedOn, GoneOn caldate.Date // zero for what has not happened
}

// PaperStep is something that happens to a handwritten register.
type PaperStep string

// The steps, in order.
const (
	PaperPrinted   PaperStep = "printed"
	PaperUsed      PaperStep = "used"
	PaperDestroyed PaperStep = "destroyed"
)

// NotePaper writes down what happened to the sheet of a day (rule V12). A step that was
// noted before stays as it was. Codes: NotFound, Invalid, Conflict (destroyed before it
// was used or printed).
func (s *Store) NotePaper(ctx context.Context, m Manager, id visit.FacilityID, day caldate.Date, step PaperStep) error {
	if _, err := s.Managed(ctx, m, id); err != nil {
		return err
	}
	column, ok := map[PaperStep]string{PaperPrinted: "printed_at", PaperUsed: "used_at", PaperDestroyed: "destroyed_at"}[step]
	if !ok {
		return fault.New(fault.Invalid, "visit.paper_bad")
	}
	key := []any{id.Bucket(person.Buckets), string(id), int32(dateDay(day))}
	changed := int64(0)
	err := s.inRegister(ctx, func(h *visitHouse) (err error) {
		if step == PaperPrinted {
			changed, err = h.Exec(`INSERT INTO facility_paper (bucket, facility_id, day, printed_at, used_at, destroyed_at) VALUES ($1, $2, $3, $4, 0, 0)
			    ON CONFLICT (bucket, facility_id, day) DO UPDATE SET used_at = facility_paper.used_at`, append(key, h.Now.Unix())...)
			return err
		}
		changed, err = h.Exec(`UPDATE facility_paper SET `+column+` = CASE WHEN `+column+` = 0 THEN $4 ELSE `+column+` END
		    WHERE bucket = $1 AND facility_id = $2 AND day = $3`, append(key, h.Now.Unix())...)
		return err
	})
	if err == nil && changed == 0 {
		err = fault.New(fault.Conflict, "visit.paper_unprinted")
	}
	return err
}

// Papers lists the sheets of a facility, the newest first.
func (s *Store) Papers(ctx context.Context, m Manager, id visit.FacilityID) ([]Paper, error) {
	if _, err := s.Managed(ctx, m, id); err != nil {
		return nil, err
	}
	var all []Paper
	zone := s.opts.Agency.Zone
	err := s.readRegister(ctx, `SELECT day, printed_at, used_at, destroyed_at FROM facility_paper WHERE bucket = $1 AND facility_id = $2 ORDER BY day DESC`,
		[]any{id.Bucket(person.Buckets), string(id)}, func(scan func(...any) error) error {
			var day int32
			var at [3]int64
			if err := scan(&day, &at[0], &at[1], &at[2]); err != nil {
				return err
			}
			p := Paper{Day: dayDate(day), Printed: true, Used: at[1] > 0, Destroyed: at[2] > 0}
			p.DestroyFrom = p.Day.AddDays(visit.KeptDays + 1)
			for i, to := range []*caldate.Date{&p.PrintedOn, &p.UsedOn, &p.GoneOn} {
				if at[i] > 0 {
					*to = caldate.Of(unix(at[i]), zone)
				}
			}
			all = append(all, p)
			return nil
		})
	return all, err
}
