package bench

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// flatBookings is how many bookings are timed at a size of the table: few enough
// that the smallest table stays of its size.
const flatBookings = 3000

const flatIs = "the cost at 10,000 reservations in the table. Ours is the slowest of all sizes, each a power of ten, measured in turns with the " +
	"smallest: hold and confirm without HTTP; the tables were filled with rows like those of bookings (reservation, hold, answer, outbox)"

func flatMeasures() []measure {
	return []measure{
		{name: "flat_sqlite", unit: "us/booking", yardstickIs: flatIs, once: true, open: openFlat(sqlite)},
		{name: "flat_postgres", unit: "us/booking", yardstickIs: flatIs, once: true, open: openFlat(postgreSQL)},
	}
}

// flat measures what a booking costs in tables of several sizes.
type flat struct {
	b      *bench
	on     *postgres
	like   *load   // what bookings look like
	levels []level // from the smallest
}

// level is one size of the table of reservations.
type level struct {
	rows  int
	town  *town     // nil at the smallest, which is made anew for every run
	costs []float64 // microseconds a booking, by run
}

func openFlat(on dialect) opener {
	return func(ctx context.Context, b *bench) (sides, error) {
		p, err := b.server(ctx, on)
		if err != nil {
			return nil, err
		}
		f := &flat{b: b, on: p}
		if f.like, err = f.learn(ctx); err != nil {
			return nil, err
		}
		for rows := fewestRows; rows <= b.Rows; rows *= 10 {
			l := level{rows: rows}
			if rows > fewestRows {
				l.town, err = f.filled(ctx, rows)
			}
			f.levels = append(f.levels, l)
			if err != nil {
				return nil, errors.Join(err, f.close())
			}
		}
		return f, nil
	}
}

// learn books for a few people to see what rows a booking leaves.
func (f *flat) learn(ctx context.Context) (*load, error) {
	e := &engine{b: f.b, postgres: f.on, bookings: flatBookings / 3}
	_, err := e.ours(ctx)
	return e.last, err
}

// filled is a town whose gate is open, with so many reservations.
func (f *flat) filled(ctx context.Context, rows int) (t *town, err error) {
	if t, err = f.b.newTown(ctx, f.on); err != nil {
		return nil, err
	}
	if err = t.openGate(ctx); err == nil {
		err = t.Close()
	}
	if err == nil {
		err = f.fill(ctx, t, rows)
	}
	if err == nil {
		err = t.open(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, t.close(ctx))
	}
	return t, nil
}

func (f *flat) fill(ctx context.Context, t *town, rows int) (err error) {
	start := time.Now()
	d, err := t.beside(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close(ctx)) }()
	each := len(f.like.table("reservation").of[0]) // doses
	if err := f.like.multiply(ctx, d, rows/each); err != nil {
		return fmt.Errorf("fill the tables: %w", err)
	}
	f.b.say("filled a table with %d reservations in %v", rows, time.Since(start).Round(time.Millisecond))
	return nil
}

// ours measures every size in turns and returns the median of the slowest.
func (f *flat) ours(ctx context.Context) (float64, error) {
	for range f.b.Runs {
		for i := range f.levels {
			if err := f.measure(ctx, &f.levels[i]); err != nil {
				return 0, err
			}
		}
	}
	slowest := 0.0
	for _, l := range f.levels {
		slowest = max(slowest, median(l.costs))
	}
	return slowest, nil
}

func (f *flat) detail(r *Result) {
	for _, l := range f.levels {
		r.Sizes = append(r.Sizes, Size{l.rows, signs(median(l.costs))})
	}
}

func (f *flat) measure(ctx context.Context, l *level) (err error) {
	t := l.town
	if t == nil {
		if t, err = f.filled(ctx, l.rows); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, t.close(ctx)) }()
	}
	guests, err := t.admit(ctx, flatBookings)
	if err != nil {
		return fmt.Errorf("prepare people: %w", err)
	}
	took, err := t.bookAll(ctx, guests)
	cost := float64(took.Microseconds()) / flatBookings
	l.costs = append(l.costs, cost)
	f.b.say("%10d reservations: %.4g us a booking", l.rows, cost)
	return err
}

func (f *flat) yardstick(context.Context) (float64, error) { return median(f.levels[0].costs), nil }

func (f *flat) close() error {
	var errs []error
	for _, l := range f.levels {
		if l.town != nil {
			errs = append(errs, l.town.close(context.Background()))
		}
	}
	return errors.Join(errs...)
}
