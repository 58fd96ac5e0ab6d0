package store

import (
	"context"

	"naru/internal/db"
	"naru/internal/person"
)

// The tables of the immunisation record that acts write all the time.
var (
	entryOfRecordTable = db.NewTable("record_entry", "person_id text, bucket int2, seq int4, entry_id text, at int8, body bytea", 3, 2, true)
	credentialTable    = db.NewTable("credential", `person_id text, bucket int2, credential_id text, entry_id text, format text, batch text,
	    key_id text, state text!, intended_at int8, changed_at int8!, intent bytea, body bytea!`, 3, 2, true)
)

// recordHouse is the immunisation record as a batch sees it.
type recordHouse struct {
	*db.Tx
	entries     *db.Sheet[personKey, *recordRow]
	credentials *db.Sheet[personKey, *credentialRow]
}

func newRecordHouse(t *db.Tx) *recordHouse {
	return &recordHouse{
		Tx:          t,
		entries:     db.NewSheet[personKey](t, entryOfRecordTable, func() *recordRow { return &recordRow{} }),
		credentials: db.NewSheet[personKey](t, credentialTable, func() *credentialRow { return &credentialRow{} }),
	}
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

// credentialRow is one certificate.
type credentialRow struct {
	bucket                                       int16
	person, id, entry, format, batch, key, state string
	intendedAt, changedAt                        int64
	intent, body                                 []byte
}

func (r *credentialRow) Group() personKey { return personKey{r.bucket, person.ID(r.person)} }

func (r *credentialRow) Values() []any {
	return []any{r.person, r.bucket, r.id, r.entry, r.format, r.batch, r.key, r.state, r.intendedAt, r.changedAt, r.intent, r.body}
}

func (r *credentialRow) Into() []any {
	return []any{&r.person, &r.bucket, &r.id, &r.entry, &r.format, &r.batch, &r.key, &r.state, &r.intendedAt, &r.changedAt, &r.intent, &r.body}
}
