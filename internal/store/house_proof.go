package store

import (
	"naru/internal/person"
)

// phoneKey names the codes sent to a phone.
type phoneKey struct {
	bucket int16
	phone  [32]byte
}

func (k phoneKey) Bucket() int16 { return k.bucket }
func (k phoneKey) Args() []any   { return []any{k.bucket, k.phone[:]} }

// phoneRow counts the codes sent to a phone.
type phoneRow struct {
	bucket int16
	phone  []byte
	since  int64
	sends  int32
	sentAt int64
}

func (r *phoneRow) Group() phoneKey { return phoneKey{r.bucket, [32]byte(r.phone)} }
func (r *phoneRow) Values() []any   { return []any{r.bucket, r.phone, r.since, r.sends, r.sentAt} }
func (r *phoneRow) Into() []any     { return []any{&r.bucket, &r.phone, &r.since, &r.sends, &r.sentAt} }

// claimGroup names the codes of a claim, one a browser.
type claimGroup struct {
	bucket int16
	claim  [32]byte
}

func (k claimGroup) Bucket() int16 { return k.bucket }
func (k claimGroup) Args() []any   { return []any{k.bucket, k.claim[:]} }

// challengeRow is the newest code of a claim and browser.
type challengeRow struct {
	bucket         int16
	claim, browser []byte
	codeKey        int32
	code           []byte
	sentAt         int64
	tries, sends   int32
	since          int64
	answer         string
}

func (r *challengeRow) Group() claimGroup { return claimGroup{r.bucket, [32]byte(r.claim)} }

func (r *challengeRow) Values() []any {
	return []any{r.bucket, r.claim, r.browser, r.codeKey, r.code, r.sentAt, r.tries, r.sends, r.since, r.answer}
}

func (r *challengeRow) Into() []any {
	return []any{&r.bucket, &r.claim, &r.browser, &r.codeKey, &r.code, &r.sentAt, &r.tries, &r.sends, &r.since, &r.answer}
}

// browserKey names what a browser tried with a claim.
type browserKey struct {
	bucket         int16
	claim, browser [32]byte
}

func (k browserKey) Bucket() int16 { return k.bucket }
func (k browserKey) Args() []any   { return []any{k.bucket, k.claim[:], k.browser[:]} }

// tryRow counts wrong look-ups.
type tryRow struct {
	bucket         int16
	claim, browser []byte
	since          int64
	tries          int32
}

func (r *tryRow) Group() browserKey {
	return browserKey{r.bucket, [32]byte(r.claim), [32]byte(r.browser)}
}
func (r *tryRow) Values() []any { return []any{r.bucket, r.claim, r.browser, r.since, r.tries} }
func (r *tryRow) Into() []any   { return []any{&r.bucket, &r.claim, &r.browser, &r.since, &r.tries} }

// sessionKey names a person's session in a campaign.
type sessionKey struct {
	bucket   int16
	person   person.ID
	campaign string
}

func (k sessionKey) Bucket() int16 { return k.bucket }
func (k sessionKey) Args() []any   { return []any{string(k.person), k.bucket, k.campaign} }

// sessionRow is a person's session as stored.
type sessionRow struct {
	bucket           int16
	person, campaign string
	session, ticket  []byte
	expires          int64
	draft            string
	actor            string // who acts for the person, "" for themself
}

func (r *sessionRow) Group() sessionKey { return sessionKey{r.bucket, person.ID(r.person), r.campaign} }

func (r *sessionRow) Values() []any {
	return []any{r.person, r.bucket, r.campaign, r.session, r.ticket, r.expires, r.draft, r.actor}
}

func (r *sessionRow) Into() []any {
	return []any{&r.person, &r.bucket, &r.campaign, &r.session, &r.ticket, &r.expires, &r.draft, &r.actor}
}
