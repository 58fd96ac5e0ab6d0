package store

import (
	"context"
	"crypto"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"naru/internal/bundle"
	"naru/internal/cose"
	"naru/internal/fault"
	"naru/internal/incident"
	"naru/internal/issue"
	"naru/internal/pass"
)

// NewBundle is what does not stand in the database.
type NewBundle struct {
	Good      time.Duration // how long scanners may work from it
	By        issue.Authority
	VisitKeys []bundle.VisitKey
	Words     map[string]incident.Text
}

// MakeBundle signs everything that scanners know today with the key of lists and publishes
// it (rules Q22 to Q25). The version is one more than that of any before.
func (s *Store) MakeBundle(ctx context.Context, key crypto.Signer, n NewBundle) (*bundle.Bundle, error) {
	by, err := cose.NewSigner(key, make([]byte, pass.KidSize))
	if err != nil {
		return nil, fmt.Errorf("make bundle: %w", err)
	}
	c, err := s.bundleContent(ctx, n)
	if err != nil {
		return nil, err
	}
	file, err := bundle.Seal(by, c)
	if err != nil {
		return nil, err
	}
	a := &publishBundleAct{version: int64(c.Version), file: file} //nolint:gosec // counts up by one
	if err := s.inRecord(ctx, a); err != nil {
		return nil, err
	}
	return bundle.New(c)
}

func (s *Store) bundleContent(ctx context.Context, n NewBundle) (c bundle.Content, err error) {
	last, _, err := s.Bundle(ctx, 0)
	if err != nil && fault.CodeOf(err) != fault.NotFound {
		return c, err
	}
	now := s.now().UTC().Truncate(time.Second)
	c = bundle.Content{Version: uint64(last) + 1, Issued: now, GoodUntil: now.Add(n.Good), VisitKeys: n.VisitKeys, Words: n.Words} //nolint:gosec // not negative
	revoked, err := s.Revocations(ctx, 0)
	if err != nil {
		return c, err
	}
	c.Revoked = passesRevoked(revoked)
	list := bundleJSON{Format: "naru-bundle/1", Version: int64(c.Version), Issued: now, GoodUntil: c.GoodUntil, Revoked: revokedOf(revoked)} //nolint:gosec // counts up by one
	keys, err := s.IssuerKeys(ctx)
	if err != nil {
		return c, err
	}
	for _, k := range keys {
		if now.Before(k.GoodUntil) && k.Use != ListUse {
			list.Keys = append(list.Keys, s.keyJSON(k, n.By))
		}
	}
	if c.Trust, err = json.Marshal(list); err != nil {
		return c, err
	}
	set, err := s.Rules(ctx)
	switch {
	case fault.CodeOf(err) == fault.NotFound:
	case err != nil:
		return c, err
	default:
		if c.Rules, err = set.Marshal(); err != nil {
			return c, err
		}
	}
	all, err := s.Incidents(ctx)
	for _, i := range all {
		for _, m := range i.Modes {
			if m.Until.IsZero() || m.Until.After(now) {
				c.Modes = append(c.Modes, m)
			}
		}
	}
	return c, err
}

// passesRevoked are the ids of passes and of keys, as a bundle holds them.
func passesRevoked(all []Revocation) bundle.Revoked {
	r := bundle.Revoked{IDs: []string{}, Kids: []string{}}
	for _, x := range all {
		switch x.Kind {
		case revokedPass:
			r.IDs = append(r.IDs, x.Value)
		case revokedKey:
			if kid, err := base64.RawURLEncoding.DecodeString(x.Value); err == nil && len(kid) == pass.KidSize {
				r.Kids = append(r.Kids, hex.EncodeToString(kid))
			}
		}
	}
	return r
}

type publishBundleAct struct {
	version int64
	file    []byte
}

// Run adds the file; another publisher's of the same version makes it fail.
func (a *publishBundleAct) Run(h *recordHouse) error {
	_, err := h.Exec(`INSERT INTO scan_bundle (version, body, published_at) VALUES ($1, $2, $3)`, a.version, a.file, h.Now.Unix())
	return err
}

// Bundle reads the file of a version, of 0 the newest, and tells which it is. Code NotFound.
func (s *Store) Bundle(ctx context.Context, version int64) (int64, []byte, error) {
	query, args := `SELECT version, body FROM scan_bundle ORDER BY version DESC LIMIT 1`, []any(nil)
	if version > 0 {
		query, args = `SELECT version, body FROM scan_bundle WHERE version = $1`, []any{version}
	}
	var file []byte
	err := s.record.ReadRow(ctx, query, args, &version, &file)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil, fault.New(fault.NotFound, "bundle.none")
	}
	if err != nil {
		return 0, nil, unavailable("read bundle", err)
	}
	return version, file, nil
}

// BundleVersion is the newest version, 0 for none.
func (s *Store) BundleVersion(ctx context.Context) (version int64, err error) {
	if err := s.record.ReadRow(ctx, `SELECT coalesce(max(version), 0) FROM scan_bundle`, nil, &version); err != nil {
		return 0, unavailable("read bundle", err)
	}
	return version, nil
}
