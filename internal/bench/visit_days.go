package bench

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"naru/internal/caldate"
	"naru/internal/db"
	"naru/internal/person"
	"naru/internal/store"
	"naru/internal/visit"
)

// days measures a register that is full: 28 days of visits in files of SQLite.
type days struct {
	b     *bench
	at    place
	clock *clock
	store *store.Store
	drops []time.Duration
	rates []float64
	from  time.Time // of the two hours
}

// hotVisits is how many visits the facility has that is investigated, in its two hours.
const hotVisits = 400

func openDays(ctx context.Context, b *bench) (sides, error) {
	at, err := b.newPlace(ctx, nil)
	if err != nil {
		return nil, err
	}
	s := &days{b: b, at: at, clock: &clock{}}
	if s.store, err = store.Open(ctx, b.storeAt(at, s.clock.Now)); err != nil {
		return nil, err
	}
	if err := s.fill(ctx); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// noon is when the visits of a day are uploaded.
func (s *days) noon(daysAgo int) time.Time {
	return caldate.Of(time.Now(), s.b.Agency.Zone).AddDays(-daysAgo).At(13, 0, s.b.Agency.Zone)
}

func (s *days) fill(ctx context.Context) error {
	each := s.b.Rows / visit.KeptDays
	for ago := visit.KeptDays - 1; ago >= 0; ago-- {
		s.clock.set(s.noon(ago))
		day, _ := visit.DayOf(caldate.Of(s.noon(ago), s.b.Agency.Zone))
		start := time.Now()
		for left := each; left > 0; left -= visitRun {
			if err := takeAll(ctx, s.store, madeUpVisits(min(left, visitRun), s.noon(ago), day)); err != nil {
				return err
			}
			if err := s.store.CheckpointVisits(ctx); err != nil {
				return err
			}
		}
		if ago == visit.KeptDays/2 {
			if err := s.hot(ctx, s.noon(ago), day); err != nil {
				return err
			}
		}
		s.b.say("visit days_sqlite: %d days to go, %.0f visits/s", ago, float64(each)/time.Since(start).Seconds())
	}
	return nil
}

func (s *days) hot(ctx context.Context, at time.Time, day visit.Day) error {
	s.from = at.Add(-time.Hour)
	refused, err := s.store.TakeVisits(ctx, madeUpFacilities()[0], madeUpVisits(hotVisits, at, day))
	return errors.Join(append(refused, err)...)
}

// asked is how often a question is asked; the median counts.
const asked = 21

func (s *days) ours(ctx context.Context) (float64, error) {
	var all []float64
	for range asked {
		start := time.Now()
		got, err := s.store.VisitsOf(ctx, madeUpFacilities()[0], s.from, s.from.Add(2*time.Hour))
		if err != nil || len(got) < hotVisits {
			return 0, fmt.Errorf("%d visits: %w", len(got), err)
		}
		all = append(all, milliseconds(time.Since(start)))
	}
	return median(all), s.drop(ctx)
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// drop drops the oldest days one by one while visits of today are taken.
func (s *days) drop(ctx context.Context) error {
	for n := range 3 {
		today, _ := visit.DayOf(caldate.Of(s.noon(-n-2), s.b.Agency.Zone))
		s.clock.set(s.noon(-n - 2))
		if err := takeAll(ctx, s.store, madeUpVisits(visitUpload, s.noon(-n-2), today)); err != nil { // today's file is there
			return err
		}
		visits := madeUpVisits(visitRun, s.noon(-n-2), today)
		done := make(chan error, 1)
		start := time.Now()
		go func() { done <- takeAll(ctx, s.store, visits) }()
		err := s.store.ForgetVisits(ctx)
		s.drops = append(s.drops, time.Since(start))
		if err := errors.Join(err, <-done); err != nil {
			return err
		}
		s.rates = append(s.rates, visitRun/time.Since(start).Seconds())
	}
	return nil
}

func (s *days) yardstick(ctx context.Context) (float64, error) {
	d := caldate.Of(s.from, s.b.Agency.Zone)
	f, err := db.OpenFile(filepath.Join(s.at.dir, "visit-"+db.DayOf(d.Year, int(d.Month), d.Day).String()+".db"), "&_pragma=query_only(1)", 1)
	if err != nil {
		return 0, err
	}
	defer func() { _ = f.Close() }() // it was only read
	statement, err := f.PrepareContext(ctx, "SELECT * FROM visit WHERE bucket = ? AND facility = ? AND minute >= ? AND minute < ?")
	if err != nil {
		return 0, err
	}
	of := madeUpFacilities()[0]
	var all []float64
	for range asked {
		start := time.Now()
		rows, err := statement.QueryContext(ctx, of.Bucket(person.Buckets), string(of), s.from.Unix()/60, s.from.Add(2*time.Hour).Unix()/60)
		if err := db.ScanRows(rows, err, func(scan func(...any) error) error {
			var a, b, c, d, e, f, g any
			return scan(&a, &b, &c, &d, &e, &f, &g)
		}); err != nil {
			return 0, err
		}
		all = append(all, milliseconds(time.Since(start)))
	}
	return median(all), nil
}

// detail says what dropping cost.
func (s *days) detail(*Result) {
	for i, took := range s.drops {
		s.b.say("visit days_sqlite: a day of %d visits dropped in %.0f ms while %.0f visits/s were taken", s.b.Rows/visit.KeptDays, milliseconds(took), s.rates[i])
	}
}

func (s *days) close() error {
	return errors.Join(s.store.Close(), s.b.remove(context.Background(), s.at))
}
