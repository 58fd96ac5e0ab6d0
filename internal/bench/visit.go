package bench

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"naru/internal/caldate"
	"naru/internal/db"
	"naru/internal/person"
	"naru/internal/store"
	"naru/internal/visit"
)

// Sizes of the measures of the entry register.
const (
	visitRun     = 100_000 // visits of a run
	visitUpload  = 100     // of one upload
	visitCallers = 64      // scanners that upload at once
	visitRound   = 5_000   // rows that a yardstick writes in a transaction
	facilities   = 50_000
)

func visitMeasures() []measure {
	const rows = "the same rows, 5,000 a transaction, one connection, in the order of the uploads, "
	return []measure{
		{
			name: "ingest_sqlite", unit: "visits/s", open: openIngest(sqlite),
			yardstickIs: rows + "by plain INSERT with a prepared statement into an equal file (same key, WAL, synchronous=FULL, no checkpoint while it runs)",
		},
		{
			name: "ingest_postgres", unit: "visits/s", open: openIngest(postgreSQL),
			yardstickIs: rows + "by COPY into an equal partition (same key, synchronous_commit=on)",
		},
		{
			name: "days_sqlite", unit: "ms", once: true, alone: true, open: openDays,
			yardstickIs: "the same rows of one facility and two hours, read by a statement that is prepared on a connection that is open; --rows is how many visits 28 days have in all",
		},
	}
}

// ingest compares uploads of many scanners with plain writing of the rows they leave.
type ingest struct {
	b     *bench
	of    place
	at    place // of the yardstick
	store *store.Store
	plain *sql.DB
	copy  *pgx.Conn
	day   db.Day
	runs  [2]int          // of ours, of the yardstick
	all   [][]visit.Visit // by run
}

func openIngest(on dialect) opener {
	return func(ctx context.Context, b *bench) (sides, error) {
		p, err := b.server(ctx, on)
		if err != nil {
			return nil, err
		}
		s := &ingest{b: b}
		if s.of, err = b.newPlace(ctx, p); err != nil {
			return nil, err
		}
		if s.at, err = b.newPlace(ctx, p); err != nil {
			return nil, err
		}
		if s.store, err = store.Open(ctx, b.storeAt(s.of, time.Now)); err != nil {
			return nil, err
		}
		d := caldate.Of(time.Now(), b.Agency.Zone)
		s.day = db.DayOf(d.Year, int(d.Month), d.Day)
		if err := errors.Join(s.openPlain(ctx, p != nil), s.warm(ctx)); err != nil {
			return nil, errors.Join(err, s.close())
		}
		return s, nil
	}
}

// warm makes both tables, uncounted.
func (s *ingest) warm(ctx context.Context) error {
	if _, err := s.ours(ctx); err != nil {
		return err
	}
	_, err := s.yardstick(ctx)
	return err
}

func (s *ingest) openPlain(ctx context.Context, postgres bool) error {
	if err := store.Migrate(ctx, s.b.storeAt(s.at, time.Now)); err != nil {
		return err
	}
	var err error
	if postgres {
		if s.copy, err = pgx.Connect(ctx, s.at.url); err == nil {
			_, err = s.copy.Exec(ctx, fmt.Sprintf("CREATE TABLE visit.visit_%d PARTITION OF visit.visit FOR VALUES IN (%d)", s.day, s.day))
		}
		return err
	}
	if s.plain, err = db.OpenFile(s.at.dir+"/visit-plain.db", "&_txlock=immediate&_pragma=wal_autocheckpoint(0)", 1); err == nil {
		_, err = s.plain.ExecContext(ctx, store.VisitFile)
	}
	return err
}

// madeUpFacilities are their ids, the first of which is the one that is investigated.
var madeUpFacilities = sync.OnceValue(func() []visit.FacilityID {
	all := make([]visit.FacilityID, facilities)
	for i := range all {
		all[i] = visit.NewFacilityID()
	}
	return all
})

// madeUpVisits are visits within the hour before at, with tokens that nobody can open.
func madeUpVisits(n int, at time.Time, day visit.Day) []visit.Visit {
	noise := make([]byte, n*(visit.TokenSize+18))
	_, _ = rand.Read(noise) // never fails: see crypto/rand
	all := make([]visit.Visit, n)
	for i := range all {
		part := noise[i*(visit.TokenSize+18):]
		copy(all[i].ID[:], part)
		all[i].Token = visit.Token(part[18 : 18+visit.TokenSize : 18+visit.TokenSize])
		all[i].Token[0], all[i].Token[1], all[i].Token[2] = 1, byte(day>>8), byte(day) //nolint:gosec // the low byte
		all[i].At, all[i].People = at.Truncate(time.Minute).Add(-time.Duration(part[16]%60)*time.Minute), 1
	}
	return all
}

// uploaded is the facility from which the upload with the number comes.
func uploaded(n int) visit.FacilityID { return madeUpFacilities()[n*7919%facilities] }

// next is what a side writes in its next run: both write the same, whichever is first.
func (s *ingest) next(side int) []visit.Visit {
	n := s.runs[side]
	s.runs[side]++
	for len(s.all) <= n {
		s.all = append(s.all, madeUpVisits(visitRun, s.moment(), s.visitDay()))
	}
	return s.all[n]
}

// moment is a time of today, as late as one o'clock: all visits are of one day.
func (s *ingest) moment() time.Time {
	now := time.Now().In(s.b.Agency.Zone)
	at := time.Date(now.Year(), now.Month(), now.Day(), 0, 59, 0, 0, s.b.Agency.Zone)
	if at.After(now) {
		at = now.Truncate(time.Minute)
	}
	return at
}

func (s *ingest) visitDay() visit.Day {
	day, _ := visit.DayOf(caldate.Of(s.moment(), s.b.Agency.Zone))
	return day
}

func (s *ingest) ours(ctx context.Context) (float64, error) {
	visits := s.next(0)
	start := time.Now()
	err := takeAll(ctx, s.store, visits)
	return visitRun / time.Since(start).Seconds(), err
}

// takeAll uploads visits as many scanners do.
func takeAll(ctx context.Context, s *store.Store, all []visit.Visit) error {
	var next atomic.Int64
	var wg sync.WaitGroup
	errs := make([]error, visitCallers)
	for i := range errs {
		wg.Go(func() {
			for errs[i] == nil {
				n := int(next.Add(1)) - 1
				if n*visitUpload >= len(all) {
					return
				}
				refused, err := s.TakeVisits(ctx, uploaded(n), all[n*visitUpload:min((n+1)*visitUpload, len(all))])
				errs[i] = errors.Join(append(refused, err)...)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (s *ingest) yardstick(ctx context.Context) (float64, error) {
	visits := s.next(1)
	rows := make([][]any, len(visits))
	for i, v := range visits {
		of := uploaded(i / visitUpload)
		rows[i] = []any{of.Bucket(person.Buckets), string(of), int32(v.At.Unix() / 60), v.ID[:], int32(s.day), int16(1), []byte(v.Token)} //nolint:gosec // this century
	}
	write := s.insert
	if s.copy != nil {
		write = s.copyRows
	}
	start := time.Now()
	for len(rows) > 0 {
		n := min(visitRound, len(rows))
		if err := write(ctx, rows[:n]); err != nil {
			return 0, err
		}
		rows = rows[n:]
	}
	return visitRun / time.Since(start).Seconds(), nil
}

var visitColumns = []string{"bucket", "facility", "minute", "visit_id", "day", "people", "token"}

func (s *ingest) copyRows(ctx context.Context, rows [][]any) error {
	_, err := s.copy.CopyFrom(ctx, pgx.Identifier{"visit", fmt.Sprintf("visit_%d", s.day)}, visitColumns, pgx.CopyFromRows(rows))
	return err
}

func (s *ingest) insert(ctx context.Context, rows [][]any) error {
	tx, err := s.plain.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after the commit there is nothing to take back
	statement, err := tx.PrepareContext(ctx, table{name: "visit", columns: visitColumns}.insert("?"))
	if err != nil {
		return err
	}
	for _, row := range rows {
		if _, err := statement.ExecContext(ctx, row...); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func (s *ingest) close() error {
	errs := []error{}
	if s.plain != nil {
		errs = append(errs, s.plain.Close())
	}
	if s.copy != nil {
		errs = append(errs, s.copy.Close(context.Background()))
	}
	errs = append(errs, s.store.Close())
	for _, at := range []place{s.of, s.at} {
		errs = append(errs, s.b.remove(context.Background(), at))
	}
	return errors.Join(errs...)
}
