package store

import (
	"naru/internal/booking"
	"naru/internal/campaign"
	"naru/internal/fault"
)

// counted is a booking that counts for a quota; the zero one counts for none.
type counted struct {
	quota  string // its name
	people int    // of all, at most
	number booking.Number
}

// countedIn says for which quota a booking counts that is made in a window.
func countedIn(c *campaign.Campaign, window string, n booking.Number) counted {
	name, people, limited := c.QuotaName(window)
	if !limited {
		return counted{}
	}
	return counted{name, people, n}
}

func (c counted) limited() bool { return c.quota != "" }

// errQuotaShort says that a clinic's part of the quota is used up; there may be
// more elsewhere.
var errQuotaShort = fault.New(fault.Full, "booking.quota_used").With("Short", true)

// count takes one of the quota's part of the bucket, for as long as the booking
// lives. It reports false when nothing is left of it (rule C21).
func (h *bookingHouse) count(bucket int16, c counted, hold booking.HoldID) (bool, error) {
	if !c.limited() {
		return true, nil
	}
	shard, err := h.shards.OneOr(&shardRow{quotaKey: quotaKey{bucket, c.quota}})
	if err != nil || shard.idle() <= 0 {
		return false, err
	}
	shard.taken++
	h.shards.Change(shard)
	return true, h.uses.Add(&useRow{useKey{bucket, string(c.number)}, c.quota, string(hold)})
}

// ending is a booking that is over, of which the clinic is told with its places: one
// that was never confirmed by its hold, any other whole.
type ending struct {
	number booking.Number
	hold   booking.HoldID // "": whatever hold it had
}

func (e ending) key(clinicID string) useKey { return useKey{clinicBucket(clinicID), string(e.number)} }

// uncount gives back what a booking took of its quota, once.
func (h *bookingHouse) uncount(clinicID string, e ending) error {
	use, found, err := h.uses.One(e.key(clinicID))
	if err != nil || !found || e.hold != "" && string(e.hold) != use.hold {
		return err
	}
	shard, found, err := h.shards.One(quotaKey{use.bucket, use.quota})
	if err != nil || !found {
		return err
	}
	shard.taken--
	h.shards.Change(shard)
	h.uses.Remove(use)
	return nil
}

// grantAct hands out some of a quota to a clinic bucket, in the pool's own bucket.
type grantAct struct {
	quota   quotaKey // of the pool
	shard   int16
	people  int64 // the quota
	want    int64
	granted int64 // all that was ever handed out to the bucket; 0: nothing
}

// Bucket says where the act belongs.
func (a *grantAct) Bucket() int16 { return a.quota.bucket }

// Wants locks the pool: a bucket that has no row yet could not be locked by its row.
func (a *grantAct) Wants(h *bookingHouse) {
	if h.Share("quota "+a.quota.quota, true) == nil {
		h.pools.Want(a.quota)
	}
}

// Run keeps the sum of what is out at most the quota (rule C21).
func (a *grantAct) Run(h *bookingHouse) error {
	a.granted = 0
	if err := h.Share("quota "+a.quota.quota, true); err != nil {
		return err
	}
	rows, err := h.pools.Rows(a.quota)
	if err != nil {
		return err
	}
	free := a.people
	var mine *poolRow
	for _, r := range rows {
		free -= r.granted - r.returned
		if r.shard == a.shard {
			mine = r
		}
	}
	n := min(a.want, max(0, free))
	if mine == nil && n == 0 {
		return nil
	}
	if mine == nil {
		mine = &poolRow{quotaKey: a.quota, shard: a.shard, granted: n}
		a.granted = n
		return h.pools.Add(mine)
	}
	if n > 0 {
		mine.granted += n
		h.pools.Change(mine)
	}
	a.granted = mine.granted
	return nil
}

// receiveAct lets a clinic bucket know what was handed out to it. The number only
// grows, so it can be repeated, in any order.
type receiveAct struct {
	shard   quotaKey
	granted int64
}

// Bucket says where the act belongs.
func (a receiveAct) Bucket() int16 { return a.shard.bucket }

// Wants names what the act reads.
func (a receiveAct) Wants(h *bookingHouse) { h.shards.WantOr(&shardRow{quotaKey: a.shard}) }

// Run takes the greater number.
func (a receiveAct) Run(h *bookingHouse) error {
	r, err := h.shards.OneOr(&shardRow{quotaKey: a.shard})
	if err == nil && a.granted > r.granted {
		r.granted = a.granted
		h.shards.Change(r)
	}
	return err
}

// handBackAct lets a clinic bucket give up what it does not use.
type handBackAct struct {
	shard    quotaKey
	returned int64 // all that it ever gave back
}

// Bucket says where the act belongs.
func (a *handBackAct) Bucket() int16 { return a.shard.bucket }

// Wants names what the act reads.
func (a *handBackAct) Wants(h *bookingHouse) { h.shards.Want(a.shard) }

// Run gives all of it up.
func (a *handBackAct) Run(h *bookingHouse) error {
	r, found, err := h.shards.One(a.shard)
	if err != nil || !found {
		return err
	}
	if n := r.idle(); n > 0 {
		r.returned += n
		h.shards.Change(r)
	}
	a.returned = r.returned
	return nil
}

// takeBackAct notes in the pool what a bucket gave back: only then it can be handed
// out again. The number only grows.
type takeBackAct struct {
	quota    quotaKey
	shard    int16
	returned int64
}

// Bucket says where the act belongs.
func (a takeBackAct) Bucket() int16 { return a.quota.bucket }

// Wants names what the act reads.
func (a takeBackAct) Wants(h *bookingHouse) {
	if h.Share("quota "+a.quota.quota, true) == nil {
		h.pools.Want(a.quota)
	}
}

// Run takes the greater number.
func (a takeBackAct) Run(h *bookingHouse) error {
	if err := h.Share("quota "+a.quota.quota, true); err != nil {
		return err
	}
	rows, err := h.pools.Rows(a.quota)
	for _, r := range rows {
		if r.shard == a.shard && a.returned > r.returned {
			r.returned = a.returned
			h.pools.Change(r)
		}
	}
	return err
}
