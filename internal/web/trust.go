package web

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"naru/internal/fault"
	"naru/internal/issue"
)

// trustRoutes hand out what verifiers need (rule T47). Everything is public, signed where
// the keys are, and cacheable.
func (s *Server) trustRoutes() {
	s.handleMachine("GET /.well-known/jwks.json", s.jwks)
	s.handleMachine("GET /trust/list", s.trustList)
	s.handleMachine("GET /trust/delta/{after}", s.trustDelta)
}

// trustAge is how long others may keep what they fetched.
const trustAge = 5 * time.Minute

func cacheTrust(w http.ResponseWriter, kind string) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "public, max-age="+strconv.Itoa(int(trustAge.Seconds())))
}

// jwk is a public key as card verifiers read it (RFC 7517).
type jwk struct {
	Kty string `json:"kty"`
	Kid string `json:"kid"`
	Use string `json:"use"`
	Alg string `json:"alg"`
	Crv string `json:"crv"`
	X   string `json:"x"`
	Y   string `json:"y"`
}

// jwks lists the keys of cards that count.
func (s *Server) jwks(w http.ResponseWriter, r *http.Request) error {
	keys, err := s.opts.Store.IssuerKeys(r.Context())
	if err != nil {
		return err
	}
	set := struct {
		Keys []jwk `json:"keys"`
	}{Keys: []jwk{}}
	for _, k := range keys {
		if k.Use != string(issue.SHC) || !k.Revoked.IsZero() || !s.opts.Now().Before(k.GoodUntil) {
			continue
		}
		certificate, err := x509.ParseCertificate(k.Certificate)
		if err != nil {
			return err
		}
		public, ok := certificate.PublicKey.(*ecdsa.PublicKey)
		if !ok {
			continue
		}
		point, err := public.Bytes()
		if err != nil {
			return err
		}
		e := base64.RawURLEncoding
		set.Keys = append(set.Keys, jwk{"EC", k.ID, "sig", "ES256", "P-256", e.EncodeToString(point[1:33]), e.EncodeToString(point[33:])})
	}
	cacheTrust(w, "application/json")
	w.Header().Set("Access-Control-Allow-Origin", "*") // verifiers in browsers: SMART Health Cards asks for it
	return json.NewEncoder(w).Encode(set)
}

// trustList is the newest list.
func (s *Server) trustList(w http.ResponseWriter, r *http.Request) error {
	l, err := s.opts.Store.Trust(r.Context(), 0)
	if err != nil {
		return err
	}
	return sendJWS(w, l.Body)
}

// trustDelta leads from a list to the next.
func (s *Server) trustDelta(w http.ResponseWriter, r *http.Request) error {
	after, err := strconv.ParseInt(r.PathValue("after"), 10, 64)
	if err != nil || after < 1 {
		return fault.New(fault.NotFound, "web.no_page")
	}
	l, err := s.opts.Store.Trust(r.Context(), after)
	if err != nil {
		return err
	}
	return sendJWS(w, l.Delta)
}

func sendJWS(w http.ResponseWriter, text string) error {
	cacheTrust(w, "application/jose")
	_, err := w.Write([]byte(text))
	return err
}
