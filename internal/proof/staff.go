package proof

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"naru/internal/fault"
)

// Colleague is whom the agency's sign-in service says somebody is. Email is "" unless
// the service has verified it.
type Colleague struct{ Issuer, Subject, Email string }

// staffDeadline bounds each call to the sign-in service of staff.
const staffDeadline = 5 * time.Second

// StaffDoor is the agency's sign-in service for staff: authorization code flow with
// PKCE, state and nonce.
type StaffDoor struct {
	oidc   *OIDC
	issuer string
}

// NewStaffDoor describes it; nobody is asked yet.
func NewStaffDoor(o OIDCOptions) *StaffDoor {
	o.Scopes = []string{oidc.ScopeOpenID, "email"}
	return &StaffDoor{NewOIDC(o), o.Issuer}
}

// StaffSecrets are what an answer is checked against.
type StaffSecrets struct {
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"`
}

// NewStaffSecrets makes them.
func NewStaffSecrets() StaffSecrets {
	var raw [2][32]byte
	for i := range raw {
		_, _ = rand.Read(raw[i][:]) // never fails: see crypto/rand
	}
	return StaffSecrets{base64.RawURLEncoding.EncodeToString(raw[0][:]), base64.RawURLEncoding.EncodeToString(raw[1][:])}
}

// Issuer names the service.
func (d *StaffDoor) Issuer() string { return d.issuer }

// Address is where to send somebody, and the origin of it. The service is asked how it
// wants to be spoken to when that is not known yet. Code Unavailable.
func (d *StaffDoor) Address(ctx context.Context, state string, s StaffSecrets) (to, origin string, err error) {
	if _, _, err := d.oidc.config(); err != nil {
		ctx, cancel := context.WithTimeout(ctx, staffDeadline)
		defer cancel()
		if err := d.oidc.Ping(ctx); err != nil {
			return "", "", fault.Wrap(fault.Unavailable, "staff.provider_down", err)
		}
	}
	if to, err = d.oidc.Address(state, s.Nonce, s.Verifier); err != nil {
		return "", "", fault.Wrap(fault.Unavailable, "staff.provider_down", err)
	}
	u, err := url.Parse(to)
	if err != nil {
		return "", "", fault.Wrap(fault.Unavailable, "staff.provider_down", err)
	}
	return to, u.Scheme + "://" + u.Host, nil
}

// Answer exchanges the code that came back. Codes: Invalid for one that proves nothing,
// Unavailable for what is the service's fault.
func (d *StaffDoor) Answer(ctx context.Context, code string, s StaffSecrets) (Colleague, error) {
	ctx, cancel := context.WithTimeout(ctx, staffDeadline)
	defer cancel()
	signed, err := d.oidc.exchange(ctx, code, s.Nonce, s.Verifier)
	if fault.CodeOf(err) == fault.Invalid {
		return Colleague{}, fault.Wrap(fault.Invalid, "staff.question_over", err)
	}
	if err != nil {
		return Colleague{}, fault.Wrap(fault.Unavailable, "staff.provider_down", err)
	}
	var said struct {
		Email    string `json:"email"`
		Verified bool   `json:"email_verified"`
	}
	if err := signed.Claims(&said); err != nil { // the cause quotes them
		return Colleague{}, fault.Wrap(fault.Unavailable, "staff.provider_down", errors.New("read answer: its claims have another form"))
	}
	if signed.Subject == "" || len(signed.Subject) > maxStable {
		return Colleague{}, fault.Wrap(fault.Unavailable, "staff.provider_down", fmt.Errorf("read answer: a subject of %d bytes", len(signed.Subject)))
	}
	c := Colleague{Issuer: signed.Issuer, Subject: signed.Subject}
	if said.Verified && len(said.Email) <= maxStable {
		c.Email = said.Email
	}
	return c, nil
}
