package store

import (
	"context"
	"strconv"

	"naru/internal/staff"
)

// SteerAs is Steer by a member of staff, or by the console: the permission is judged
// and the change is in the audit before it is made (rules S4, S18). by is as for Steer.
func (s *Store) SteerAs(ctx context.Context, c staff.Caller, campaignID string, to Steering, by string) error {
	if _, err := s.Campaign(campaignID); err != nil {
		return err // and what stands in an address goes into no entry
	}
	detail := map[string]string{}
	if to.Cap != nil {
		detail["cap"] = strconv.Itoa(*to.Cap)
	}
	if to.Rate != nil {
		detail["rate"] = decimal(*to.Rate)
	}
	if to.Paused != nil {
		detail["paused"] = strconv.FormatBool(*to.Paused)
	}
	act := staff.Act{Permission: staff.SteerGate, Campaign: campaignID, Detail: detail}
	return s.Do(ctx, c, act, func(ctx context.Context) error { return s.Steer(ctx, campaignID, to, by) })
}
