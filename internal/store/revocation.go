package store

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"naru/internal/credential"
	"naru/internal/fault"
	"naru/internal/issue"
	"naru/internal/person"
)

// The kinds of what is revoked.
const (
	revokedID   = "id"   // an HC1: SHA-256 of its UVCI, in hex
	revokedCard = "card" // a SMART Health Card: key id, a slash, and its rid
	revokedKey  = "key"  // all of a key: its id
	revokedPass = "pass" // one credential of a pass: its id, in hex
)

// Revocation is one line of the list of what was taken back.
type Revocation struct {
	Version     int64 // counts up by one
	Kind, Value string
	At          time.Time
}

func revocationOf(country string, row *credentialRow) (kind, value string) {
	if row.format == string(issue.SHC) {
		return revokedCard, row.key + "/" + issue.RID(row.id)
	}
	sum := credential.IDHash(issue.UVCI(country, row.id))
	return revokedID, hex.EncodeToString(sum[:])
}

// revoke puts a line at the end of the list. The lock lets one transaction at a time count.
func (h *recordHouse) revoke(kind, value, reason string) error {
	if err := h.Share("revocation", true); err != nil {
		return err
	}
	_, err := h.Exec(`INSERT INTO revocation (version, kind, value, reason, revoked_at)
	    SELECT coalesce(max(version), 0) + 1, $1, $2, $3, $4 FROM revocation`, kind, value, reason, h.Now.Unix())
	return err
}

// RevokeCredential takes one certificate back; the next request for its entry gives a new
// one. Code NotFound.
func (s *Store) RevokeCredential(ctx context.Context, id person.ID, credentialID, reason string) error {
	bucket, err := id.Bucket()
	if err != nil {
		return err
	}
	a := &revokeAct{store: s, key: personKey{bucket, id}, ids: []string{credentialID}, reason: reason}
	return errors.Join(s.inRecord(ctx, a), a.refusal)
}

// RevokeBatch takes back every certificate of a batch and tells how many it found. It goes
// person by person: ended anywhere, it is repeated.
func (s *Store) RevokeBatch(ctx context.Context, batch string) (int, error) {
	all := map[personKey][]string{}
	err := s.record.Read(ctx, `SELECT person_id, bucket, credential_id FROM credential WHERE batch = $1 AND state NOT IN ($2, $3)`,
		[]any{batch, credentialRevoked, credentialVoid}, func(scan func(...any) error) error {
			var k personKey
			var id string
			err := scan(&k.person, &k.bucket, &id)
			all[k] = append(all[k], id)
			return err
		})
	if err != nil {
		return 0, unavailable("read batch", err)
	}
	n := 0
	for k, ids := range all {
		a := &revokeAct{store: s, key: k, ids: ids, reason: "batch"}
		if err := errors.Join(s.inRecord(ctx, a), a.refusal); err != nil {
			return n, err
		}
		n += len(ids)
	}
	return n, nil
}

type revokeAct struct {
	store   *Store
	key     personKey
	ids     []string
	reason  string
	refusal error
}

// Bucket is the person's.
func (a *revokeAct) Bucket() int16 { return a.key.bucket }

// Wants names what the act reads.
func (a *revokeAct) Wants(h *recordHouse) { h.credentials.Want(a.key) }

// Run takes back what is there.
func (a *revokeAct) Run(h *recordHouse) error {
	a.refusal = nil
	rows, err := h.credentials.Rows(a.key)
	if err != nil {
		return err
	}
	found := 0
	for _, row := range rows {
		if !slices.Contains(a.ids, row.id) {
			continue
		}
		found++
		if err := a.store.takeBack(h, row, a.reason); err != nil {
			return err
		}
	}
	if found < len(a.ids) {
		a.refusal = fault.New(fault.NotFound, "issue.unknown")
	}
	return nil
}

// Revocations lists what was revoked after a version, in order.
func (s *Store) Revocations(ctx context.Context, after int64) ([]Revocation, error) {
	var all []Revocation
	err := s.record.Read(ctx, `SELECT version, kind, value, revoked_at FROM revocation WHERE version > $1 ORDER BY version`, []any{after},
		func(scan func(...any) error) error {
			var r Revocation
			var at int64
			err := scan(&r.Version, &r.Kind, &r.Value, &at)
			r.At = unix(at)
			all = append(all, r)
			return err
		})
	if err != nil {
		return nil, unavailable("read revocations", err)
	}
	return all, nil
}

// listText is how key ids stand in a trust bundle.
func listText(id string) string {
	kid, err := base64.RawURLEncoding.DecodeString(id)
	if err != nil {
		return id
	}
	return base64.StdEncoding.EncodeToString(kid)
}
