package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"naru/internal/booking"
)

// ErrStopped is what every act answers from the crash on that a test made.
var ErrStopped = errors.New("stopped by the test")

// BeforeAct calls f with the name of each act ("reserve", "take", ...) before it
// is handed over. An error from f stops the caller there.
func (s *Store) BeforeAct(f func(name string) error) {
	before := func(a act) error {
		name := strings.TrimLeft(fmt.Sprintf("%T", a), "*")
		return f(strings.TrimSuffix(strings.TrimPrefix(name, "store."), "Act"))
	}
	s.gate.before, s.booking.before = before, before
}

// CrashAfter lets n more acts through, over both databases. From the next one
// on nothing is written any more, as if the process had ended; stopped tells
// whether it came to that.
func (s *Store) CrashAfter(n int) (stopped func() bool) {
	left := n
	s.BeforeAct(func(string) error {
		if left--; left < 0 {
			return ErrStopped
		}
		return nil
	})
	return func() bool { return left < 0 }
}

// StateOf reads the state of a reservation number from the files under dir, ""
// when it is not there.
func StateOf(ctx context.Context, dir string, n booking.Number) (booking.State, error) {
	states, err := States(ctx, dir)
	return states[n], err
}

// States reads the state of every reservation number from the files under dir.
func States(ctx context.Context, dir string) (map[booking.Number]booking.State, error) {
	db, err := openSQLite(filepath.Join(dir, "booking.db"), "&_pragma=query_only(1)", 1)
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }()
	states := map[booking.Number]booking.State{}
	rows, err := db.QueryContext(ctx, "SELECT number, state FROM reservation WHERE dose = 1")
	return states, scanRows(rows, err)(func(scan func(...any) error) error {
		var n booking.Number
		var state booking.State
		err := scan(&n, &state)
		states[n] = state
		return err
	})
}
