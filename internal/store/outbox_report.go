package store

import (
	"context"
	"time"

	"naru/internal/message"
)

// Delivery is what a provider says later of a message that it took.
type Delivery struct {
	ID      string
	Arrived bool
	Cause   string // a word, for staff
}

// ReportMessages writes down what a provider reports (rule M7): what did not arrive
// goes to the next provider of its way, or is a dead letter. A report of a message that
// is not there, that another provider carries by now, or that was reported before,
// changes nothing; so it can be repeated.
func (s *Store) ReportMessages(ctx context.Context, by message.ProviderID, all []Delivery) error {
	for _, r := range all {
		bucket, ok := message.BucketOf(r.ID)
		if !ok {
			continue
		}
		a := &reportAct{plan: s.opts.Agency.Messages, zone: s.opts.Agency.Zone, key: letterKey{bucket, r.ID}, by: by, report: r}
		if err := s.inBooking(ctx, a); err != nil {
			return err
		}
	}
	s.callPostman()
	return nil
}

type reportAct struct {
	plan   message.Plan
	zone   *time.Location
	key    letterKey
	by     message.ProviderID
	report Delivery
}

// Bucket says where the act belongs.
func (a *reportAct) Bucket() int16 { return a.key.bucket }

// Wants names what the act reads.
func (a *reportAct) Wants(h *bookingHouse) { h.outbox.Want(a.key) }

// Run decides by the message's own row.
func (a *reportAct) Run(h *bookingHouse) error {
	r, found, err := h.outbox.One(a.key)
	if err != nil || !found || r.provider != string(a.by) {
		return err
	}
	d, changed := a.plan.Reported(r.try(), message.State(r.state), a.report.Arrived, h.Now, a.zone)
	if changed {
		r.decide(d, a.report.Cause, h.Now)
		h.outbox.Change(r)
	}
	return nil
}
