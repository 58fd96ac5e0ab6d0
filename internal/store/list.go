package store

import (
	"context"
	"slices"

	"naru/internal/person"
)

// readLists are the eligibility lists a claim is on, under any of its keys.
func (s *Store) readLists(ctx context.Context, claims []person.Index) ([]string, error) {
	v := &listView{claims: claims}
	if err := s.booking.View(ctx, v); err != nil {
		return nil, unavailable("read lists", err)
	}
	return v.lists, nil
}

type listView struct {
	claims []person.Index
	lists  []string
}

// Wants names what is read.
func (v *listView) Wants(h *bookingHouse) {
	for _, x := range v.claims {
		h.lists.Want(indexOf(x))
	}
}

// Run reads.
func (v *listView) Run(h *bookingHouse) error {
	v.lists = nil
	for _, x := range v.claims {
		rows, err := h.lists.Rows(indexOf(x))
		if err != nil {
			return err
		}
		for _, r := range rows {
			v.lists = append(v.lists, r.list)
		}
	}
	return nil
}

// listRound is how many rows of a list are written in one transaction.
const listRound = 1000

// AddToList puts claims on an eligibility list; those that are on it stay.
func (s *Store) AddToList(ctx context.Context, list string, claims []person.Claim) error {
	for round := range slices.Chunk(claims, listRound) {
		a := listAct{list: list}
		for _, c := range round {
			a.claims = append(a.claims, s.people.OfClaim(person.ForList, c))
		}
		if err := s.inBooking(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

type listAct struct {
	claims []person.Index
	list   string
}

// Run is no hot act: it writes to many buckets.
func (a listAct) Run(h *bookingHouse) error {
	for _, x := range a.claims {
		if _, err := h.Exec(`INSERT INTO list_member (bucket, key_id, claim, list) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
			x.Bucket(), int32(x.Key), x.Sum[:], a.list); err != nil {
			return err
		}
	}
	return nil
}
