package store

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"naru/internal/booking"
	"naru/internal/fault"
)

// Bounds of asking for more of a quota.
const (
	quotaTries  = 12
	quotaPause  = 20 * time.Millisecond // between them, up to twice
	quotaParts  = 1024                  // what is handed out at once is the quota's part of this many
	mostGranted = 256
)

// takeCounted takes a hold's places, and more of the quota for the clinic's bucket when
// its part is used up (rule C21). Codes as take; Full "booking.quota_used" when
// every one of the quota is held or booked.
func (s *Store) takeCounted(ctx context.Context, r booking.Reservation, p places, fresh bool) (booking.Reservation, error) {
	held, err := s.take(ctx, r, p, fresh)
	for try := 0; errors.Is(err, errQuotaShort) && try < quotaTries; try++ {
		if err := s.moreOf(ctx, p.counted, clinicBucket(p.clinic)); err != nil {
			return booking.Reservation{}, err
		}
		held, err = s.take(ctx, r, p, false)
	}
	if errors.Is(err, errQuotaShort) { // others were faster, again and again
		return booking.Reservation{}, fault.New(fault.Unavailable, "store.busy")
	}
	return held, err
}

// moreOf hands out more of a quota to a bucket, from what is free, or else from what
// other buckets do not use. One caller of a node does so at a time.
func (s *Store) moreOf(ctx context.Context, c counted, bucket int16) error {
	s.quotaDesk.Lock()
	defer s.quotaDesk.Unlock()
	shards, err := s.readShards(ctx, c.quota)
	if err != nil {
		return err
	}
	taken := int64(0)
	for _, r := range shards {
		taken += r.taken
		if r.bucket == bucket && r.idle() > 0 { // who asked before got it
			return nil
		}
	}
	if taken >= int64(c.people) {
		return fault.New(fault.Full, "booking.quota_used")
	}
	got, err := s.grant(ctx, c, bucket)
	if err != nil || got {
		return err
	}
	if err := s.collect(ctx, c, bucket, shards); err != nil {
		return err
	}
	if got, err = s.grant(ctx, c, bucket); err != nil || got {
		return err
	}
	select { // what is left is on its way to somebody, or back
	case <-time.After(quotaPause + rand.N(quotaPause)):
	case <-ctx.Done():
	}
	return nil
}

// grant hands out from what is free, and reports whether the bucket has more now.
// It is safe to stop between the two acts: the next grant to the bucket, or the next
// collection, brings what the pool says was handed out.
func (s *Store) grant(ctx context.Context, c counted, bucket int16) (bool, error) {
	a := &grantAct{
		quota: poolOf(c.quota), shard: bucket, people: int64(c.people),
		want: min(mostGranted, max(1, int64(c.people)/quotaParts)),
	}
	if err := s.inBooking(ctx, a); err != nil || a.granted == 0 {
		return false, err
	}
	before, err := s.readShard(ctx, quotaKey{bucket, c.quota})
	if err != nil || before.granted >= a.granted {
		return false, err
	}
	return true, s.inBooking(ctx, receiveAct{quotaKey{bucket, c.quota}, a.granted})
}

// collect brings back what other buckets do not use. It first brings what was handed
// out and has not arrived.
func (s *Store) collect(ctx context.Context, c counted, asks int16, shards []shardRow) error {
	known := map[int16]shardRow{}
	for _, r := range shards {
		known[r.bucket] = r
	}
	pool, err := s.readPool(ctx, c.quota)
	if err != nil {
		return err
	}
	for _, r := range pool {
		have := known[r.shard]
		if r.shard == asks || have.idle() == 0 && have.granted == r.granted && have.returned == r.returned {
			continue
		}
		shard := quotaKey{r.shard, c.quota}
		back := &handBackAct{shard: shard}
		if err := errors.Join(s.inBooking(ctx, receiveAct{shard, r.granted}), s.inBooking(ctx, back)); err != nil {
			return err
		}
		if err := s.inBooking(ctx, takeBackAct{poolOf(c.quota), r.shard, back.returned}); err != nil {
			return err
		}
	}
	return nil
}

// poolOf is where a quota's pool is.
func poolOf(quota string) quotaKey { return quotaKey{booking.ClinicBucket(quota), quota} }

func (s *Store) readShards(ctx context.Context, quota string) ([]shardRow, error) {
	var all []shardRow
	err := s.booking.Read(ctx, `SELECT `+shardTable.ColumnNames()+` FROM quota_shard WHERE quota = $1`, []any{quota}, func(scan func(...any) error) error {
		var r shardRow
		err := scan(r.Into()...)
		all = append(all, r)
		return err
	})
	if err != nil {
		return nil, unavailable("read quota", err)
	}
	return all, nil
}

func (s *Store) readShard(ctx context.Context, k quotaKey) (shardRow, error) {
	var one shardRow
	err := s.booking.Read(ctx, `SELECT `+shardTable.ColumnNames()+` FROM quota_shard WHERE bucket = $1 AND quota = $2`, k.Args(),
		func(scan func(...any) error) error { return scan(one.Into()...) })
	if err != nil {
		return one, unavailable("read quota", err)
	}
	return one, nil
}

func (s *Store) readPool(ctx context.Context, quota string) ([]poolRow, error) {
	var all []poolRow
	err := s.booking.Read(ctx, `SELECT `+poolTable.ColumnNames()+` FROM quota_pool WHERE bucket = $1 AND quota = $2 ORDER BY shard`, poolOf(quota).Args(),
		func(scan func(...any) error) error {
			var r poolRow
			err := scan(r.Into()...)
			all = append(all, r)
			return err
		})
	if err != nil {
		return nil, unavailable("read quota", err)
	}
	return all, nil
}

// anyLimited tells whether any campaign has a quota; without one nothing is counted.
func (s *Store) anyLimited() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, l := range s.lines {
		if l.published.Campaign.Limited() {
			return true
		}
	}
	return false
}
