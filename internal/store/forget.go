package store

import (
	"context"
	"time"

	"naru/internal/person"
)

// answersLive is how long a key is remembered (DESIGN §3).
const answersLive = 48 * time.Hour

// Forget deletes what is no longer needed: old keys, codes and tries.
func (s *Store) Forget(ctx context.Context) error { return s.inBooking(ctx, forgetAct{}) }

type forgetAct struct{}

// Run is no hot act: it looks by age, not by bucket.
func (forgetAct) Run(h *bookingHouse) error {
	hour := h.Now.Add(-max(person.CodeWindow, lookUpWindow)).Unix()
	for _, old := range []struct {
		query  string
		before int64
	}{
		{`DELETE FROM answer WHERE at < $1`, h.Now.Add(-answersLive).Unix()},
		{`DELETE FROM outbox WHERE kind = 'code' AND created_at < $1 AND state <> 'queued'`, hour},
		{`DELETE FROM challenge WHERE since < $1 AND sent_at < $1`, hour},
		{`DELETE FROM phone_code WHERE since < $1 AND sent_at < $1`, hour},
		{`DELETE FROM lookup_try WHERE since < $1`, hour},
	} {
		if _, err := h.Exec(old.query, old.before); err != nil {
			return err
		}
	}
	return nil
}
