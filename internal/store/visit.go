package store

import (
	"context"
	"fmt"
	"time"

	"naru/internal/caldate"
	"naru/internal/db"
	"naru/internal/fault"
	"naru/internal/person"
	"naru/internal/visit"
)

// TakeVisits keeps what a scanner of a facility uploads: each visit once, however often
// it comes (rule V6). The first answer has one entry a visit, nil for one that is
// durable, else why it is refused and will always be. An error means that none of them
// was answered: the same upload is to be repeated.
func (s *Store) TakeVisits(ctx context.Context, of visit.FacilityID, visits []visit.Visit) ([]error, error) {
	if len(visits) > visit.MaxUpload {
		return nil, fault.New(fault.TooLarge, "visit.upload_large").With("Most", visit.MaxUpload)
	}
	now, zone := s.now(), s.opts.Agency.Zone
	refused := make([]error, len(visits))
	days := map[db.Day][][]any{}
	for i, v := range visits {
		v.Facility = string(of)
		if refused[i] = v.Take(now, zone); refused[i] == nil {
			day := dayOf(v.At, zone)
			days[day] = append(days[day], visitRow(v, day))
		}
	}
	for day, rows := range days {
		if err := s.register.visits.Add(ctx, day, rows); err != nil {
			return nil, err
		}
	}
	return refused, nil
}

// dayOf is the day of the register in which an instant lies.
func dayOf(at time.Time, zone *time.Location) db.Day {
	return dateDay(caldate.Of(at, zone))
}

func dateDay(d caldate.Date) db.Day { return db.DayOf(d.Year, int(d.Month), d.Day) }

// dayDate is dateDay back.
func dayDate(day int32) caldate.Date {
	return caldate.Date{Year: int(day / 10000), Month: time.Month(day / 100 % 100), Day: int(day % 100)}
}

func visitRow(v visit.Visit, day db.Day) []any {
	of := visit.FacilityID(v.Facility)
	return []any{of.Bucket(person.Buckets), v.Facility, minuteOf(v.At), v.ID[:], int32(day), int16(v.People), []byte(v.Token)} //nolint:gosec // bounded by Take
}

func minuteOf(at time.Time) int32 { return int32(at.Unix() / 60) } //nolint:gosec // until the year 6053

// VisitsOf reads the visits of a facility from one minute until before another, as they
// are kept: sealed.
func (s *Store) VisitsOf(ctx context.Context, of visit.FacilityID, from, to time.Time) ([]visit.Visit, error) {
	zone := s.opts.Agency.Zone
	var all []visit.Visit
	for d := caldate.Of(from, zone); !caldate.Of(to.Add(-time.Minute), zone).Before(d); d = d.AddDays(1) {
		err := s.register.visits.Read(ctx, dateDay(d), `WHERE bucket = $1 AND facility = $2 AND minute >= $3 AND minute < $4 ORDER BY minute, visit_id`,
			[]any{of.Bucket(person.Buckets), string(of), minuteOf(from), minuteOf(to)}, func(scan func(...any) error) error {
				v, err := scanVisit(scan)
				all = append(all, v)
				return err
			})
		if err != nil {
			return nil, unavailable("read visits", err)
		}
	}
	return all, nil
}

func scanVisit(scan func(...any) error) (visit.Visit, error) {
	var v visit.Visit
	var bucket, people int16
	var minute, day int32
	var id, token []byte
	if err := scan(&bucket, &v.Facility, &minute, &id, &day, &people, &token); err != nil {
		return v, err
	}
	if len(id) != len(v.ID) {
		return v, fmt.Errorf("a visit whose number has %d bytes", len(id))
	}
	copy(v.ID[:], id)
	v.At, v.People, v.Token = time.Unix(int64(minute)*60, 0).UTC(), int(people), token
	return v, nil
}

// shownElsewhere counts, for each token of a case, the other visits that have the same:
// somebody showed a copy (rule V7). It reads the days whole; a case is rare, and an index
// of tokens would cost every visit.
func (s *Store) shownElsewhere(ctx context.Context, of []visit.Visit) (map[visit.ID]int, error) {
	zone := s.opts.Agency.Zone
	first := map[string]visit.ID{}
	days := map[caldate.Date]bool{}
	for _, v := range of {
		first[string(v.Token)] = v.ID
		for _, off := range []int{-1, 0, 1} {
			days[caldate.Of(v.At, zone).AddDays(off)] = true
		}
	}
	seen := map[string]int{}
	for d := range days {
		err := s.register.visits.Read(ctx, dateDay(d), "", nil, func(scan func(...any) error) error {
			v, err := scanVisit(scan)
			if _, ours := first[string(v.Token)]; ours {
				seen[string(v.Token)]++
			}
			return err
		})
		if err != nil {
			return nil, unavailable("read visits", err)
		}
	}
	more := map[visit.ID]int{}
	for _, v := range of {
		more[v.ID] = seen[string(v.Token)] - 1
	}
	return more, nil
}

// KeepVisits takes in the public keys that the custodians have put down, and drops every
// day whose visits may no longer be there (rule V4). Each node does it with its own files;
// of a PostgreSQL whoever is first.
func (s *Store) KeepVisits(ctx context.Context) error {
	if err := s.ForgetVisits(ctx); err != nil {
		return err
	}
	return s.followDayKeys(ctx)
}

// ForgetVisits drops what is over, while other days are written.
func (s *Store) ForgetVisits(ctx context.Context) error {
	first := dateDay(caldate.Of(s.now(), s.opts.Agency.Zone).AddDays(-visit.KeptDays))
	for _, d := range s.register.diaries() {
		dropped, err := d.DropBefore(ctx, first)
		for _, day := range dropped {
			s.opts.Log.Info("a day of the register is dropped", "day", day.String())
		}
		if err != nil {
			return unavailable("drop days of the register", err)
		}
	}
	return s.inRegister(ctx, func(h *visitHouse) error {
		for _, old := range []string{`DELETE FROM visit_key WHERE day < $1`, `DELETE FROM facility_paper WHERE day < $1 AND destroyed_at > 0`} {
			if _, err := h.Exec(old, int32(first)); err != nil {
				return err
			}
		}
		_, err := h.Exec(`DELETE FROM facility_pairing WHERE expires_at < $1`, h.Now.Unix())
		return err
	})
}
