// Package store keeps everything that must survive: SQLite files behind
// combiners (PostgreSQL comes beside it). An exported method is one act of one
// caller; what it acknowledged is on disk. It promises that a refusal leaves
// nothing behind, that every act can be repeated, and that what is served from
// memory (boards, lists) goes on when the databases are away.
//
// gate.db holds the line, booking.db the people and their reservations; no
// transaction spans both (docs/adr/0002, 0003, 0005).
package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"naru/internal/agency"
	"naru/internal/booking"
	"naru/internal/clinic"
	"naru/internal/fault"
	"naru/internal/person"
)

// Options say where the store lives and what it needs.
type Options struct {
	Dir    string               // holds gate.db, booking.db, keys/, static/
	Now    func() time.Time     // the one clock
	Watch  func() time.Duration // a stopwatch that no clock change moves; nil: steps of the clock go unseen
	Agency *agency.Agency
	Fatal  func(error) // called when the disk can no longer be trusted; must end the process
	Log    *slog.Logger
}

// Store is open databases and what is kept of them in memory. Safe for
// concurrent use.
type Store struct {
	opts    Options
	gate    *database
	booking *database
	people  *person.Keyring
	gateKey []byte          // master of all gate keys
	vault   *person.Keyring // seals what the gate keeps secret until the draw

	mu        sync.RWMutex
	lines     map[string]*line
	directory atomic.Pointer[clinic.Directory]
	available *booking.Availability
	seen      atomic.Int64 // unix nano of the last good reading of the gate
	mail      chan struct{}
	doubt     clockDoubt // the leader's
}

// Open opens (and on first use makes) the databases and keys under Dir, applies
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
	s := &Store{opts: o, lines: map[string]*line{}, available: booking.NewAvailability(), mail: make(chan struct{}, 1)}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open store in %s: %w", o.Dir, err), s.Close())
	}
	return s, nil
}

func (s *Store) open(ctx context.Context) error {
	if err := s.loadKeys(); err != nil {
		return err
	}
	var err error
	if s.gate, err = openDatabase(ctx, s.opts.Dir, "gate", s.opts.Now, s.opts.Fatal); err != nil {
		return err
	}
	if s.booking, err = openDatabase(ctx, s.opts.Dir, "booking", s.opts.Now, s.opts.Fatal); err != nil {
		return err
	}
	if err := s.loadDirectory(); err != nil {
		return err
	}
	if err := s.loadLines(ctx); err != nil {
		return err
	}
	return s.reconcile(ctx)
}

// loadDirectory reads the imported regions and clinics; none is no fault yet.
func (s *Store) loadDirectory() error {
	d, err := LoadDirectory(s.opts.Dir)
	if fault.CodeOf(err) == fault.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	s.directory.Store(d)
	return nil
}

// Close finishes what was taken and closes the files. The store cannot be used
// afterwards; boards and lists in memory stay readable.
func (s *Store) Close() error {
	var errs []error
	for _, d := range []*database{s.gate, s.booking} {
		if d != nil {
			errs = append(errs, d.close())
		}
	}
	return errors.Join(errs...)
}

// Directory is the regions and clinics that were imported, or nil.
func (s *Store) Directory() *clinic.Directory { return s.directory.Load() }

// Availability is the snapshot for display.
func (s *Store) Availability() *booking.Availability { return s.available }

// Ready tests the work, not the port: one durable write and one read in each
// database. It is nil or a fault of code Unavailable.
func (s *Store) Ready(ctx context.Context) error {
	for _, d := range []*database{s.gate, s.booking} {
		if err := d.do(ctx, touch{}); err != nil {
			return fault.Wrap(fault.Unavailable, "store.unavailable", err)
		}
	}
	return nil
}

// touch is the act of Ready: it takes the writer's way without changing a row.
type touch struct{}

func (touch) run(t *tx) error {
	_, err := t.exec("UPDATE goose_db_version SET tstamp = tstamp WHERE id = (SELECT max(id) FROM goose_db_version)")
	return err
}

// Run keeps the store going until ctx ends: the line's leader, the sweeper, the
// counts for display and the checkpoints. One node runs it.
func (s *Store) Run(ctx context.Context) {
	var wg sync.WaitGroup
	every := func(period time.Duration, what string, step func(context.Context) error) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			s.repeat(ctx, period, what, step)
		}()
	}
	every(100*time.Millisecond, "lead", s.Lead)
	every(time.Second, "sweep", s.Sweep)
	every(time.Minute, "reconcile", s.reconcile)
	every(500*time.Millisecond, "checkpoint", s.checkpoint)
	every(5*time.Minute, "forget", s.Forget)
	wg.Wait()
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
	return errors.Join(s.gate.checkpoint(ctx), s.booking.checkpoint(ctx))
}

func (s *Store) now() time.Time { return s.opts.Now().UTC() }

// ReloadDirectory reads regions and clinics again after an import into Dir.
func (s *Store) ReloadDirectory() error { return s.loadDirectory() }
