package store

import (
	"context"
	"time"

	"naru/internal/person"
)

// answersLive is how long a key is remembered (DESIGN §3).
const answersLive = 48 * time.Hour

// forgetAtOnce bounds the rows of one transaction: two days after an opening
// millions are old within minutes, and people wait behind it.
const forgetAtOnce = 2000

// Forget deletes what is no longer needed: old keys, codes and tries.
func (s *Store) Forget(ctx context.Context) error {
	now := s.now()
	hour := now.Add(-max(person.CodeWindow, lookUpWindow)).Unix()
	for _, old := range []forgetAct{
		{table: "answer", key: "person_id, bucket, key", which: "at < $1", before: now.Add(-answersLive).Unix()},
		{table: "outbox", key: "id, bucket", which: "kind = 'code' AND created_at < $1 AND state <> 'queued'", before: hour},
		{table: "challenge", key: "bucket, claim, browser", which: "since < $1 AND sent_at < $1", before: hour},
		{table: "proof_attempt", key: "bucket, claim, browser, provider", which: "since < $1 AND began_at < $1", before: hour},
		{table: "phone_code", key: "bucket, phone", which: "since < $1 AND sent_at < $1", before: hour},
		{table: "lookup_try", key: "bucket, claim, browser", which: "since < $1", before: hour},
	} {
		for {
			old.gone = 0
			if err := s.inBooking(ctx, &old); err != nil {
				return err
			}
			if old.gone < forgetAtOnce {
				break
			}
		}
	}
	return nil
}

// forgetAct deletes some of what is old in one table.
type forgetAct struct {
	table, key, which string
	before            int64
	gone              int64 // rows that were deleted
}

// Run is no hot act: it looks by age, not by bucket.
func (a *forgetAct) Run(h *bookingHouse) (err error) {
	a.gone, err = h.Exec(`DELETE FROM `+a.table+` WHERE (`+a.key+`) IN (SELECT `+a.key+` FROM `+a.table+` WHERE `+a.which+` LIMIT $2)`,
		a.before, int64(forgetAtOnce))
	return err
}
