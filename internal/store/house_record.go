package store

import (
	"context"

	"naru/internal/db"
	"naru/internal/person"
)

// The tables of the immunisation record that acts write all the time.
var entryOfRecordTable = db.NewTable("record_entry", "person_id text, bucket int2, seq int4, entry_id text, at int8, body bytea", 3, 2, true)

// recordHouse is the immunisation record as a batch sees it.
type recordHouse struct {
	*db.Tx
	entries *db.Sheet[personKey, *recordRow]
}

func newRecordHouse(t *db.Tx) *recordHouse {
	return &recordHouse{Tx: t, entries: db.NewSheet[personKey](t, entryOfRecordTable, func() *recordRow { return &recordRow{} })}
}

func (s *Store) inRecord(ctx context.Context, a db.Act[*recordHouse]) error {
	return s.record.Do(ctx, a)
}

// recordRow is one entry, sealed.
type recordRow struct {
	bucket int16
	person string
	seq    int32
	entry  string
	at     int64
	body   []byte
}

func (r *recordRow) Group() personKey { return personKey{r.bucket, person.ID(r.person)} }

func (r *recordRow) Values() []any { return []any{r.person, r.bucket, r.seq, r.entry, r.at, r.body} }

func (r *recordRow) Into() []any {
	return []any{&r.person, &r.bucket, &r.seq, &r.entry, &r.at, &r.body}
}
