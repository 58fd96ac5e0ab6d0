package store

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"

	"naru/internal/audit"
	"naru/internal/person"
	"naru/internal/record"
	"naru/internal/staff"
)

// Touch is one act of staff on a person's data, as its owner reads it.
type Touch struct {
	At     time.Time
	What   string // the permission that was used
	Clinic string // "" for an office
	Phase  audit.Phase
	Case   string // number of the investigation for which it was, "" for none
}

// maxTouches is how many acts are shown, the newest first.
const maxTouches = 200

// OwnRecord is the record of the person of a look-up, with who has touched their data
// (rule D9). Faults are those of Reservations.
func (s *Store) OwnRecord(ctx context.Context, token string, browser [32]byte) (record.Record, []Touch, error) {
	c, err := s.openLookUp(token, browser)
	if err != nil {
		return record.Record{}, nil, err
	}
	r, err := s.RecordOf(ctx, c.person)
	if err != nil {
		return record.Record{}, nil, err
	}
	all, err := s.touches(ctx, c.person)
	return r, all, err
}

// touches reads the audit of a person: one line an act, with what came of it.
func (s *Store) touches(ctx context.Context, id person.ID) ([]Touch, error) {
	acts := map[string]Touch{}
	err := s.staff.Read(ctx, `SELECT act, at, what, clinic, phase, detail FROM audit_entry WHERE person = $1 AND person <> '' ORDER BY at DESC LIMIT $2`,
		[]any{string(id), 2 * maxTouches}, func(scan func(...any) error) error {
			var act, detail string
			var at int64
			var t Touch
			if err := scan(&act, &at, &t.What, &t.Clinic, &t.Phase, &detail); err != nil {
				return err
			}
			if t.What == string(staff.OpenVisits) {
				var said struct{ Case string }
				if err := json.Unmarshal([]byte(detail), &said); err != nil {
					return err
				}
				t.Case = said.Case
			}
			t.At = unix(at)
			if was, ok := acts[act]; !ok || was.Phase == audit.Asked {
				acts[act] = t
			}
			return nil
		})
	if err != nil {
		return nil, unavailable("read audit", err)
	}
	var all []Touch
	for _, t := range acts {
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b Touch) int {
		return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.What, b.What), cmp.Compare(a.Clinic, b.Clinic))
	})
	return all[:min(len(all), maxTouches)], nil
}
