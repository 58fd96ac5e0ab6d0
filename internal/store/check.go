package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"naru/internal/gate"
)

// Report counts what must never be. It is computed from the databases alone,
// with no regard to what a server said. Every counter but Booked, Admitted and
// Joined must be 0.
type Report struct {
	Joined   int `json:"joined"`   // tickets
	Admitted int `json:"admitted"` // tickets that got at least one session
	Booked   int `json:"booked"`   // people with a booked reservation
	Pending  int `json:"pending"`  // reservations that still wait

	Oversold     int `json:"oversold"`      // slots with more taken than capacity
	Miscounted   int `json:"miscounted"`    // slots whose count is not the number of their holds
	DoubleBooked int `json:"double_booked"` // people with two live reservations for one dose
	Unbacked     int `json:"unbacked"`      // booked doses without a place at the clinic
	Orphaned     int `json:"orphaned"`      // places that belong to no live reservation and to none still to be freed
	Jumped       int `json:"jumped"`        // sessions opened with place >= serving at that moment, or with a place that is not the ticket's
	LostPlaces   int `json:"lost_places"`   // admissions whose ticket is gone, late numbers given twice or not below the counter
	Bypasses     int `json:"bypasses"`      // reservations without an admission
}

// Sound says that nothing is there that must never be.
func (r Report) Sound() bool {
	return r.Oversold+r.Miscounted+r.DoubleBooked+r.Unbacked+r.Orphaned+r.Jumped+r.LostPlaces+r.Bypasses == 0
}

// Check reads the databases under dir, running or not, and reports.
func Check(ctx context.Context, dir string) (Report, error) {
	for _, name := range []string{"gate.db", "booking.db"} { // opening would make what is not there
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			return Report{}, fmt.Errorf("check %s: %w; give the data folder of a server", dir, err)
		}
	}
	db, err := openSQLite(filepath.Join(dir, "booking.db"), "&_pragma=query_only(1)", 1)
	if err != nil {
		return Report{}, err
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(ctx, "ATTACH DATABASE ?1 AS gate", filepath.Join(dir, "gate.db")); err != nil {
		return Report{}, fmt.Errorf("check %s: %w", dir, err)
	}
	var r Report
	if err := errors.Join(r.read(ctx, db), r.recompute(ctx, db)); err != nil {
		return Report{}, fmt.Errorf("check %s: %w", dir, err)
	}
	return r, nil
}

func (r *Report) read(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil) // one reading of everything
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // only read
	var errs []error
	for _, q := range []struct {
		into  *int
		query string
	}{
		{&r.Joined, `SELECT count(*) FROM gate.ticket`},
		{&r.Admitted, `SELECT count(DISTINCT ticket_id) FROM gate.admitted`},
		{&r.Booked, `SELECT count(DISTINCT person_id) FROM reservation WHERE state = 'booked'`},
		{&r.Pending, `SELECT count(DISTINCT hold_id) FROM reservation WHERE state = 'pending'`},
		{&r.Oversold, `SELECT count(*) FROM (SELECT h.clinic_id, h.start FROM hold h JOIN slot s USING (bucket, clinic_id, start)
		    GROUP BY h.clinic_id, h.start, s.capacity HAVING count(*) > s.capacity)`},
		{&r.Miscounted, `SELECT count(*) FROM slot s WHERE taken <> (SELECT count(*) FROM hold h
		    WHERE h.bucket = s.bucket AND h.clinic_id = s.clinic_id AND h.start = s.start)`},
		{&r.DoubleBooked, `SELECT count(*) FROM (SELECT 1 FROM reservation WHERE state IN ('pending', 'booked')
		    GROUP BY person_id, disease, dose HAVING count(*) > 1)`},
		{&r.Unbacked, `SELECT count(*) FROM reservation WHERE state = 'booked'
		    AND (hold_id, dose, clinic_id, start) NOT IN (SELECT hold_id, dose, clinic_id, start FROM hold)`},
		{&r.Orphaned, `SELECT count(*) FROM hold h WHERE NOT EXISTS (SELECT 1 FROM reservation r
		    WHERE r.hold_id = h.hold_id AND (r.state IN ('pending', 'booked') OR r.freed = 0))`},
		{&r.LostPlaces, `SELECT (SELECT count(*) FROM gate.admission a WHERE NOT EXISTS
		        (SELECT 1 FROM gate.ticket t WHERE t.campaign = a.campaign AND t.ticket_id = a.ticket_id))
		    + (SELECT count(*) - count(DISTINCT campaign || '/' || number) FROM gate.ticket WHERE kind = 2)
		    + (SELECT count(*) FROM gate.ticket t JOIN gate.line l USING (campaign) WHERE t.kind = 2 AND t.number >= l.late)`},
		{&r.Bypasses, `SELECT count(*) FROM reservation r WHERE dose = 1 AND NOT EXISTS
		    (SELECT 1 FROM gate.admitted a WHERE a.ticket_id = r.ticket_id AND a.campaign = r.campaign)`},
	} {
		errs = append(errs, tx.QueryRowContext(ctx, q.query).Scan(q.into))
	}
	return errors.Join(errs...)
}

// recompute works out the place of every session that was opened, from the
// ticket and the seed, and compares: a place the server wrote down is not
// believed, nor a serving number that went back.
func (r *Report) recompute(ctx context.Context, db *sql.DB) error {
	var before uint64
	campaign := ""
	rows, err := db.QueryContext(ctx, `SELECT a.campaign, a.ticket_id, a.place, a.serving, coalesce(t.kind, 0), coalesce(t.number, 0), l.seed, coalesce(l.lobby_size, 0)
	    FROM gate.admitted a LEFT JOIN gate.ticket t USING (campaign, ticket_id) LEFT JOIN gate.line l USING (campaign)
	    ORDER BY a.campaign, a.seq`)
	return scanRows(rows, err)(func(scan func(...any) error) error {
		var t gate.Ticket
		var id, seed []byte
		var place, serving, size uint64
		if err := scan(&t.Campaign, &id, &place, &serving, &t.Kind, &t.Number, &seed, &size); err != nil {
			return err
		}
		back := t.Campaign == campaign && serving < before
		wrong := false
		if t.Kind != 0 && len(id) == 16 && len(seed) == 32 {
			t.ID = gate.TicketID(id)
			wrong = t.Place([32]byte(seed), size) != place
		}
		if place >= serving || back || wrong {
			r.Jumped++
		}
		campaign, before = t.Campaign, serving
		return nil
	})
}
