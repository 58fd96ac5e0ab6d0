package store

import (
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"slices"
	"time"

	"naru/internal/fault"
	"naru/internal/issue"
)

// PassUse is the use of keys that sign passes.
const PassUse = "pass"

// ListUse is the use of the key that signs trust lists.
const ListUse = "list"

// IssuerKey is the public half of a signing key, and what it may sign: one region or the
// whole country, in a span of time. So one stolen key costs one batch (rule T44).
type IssuerKey struct {
	ID          string // base64url of the key id
	Use         string // an issue.Format, PassUse or ListUse
	Region      string // code of the only region it signs for; "": the whole country
	Certificate []byte // DER
	SignsFrom   time.Time
	SignsUntil  time.Time
	GoodUntil   time.Time // what it has signed is good until then, and it is published until then
	Revoked     time.Time // zero: it is not
}

// AddIssuerKey makes a public key known. Code Conflict for an id that is.
func (s *Store) AddIssuerKey(ctx context.Context, k IssuerKey) error {
	return s.inRecord(ctx, &addKeyAct{k})
}

type addKeyAct struct{ key IssuerKey }

// Run adds it; the same key again changes nothing.
func (a *addKeyAct) Run(h *recordHouse) error {
	k := a.key
	_, err := h.Exec(`INSERT INTO issuer_key (key_id, use, region, certificate, signs_from, signs_until, good_until, revoked_at)
	    VALUES ($1, $2, $3, $4, $5, $6, $7, 0) ON CONFLICT (key_id) DO NOTHING`,
		k.ID, k.Use, k.Region, k.Certificate, k.SignsFrom.Unix(), k.SignsUntil.Unix(), k.GoodUntil.Unix())
	return err
}

// IssuerKeys lists all keys, revoked and past ones too, the oldest first.
func (s *Store) IssuerKeys(ctx context.Context) ([]IssuerKey, error) {
	var all []IssuerKey
	err := s.record.Read(ctx, `SELECT key_id, use, region, certificate, signs_from, signs_until, good_until, revoked_at FROM issuer_key`, nil,
		func(scan func(...any) error) error {
			var k IssuerKey
			var from, until, good, revoked int64
			if err := scan(&k.ID, &k.Use, &k.Region, &k.Certificate, &from, &until, &good, &revoked); err != nil {
				return err
			}
			k.SignsFrom, k.SignsUntil, k.GoodUntil = unix(from), unix(until), unix(good)
			if revoked != 0 {
				k.Revoked = unix(revoked)
			}
			all = append(all, k)
			return nil
		})
	if err != nil {
		return nil, unavailable("read issuer keys", err)
	}
	slices.SortFunc(all, func(a, b IssuerKey) int {
		return cmp.Or(a.SignsFrom.Compare(b.SignsFrom), cmp.Compare(a.ID, b.ID))
	})
	return all, nil
}

// Signs tells whether the key may sign now.
func (k IssuerKey) Signs(now time.Time) bool {
	return k.Revoked.IsZero() && !now.Before(k.SignsFrom) && now.Before(k.SignsUntil)
}

// pickKey chooses the key that signs something of these regions now: of the smallest
// region, and of several the newest. So an old key signs until the new one, which is
// published before, begins.
func pickKey(keys []IssuerKey, f issue.Format, regions []string, now time.Time) (IssuerKey, bool) {
	var best IssuerKey
	for _, k := range keys {
		fits := k.Region == "" || slices.Contains(regions, k.Region)
		closer := len(k.Region) > len(best.Region) || len(k.Region) == len(best.Region) && !k.SignsFrom.Before(best.SignsFrom)
		if k.Use == string(f) && k.Signs(now) && fits && (best.ID == "" || closer) {
			best = k
		}
	}
	return best, best.ID != ""
}

// RetireKey lets a key sign no more; what it has signed stays good. Code NotFound.
func (s *Store) RetireKey(ctx context.Context, id string) error {
	a := &endKeyAct{id: id}
	if err := s.inRecord(ctx, a); err != nil {
		return err
	}
	return a.refusal
}

// RevokeKey takes a key back, and with it everything it has signed (rule T45). Again, it
// changes nothing. Code NotFound.
func (s *Store) RevokeKey(ctx context.Context, id string) error {
	a := &endKeyAct{id: id, revoke: true}
	if err := s.inRecord(ctx, a); err != nil {
		return err
	}
	return a.refusal
}

type endKeyAct struct {
	id      string
	revoke  bool
	refusal error
}

// Run ends the signing, and revokes.
func (a *endKeyAct) Run(h *recordHouse) error {
	a.refusal = nil
	n, err := h.Exec(`UPDATE issuer_key SET signs_until = CASE WHEN signs_until > $1 THEN $1 ELSE signs_until END WHERE key_id = $2`, h.Now.Unix(), a.id)
	if err != nil {
		return err
	}
	if n == 0 {
		a.refusal = fault.New(fault.NotFound, "issue.key_unknown")
		return nil
	}
	if !a.revoke {
		return nil
	}
	n, err = h.Exec(`UPDATE issuer_key SET revoked_at = $1 WHERE key_id = $2 AND revoked_at = 0`, h.Now.Unix(), a.id)
	if err != nil || n == 0 {
		return err
	}
	return h.revoke(revokedKey, a.id, "key")
}

// Kid is the key id as certificates name it.
func (k IssuerKey) Kid() ([]byte, error) { return base64.RawURLEncoding.DecodeString(k.ID) }

// point is the public key as 4, x, y.
func (k IssuerKey) point() ([]byte, error) {
	c, err := x509.ParseCertificate(k.Certificate)
	if err != nil {
		return nil, err
	}
	public, ok := c.PublicKey.(*ecdsa.PublicKey)
	if !ok || public.Curve != elliptic.P256() {
		return nil, errors.New("the certificate is of no key on P-256")
	}
	return public.Bytes()
}
