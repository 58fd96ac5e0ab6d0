// Package store keeps everything that must survive: SQLite files or PostgreSQL,
// behind combiners. An exported method is one act of one caller; what it
// acknowledged is on disk. It promises that a refusal leaves nothing behind, that
// every act can be repeated, on any node, and that what is served from memory
// (boards, lists) goes on when the databases are away.
//
// The gate's database holds the line, the booking database the people and their
// reservations, that of staff the accounts and the audit, that of records the doses and
// tests, that of visits the entry register; no transaction spans two of them (docs/adr/0002, 0003, 0005, 0009, 0023, 0029, 0038).
package store

import (
	"context"
	"crypto/ed25519"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"naru/internal/agency"
	"naru/internal/booking"
	"naru/internal/clinic"
	"naru/internal/db"
	"naru/internal/fault"
	"naru/internal/identity"
	"naru/internal/person"
)

//go:embed migrations
var migrationFiles embed.FS

// Options say where the store lives and what it needs.
type Options struct {
	Dir    string               // holds keys/, static/, public/ and, without DB, gate.db, booking.db, staff.db and record.db
	DB     string               // URL of a PostgreSQL database, several hosts allowed; "": SQLite in Dir
	Now    func() time.Time     // the one clock
	Watch  func() time.Duration // a stopwatch that no clock change moves; nil: steps of the clock go unseen, and the database's is not asked
	Agency *agency.Agency
	Lights func() map[identity.ID]identity.Light // how this node sees the agency's providers; nil: nobody looks, and nothing slows down
	Fatal  func(error)                           // called when the disk can no longer be trusted; must end the process
	Log    *slog.Logger

	Witness Witness // keeps the audit's signed heads outside; nil: nobody does

	Pressure func() float64 // what part of this node's requests of the last second had to wait, 0 to 1; nil: none
}

// Store is open databases and what is kept of them in memory. Safe for
// concurrent use.
type Store struct {
	opts     Options
	gate     *db.Database[*gateHouse]
	booking  *db.Database[*bookingHouse]
	staff    *db.Database[*staffHouse]
	record   *db.Database[*recordHouse]
	register visitRegister
	chain    string       // of the audit: of this start of this node
	sealed   atomic.Int64 // number of the newest entry that is sealed
	people   *person.Keyring
	gateKey  []byte             // master of all gate keys
	auditKey ed25519.PrivateKey // signs the heads of the audit
	vault    *person.Keyring    // seals what the gate keeps secret until the draw

	mu        sync.RWMutex
	lines     map[string]*line
	directory atomic.Pointer[clinic.Directory]
	version   string // of the directory; the loop that follows it only
	available *booking.Availability
	recent    recentHolds
	nextPart  atomic.Uint64 // of available, to be read anew
	seen      atomic.Int64  // unix nano of the last good reading of the gate
	mail      chan struct{}
	finished  *finished
	quotaDesk sync.Mutex // who asks for more of a quota
	clock     dbClock
	doubt     clockDoubt // the loop of Lead
	leads     *leadership
	toldLoad  float64 // what the others know of it; the loop of Lead
	toldAt    time.Time
	leading   atomic.Int64 // the fence while this node leads, 0 else
	lights    lights
}

// Open opens (and on first use makes) the databases and keys, applies
// migrations, and loads what is served from memory.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Fatal == nil || o.Now == nil || o.Agency == nil {
		return nil, errors.New("open store: Now, Agency and Fatal are needed")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(o.Dir, 0o750); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	s := &Store{
		opts: o, lines: map[string]*line{}, available: booking.NewAvailability(), mail: make(chan struct{}, 1), leads: newLeadership(),
		finished: newFinished(), chain: newChain(),
	}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open store in %s: %w", o.Dir, err), s.Close())
	}
	return s, nil
}

// Connections for reading, per database and node.
const (
	readers = 4
	viewers = 2
)

// bookingWriters is how many connections of PostgreSQL a node writes bookings
// with, each its share of the buckets: while the server works on one batch, the
// node decides another (docs/results/book.md).
const bookingWriters = 2

// gateWriters: the line has one, so that everybody is taken in order; the lease has
// the other, so that a long queue does not change the leader.
const gateWriters = 2

// How often admissions are signed and published, and reservations counted beside
// them: the one is read where the last ended, the other reads the tables whole.
const (
	recordEvery      = 5 * time.Second
	countBookedEvery = time.Hour
	checkpointEvery  = 500 * time.Millisecond
)

func (s *Store) open(ctx context.Context) error {
	if err := refuseMoved(ctx, s.opts.Dir, s.opts.DB); err != nil {
		return err
	}
	o := db.Options{
		Dir: s.opts.Dir, URL: s.opts.DB, Migrations: migrations(), Now: s.now, Watch: s.opts.Watch,
		Fatal: s.opts.Fatal, Readers: readers, Viewers: viewers,
	}
	if o.URL != "" {
		o.Guard = &db.Guard{File: filepath.Join(s.opts.Dir, "primary")}
	}
	var err error
	o.Name, o.Writers = "gate", gateWriters
	if s.gate, err = db.Open(ctx, o, newGateHouse); err != nil {
		return err
	}
	go s.finish()
	o.Name, o.Writers = "booking", bookingWriters
	if s.booking, err = db.Open(ctx, o, newBookingHouse); err != nil {
		return err
	}
	o.Name, o.Writers = "staff", 1
	if s.staff, err = db.Open(ctx, o, newStaffHouse); err != nil {
		return err
	}
	o.Name, o.Writers = "record", bookingWriters
	if s.record, err = db.Open(ctx, o, newRecordHouse); err != nil {
		return err
	}
	if err := s.openRegister(ctx, o); err != nil {
		return err
	}
	if err := s.loadKeys(ctx); err != nil {
		return err
	}
	if err := s.checkKeys(ctx); err != nil {
		return err
	}
	if err := s.askTime(ctx); err != nil {
		return err
	}
	if err := s.followDirectory(ctx); err != nil {
		return err
	}
	if err := s.wellFollowed(ctx); err != nil {
		return err
	}
	return s.recountAll(ctx)
}

func migrations() fs.FS {
	sub, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	return sub
}

// Close finishes what was taken and closes the databases. The store cannot be
// used afterwards; boards and lists in memory stay readable.
func (s *Store) Close() error {
	var errs []error
	if s.gate != nil {
		s.finished.close()
		if err := s.giveUp(); err != nil { // it ends by itself
			s.opts.Log.Warn("the lease is left to end by itself", "error", err)
		}
		errs = append(errs, s.gate.Close())
	}
	if s.booking != nil {
		errs = append(errs, s.booking.Close())
	}
	if s.staff != nil {
		if err := s.sealLast(); err != nil { // the chain speaks for what is not sealed
			s.opts.Log.Warn("the end of the audit is not sealed", "error", err)
		}
		errs = append(errs, s.staff.Close())
	}
	if s.record != nil {
		errs = append(errs, s.record.Close())
	}
	return errors.Join(append(errs, s.register.close())...)
}

func (s *Store) inBooking(ctx context.Context, a bookingAct) error { return s.booking.Do(ctx, a) }

// Directory is the regions and clinics that were imported, or nil.
func (s *Store) Directory() *clinic.Directory { return s.directory.Load() }

// Availability is the snapshot for display.
func (s *Store) Availability() *booking.Availability { return s.available }

// readyWithin is how fresh a durable write must be to prove that the store works:
// in a rush a test of its own would only stand in the same queue.
const readyWithin = time.Second

// Ready tests the work, not the port: one durable write in each database, its own
// or anybody's of the last second. It is nil or a fault of code Unavailable.
func (s *Store) Ready(ctx context.Context) error {
	var errs []error
	if !s.gate.WroteWithin(readyWithin) {
		for writer := range s.gate.Writers() {
			errs = append(errs, s.atGate(ctx, touch[*gateHouse](writer)))
		}
	}
	if !s.booking.WroteWithin(readyWithin) {
		for writer := range s.booking.Writers() {
			errs = append(errs, s.inBooking(ctx, touch[*bookingHouse](writer)))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fault.Wrap(fault.Unavailable, "store.unavailable", err)
	}
	return nil
}

// touch is the act of Ready: it takes the way of one writer without changing a row.
type touch[H interface {
	Exec(query string, args ...any) (int64, error)
}] int16

// Bucket is one of the writer's.
func (t touch[H]) Bucket() int16 { return int16(t) }

// Run writes what is there.
func (touch[H]) Run(house H) error {
	_, err := house.Exec("UPDATE goose_db_version SET tstamp = tstamp WHERE id = (SELECT max(id) FROM goose_db_version)")
	return err
}

// Run keeps the store going until ctx ends: the line (one node leads, the others
// follow), the sweeper, the counts for display and the checkpoints.
func (s *Store) Run(ctx context.Context) {
	var wg sync.WaitGroup
	every := func(period time.Duration, what string, step func(context.Context) error) {
		wg.Go(func() { s.repeat(ctx, period, what, step) })
	}
	every(100*time.Millisecond, "lead", s.Lead)
	every(leaseRenew/4, "lease", s.Renew)
	every(time.Second, "sweep", s.ifLeading(s.Sweep))
	every(s.recountEvery(), "recount", s.recount)
	every(recordEvery, "record", s.Record)
	every(countBookedEvery, "count booked", s.ifLeading(s.CountBooked))
	every(5*time.Minute, "forget", s.ifLeading(s.Forget))
	every(sealEvery, "seal audit", s.Seal)
	every(time.Minute, "keep visits", s.KeepVisits)
	every(witnessEvery, "tell witness", s.ifLeading(s.Testify))
	if s.opts.DB == "" {
		every(checkpointEvery, "checkpoint", s.checkpoint)
	} else {
		every(2*time.Second, "time", s.askTime)
		every(2*time.Second, "directory", s.followDirectory)
	}
	wg.Wait()
}

// ifLeading runs a step on the node that leads only.
func (s *Store) ifLeading(step func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		if !s.Leads() {
			return nil
		}
		return step(ctx)
	}
}

func (s *Store) repeat(ctx context.Context, period time.Duration, what string, step func(context.Context) error) {
	tick := time.NewTicker(period)
	defer tick.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := step(ctx)
		if err != nil && ctx.Err() == nil && !failing {
			s.opts.Log.Error("background step failed", "step", what, "error", err)
		}
		failing = err != nil
	}
}

func (s *Store) checkpoint(ctx context.Context) error {
	return errors.Join(s.gate.Checkpoint(ctx), s.booking.Checkpoint(ctx), s.staff.Checkpoint(ctx), s.record.Checkpoint(ctx), s.register.checkpoint(ctx))
}

// ReloadDirectory reads regions and clinics again after an import into Dir.
func (s *Store) ReloadDirectory() error { return s.loadDirectory() }

// Migrate brings the schema of a database up to date and closes it again; it
// needs and makes no keys.
func Migrate(ctx context.Context, o Options) error {
	for _, open := range []func() error{
		func() error { return migrateOnly(ctx, o, "gate", newGateHouse) },
		func() error { return migrateOnly(ctx, o, "booking", newBookingHouse) },
		func() error { return migrateOnly(ctx, o, "staff", newStaffHouse) },
		func() error { return migrateOnly(ctx, o, "record", newRecordHouse) },
		func() error { return migrateOnly(ctx, o, "visit", newVisitHouse) },
	} {
		if err := open(); err != nil {
			return fmt.Errorf("migrate: %w", err)
		}
	}
	return nil
}

func migrateOnly[T any](ctx context.Context, o Options, name string, house func(*db.Tx) T) error {
	d, err := openOnly(ctx, o, name, house)
	if err != nil {
		return err
	}
	return d.Close()
}

// openOnly opens one database for one piece of work, without keys.
func openOnly[T any](ctx context.Context, o Options, name string, house func(*db.Tx) T) (*db.Database[T], error) {
	return db.Open(ctx, db.Options{
		Name: name, Dir: o.Dir, URL: o.DB, Migrations: migrations(), Now: o.Now, Fatal: o.Fatal, Readers: 1,
	}, house)
}
