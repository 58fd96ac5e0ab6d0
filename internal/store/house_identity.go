package store

import (
	"naru/internal/gate"
	"naru/internal/identity"
	"naru/internal/person"
)

// stableKey names the person of an identifier that stays, under one key.
type stableKey struct {
	bucket int16
	key    uint16
	sum    [32]byte
}

func stableOf(x person.Index) stableKey { return stableKey{x.Bucket(), x.Key, x.Sum} }

func (k stableKey) Bucket() int16 { return k.bucket }
func (k stableKey) Args() []any   { return []any{k.bucket, int32(k.key), k.sum[:]} }

// stableRow leads from an identifier to a person, for good.
type stableRow struct {
	bucket int16
	key    int32
	stable []byte
	person string
}

func (r *stableRow) Group() stableKey {
	return stableKey{r.bucket, uint16(r.key), [32]byte(r.stable)} //nolint:gosec // written from a uint16
}
func (r *stableRow) Values() []any { return []any{r.bucket, r.key, r.stable, r.person} }
func (r *stableRow) Into() []any   { return []any{&r.bucket, &r.key, &r.stable, &r.person} }

// attemptKey names the newest way of a browser to a provider with a claim.
type attemptKey struct {
	bucket         int16
	claim, browser [32]byte
	provider       identity.ID
}

func (k attemptKey) Bucket() int16 { return k.bucket }
func (k attemptKey) Args() []any {
	return []any{k.bucket, k.claim[:], k.browser[:], string(k.provider)}
}

// attemptRow is that way as stored.
type attemptRow struct {
	bucket         int16
	claim, browser []byte
	provider       string
	state, secret  []byte
	beganAt        int64
	used           bool
	tries          int32
	since          int64
}

func (r *attemptRow) Group() attemptKey {
	return attemptKey{r.bucket, [32]byte(r.claim), [32]byte(r.browser), identity.ID(r.provider)}
}

func (r *attemptRow) Values() []any {
	return []any{r.bucket, r.claim, r.browser, r.provider, r.state, r.secret, r.beganAt, r.used, r.tries, r.since}
}

func (r *attemptRow) Into() []any {
	return []any{&r.bucket, &r.claim, &r.browser, &r.provider, &r.state, &r.secret, &r.beganAt, &r.used, &r.tries, &r.since}
}

// facts are the row as the rules see it.
func (r *attemptRow) facts() identity.Attempt {
	return identity.Attempt{State: [16]byte(r.state), BeganAt: unix(r.beganAt), Used: r.used, Tries: int(r.tries), Since: unix(r.since)}
}

// earlyRow is the proof of a ticket before the opening; a new one has person "".
type earlyRow struct {
	key      ticketKey
	ticket   []byte
	person   string
	browser  []byte
	provenAt int64
}

func (r *earlyRow) Group() ticketKey {
	return ticketKey{r.key.bucket, r.key.campaign, gate.TicketID(r.ticket)}
}

func (r *earlyRow) Values() []any {
	return []any{r.key.bucket, r.key.campaign, r.ticket, r.person, r.browser, r.provenAt}
}

func (r *earlyRow) Into() []any {
	return []any{&r.key.bucket, &r.key.campaign, &r.ticket, &r.person, &r.browser, &r.provenAt}
}

func (r *earlyRow) facts() gate.Early {
	return gate.Early{Person: r.person, Browser: [32]byte(r.browser)}
}
