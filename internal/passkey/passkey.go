// Package passkey asks browsers for passkeys and checks what they answer (Web
// Authentication Level 3), for one service.
//
// It promises that an answer is taken only for the question it was given to, from this
// service's own address, with the person verified by their device, and that a key whose
// counter went back is said to be a copy. It keeps nothing: questions and keys are its
// caller's to store. Rules S9 and S10 in docs/rules/staff.md.
package passkey

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"naru/internal/fault"
)

// Desk asks and checks. Safe for concurrent use.
type Desk struct{ service *webauthn.WebAuthn }

// New makes a desk for the service that people reach under an address; name is what
// their device shows.
func New(address, name string) (*Desk, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" {
		return nil, fmt.Errorf("passkeys: %q is no address", address)
	}
	service, err := webauthn.New(&webauthn.Config{
		RPID: u.Hostname(), RPDisplayName: name, RPOrigins: []string{u.Scheme + "://" + u.Host},
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired,
		},
		AttestationPreference: protocol.PreferNoAttestation,
	})
	if err != nil {
		return nil, fmt.Errorf("passkeys: %w", err)
	}
	return &Desk{service}, nil
}

// Holder is whose keys they are. ID is random: devices keep it.
type Holder struct {
	ID, Name string
	Keys     [][]byte // as Key.Data
}

// Key is one passkey.
type Key struct {
	ID     []byte
	Data   []byte // JSON: public key, flags, counter
	Copied bool   // its counter went back: somebody has a second one
}

// user is a Holder as the library sees it.
type user struct {
	Holder
	keys []webauthn.Credential
}

var _ webauthn.User = user{}

func newUser(h Holder) (user, error) {
	u := user{Holder: h}
	for _, data := range h.Keys {
		var key webauthn.Credential
		if err := json.Unmarshal(data, &key); err != nil {
			return u, fmt.Errorf("a stored passkey: %w", err)
		}
		u.keys = append(u.keys, key)
	}
	return u, nil
}

// WebAuthnID is the random id.
func (u user) WebAuthnID() []byte { return []byte(u.ID) }

// WebAuthnName is what a device shows.
func (u user) WebAuthnName() string { return u.Name }

// WebAuthnDisplayName is the same.
func (u user) WebAuthnDisplayName() string { return u.Name }

// WebAuthnCredentials are the keys.
func (u user) WebAuthnCredentials() []webauthn.Credential { return u.keys }

// Offer begins a new key: options for the browser, and the secret to keep until it
// answers.
func (d *Desk) Offer(h Holder) (options, secret []byte, err error) {
	u, err := newUser(h)
	if err != nil {
		return nil, nil, err
	}
	o, s, err := d.service.BeginRegistration(u, webauthn.WithExclusions(webauthn.Credentials(u.keys).CredentialDescriptors()))
	if err != nil {
		return nil, nil, fmt.Errorf("offer a passkey: %w", err)
	}
	return both(o.Response, s)
}

// Ask begins a sign-in by whatever passkey the person has for this service.
func (d *Desk) Ask() (options, secret []byte, err error) {
	o, s, err := d.service.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return nil, nil, fmt.Errorf("ask for a passkey: %w", err)
	}
	return both(o.Response, s)
}

func both(options, secret any) (o, s []byte, err error) {
	o, oerr := json.Marshal(options)
	s, serr := json.Marshal(secret)
	return o, s, errors.Join(oerr, serr)
}

// Made checks the answer to an offer. Code Invalid "staff.passkey_bad".
func (d *Desk) Made(h Holder, secret, answer []byte) (Key, error) {
	u, err := newUser(h)
	if err != nil {
		return Key{}, err
	}
	var session webauthn.SessionData
	if err := json.Unmarshal(secret, &session); err != nil {
		return Key{}, fmt.Errorf("a stored question: %w", err)
	}
	said, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return Key{}, bad(err)
	}
	made, err := d.service.CreateCredential(u, session, said)
	if err != nil {
		return Key{}, bad(err)
	}
	return keyOf(made)
}

// Answered checks the answer to a question; find gives the holder of a key by their
// id, with that key. Code Invalid "staff.passkey_bad", or what find refused with.
func (d *Desk) Answered(secret, answer []byte, find func(key []byte, holder string) (Holder, error)) (holder string, k Key, err error) {
	var session webauthn.SessionData
	if err := json.Unmarshal(secret, &session); err != nil {
		return "", k, fmt.Errorf("a stored question: %w", err)
	}
	said, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return "", k, bad(err)
	}
	var ours error
	_, used, err := d.service.ValidatePasskeyLogin(func(key, id []byte) (webauthn.User, error) {
		var h Holder
		if h, ours = find(key, string(id)); ours != nil {
			return nil, ours
		}
		holder = h.ID
		var u user
		u, ours = newUser(h)
		return u, ours
	}, session, said)
	if ours != nil {
		return "", k, ours
	}
	if err != nil {
		return "", k, bad(err)
	}
	k, err = keyOf(used)
	return holder, k, err
}

// keyOf keeps of a key what the next sign-in needs; how its device attested itself is
// nobody's business.
func keyOf(c *webauthn.Credential) (Key, error) {
	c.Attestation = webauthn.CredentialAttestation{}
	k := Key{ID: c.ID, Copied: c.Authenticator.CloneWarning}
	var err error
	k.Data, err = json.Marshal(c)
	return k, err
}

func bad(err error) error { return fault.Wrap(fault.Invalid, "staff.passkey_bad", err) }
