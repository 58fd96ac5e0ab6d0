package store

import "naru/internal/db"

// The tables of quotas (docs/adr/0021).
var (
	shardTable = db.NewTable("quota_shard", "bucket int2, quota text, granted int8!, returned int8!, taken int8!", 2, 2, true)
	useTable   = db.NewTable("quota_use", "bucket int2, number text, quota text, hold_id text", 2, 2, true)
	poolTable  = db.NewTable("quota_pool", "bucket int2, quota text, shard int2, granted int8!, returned int8!", 3, 2, true)
)

// quotaKey names a quota's part of a bucket, or its pool.
type quotaKey struct {
	bucket int16
	quota  string
}

func (k quotaKey) Bucket() int16 { return k.bucket }
func (k quotaKey) Args() []any   { return []any{k.bucket, k.quota} }

// shardRow is a quota's part of a clinic bucket.
type shardRow struct {
	quotaKey
	granted, returned, taken int64
}

// idle is what was handed out and is not used.
func (r *shardRow) idle() int64 { return r.granted - r.returned - r.taken }

func (r *shardRow) Group() quotaKey { return r.quotaKey }
func (r *shardRow) Values() []any {
	return []any{r.bucket, r.quota, r.granted, r.returned, r.taken}
}

func (r *shardRow) Into() []any {
	return []any{&r.bucket, &r.quota, &r.granted, &r.returned, &r.taken}
}

// useKey names a booking that counts for a quota.
type useKey struct {
	bucket int16
	number string
}

func (k useKey) Bucket() int16 { return k.bucket }
func (k useKey) Args() []any   { return []any{k.bucket, k.number} }

// useRow is one booking that counts.
type useRow struct {
	useKey
	quota, hold string
}

func (r *useRow) Group() useKey { return r.useKey }
func (r *useRow) Values() []any { return []any{r.bucket, r.number, r.quota, r.hold} }
func (r *useRow) Into() []any   { return []any{&r.bucket, &r.number, &r.quota, &r.hold} }

// poolRow is what a quota handed out to one clinic bucket.
type poolRow struct {
	quotaKey
	shard             int16
	granted, returned int64
}

func (r *poolRow) Group() quotaKey { return r.quotaKey }
func (r *poolRow) Values() []any {
	return []any{r.bucket, r.quota, r.shard, r.granted, r.returned}
}

func (r *poolRow) Into() []any {
	return []any{&r.bucket, &r.quota, &r.shard, &r.granted, &r.returned}
}
