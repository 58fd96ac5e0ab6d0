package store

import (
	"context"
	"time"

	"naru/internal/booking"
)

// How long it takes to read every slot's count for display once. A node that is
// alone knows what it booked itself; among many each reads what the others
// booked, one part of the clinics after another.
const (
	recountAlone  = time.Minute
	recountShared = 8 * time.Second
)

// recountEvery is the time between two parts.
func (s *Store) recountEvery() time.Duration {
	if s.opts.DB == "" {
		return recountAlone / booking.Parts
	}
	return recountShared / booking.Parts
}

// recountAll reads every part.
func (s *Store) recountAll(ctx context.Context) error {
	for range booking.Parts {
		if err := s.recount(ctx); err != nil {
			return err
		}
	}
	return nil
}

// recount reads the counts of the next part of the clinics.
func (s *Store) recount(ctx context.Context) error {
	part := int(s.nextPart.Add(1) % booking.Parts)
	from, to := booking.PartBuckets(part)
	at := s.now()
	taken := map[booking.Slot]int{}
	err := s.booking.Read(ctx, `SELECT clinic_id, start, taken FROM slot WHERE bucket >= $1 AND bucket < $2 AND taken > 0 AND start > $3`,
		[]any{from, to, at.Unix()}, func(scan func(...any) error) error {
			var slot booking.Slot
			var start int64
			var n int
			if err := scan(&slot.Clinic, &start, &n); err != nil {
				return err
			}
			slot.Start = unix(start)
			taken[slot] = n
			return nil
		})
	if err == nil {
		s.available.Replace(part, taken, at)
	}
	return err
}
