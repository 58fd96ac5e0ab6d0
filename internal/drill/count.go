package drill

import (
	"context"
	"errors"
	"fmt"

	"naru/internal/db"
	"naru/internal/store"
)

// counts are the safety counters as the databases tell them.
type counts struct {
	store.Report
	LostAcks int // numbers shown as booked that the database does not know as booked
}

// count reads the databases under dir, or of a URL, and looks up every
// reservation number that somebody was shown.
func count(ctx context.Context, dir, url string, acknowledged []string) (counts, error) {
	var c counts
	var err error
	if c.Report, err = store.Check(ctx, dir, url); err != nil {
		return c, err
	}
	booked, err := bookedNumbers(ctx, dir, url)
	if err != nil {
		return c, fmt.Errorf("read reservations: %w", err)
	}
	for _, n := range acknowledged {
		if !booked[n] {
			c.LostAcks++
		}
	}
	return c, nil
}

func bookedNumbers(ctx context.Context, dir, url string) (map[string]bool, error) {
	snap, err := db.OpenSnapshot(ctx, dir, url, "booking")
	if err != nil {
		return nil, err
	}
	booked := map[string]bool{}
	err = snap.Read(ctx, `SELECT number FROM booking.reservation WHERE state = 'booked' AND dose = 1`, nil, func(scan func(...any) error) error {
		var n string
		err := scan(&n)
		booked[n] = true
		return err
	})
	return booked, errors.Join(err, snap.Close())
}
