package drill

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver

	"naru/internal/store"
)

// counts are the safety counters as the databases tell them.
type counts struct {
	store.Report
	LostAcks int // numbers shown as booked that the database does not know as booked
}

// count reads the databases under dir and looks up every reservation number
// that somebody was shown.
func count(ctx context.Context, dir string, acknowledged []string) (counts, error) {
	var c counts
	var err error
	if c.Report, err = store.Check(ctx, dir, ""); err != nil {
		return c, err
	}
	booked, err := bookedNumbers(ctx, dir)
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

func bookedNumbers(ctx context.Context, dir string) (booked map[string]bool, err error) {
	path := url.URL{Path: filepath.Join(dir, "booking.db")}
	db, err := sql.Open("sqlite", "file:"+path.EscapedPath()+"?_pragma=busy_timeout(5000)&_pragma=query_only(1)")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	rows, err := db.QueryContext(ctx, `SELECT number FROM reservation WHERE state = 'booked' AND dose = 1`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	booked = map[string]bool{}
	for rows.Next() {
		var n string
		if err := rows.Scan(&n); err != nil {
			return nil, err
		}
		booked[n] = true
	}
	return booked, rows.Err()
}
