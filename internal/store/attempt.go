package store

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"

	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/identity"
	"naru/internal/person"
)

// Way is where an answer of a provider belongs. It travels there and back as the
// state, sealed and bound to the browser; it says nothing about the person.
type Way struct {
	Campaign string
	Ticket   gate.TicketID
	Provider identity.ID
	Early    bool   // before the opening
	Lang     string // in which the reader left
	ID       [16]byte
}

// Secrets are what the provider's answer is checked against.
type Secrets struct {
	Nonce    string // must be in the signed answer
	Verifier string // PKCE (RFC 7636): who has it is who began
}

// BeginAttempt begins a browser's way to a provider and gives the state to send
// along. It replaces an older way of the same browser to the same provider. Code
// TooMany after too many answers that proved nothing (rule I5).
func (s *Store) BeginAttempt(ctx context.Context, w Way, c person.Claim, browser [32]byte) (state string, secrets Secrets, err error) {
	_, _ = rand.Read(w.ID[:]) // never fails: see crypto/rand
	secrets = Secrets{Nonce: randomText(), Verifier: randomText()}
	a := &beginAttemptAct{attempt: s.attemptOf(w, c, browser), id: w.ID, secret: s.sealSecrets(w, secrets)}
	if err := s.inBooking(ctx, a); err != nil {
		return "", Secrets{}, err
	}
	if a.refusal != nil {
		return "", Secrets{}, a.refusal
	}
	if !w.Early {
		s.started(ctx, w.Campaign, w.Ticket)
	}
	return sealJSON(s.people, "state", hex.EncodeToString(browser[:]), w), secrets, nil
}

// OpenWay reads a state that came back. Code Unauthenticated for anything that
// was not given to this browser.
func (s *Store) OpenWay(state string, browser [32]byte) (Way, error) {
	var w Way
	if err := openJSON(s.people, "state", hex.EncodeToString(browser[:]), state, &w); err != nil {
		return Way{}, fault.Wrap(fault.Unauthenticated, "identity.answer_not_ours", err)
	}
	return w, nil
}

// TakeAttempt takes an answer that came back: once, whatever comes of it. Code
// Conflict "identity.answer_used" the second time.
func (s *Store) TakeAttempt(ctx context.Context, w Way, c person.Claim, browser [32]byte) (Secrets, error) {
	a := &takeAttemptAct{attempt: s.attemptOf(w, c, browser), id: w.ID}
	if err := s.inBooking(ctx, a); err != nil {
		return Secrets{}, err
	}
	if a.refusal != nil {
		return Secrets{}, a.refusal
	}
	var secrets Secrets
	plain, err := s.people.Open("proof_attempt", "secret", hex.EncodeToString(w.ID[:]), a.secret)
	if err == nil {
		err = json.Unmarshal(plain, &secrets)
	}
	return secrets, err
}

// MissAttempt counts an answer that proved nothing. What the provider failed at
// is not to be counted (rule I5).
func (s *Store) MissAttempt(ctx context.Context, w Way, c person.Claim, browser [32]byte) error {
	return s.inBooking(ctx, missAttemptAct{s.attemptOf(w, c, browser)})
}

func (s *Store) attemptOf(w Way, c person.Claim, browser [32]byte) attempt {
	x := s.people.OfClaim(person.ForPerson, c)
	return attempt{attemptKey{x.Bucket(), x.Sum, browser, w.Provider}}
}

func (s *Store) sealSecrets(w Way, secrets Secrets) []byte {
	plain, err := json.Marshal(secrets)
	if err != nil {
		panic(err) // two strings
	}
	return s.people.Seal("proof_attempt", "secret", hex.EncodeToString(w.ID[:]), plain)
}

// randomText is 32 random bytes, as nonces and verifiers are written.
func randomText() string {
	var raw [32]byte
	_, _ = rand.Read(raw[:]) // never fails: see crypto/rand
	return base64.RawURLEncoding.EncodeToString(raw[:])
}

// attempt names the row that the acts on a way share.
type attempt struct{ key attemptKey }

// Wants names what the acts read.
func (a attempt) Wants(h *bookingHouse) { h.attempts.Want(a.key) }

type beginAttemptAct struct {
	attempt
	id      [16]byte
	secret  []byte
	refusal error
}

// Run replaces the way before, unless too many have proved nothing.
func (a *beginAttemptAct) Run(h *bookingHouse) error {
	a.refusal = nil
	r, found, err := h.attempts.One(a.key)
	if err != nil {
		return err
	}
	if !found {
		return h.attempts.Add(&attemptRow{
			bucket: a.key.bucket, claim: a.key.claim[:], browser: a.key.browser[:], provider: string(a.key.provider),
			state: a.id[:], secret: a.secret, beganAt: h.Now.Unix(), since: h.Now.Unix(),
		})
	}
	if refusal := r.facts().MayBegin(h.Now); refusal != nil {
		a.refusal = refusal
		return nil
	}
	r.state, r.secret, r.beganAt, r.used = a.id[:], a.secret, h.Now.Unix(), false
	h.attempts.Change(r)
	return nil
}

type takeAttemptAct struct {
	attempt
	id      [16]byte
	secret  []byte
	refusal error
}

// Run marks the way as used in the transaction that reads it.
func (a *takeAttemptAct) Run(h *bookingHouse) error {
	a.secret, a.refusal = nil, nil
	r, found, err := h.attempts.One(a.key)
	if err != nil {
		return err
	}
	if !found {
		a.refusal = fault.New(fault.Conflict, "identity.answer_used")
		return nil
	}
	if refusal := r.facts().Return(a.id, h.Now); refusal != nil {
		a.refusal = refusal
		return nil
	}
	a.secret, r.used = r.secret, true
	h.attempts.Change(r)
	return nil
}

type missAttemptAct struct{ attempt }

// Run counts.
func (a missAttemptAct) Run(h *bookingHouse) error {
	r, found, err := h.attempts.One(a.key)
	if err != nil || !found {
		return err
	}
	after := r.facts().Missed(h.Now)
	r.tries, r.since = int32(after.Tries), after.Since.Unix() //nolint:gosec // a few
	h.attempts.Change(r)
	return nil
}
