package store

import "naru/internal/db"

// letterKey names a message.
type letterKey struct {
	bucket int16
	id     string
}

func (k letterKey) Bucket() int16 { return k.bucket }
func (k letterKey) Args() []any   { return []any{k.id, k.bucket} }

// letterRow is a message in the outbox, sealed.
type letterRow struct {
	letter
	phoneSum []byte // as stored
	at       int64
	state    string
	attempts int32
	holder   string
	sentAt   int64
	endedAt  int64
	cause    string
}

func (r *letterRow) Group() letterKey { return letterKey{r.bucket, r.id} }

func (r *letterRow) Values() []any {
	return []any{
		r.id, r.bucket, r.kind, r.lang, r.phoneSum, r.recipient, r.body, r.at, r.urgent,
		r.state, r.provider, r.attempts, r.due, r.holder, r.sentAt, r.endedAt, r.cause,
	}
}

func (r *letterRow) Into() []any {
	return []any{
		&r.id, &r.bucket, &r.kind, &r.lang, &r.phoneSum, &r.recipient, &r.body, &r.at, &r.urgent,
		&r.state, &r.provider, &r.attempts, &r.due, &r.holder, &r.sentAt, &r.endedAt, &r.cause,
	}
}

// paceKey names the pace of a provider.
type paceKey string

func (k paceKey) Bucket() int16 { return db.NoBucket }
func (k paceKey) Args() []any   { return []any{string(k)} }

// paceRow is how far a provider's sending is. next is in unix milliseconds.
type paceRow struct {
	provider string
	next     int64
}

func (r *paceRow) Group() paceKey { return paceKey(r.provider) }
func (r *paceRow) Values() []any  { return []any{r.provider, r.next} }
func (r *paceRow) Into() []any    { return []any{&r.provider, &r.next} }
