package store

import (
	"context"
	"sync/atomic"
	"time"
)

// dbClock is the database's time, carried on by a stopwatch: nodes whose own
// clocks differ decide alike (DESIGN §3).
type dbClock struct{ read atomic.Pointer[clockReading] }

type clockReading struct {
	time  time.Time
	watch time.Duration
}

// maxRoundTrip is the longest answer from which the time is taken. A slow
// answer says nothing; the last reading goes on.
const maxRoundTrip = time.Second

// now is the one time of this node, UTC.
func (s *Store) now() time.Time {
	if r := s.clock.read.Load(); r != nil {
		return r.time.Add(s.opts.Watch() - r.watch).UTC()
	}
	return s.opts.Now().UTC()
}

// askTime asks the database for its time. SQLite has none of its own.
func (s *Store) askTime(ctx context.Context) error {
	if s.opts.DB == "" || s.opts.Watch == nil {
		return nil
	}
	asked := s.opts.Watch()
	var micros int64
	if err := s.gate.ReadRow(ctx, `SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint`, nil, &micros); err != nil {
		return err
	}
	took := s.opts.Watch() - asked
	if took > maxRoundTrip && s.clock.read.Load() != nil {
		return nil
	}
	s.clock.read.Store(&clockReading{time: time.UnixMicro(micros).Add(took / 2), watch: asked + took})
	return nil
}
