package proof

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"naru/internal/fault"
)

// maxAnswer bounds what is read of a provider's answer, in bytes.
const maxAnswer = 256 << 10

// maxStable bounds an identifier, in bytes; Korea's CI has 88.
const maxStable = 256

// OIDCOptions describe a provider that speaks OpenID Connect.
type OIDCOptions struct {
	Issuer, ClientID, Secret string
	Return                   string   // where people come back to: registered at the provider
	Scopes                   []string // what is asked for; nil: what Answer needs
	Now                      func() time.Time
}

// OIDC is an OpenID Connect provider: authorization code flow with PKCE (RFC
// 7636), state and nonce. It must assert name, birthdate, phone_number and ci.
type OIDC struct {
	o      OIDCOptions
	client *http.Client

	mu       sync.Mutex
	provider *oidc.Provider // nil until it has answered once
}

var _ Redirect = (*OIDC)(nil)

// NewOIDC describes a provider; it asks nobody yet.
func NewOIDC(o OIDCOptions) *OIDC {
	return &OIDC{o: o, client: &http.Client{
		Timeout:       time.Minute, // of what no call waits for: the keys, read in the background
		Transport:     bounded{http.DefaultTransport},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// bounded cuts answers that are too long.
type bounded struct{ next http.RoundTripper }

// RoundTrip is the next one's, its body bounded.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := b.next.RoundTrip(r)
	if err == nil {
		answer.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(answer.Body, maxAnswer), answer.Body}
	}
	return answer, err
}

// Ping reads the provider's own description (OpenID Connect Discovery 1.0), and
// keeps it the first time.
func (p *OIDC) Ping(ctx context.Context) error {
	p.mu.Lock()
	known := p.provider != nil
	p.mu.Unlock()
	if known {
		return p.describe(ctx)
	}
	found, err := oidc.NewProvider(oidc.ClientContext(ctx, p.client), p.o.Issuer)
	if err != nil {
		return fmt.Errorf("discover provider: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.provider = found
	return nil
}

func (p *OIDC) describe(ctx context.Context) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.o.Issuer+"/.well-known/openid-configuration", nil)
	if err != nil {
		return err
	}
	answer, err := p.client.Do(r)
	if err != nil {
		return fmt.Errorf("ask provider: %w", err)
	}
	defer func() { _ = answer.Body.Close() }() // it was only read
	var said struct {
		Issuer string `json:"issuer"`
	}
	err = json.NewDecoder(answer.Body).Decode(&said)
	if err != nil || answer.StatusCode != http.StatusOK || said.Issuer != p.o.Issuer {
		return errors.Join(fmt.Errorf("ask provider: status %d", answer.StatusCode), err)
	}
	return nil
}

// Address is the provider's page with the question.
func (p *OIDC) Address(state, nonce, verifier string) (string, error) {
	c, _, err := p.config()
	if err != nil {
		return "", err
	}
	return c.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier)), nil
}

func (p *OIDC) config() (*oauth2.Config, *oidc.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.provider == nil {
		return nil, nil, errors.New("the provider has not answered yet")
	}
	at := p.provider.Endpoint()
	if at.AuthStyle = oauth2.AuthStyleInHeader; p.o.Secret == "" {
		at.AuthStyle = oauth2.AuthStyleInParams
	}
	return &oauth2.Config{
		ClientID: p.o.ClientID, ClientSecret: p.o.Secret, Endpoint: at, RedirectURL: p.o.Return,
		Scopes: p.scopes(),
	}, p.provider, nil
}

func (p *OIDC) scopes() []string {
	if p.o.Scopes != nil {
		return p.o.Scopes
	}
	return []string{oidc.ScopeOpenID, "profile", "phone", "ci"}
}

// Answer exchanges the code at the provider and reads a human from the signed answer.
func (p *OIDC) Answer(ctx context.Context, code, nonce, verifier string) (Human, error) {
	signed, err := p.exchange(ctx, code, nonce, verifier)
	if err != nil {
		return Human{}, err
	}
	return human(signed)
}

// exchange exchanges the code and checks the signed answer: issuer, audience, time,
// signature and nonce.
func (p *OIDC) exchange(ctx context.Context, code, nonce, verifier string) (*oidc.IDToken, error) {
	c, provider, err := p.config()
	if err != nil {
		return nil, err
	}
	token, err := c.Exchange(oidc.ClientContext(ctx, p.client), code, oauth2.VerifierOption(verifier))
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) && refused.ErrorCode == "invalid_grant" {
		return nil, fault.New(fault.Invalid, "identity.answer_wrong")
	}
	if err != nil {
		return nil, fmt.Errorf("exchange code: %w", hidden(err))
	}
	raw, _ := token.Extra("id_token").(string)
	signed, err := provider.Verifier(&oidc.Config{ClientID: p.o.ClientID, Now: p.o.Now}).Verify(oidc.ClientContext(ctx, p.client), raw)
	if err != nil {
		return nil, fmt.Errorf("verify answer: %w", err)
	}
	if subtle.ConstantTimeCompare([]byte(signed.Nonce), []byte(nonce)) != 1 {
		return nil, fault.New(fault.Invalid, "identity.answer_wrong")
	}
	return signed, nil
}

// hidden keeps what a provider wrote into an error out of the log: it may hold
// what the person typed there.
func hidden(err error) error {
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) && refused.Response != nil {
		return fmt.Errorf("status %d", refused.Response.StatusCode)
	}
	return err
}

func human(signed *oidc.IDToken) (Human, error) {
	var said struct {
		Name     string `json:"name"`
		Born     string `json:"birthdate"`
		Mobile   string `json:"phone_number"`
		Verified *bool  `json:"phone_number_verified"`
		CI       string `json:"ci"`
	}
	if err := signed.Claims(&said); err != nil {
		return Human{}, errors.New("read answer: its claims have another form") // the cause quotes them
	}
	if said.Name == "" || said.Born == "" || said.Mobile == "" || said.CI == "" || len(said.CI) > maxStable || said.Verified != nil && !*said.Verified {
		return Human{}, errors.New("read answer: it lacks name, birthdate, phone_number or ci, or the phone is not verified")
	}
	return Human{Name: said.Name, Born: said.Born, Mobile: said.Mobile, Stable: said.CI}, nil
}
