package bench

import (
	"context"
	"strings"
	"testing"

	"naru/internal/booking"
	"naru/internal/person"
)

// books is a database of two bookings, in words.
type books struct {
	database
	rows map[string][][]any
}

func (b books) tables(context.Context) ([]string, error) {
	names := []string{}
	for name := range b.rows {
		names = append(names, name)
	}
	return names, nil
}

func (b books) read(_ context.Context, query string) ([]string, [][]any, error) {
	if name, found := strings.CutPrefix(query, "SELECT count(*) FROM "); found {
		return nil, [][]any{{int64(len(b.rows[name]))}}, nil
	}
	name := strings.Fields(query)[3]
	return []string{"bucket", "hold_id", "person_id", "id"}, b.rows[name], nil
}

func twoBookings() books {
	row := func(hold string) []any { return []any{int64(1), hold, "p", "i"} }
	return books{rows: map[string][][]any{
		"reservation": {row("000000aa00ff00000000000000000001"), row("000000aa00ff00000000000000000002"), row("000000aa00ff00000000000000000001"), row("000000aa00ff00000000000000000002")}, "hold": {row("000000aa00ff00000000000000000002"), row("000000aa00ff00000000000000000001"), row("000000aa00ff00000000000000000002"), row("000000aa00ff00000000000000000001")},
		"answer": {row("000000aa00ff00000000000000000001"), row("000000aa00ff00000000000000000002")}, "slot": {row("-"), row("-"), row("-")}, "outbox": {row("-"), row("-")}, "person": {row("-")},
	}}
}

func TestLoadHasEveryRowWithItsBooking(t *testing.T) {
	t.Parallel()
	l, err := readLoad(t.Context(), twoBookings(), 2, map[string]int{"person": 1})
	must(t, err)
	if l.count() != 15 {
		t.Errorf("%d rows, want 15", l.count())
	}
	for _, name := range []string{"reservation", "hold", "answer"} {
		for i, rows := range l.table(name).of {
			for _, row := range rows {
				if row[1] != l.table("reservation").of[i][0][1] {
					t.Errorf("%s: booking %d has a row of %v", name, i, row[1])
				}
			}
		}
	}
}

// A yardstick must not write less than the store does, without anybody noticing.
func TestLoadThatWouldBeIncomplete(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		n      int
		before map[string]int
		want   string
	}{
		"a table nobody thought of": {2, map[string]int{}, "person, which the yardstick does not write"},
		"more bookings than made":   {1, map[string]int{"person": 1}, "more bookings than the 1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := readLoad(t.Context(), twoBookings(), c.n, c.before); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("said %v, want %q", err, c.want)
			}
		})
	}
}

// Filled rows are of people, holds and messages of their own, in the order of
// their times; holds stay where their clinic is.
func TestCopiesAreBookingsOfTheirOwn(t *testing.T) {
	t.Parallel()
	l, err := readLoad(t.Context(), twoBookings(), 2, map[string]int{"person": 1})
	must(t, err)
	const n = 3000
	tables := l.copies(0, n, n)
	seen := map[string]bool{}
	last := ""
	for _, tb := range tables {
		if tb.name == "slot" {
			t.Error("slots are filled")
		}
		if len(tb.of) != n {
			t.Fatalf("%s: %d bookings", tb.name, len(tb.of))
		}
		for i, rows := range tb.of {
			for _, row := range rows {
				if tb.name == "hold" && row[0] != int64(1) {
					t.Errorf("a hold is in the bucket %v", row[0])
				}
			}
			if tb.name != "reservation" {
				continue
			}
			bucket, err := person.ID(rows[0][2].(string)).Bucket()
			if err != nil || rows[0][0] != bucket {
				t.Fatalf("booking %d: bucket %v of a person of %d (%v)", i, rows[0][0], bucket, err)
			}
			hold := rows[0][1].(string)
			if clinic, ok := booking.HoldID(hold).Bucket(); !ok || clinic != 0xff || hold[:8] < last {
				t.Errorf("booking %d: hold %s after the second %s", i, hold, last)
			}
			last = hold[:8]
			seen[hold] = true
			if rows[0][1] != tables[1].of[i][0][1] {
				t.Errorf("booking %d: the hold is another's", i)
			}
		}
	}
	if len(seen) != n {
		t.Errorf("%d holds", len(seen))
	}
}
