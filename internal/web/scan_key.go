package web

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/base64"
	"net/http"

	"naru/internal/fault"
	"naru/internal/store"
)

// bundleKey is the key that signs bundles, as scanners pin it at their first opening (rule
// Q47): the raw point in base64url.
func (s *Server) bundleKey(w http.ResponseWriter, r *http.Request) error {
	keys, err := s.opts.Store.IssuerKeys(r.Context())
	if err != nil {
		return err
	}
	now := s.opts.Now()
	var newest *ecdsa.PublicKey
	for _, k := range keys {
		if k.Use != store.ListUse || !k.Revoked.IsZero() || now.Before(k.SignsFrom) || !now.Before(k.SignsUntil) {
			continue
		}
		certificate, err := x509.ParseCertificate(k.Certificate)
		if err != nil {
			return err
		}
		if public, ok := certificate.PublicKey.(*ecdsa.PublicKey); ok {
			newest = public
		}
	}
	if newest == nil {
		return fault.New(fault.NotFound, "bundle.none")
	}
	point, err := newest.Bytes()
	if err != nil {
		return err
	}
	return plain(w, base64.RawURLEncoding.EncodeToString(point)+"\n")
}
