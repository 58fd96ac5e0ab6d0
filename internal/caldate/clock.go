package caldate

import (
	"errors"
	"slices"
	"time"
)

// ErrSkipped says that the clock in that zone never shows the time on that day:
// summer time begins and jumps over it.
var ErrSkipped = errors.New("the clock skips this time when summer time begins")

// ErrRepeated says that the clock in that zone shows the time twice on that
// day: summer time ends and the hour comes again.
var ErrRepeated = errors.New("the clock shows this time twice when summer time ends")

// Clock is the one instant at which the clock in loc shows hour:min on this
// day. It refuses with ErrSkipped or ErrRepeated where there is not exactly
// one, because nobody could say when such a window opens. Hours are 0 to 23.
func (d Date) Clock(hour, min int, loc *time.Location) (time.Time, error) {
	naive := time.Date(d.Year, d.Month, d.Day, hour, min, 0, 0, time.UTC)
	var found []time.Time
	for _, near := range []time.Duration{-24 * time.Hour, 24 * time.Hour} {
		_, offset := naive.Add(near).In(loc).Zone()
		t := naive.Add(-time.Duration(offset) * time.Second).In(loc)
		if sameClock(t, naive) && !slices.ContainsFunc(found, t.Equal) {
			found = append(found, t)
		}
	}
	switch len(found) {
	case 0:
		return time.Time{}, ErrSkipped
	case 1:
		return found[0], nil
	}
	return time.Time{}, ErrRepeated
}

func sameClock(a, b time.Time) bool {
	return Of(a, a.Location()) == Of(b, b.Location()) && a.Hour() == b.Hour() && a.Minute() == b.Minute()
}
