package store

import (
	"context"

	"naru/internal/db"
)

// The tables of staff that acts write all the time; the small ones are read and
// written by hand.
var (
	chainTable = db.NewTable("audit_chain", "bucket int2, chain text, seq int8!, hash bytea!", 2, 2, true)
	entryTable = db.NewTable("audit_entry", `bucket int2, chain text, seq int8, at int8, act text, phase text, staff_id text, session text,
	    what text, clinic text, person text, campaign text, code text, detail text, hash bytea`, 3, 0, false)
)

// staffHouse is the database of staff as a batch sees it.
type staffHouse struct {
	*db.Tx
	chains  *db.Sheet[chainKey, *chainRow]
	entries *db.Sheet[chainKey, *entryRow]
}

func newStaffHouse(t *db.Tx) *staffHouse {
	return &staffHouse{
		Tx:      t,
		chains:  db.NewSheet[chainKey](t, chainTable, func() *chainRow { return &chainRow{} }),
		entries: db.NewSheet[chainKey](t, entryTable, func() *entryRow { return &entryRow{} }),
	}
}

// staffAct is an act among staff.
type staffAct = db.Act[*staffHouse]

func (s *Store) inStaff(ctx context.Context, a staffAct) error { return s.staff.Do(ctx, a) }

// chainKey names a chain of the audit.
type chainKey struct {
	bucket int16
	chain  string
}

func (k chainKey) Bucket() int16 { return k.bucket }
func (k chainKey) Args() []any   { return []any{k.bucket, k.chain} }

// chainRow is how far a chain is.
type chainRow struct {
	chainKey
	seq  int64
	hash []byte
}

func (r *chainRow) Group() chainKey { return r.chainKey }
func (r *chainRow) Values() []any   { return []any{r.bucket, r.chain, r.seq, r.hash} }
func (r *chainRow) Into() []any     { return []any{&r.bucket, &r.chain, &r.seq, &r.hash} }

// entryRow is one entry of a chain.
type entryRow struct {
	chainKey
	seq, at                                                                int64
	act, phase, staff, session, what, clinic, person, campaign, code, text string
	hash                                                                   []byte
}

func (r *entryRow) Group() chainKey { return r.chainKey }

func (r *entryRow) Values() []any {
	return []any{
		r.bucket, r.chain, r.seq, r.at, r.act, r.phase, r.staff, r.session,
		r.what, r.clinic, r.person, r.campaign, r.code, r.text, r.hash,
	}
}

func (r *entryRow) Into() []any {
	return []any{
		&r.bucket, &r.chain, &r.seq, &r.at, &r.act, &r.phase, &r.staff, &r.session,
		&r.what, &r.clinic, &r.person, &r.campaign, &r.code, &r.text, &r.hash,
	}
}
