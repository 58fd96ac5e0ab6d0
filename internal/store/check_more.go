package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.yaml.in/yaml/v3"

	"naru/internal/caldate"
	"naru/internal/db"
	"naru/internal/gate"
)

// More counts what else must never be. Every counter but LateGaps must be 0.
// What one transaction writes is compared within one database; what two write in
// turn is compared only in the order in which they do, so that a server may be
// busy meanwhile.
type More struct {
	Torn        int `json:"torn"`         // numbers of which not every dose is booked, or not by one person at one clinic
	Misspaced   int `json:"misspaced"`    // booked doses that follow each other earlier than the campaign's interval (the agency knows the longest: not asked here)
	FreedLive   int `json:"freed_live"`   // live reservations whose places are said to be given back
	LostAnswers int `json:"lost_answers"` // idempotency keys that lead to no reservation
	LostPeople  int `json:"lost_people"`  // people no claim leads to; claims, sessions and reservations of nobody
	Untold      int `json:"untold"`       // reservations that were confirmed without a message
	BadSlots    int `json:"bad_slots"`    // slots without capacity, or with a count that cannot be
	Misplaced   int `json:"misplaced"`    // admissions at a place that is not the ticket's
	Ahead       int `json:"ahead"`        // admissions the line has not come to yet
	ExtraLeases int `json:"extra_leases"` // leases beside the leader's
	OverQuota   int `json:"over_quota"`   // quotas of which more is out than was granted, or whose counts are not their rows
	Misfiled    int `json:"misfiled"`     // rows in a bucket where nobody looks for them
	Rewritten   int `json:"rewritten"`    // signed heads of the record to which its admissions do not lead: one was changed, put in or taken out
	Forged      int `json:"forged"`       // heads that the campaign's key did not sign (asked only where the keys are)
	Unrecorded  int `json:"unrecorded"`   // tickets that entered more often than the record says

	LateGaps int `json:"late_gaps"` // late numbers nobody has: allowed, they are not given again
}

func (m More) sound() bool {
	return m.Torn+m.Misspaced+m.FreedLive+m.LostAnswers+m.LostPeople+m.Untold+m.BadSlots+m.Misplaced+m.Ahead+m.ExtraLeases+m.OverQuota+m.Misfiled+m.Rewritten+m.Forged+m.Unrecorded == 0
}

// check reads the rest of the rules.
func (m *More) check(ctx context.Context, snap db.Snapshot) error {
	errs := []error{m.count(ctx, snap), m.intervals(ctx, snap), m.places(ctx, snap)}
	for _, f := range filed {
		errs = append(errs, m.file(ctx, snap, f))
	}
	return errors.Join(errs...)
}

func (m *More) count(ctx context.Context, snap db.Snapshot) error {
	var errs []error
	for _, q := range []struct {
		into  *int
		query string
	}{
		{&m.Torn, `SELECT count(*) FROM (SELECT 1 FROM booking.reservation GROUP BY bucket, number
		    HAVING count(CASE WHEN state IN ('booked', 'used', 'missed') THEN 1 END) > 0
		        AND (count(DISTINCT clinic_id) > 1 OR count(DISTINCT person_id) > 1 OR count(DISTINCT campaign) > 1)) AS x`},
		{&m.FreedLive, `SELECT count(*) FROM booking.reservation WHERE freed AND state IN ('pending', 'booked', 'moving', 'used', 'missed')`},
		// An answer names a hold of 32 signs, or one a dose with spaces between them.
		{&m.LostAnswers, `SELECT count(*) FROM booking.answer a WHERE
		       NOT EXISTS (SELECT 1 FROM booking.reservation r WHERE r.bucket = a.bucket AND r.person_id = a.person_id AND r.hold_id = substr(a.hold_id, 1, 32))
		    OR NOT EXISTS (SELECT 1 FROM booking.reservation r WHERE r.bucket = a.bucket AND r.person_id = a.person_id AND r.hold_id = substr(a.hold_id, length(a.hold_id) - 31))`},
		// Claims are not joined by bucket: SQLite would then look through a whole bucket for each person.
		{&m.LostPeople, `SELECT
		      (SELECT count(*) FROM booking.person p LEFT JOIN booking.person_lookup l USING (person_id) WHERE l.claim IS NULL)
		    + (SELECT count(*) FROM booking.person_lookup l LEFT JOIN booking.person p USING (person_id) WHERE p.name IS NULL)
		    + (SELECT count(*) FROM booking.person_session s LEFT JOIN booking.person p USING (bucket, person_id) WHERE p.name IS NULL)
		    + (SELECT count(*) FROM booking.reservation r LEFT JOIN booking.person p USING (bucket, person_id) WHERE p.name IS NULL)`},
		// What a message says is sealed, so messages are counted, a bucket at a time.
		{&m.Untold, `SELECT CAST(coalesce(sum(CASE WHEN b.n > coalesce(l.n, 0) THEN b.n - coalesce(l.n, 0) ELSE 0 END), 0) AS bigint)
		    FROM (SELECT bucket, count(DISTINCT number) AS n FROM booking.reservation WHERE state IN ('booked', 'cancelled', 'used', 'missed') GROUP BY bucket) AS b
		    LEFT JOIN (SELECT bucket, count(*) AS n FROM booking.outbox WHERE kind IN ('booked', 'booked_for_you') GROUP BY bucket) AS l USING (bucket)`},
		{&m.BadSlots, `SELECT count(*) FROM booking.slot WHERE capacity <= 0 OR taken < 0 OR taken > capacity`},
		{&m.Ahead, `SELECT
		      (SELECT count(*) FROM gate.admitted a LEFT JOIN ` + servings + ` USING (campaign, lane) WHERE l.serving IS NULL OR a.serving > l.serving)
		    + (SELECT count(*) FROM gate.admission a LEFT JOIN ` + servings + ` USING (campaign, lane) WHERE l.serving IS NULL OR a.place >= l.serving)`},
		{&m.Unrecorded, `SELECT count(*) FROM gate.admission a LEFT JOIN (SELECT campaign, ticket_id, count(*) AS n FROM gate.admitted
		    GROUP BY campaign, ticket_id) AS d USING (campaign, ticket_id) WHERE a.entries > coalesce(d.n, 0)`},
		// A use is there with its places or until they are given back, and counted in its bucket.
		{&m.OverQuota, `SELECT
		      (SELECT count(*) FROM booking.quota_shard s LEFT JOIN (SELECT bucket, quota, count(*) AS n FROM booking.quota_use GROUP BY bucket, quota) AS u
		          USING (bucket, quota) WHERE s.taken <> coalesce(u.n, 0))
		    + (SELECT count(*) FROM booking.quota_use u LEFT JOIN booking.quota_shard s USING (bucket, quota) WHERE s.taken IS NULL)
		    + (SELECT count(*) FROM booking.quota_shard s LEFT JOIN booking.quota_pool p ON p.quota = s.quota AND p.shard = s.bucket
		          WHERE s.granted > coalesce(p.granted, 0) OR coalesce(p.returned, 0) > s.returned)`},
		{&m.ExtraLeases, `SELECT count(*) FROM gate.lease WHERE name <> 'leader'`},
		{&m.LateGaps, `SELECT CAST((SELECT coalesce(sum(next), 0) FROM gate.late) - (SELECT count(DISTINCT campaign || '/' || number) FROM gate.ticket WHERE kind = 2) AS bigint)`},
	} {
		errs = append(errs, snap.Read(ctx, q.query, nil, func(scan func(...any) error) error { return scan(q.into) }))
	}
	return errors.Join(errs...)
}

// spacing is what a campaign file says about the days between doses. The file was
// checked when it was published; a field more is no fault here.
type spacing struct {
	Zone         string `yaml:"zone"`
	Doses        int    `yaml:"doses"`
	IntervalDays int    `yaml:"interval_days"`
	Intervals    []struct {
		Days int `yaml:"days"`
		Min  int `yaml:"min"`
	} `yaml:"intervals"`
	zone *time.Location
}

// least is the shortest interval that ever held; which one held when a pair was booked
// nobody wrote down. 0 when the vaccine's do, which are in the agency's file.
func (s spacing) least() int {
	n := s.IntervalDays
	for _, i := range s.Intervals {
		days := i.Days
		if i.Min > 0 {
			days = i.Min
		}
		n = min(n, days)
	}
	return n
}

// intervals looks at all pairs of booked doses that follow each other (rule B3),
// and for reservations of which not every dose is booked.
func (m *More) intervals(ctx context.Context, snap db.Snapshot) error {
	campaigns := map[string]spacing{}
	err := snap.Read(ctx, `SELECT campaign, yaml FROM gate.campaign`, nil, func(scan func(...any) error) error {
		var id string
		var text []byte
		if err := scan(&id, &text); err != nil {
			return err
		}
		var s spacing
		err := yaml.Unmarshal(text, &s)
		if err == nil {
			s.zone, err = time.LoadLocation(s.Zone)
		}
		if err != nil {
			return fmt.Errorf("campaign %s: %w", id, err)
		}
		campaigns[id] = s
		return nil
	})
	if err != nil {
		return err
	}
	err = snap.Read(ctx, `SELECT campaign, doses, count(*) FROM (SELECT campaign, count(*) AS doses FROM booking.reservation
	    WHERE state IN ('booked', 'used', 'missed') GROUP BY bucket, number, campaign
	    HAVING count(CASE WHEN state = 'booked' THEN 1 END) > 0) AS x GROUP BY campaign, doses`, nil, func(scan func(...any) error) error {
		var id string
		var doses, n int
		err := scan(&id, &doses, &n)
		if campaigns[id].Doses != doses {
			m.Torn += n
		}
		return err
	})
	if err != nil {
		return err
	}
	return snap.Read(ctx, `SELECT a.campaign, a.start, b.start FROM booking.reservation a JOIN booking.reservation b
	    ON b.bucket = a.bucket AND b.person_id = a.person_id AND b.disease = a.disease AND b.dose = a.dose + 1 AND b.number = a.number
	    WHERE a.state IN ('booked', 'used') AND b.state IN ('booked', 'used')`, nil, func(scan func(...any) error) error {
		var id string
		var first, second int64
		if err := scan(&id, &first, &second); err != nil {
			return err
		}
		if s, ok := campaigns[id]; !ok || caldate.Of(unix(first), s.zone).DaysUntil(caldate.Of(unix(second), s.zone)) < s.least() {
			m.Misspaced++
		}
		return nil
	})
}

// servings are how far each lane has come: the web's is the line's.
const servings = `(SELECT campaign, 'web' AS lane, serving FROM gate.line UNION ALL SELECT campaign, lane, serving FROM gate.lane WHERE lane <> 'web') AS l`

// places works out the place of every admission from its ticket and the seed, or from
// its number in its lane.
func (m *More) places(ctx context.Context, snap db.Snapshot) error {
	return snap.Read(ctx, `SELECT a.campaign, a.lane, a.ticket_id, a.place, t.kind, t.number, l.seed, l.lobby_size, coalesce(p.number, -1)
	    FROM gate.admission a JOIN gate.ticket t USING (campaign, ticket_id) JOIN gate.line l USING (campaign)
	        LEFT JOIN gate.lane_place p ON p.bucket = a.bucket AND p.campaign = a.campaign AND p.ticket_id = a.ticket_id AND p.lane = a.lane`,
		nil, func(scan func(...any) error) error {
			var t gate.Ticket
			var lane string
			var id, seed []byte
			var place, size uint64
			var number int64
			if err := scan(&t.Campaign, &lane, &id, &place, &t.Kind, &t.Number, &seed, &size, &number); err != nil {
				return err
			}
			if lane != string(gate.Web) {
				if number != int64(place) { //nolint:gosec // a place
					m.Misplaced++
				}
				return nil
			}
			if len(id) != 16 || len(seed) != 32 {
				m.Misplaced++
				return nil
			}
			t.ID = gate.TicketID(id)
			if t.Place([32]byte(seed), size) != place {
				m.Misplaced++
			}
			return nil
		})
}
