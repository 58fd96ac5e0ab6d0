package store

import (
	"context"
	"errors"

	"naru/internal/db"
)

// The tables of the register that grow, a file or partition for each day.
var (
	visitTable   = db.NewTable("visit", "bucket int2, facility text, minute int4, visit_id bytea, day int4, people int2, token bytea", 5, 0, false)
	contactTable = db.NewTable("contact", "bucket int2, handle bytea, day int4, leads bytea", 3, 0, false)
)

// What a day's file of SQLite holds; PostgreSQL has the same in its migrations. VisitFile
// is known outside for a yardstick's file.
const (
	VisitFile = `CREATE TABLE IF NOT EXISTS visit (
    bucket   INTEGER NOT NULL, -- of the facility
    facility TEXT    NOT NULL,
    minute   INTEGER NOT NULL, -- since 1970
    visit_id BLOB    NOT NULL, -- made by the scanner
    day      INTEGER NOT NULL, -- 20211213, in the agency's zone
    people   INTEGER NOT NULL,
    token    BLOB    NOT NULL, -- sealed
    PRIMARY KEY (bucket, facility, minute, visit_id, day)
) STRICT, WITHOUT ROWID`

	contactFile = `CREATE TABLE IF NOT EXISTS contact (
    bucket INTEGER NOT NULL, -- of the handle
    handle BLOB    NOT NULL, -- random
    day    INTEGER NOT NULL,
    leads  BLOB    NOT NULL, -- sealed: a person
    PRIMARY KEY (bucket, handle, day)
) STRICT, WITHOUT ROWID`
)

// visitRegister is the entry register: facilities and cases, the visits of each day, and
// on the issuer's side what the contact handles of each day lead to.
type visitRegister struct {
	house    *db.Database[*visitHouse]
	visits   *db.Diary
	contacts *db.Diary
}

// visitWriters is how many connections of PostgreSQL a node adds visits with: while the
// server works on one batch, the node makes another ready.
const visitWriters = 2

// openRegister opens what o, made for the other databases, says.
func (s *Store) openRegister(ctx context.Context, o db.Options) error {
	var err error
	o.Name, o.Writers = "visit", 1
	if s.register.house, err = db.Open(ctx, o, newVisitHouse); err != nil {
		return err
	}
	o.Writers = visitWriters
	if s.register.visits, err = db.OpenDiary(ctx, db.DiaryOptions{Options: o, Table: visitTable, Create: VisitFile}); err != nil {
		return err
	}
	s.register.contacts, err = db.OpenDiary(ctx, db.DiaryOptions{Options: o, Table: contactTable, Create: contactFile})
	return err
}

func (r *visitRegister) diaries() []*db.Diary { return []*db.Diary{r.visits, r.contacts} }

func (r *visitRegister) checkpoint(ctx context.Context) error {
	return errors.Join(r.house.Checkpoint(ctx), r.visits.Checkpoint(ctx), r.contacts.Checkpoint(ctx))
}

// CheckpointVisits moves what is committed of visits from SQLite's logs into the files. Run
// does it all the time.
func (s *Store) CheckpointVisits(ctx context.Context) error {
	return s.register.visits.Checkpoint(ctx)
}

func (r *visitRegister) close() error {
	var errs []error
	if r.house != nil {
		errs = append(errs, r.house.Close())
	}
	for _, d := range r.diaries() {
		if d != nil {
			errs = append(errs, d.Close())
		}
	}
	return errors.Join(errs...)
}

// visitHouse is the register's small tables as a batch sees them: what is done there is
// rare, and written by hand.
type visitHouse struct{ *db.Tx }

func newVisitHouse(t *db.Tx) *visitHouse { return &visitHouse{t} }

// registerAct is an act among facilities and cases. It may run more than once.
type registerAct func(h *visitHouse) error

// Run runs it.
func (a registerAct) Run(h *visitHouse) error { return a(h) }

func (s *Store) inRegister(ctx context.Context, a registerAct) error {
	return s.register.house.Do(ctx, a)
}

// readRegister reads the register's small tables.
func (s *Store) readRegister(ctx context.Context, query string, args []any, each func(scan func(...any) error) error) error {
	if err := s.register.house.Read(ctx, query, args, each); err != nil {
		return unavailable("read register", err)
	}
	return nil
}
