// Package mock is an OpenID Connect provider for demonstrations and tests. It
// proves nothing: who comes says who they are. It is real HTTP, so that what
// speaks to it is what would speak to a real provider, and it can be told to be
// slow, dead, or to accept and never answer. It must never be reachable from
// another machine.
package mock

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Mode is how the provider behaves.
type Mode string

// The modes.
const (
	Well    Mode = "well"
	Slow    Mode = "slow"    // every answer to the agency takes SlowFor
	Dead    Mode = "dead"    // connections are cut
	Failing Mode = "failing" // status 503
	Swallow Mode = "swallow" // it accepts the code and never answers
)

// SlowFor is how long a slow answer takes.
const SlowFor = 2 * time.Second

// Human is whom the provider says somebody is.
type Human struct{ Name, Born, Mobile, Email string }

// CI is the identifier of a human, which does not change with the phone.
func (h Human) CI() string {
	sum := sha256.Sum256([]byte("naru/mock-ci/1\x00" + h.Name + "\x00" + h.Born))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// Provider is one running mock. Its handler must be served at Issuer.
type Provider struct {
	Issuer   string
	Name     string // shown on its pages
	ClientID string
	Return   string // the one address it sends people back to
	Now      func() time.Time

	key *ecdsa.PrivateKey

	mu    sync.Mutex
	mode  Mode
	codes map[string]grant
}

// grant is what a code stands for, once.
type grant struct {
	who              Human
	nonce, challenge string
	until            time.Time
}

// New makes a provider with a key of its own.
func New(issuer, name, clientID, back string, now func() time.Time) (*Provider, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("mock provider: %w", err)
	}
	return &Provider{Issuer: issuer, Name: name, ClientID: clientID, Return: back, Now: now, key: key, mode: Well, codes: map[string]grant{}}, nil
}

// Be sets the mode.
func (p *Provider) Be(m Mode) { p.mu.Lock(); defer p.mu.Unlock(); p.mode = m }

// Mode is the mode now.
func (p *Provider) Mode() Mode { p.mu.Lock(); defer p.mu.Unlock(); return p.mode }

// Handler serves the provider.
func (p *Provider) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.ill(p.describe))
	mux.HandleFunc("GET /keys", p.ill(p.keys))
	mux.HandleFunc("POST /token", p.ill(p.token))
	mux.HandleFunc("GET /authorize", p.dying(p.ask))
	mux.HandleFunc("POST /authorize", p.dying(p.allow))
	mux.HandleFunc("GET /{$}", p.panel)
	mux.HandleFunc("POST /mode", p.setMode)
	return mux
}

// ill lets an address that programs read behave as told.
func (p *Provider) ill(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		switch p.Mode() {
		case Dead:
			panic(http.ErrAbortHandler)
		case Failing:
			http.Error(w, "failing, as told", http.StatusServiceUnavailable)
			return
		case Slow:
			select {
			case <-time.After(SlowFor):
			case <-r.Context().Done():
			}
		}
		next(w, r)
	}
}

// dying is ill for pages that people see: a slow one still shows its pages.
func (p *Provider) dying(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if p.Mode() == Dead {
			panic(http.ErrAbortHandler)
		}
		next(w, r)
	}
}

func (p *Provider) describe(w http.ResponseWriter, _ *http.Request) {
	send(w, http.StatusOK, map[string]any{
		"issuer": p.Issuer, "authorization_endpoint": p.Issuer + "/authorize", "token_endpoint": p.Issuer + "/token",
		"jwks_uri": p.Issuer + "/keys", "response_types_supported": []string{"code"}, "subject_types_supported": []string{"pairwise"},
		"id_token_signing_alg_values_supported": []string{"ES256"}, "code_challenge_methods_supported": []string{"S256"},
	})
}

func (p *Provider) keys(w http.ResponseWriter, _ *http.Request) {
	send(w, http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: p.key.Public(), KeyID: "1", Algorithm: "ES256", Use: "sig"}}})
}

func send(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // the reader may be gone
}

// Allow is what the page does when somebody says who they are: it gives the
// address to go back to.
func (p *Provider) Allow(question url.Values, who Human) (string, error) {
	if question.Get("client_id") != p.ClientID || question.Get("redirect_uri") != p.Return || question.Get("response_type") != "code" ||
		question.Get("code_challenge_method") != "S256" || question.Get("state") == "" || question.Get("nonce") == "" {
		return "", fmt.Errorf("the question is not one this provider answers")
	}
	var raw [16]byte
	_, _ = rand.Read(raw[:]) // never fails: see crypto/rand
	code := base64.RawURLEncoding.EncodeToString(raw[:])
	p.mu.Lock()
	p.codes[code] = grant{who, question.Get("nonce"), question.Get("code_challenge"), p.Now().Add(time.Minute)}
	p.mu.Unlock()
	return p.Return + "?" + url.Values{"state": {question.Get("state")}, "code": {code}}.Encode(), nil
}

// token exchanges a code, once.
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	g, found := p.codes[r.FormValue("code")]
	delete(p.codes, r.FormValue("code"))
	p.mu.Unlock()
	sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	id, _, basic := r.BasicAuth()
	if !basic {
		id = r.FormValue("client_id")
	}
	if !found || p.Now().After(g.until) || base64.RawURLEncoding.EncodeToString(sum[:]) != g.challenge || id != p.ClientID || r.FormValue("redirect_uri") != p.Return {
		send(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant"})
		return
	}
	if p.Mode() == Swallow {
		<-r.Context().Done()
		return
	}
	signed, err := p.sign(g)
	if err != nil {
		http.Error(w, "cannot sign", http.StatusInternalServerError)
		return
	}
	send(w, http.StatusOK, map[string]any{"access_token": "none", "token_type": "Bearer", "expires_in": 60, "id_token": signed})
}

func (p *Provider) sign(g grant) (string, error) {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: p.key, KeyID: "1"}}, nil)
	if err != nil {
		return "", err
	}
	now := p.Now()
	claims, err := json.Marshal(map[string]any{
		"iss": p.Issuer, "aud": p.ClientID, "sub": g.who.CI(), "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(), "nonce": g.nonce,
		"name": g.who.Name, "birthdate": g.who.Born, "email": g.who.Email, "email_verified": g.who.Email != "", "phone_number": g.who.Mobile, "phone_number_verified": true, "ci": g.who.CI(),
	})
	if err != nil {
		return "", err
	}
	signed, err := signer.Sign(claims)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}
