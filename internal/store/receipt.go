package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"naru/internal/booking"
	"naru/internal/person"
	"naru/internal/staff"
)

// Closing is the receipt of a change of hours: who was concerned and what became of it.
type Closing struct {
	ID       string
	At       time.Time
	Remedy   Remedy
	Why      string
	Done     bool // nobody can be found any more
	Concerns []Concern
}

// Concern is one dose that a closing concerned.
type Concern struct {
	Person        person.ID
	Claim         person.Claim
	Number        booking.Number
	Dose          int
	Before, After time.Time // After is zero when there is no other time
	Outcome       string    // planned, moved, told, by_hand, gone
}

// Closings are the last changes of a clinic's hours, the newest first, each with its
// receipt. The caller needs SetHours there; it is written down.
func (s *Store) Closings(ctx context.Context, c staff.Caller, clinicID string) (all []Closing, err error) {
	act := staff.Act{Permission: staff.SetHours, At: s.PlaceOf(clinicID), Detail: map[string]string{"did": "receipts"}}
	err = s.Do(ctx, c, act, func(ctx context.Context) error {
		all, err = s.readClosings(ctx, clinicID)
		return err
	})
	return all, err
}

// closingsShown is how many receipts are kept in sight.
const closingsShown = 10

func (s *Store) readClosings(ctx context.Context, clinicID string) (all []Closing, err error) {
	var rows []*closingRow
	k := keyOfClinic(clinicID)
	err = s.booking.Read(ctx, `SELECT `+closingTable.ColumnNames()+` FROM clinic_closing WHERE bucket = $1 AND clinic_id = $2 ORDER BY begun_at DESC, id LIMIT $3`,
		append(k.Args(), closingsShown), func(scan func(...any) error) error {
			r := &closingRow{}
			rows = append(rows, r)
			return scan(r.Into()...)
		})
	if err != nil {
		return nil, unavailable("read closings", err)
	}
	for _, r := range rows {
		one := Closing{ID: r.id, At: unix(r.at), Remedy: Remedy(r.remedy), Why: r.why, Done: r.done}
		if one.Concerns, err = s.readConcerns(ctx, r); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

func (s *Store) readConcerns(ctx context.Context, r *closingRow) (all []Concern, err error) {
	known, err := s.concerns(ctx, r)
	if err != nil {
		return nil, err
	}
	for _, k := range known {
		claim, err := s.readPerson(ctx, person.ID(k.person))
		if err != nil {
			return nil, err
		}
		all = append(all, Concern{person.ID(k.person), claim, booking.Number(k.number), int(k.dose), unix(k.before), unixOrNever(k.after), k.outcome})
	}
	slices.SortFunc(all, func(a, b Concern) int {
		return cmp.Or(a.Before.Compare(b.Before), cmp.Compare(a.Claim.Name, b.Claim.Name), cmp.Compare(a.Number, b.Number))
	})
	return all, nil
}
