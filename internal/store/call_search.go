package store

import (
	"context"

	"naru/internal/staff"
)

// countSearch counts one more search of an agent.
func (s *Store) countSearch(ctx context.Context, c staff.Caller) error {
	a := &searchAct{staff: c.ID, most: staff.MaxSearches}
	if n := s.opts.Agency.Helpline.SearchesPerHour; n > 0 {
		a.most = n
	}
	if err := s.inStaff(ctx, a); err != nil {
		return err
	}
	return a.refusal
}

type searchAct struct {
	staff   staff.ID
	most    int
	booked  bool // one less: it led to a booking
	refusal error
}

// Run counts. Two searches of one agent on two nodes at the same instant may count as
// one: it bounds a habit, not a right.
func (a *searchAct) Run(h *staffHouse) error {
	a.refusal = nil
	var since int64
	var n staff.Searches
	found, err := h.Row(`SELECT since, searches FROM staff_search WHERE staff_id = $1`, []any{string(a.staff)}, &since, &n.Count)
	if err != nil {
		return err
	}
	if found {
		n.Since = unix(since)
	}
	if a.booked {
		n = n.Booked()
	} else if n, a.refusal = n.Another(a.most, h.Now); a.refusal != nil {
		return nil
	}
	_, err = h.Exec(`INSERT INTO staff_search (staff_id, since, searches) VALUES ($1, $2, $3)
	    ON CONFLICT (staff_id) DO UPDATE SET since = excluded.since, searches = excluded.searches`,
		string(a.staff), n.Since.Unix(), n.Count)
	return err
}
