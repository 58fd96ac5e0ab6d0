package store

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"database/sql"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"naru/internal/bundle"
	"naru/internal/credential"
	"naru/internal/fault"
	"naru/internal/issue"
)

// trustListLife is how long a published list may be relied on.
const trustListLife = 7 * 24 * time.Hour

// TrustList is what verifiers fetch and then work from without us: JWS in the compact form
// (RFC 7515, ES256), their payloads trust bundles in JSON.
type TrustList struct {
	Version int64
	Body    string // everything
	Delta   string // what was revoked since the list before; "" for the first
}

// The payloads (see credential.BundleFormat). A delta is what is to be added to the
// revocations of the list before it.
type bundleJSON struct {
	Format    string      `json:"format"`
	Version   int64       `json:"version"`
	Previous  int64       `json:"previous,omitempty"` // of a delta: the list it follows
	Issued    time.Time   `json:"issued"`
	GoodUntil time.Time   `json:"good_until"`
	Keys      []keyJSON   `json:"keys,omitempty"`
	Revoked   revokedJSON `json:"revoked"`
}

type keyJSON struct {
	Kid         string   `json:"kid"`
	For         []string `json:"for"`
	Issuer      string   `json:"issuer,omitempty"`
	Certificate string   `json:"certificate,omitempty"`

	Kty string `json:"kty,omitempty"` // of keys that sign passes: scanners read no certificates
	Crv string `json:"crv,omitempty"`
	X   string `json:"x,omitempty"`
	Y   string `json:"y,omitempty"`
}

type revokedJSON struct {
	IDs   []string         `json:"ids"`
	Keys  []string         `json:"keys"`
	Cards []credential.CRL `json:"cards"`
}

// deltaFormat names the payload of a delta.
const deltaFormat = "naru-bundle-delta/1"

// PublishTrust signs the list of today with the list's key and stores it (rule T47).
func (s *Store) PublishTrust(ctx context.Context, key crypto.Signer, by issue.Authority) (TrustList, error) {
	before, revoked, err := s.lastTrust(ctx)
	if err != nil {
		return TrustList{}, err
	}
	keys, err := s.IssuerKeys(ctx)
	if err != nil {
		return TrustList{}, err
	}
	all, err := s.Revocations(ctx, 0)
	if err != nil {
		return TrustList{}, err
	}
	now := s.now().UTC().Truncate(time.Second)
	b := bundleJSON{Format: credential.BundleFormat, Version: before + 1, Issued: now, GoodUntil: now.Add(trustListLife), Revoked: revokedOf(all)}
	for _, k := range keys {
		if now.Before(k.GoodUntil) && k.Use != ListUse { // a revoked one too: what it signed is revoked, and not unknown
			b.Keys = append(b.Keys, s.keyJSON(k, by))
		}
	}
	l := TrustList{Version: b.Version}
	if l.Body, err = signJWS(key, b); err != nil {
		return TrustList{}, err
	}
	newest := revoked
	if n := len(all); n > 0 {
		newest = all[n-1].Version
	}
	if before > 0 {
		d := b
		d.Format, d.Previous, d.Keys, d.Revoked = deltaFormat, before, nil, revokedOf(all[revoked:])
		if l.Delta, err = signJWS(key, d); err != nil {
			return TrustList{}, err
		}
	}
	return l, s.inRecord(ctx, &publishTrustAct{l, newest})
}

func (s *Store) keyJSON(k IssuerKey, by issue.Authority) keyJSON {
	j := keyJSON{Kid: listText(k.ID), For: []string{"v", "t", "r", "exemption"}, Issuer: s.opts.Agency.Country, Certificate: base64.StdEncoding.EncodeToString(k.Certificate)}
	switch k.Use {
	case string(issue.SHC):
		j.For, j.Issuer = []string{"shc"}, by.Address
	case PassUse:
		j.For = []string{bundle.ForPasses}
		if raw, err := k.point(); err == nil {
			e := base64.RawURLEncoding
			j.Certificate, j.Kty, j.Crv, j.X, j.Y = "", "EC", "P-256", e.EncodeToString(raw[1:33]), e.EncodeToString(raw[33:])
		}
	}
	return j
}

func revokedOf(all []Revocation) revokedJSON {
	r := revokedJSON{IDs: []string{}, Keys: []string{}, Cards: []credential.CRL{}}
	cards := map[string]int{}
	for _, x := range all {
		switch x.Kind {
		case revokedID:
			r.IDs = append(r.IDs, x.Value)
		case revokedKey:
			r.Keys = append(r.Keys, listText(x.Value))
		case revokedCard:
			kid, rid, _ := strings.Cut(x.Value, "/")
			i, ok := cards[kid]
			if !ok {
				i = len(r.Cards)
				cards[kid] = i
				r.Cards = append(r.Cards, credential.CRL{Kid: kid, Method: "rid"})
			}
			r.Cards[i].RIDs = append(r.Cards[i].RIDs, rid)
			r.Cards[i].Ctr++
		}
	}
	return r
}

type publishTrustAct struct {
	list    TrustList
	revoked int64
}

// Run adds the list; another publisher's of the same version makes it fail.
func (a *publishTrustAct) Run(h *recordHouse) error {
	_, err := h.Exec(`INSERT INTO trust_list (version, revoked, body, delta, published_at) VALUES ($1, $2, $3, $4, $5)`,
		a.list.Version, a.revoked, []byte(a.list.Body), []byte(a.list.Delta), h.Now.Unix())
	return err
}

func (s *Store) lastTrust(ctx context.Context) (version, revoked int64, err error) {
	err = s.record.ReadRow(ctx, `SELECT version, revoked FROM trust_list ORDER BY version DESC LIMIT 1`, nil, &version, &revoked)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, 0, nil
	}
	if err != nil {
		return 0, 0, unavailable("read trust list", err)
	}
	return version, revoked, nil
}

// Trust reads the newest list, or with a version the one after it, whose delta leads from
// there. Code NotFound when there is none.
func (s *Store) Trust(ctx context.Context, after int64) (TrustList, error) {
	query, args := `SELECT version, body, delta FROM trust_list ORDER BY version DESC LIMIT 1`, []any(nil)
	if after > 0 {
		query, args = `SELECT version, body, delta FROM trust_list WHERE version = $1`, []any{after + 1}
	}
	var l TrustList
	var body, delta []byte
	err := s.record.ReadRow(ctx, query, args, &l.Version, &body, &delta)
	if errors.Is(err, sql.ErrNoRows) {
		return l, fault.New(fault.NotFound, "web.no_page")
	}
	if err != nil {
		return l, unavailable("read trust list", err)
	}
	l.Body, l.Delta = string(body), string(delta)
	return l, nil
}

// signJWS signs a payload in the compact form with ES256.
func signJWS(key crypto.Signer, payload any) (string, error) {
	if _, ok := key.Public().(*ecdsa.PublicKey); !ok {
		return "", errors.New("sign list: the key is not an EC key")
	}
	text, err := json.Marshal(payload)
	if err != nil {
		return "", fmt.Errorf("sign list: %w", err)
	}
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return "", fmt.Errorf("sign list: %w", err)
	}
	sum := sha256.Sum256(der)
	head := fmt.Sprintf(`{"alg":"ES256","kid":"%s"}`, keyText(sum[:8]))
	e := base64.RawURLEncoding
	signed := e.EncodeToString([]byte(head)) + "." + e.EncodeToString(text)
	digest := sha256.Sum256([]byte(signed))
	raw, err := key.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		return "", fmt.Errorf("sign list: %w", err)
	}
	var v struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(raw, &v); err != nil {
		return "", fmt.Errorf("sign list: %w", err)
	}
	var signature [64]byte
	v.R.FillBytes(signature[:32])
	v.S.FillBytes(signature[32:])
	return signed + "." + e.EncodeToString(signature[:]), nil
}
