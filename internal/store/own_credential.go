package store

import (
	"context"
	"crypto/x509"
	"fmt"

	"naru/internal/credential"
	"naru/internal/issue"
)

// OwnCredentials are the certificates of the person of a look-up that were signed and
// count, the newest first (rule T63). Faults are those of Reservations.
func (s *Store) OwnCredentials(ctx context.Context, token string, browser [32]byte) ([]Credential, error) {
	c, err := s.openLookUp(token, browser)
	if err != nil {
		return nil, err
	}
	all, err := s.Credentials(ctx, c.person)
	if err != nil {
		return nil, err
	}
	var signed []Credential
	for _, x := range all {
		if x.State == credentialSigned || x.State == credentialGiven {
			signed = append(signed, x)
		}
	}
	return signed, nil
}

// OwnCredential hands one certificate to the person of a look-up and marks it as given.
// Codes: those of Reservations and of GiveCredential.
func (s *Store) OwnCredential(ctx context.Context, token string, browser [32]byte, id string) (Credential, error) {
	c, err := s.openLookUp(token, browser)
	if err != nil {
		return Credential{}, err
	}
	return s.GiveCredential(ctx, c.person, id)
}

// OwnTrust is what vouches for the certificates that are issued here: all keys, and which of
// them were revoked. Single certificates are not in it: their rows say it.
func (s *Store) OwnTrust(ctx context.Context) (*credential.Trust, error) {
	keys, err := s.IssuerKeys(ctx)
	if err != nil {
		return nil, err
	}
	var all []credential.Key
	var revoked [][]byte
	for _, k := range keys {
		if k.Use == ListUse {
			continue
		}
		known, err := k.verifier()
		if err != nil {
			return nil, fmt.Errorf("issuer key %s: %w", k.ID, err)
		}
		all = append(all, known)
		if !k.Revoked.IsZero() {
			revoked = append(revoked, known.Kid)
		}
	}
	trust := credential.NewTrust(all...)
	for _, kid := range revoked {
		trust.RevokeKey(kid)
	}
	return trust, nil
}

// verifier is the key as verifiers know it.
func (k IssuerKey) verifier() (credential.Key, error) {
	kid, err := k.Kid()
	if err != nil {
		return credential.Key{}, err
	}
	certificate, err := x509.ParseCertificate(k.Certificate)
	if err != nil {
		return credential.Key{}, err
	}
	use := credential.UseHC1 | credential.UseExemption
	if k.Use == string(issue.SHC) {
		use = credential.UseCard
	}
	return credential.Key{Kid: kid, Public: certificate.PublicKey, Usage: use}, nil
}
