package store

import (
	"context"
	"time"

	"naru/internal/booking"
	"naru/internal/campaign"
	"naru/internal/clinic"
	"naru/internal/fhir"
)

// EachTaken gives the doses people have places for, or had until they cancelled, to
// keep, without whose they are. It reads the whole table: it is for an export, not
// for a page. An error of keep ends it.
func (s *Store) EachTaken(ctx context.Context, keep func(fhir.Taken) error) error {
	var kept error
	err := s.booking.Read(ctx, `SELECT hold_id, dose, campaign, clinic_id, start, state, created_at FROM reservation
	    WHERE state IN ('pending', 'booked', 'cancelled')`, nil, func(scan func(...any) error) error {
		var hold, campaignID, clinicID, state string
		var dose int32
		var start, made int64
		if err := scan(&hold, &dose, &campaignID, &clinicID, &start, &state, &made); err != nil {
			return err
		}
		kept = keep(fhir.Taken{
			Hold: booking.HoldID(hold), Dose: int(dose), Campaign: campaign.ID(campaignID), Clinic: clinic.ID(clinicID),
			Start: unix(start), State: booking.State(state), Made: unix(made),
		})
		return kept
	})
	if kept != nil {
		return kept
	}
	if err != nil {
		return unavailable("read taken places", err)
	}
	return nil
}

// CountsAsOf is the instant whose bookings the counts for display are sure to have:
// now where this node books alone, else when the part that was read longest ago was
// read. Zero when a part never was.
func (s *Store) CountsAsOf() time.Time {
	now, read := s.now(), s.available.ReadSince()
	if s.opts.DB == "" && now.Sub(read) <= lateAfter {
		return now
	}
	return read
}
