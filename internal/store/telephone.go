package store

import (
	"context"
	"time"

	"naru/internal/caldate"
	"naru/internal/fault"
	"naru/internal/person"
	"naru/internal/visit"
)

// FacilityNumber is a telephone number of a facility, digits with the country's.
type FacilityNumber struct {
	Number   string           `json:"number"`
	Facility visit.FacilityID `json:"facility"`
}

// AssignNumber gives a facility a number. Codes: Invalid (no number), NotFound (no such
// facility), Conflict (it is another's; release it first).
func (s *Store) AssignNumber(ctx context.Context, n FacilityNumber) error {
	if err := (visit.Caller{Number: n.Number}).Valid(); err != nil {
		return err
	}
	if _, err := s.facility(ctx, n.Facility); err != nil {
		return err
	}
	bucket := visit.NumberBucket(n.Number, person.Buckets)
	var taken bool
	err := s.inRegister(ctx, func(h *visitHouse) error {
		before := ""
		found, err := h.Row(`SELECT facility_id FROM facility_number WHERE bucket = $1 AND number = $2`, []any{bucket, n.Number}, &before)
		if taken = found && before != string(n.Facility); err != nil || found {
			return err
		}
		_, err = h.Exec(`INSERT INTO facility_number (bucket, number, facility_id, assigned_at) VALUES ($1, $2, $3, $4)`,
			bucket, n.Number, string(n.Facility), h.Now.Unix())
		return err
	})
	if err == nil && taken {
		err = fault.New(fault.Conflict, "visit.number_taken")
	}
	return err
}

// ReleaseNumber takes a number away: calls to it are answered no more. Code NotFound.
func (s *Store) ReleaseNumber(ctx context.Context, number string) error {
	var gone int64
	err := s.inRegister(ctx, func(h *visitHouse) (err error) {
		gone, err = h.Exec(`DELETE FROM facility_number WHERE bucket = $1 AND number = $2`, visit.NumberBucket(number, person.Buckets), number)
		return err
	})
	if err == nil && gone == 0 {
		err = fault.New(fault.NotFound, "visit.number_unknown")
	}
	return err
}

// Numbers are all numbers, in order.
func (s *Store) Numbers(ctx context.Context) (all []FacilityNumber, err error) {
	return all, s.readRegister(ctx, `SELECT number, facility_id FROM facility_number ORDER BY number`, nil, func(scan func(...any) error) error {
		var n FacilityNumber
		err := scan(&n.Number, &n.Facility)
		all = append(all, n)
		return err
	})
}

// Called is the facility whose number was called. Code NotFound.
func (s *Store) Called(ctx context.Context, number string) (id visit.FacilityID, err error) {
	err = s.readRegister(ctx, `SELECT facility_id FROM facility_number WHERE bucket = $1 AND number = $2`,
		[]any{visit.NumberBucket(number, person.Buckets), number}, func(scan func(...any) error) error { return scan(&id) })
	if err == nil && id == "" {
		err = fault.New(fault.NotFound, "visit.number_unknown")
	}
	return id, err
}

// RecordCall records the visit of a call (rules V20 and V24): the number is sealed to
// both custodians before it is written anywhere, and the call's own id is kept as a keyed
// hash, which nobody can compare with a carrier's lists. On nil the visit is durable; the
// same call again is the same visit. Codes: Invalid (no number), Unavailable (the keys of
// the day are not there).
func (s *Store) RecordCall(ctx context.Context, c visit.Call) error {
	day, found := visit.DayOf(caldate.Of(c.At, s.opts.Agency.Zone))
	if !found {
		return fault.New(fault.Invalid, "visit.day_bad")
	}
	inner, outer, err := s.dayKeys(ctx, day)
	if err != nil {
		return err
	}
	contact, err := visit.NewCallContact(s.issuerKeys()[0], c.Caller, day)
	if err != nil {
		return err
	}
	v := visit.Visit{At: c.At.Truncate(time.Minute), People: 1}
	if v.Token, err = visit.Seal(contact, v.At, inner, outer); err != nil {
		return err
	}
	id := s.people.Lookup(person.ForContact, "naru call", c.ID)
	copy(v.ID[:], id.Sum[:])
	refused, err := s.TakeVisits(ctx, c.Facility, []visit.Visit{v})
	if err != nil {
		return err
	}
	return refused[0]
}

// dayKeys are both custodians' public keys of a day. Code Unavailable where one is
// missing: nothing is kept that is not sealed to both.
func (s *Store) dayKeys(ctx context.Context, day visit.Day) (inner, outer visit.DayKey, err error) {
	err = s.readRegister(ctx, `SELECT custodian, public FROM visit_key WHERE day = $1`, []any{int32(dateDay(day.Date()))}, func(scan func(...any) error) error {
		k := visit.DayKey{Day: day}
		err := scan(&k.Custodian, &k.Public)
		if k.Custodian == visit.Inner {
			inner = k
		} else {
			outer = k
		}
		return err
	})
	if err == nil && (inner.Public == nil || outer.Public == nil) {
		err = fault.New(fault.Unavailable, "visit.keys_missing")
	}
	return inner, outer, err
}
