package store

import (
	"context"
	"errors"
	"fmt"

	"naru/internal/db"
	"naru/internal/gate"
)

// Report counts what must never be. It is computed from the databases alone,
// with no regard to what a server said. Every counter but those of the first
// group and LateGaps must be 0.
type Report struct {
	Joined   int `json:"joined"`   // tickets
	Admitted int `json:"admitted"` // tickets that got at least one session
	Booked   int `json:"booked"`   // people with a booked reservation
	Pending  int `json:"pending"`  // holds that still wait, of reservations and of changes

	Oversold     int `json:"oversold"`      // slots with more taken than capacity
	Miscounted   int `json:"miscounted"`    // slots whose count is not the number of their holds
	DoubleBooked int `json:"double_booked"` // people with two live reservations for one dose
	Unbacked     int `json:"unbacked"`      // booked doses without a place at the clinic
	Orphaned     int `json:"orphaned"`      // places that belong to no live reservation and to none still to be freed
	Jumped       int `json:"jumped"`        // sessions opened with place >= serving at that moment, or with a place that is not the ticket's
	LostPlaces   int `json:"lost_places"`   // admissions whose ticket is gone, late numbers given twice or not below the counter
	Bypasses     int `json:"bypasses"`      // reservations without an admission

	More
}

// Sound says that nothing is there that must never be.
func (r Report) Sound() bool {
	return r.Oversold+r.Miscounted+r.DoubleBooked+r.Unbacked+r.Orphaned+r.Jumped+r.LostPlaces+r.Bypasses == 0 && r.sound()
}

// Check reads the databases of a PostgreSQL URL or, without one, under dir,
// running or not, and reports. It writes nothing and locks nobody out: it reads
// one snapshot of a PostgreSQL, or one of each file. People are read before the
// line, so that who books meanwhile is not taken for somebody who was never
// admitted. Rows are counted as they come; what has to be sorted goes to
// temporary files. While it runs SQLite's log cannot be cut and PostgreSQL keeps
// dead rows: it belongs in a quiet hour when the tables are large.
func Check(ctx context.Context, dir, url string) (Report, error) {
	where := dir
	if url != "" {
		where = "the database"
	}
	snap, err := db.OpenSnapshot(ctx, dir, url, "booking", "gate")
	if err != nil {
		return Report{}, fmt.Errorf("check %s: %w", where, err)
	}
	var r Report
	if url == "" { // else a join of large tables would be done in memory
		err = snap.Read(ctx, `PRAGMA temp_store = FILE`, nil, func(func(...any) error) error { return nil })
	}
	if err := errors.Join(err, r.read(ctx, snap), r.recompute(ctx, snap), r.check(ctx, snap), r.records(ctx, snap, dir), snap.Close()); err != nil {
		return Report{}, fmt.Errorf("check %s: %w", where, err)
	}
	return r, nil
}

func (r *Report) read(ctx context.Context, snap db.Snapshot) error {
	var errs []error
	for _, q := range []struct {
		into  *int
		query string
	}{
		{&r.Joined, `SELECT count(*) FROM gate.ticket`},
		{&r.Admitted, `SELECT count(*) FROM (SELECT 1 FROM gate.admitted GROUP BY campaign, ticket_id) AS x`},
		{&r.Booked, `SELECT count(DISTINCT person_id) FROM booking.reservation WHERE state = 'booked'`},
		{&r.Pending, `SELECT count(DISTINCT hold_id) FROM booking.reservation WHERE state IN ('pending', 'moving')`},
		{&r.Oversold, `SELECT count(*) FROM (SELECT h.clinic_id, h.start FROM booking.hold h JOIN booking.slot s USING (bucket, clinic_id, start)
		    GROUP BY h.clinic_id, h.start, s.capacity HAVING count(*) > s.capacity) AS x`},
		{&r.Miscounted, `SELECT count(*) FROM booking.slot s LEFT JOIN
		    (SELECT bucket, clinic_id, start, count(*) AS n FROM booking.hold GROUP BY bucket, clinic_id, start) AS h
		    USING (bucket, clinic_id, start) WHERE s.taken <> coalesce(h.n, 0)`},
		{&r.DoubleBooked, `SELECT count(*) FROM (SELECT 1 FROM booking.reservation WHERE state IN ('pending', 'booked')
		    GROUP BY person_id, disease, dose HAVING count(*) > 1) AS x`},
		{&r.Unbacked, `SELECT count(*) FROM booking.reservation r LEFT JOIN booking.hold h
		    ON h.hold_id = r.hold_id AND h.dose = r.dose AND h.clinic_id = r.clinic_id AND h.start = r.start
		    WHERE r.state IN ('booked', 'used', 'missed') AND h.hold_id IS NULL`},
		// Until the person confirms, the first dose's row stands for every place of the hold.
		{&r.Orphaned, `SELECT count(*) FROM booking.hold h
		    LEFT JOIN (SELECT hold_id, dose FROM booking.reservation
		        WHERE state IN ('booked', 'moving') OR NOT freed GROUP BY hold_id, dose) AS r USING (hold_id, dose)
		    LEFT JOIN (SELECT hold_id FROM booking.reservation
		        WHERE dose = 1 AND (state IN ('pending', 'moving') OR NOT freed AND state IN ('expired', 'released', 'overtaken')) GROUP BY hold_id) AS p USING (hold_id)
		    WHERE r.hold_id IS NULL AND p.hold_id IS NULL`},
		{&r.LostPlaces, `SELECT (SELECT count(*) FROM gate.admission a LEFT JOIN gate.ticket t
		        ON t.campaign = a.campaign AND t.ticket_id = a.ticket_id WHERE t.ticket_id IS NULL)
		    + (SELECT count(*) - count(DISTINCT campaign || '/' || number) FROM gate.ticket LEFT JOIN gate.recovery r USING (campaign, number)
	        WHERE kind = 2 AND r.since IS NULL)
		    + (SELECT count(*) FROM gate.ticket t JOIN gate.late l USING (campaign) WHERE t.kind = 2 AND t.number >= l.next)`},
		{&r.Bypasses, `SELECT count(*) FROM booking.reservation r LEFT JOIN (SELECT campaign, ticket_id FROM gate.admitted
		    GROUP BY campaign, ticket_id) AS a USING (campaign, ticket_id) WHERE r.dose = 1 AND a.ticket_id IS NULL`},
	} {
		errs = append(errs, snap.Read(ctx, q.query, nil, func(scan func(...any) error) error { return scan(q.into) }))
	}
	return errors.Join(errs...)
}

// recompute works out the place of every session that was opened, from the
// ticket and the seed, or from its number in its lane, and compares: a place the server wrote down is not
// believed, nor a serving number that went back.
func (r *Report) recompute(ctx context.Context, snap db.Snapshot) error {
	var before uint64
	campaign, lane := "", ""
	return snap.Read(ctx, `SELECT a.campaign, a.lane, a.ticket_id, a.place, a.serving, coalesce(t.kind, 0), coalesce(t.number, 0), l.seed,
	        coalesce(l.lobby_size, 0), coalesce(p.number, -1)
	    FROM gate.admitted a LEFT JOIN gate.ticket t USING (campaign, ticket_id) LEFT JOIN gate.line l USING (campaign)
	        LEFT JOIN gate.lane_place p ON p.bucket = a.bucket AND p.campaign = a.campaign AND p.ticket_id = a.ticket_id AND p.lane = a.lane
	    ORDER BY a.campaign, a.lane, a.seq`, nil, func(scan func(...any) error) error {
		var t gate.Ticket
		var in string
		var id, seed []byte
		var place, serving, size uint64
		var number int64
		if err := scan(&t.Campaign, &in, &id, &place, &serving, &t.Kind, &t.Number, &seed, &size, &number); err != nil {
			return err
		}
		back := t.Campaign == campaign && in == lane && serving < before
		wrong := t.Kind == 0 || in != string(gate.Web) && number != int64(place) //nolint:gosec // a place; kind 0: nobody's ticket
		if in == string(gate.Web) && t.Kind != 0 && len(id) == 16 && len(seed) == 32 {
			t.ID = gate.TicketID(id)
			wrong = t.Place([32]byte(seed), size) != place
		}
		if place >= serving || back || wrong {
			r.Jumped++
		}
		campaign, lane, before = t.Campaign, in, serving
		return nil
	})
}
