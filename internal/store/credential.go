package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"naru/internal/credential"
	"naru/internal/fault"
	"naru/internal/issue"
	"naru/internal/person"
	"naru/internal/record"
)

// The states of a certificate. One that is void was meant and never signed.
const (
	credentialIntended = "intended"
	credentialSigned   = "signed"
	credentialGiven    = "given"
	credentialRevoked  = "revoked"
	credentialVoid     = "void"
)

// Credential is one certificate.
type Credential struct {
	ID     string // 32 hexadecimal digits
	Entry  record.ID
	Format issue.Format
	Batch  string
	Key    string // base64url of the key id
	State  string
	At     time.Time // of the intent, as it stands on the certificate
	Text   string    // what the QR code says (HC1), or the JWS (SHC); "" while it is not signed
}

// Issuer signs certificates: only a process that holds the keys has one.
type Issuer struct {
	Signers map[string]credential.Signer // by key id, base64url
	By      issue.Authority
}

// Wanted is one certificate that is asked for.
type Wanted struct {
	Person person.ID
	Entry  record.ID
	Format issue.Format
	Batch  string // what it is issued with; any text of the operator's, without names
}

// intent is what is to be signed. It is kept as it is: repeated, it gives the same bytes.
type intent struct {
	HC1 *credential.HC1 `json:"hc1,omitempty"`
	SHC *credential.SHC `json:"shc,omitempty"`
}

// IssueCredential gives the certificate of an entry: 1. the intent is on disk, 2. it is
// signed, 3. what was signed is on disk. The same request gives the same certificate, also
// after a crash between any two of them (rules T42, T43). Codes: NotFound, Invalid (it
// cannot be said on a certificate), Conflict (the entry does not stand), Unavailable (no
// key for it is here).
func (s *Store) IssueCredential(ctx context.Context, by Issuer, w Wanted) (Credential, error) {
	bucket, err := w.Person.Bucket()
	if err != nil {
		return Credential{}, err
	}
	claim, err := s.readPerson(ctx, w.Person)
	if err != nil {
		return Credential{}, err
	}
	keys, err := s.IssuerKeys(ctx)
	if err != nil {
		return Credential{}, err
	}
	a := &intendAct{store: s, key: personKey{bucket, w.Person}, want: w, by: by, keys: keys, subject: issue.Subject{Name: claim.Name, Born: claim.Born}}
	var raw [16]byte
	_, _ = rand.Read(raw[:]) // never fails: see crypto/rand
	a.fresh = hex.EncodeToString(raw[:])
	if err := errors.Join(s.inRecord(ctx, a), a.refusal); err != nil {
		return Credential{}, err
	}
	if a.row.state != credentialIntended {
		return s.openCredential(&a.row)
	}
	text, err := s.sign(by, &a.row)
	if err != nil {
		return Credential{}, err
	}
	m := &markAct{store: s, key: a.key, id: a.row.id, body: s.people.Seal("credential", "body", a.row.person+"/"+a.row.id, []byte(text))}
	if err := errors.Join(s.inRecord(ctx, m), m.refusal); err != nil {
		return Credential{}, err
	}
	return s.openCredential(&m.row)
}

// sign is the step without a database.
func (s *Store) sign(by Issuer, r *credentialRow) (string, error) {
	signer, ok := by.Signers[r.key]
	if !ok {
		return "", fault.Wrap(fault.Unavailable, "issue.no_key", fmt.Errorf("the key %s is not loaded here", r.key))
	}
	plain, err := s.people.Open("credential", "intent", r.person+"/"+r.id, r.intent)
	if err != nil {
		return "", err
	}
	var in intent
	d := json.NewDecoder(bytes.NewReader(plain))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return "", fmt.Errorf("read intent: %w", err)
	}
	switch {
	case in.HC1 != nil:
		return credential.IssueHC1(signer, *in.HC1)
	case in.SHC != nil:
		return credential.IssueSHC(signer, *in.SHC)
	}
	return "", errors.New("an intent that says nothing")
}

func (s *Store) openCredential(r *credentialRow) (Credential, error) {
	c := Credential{
		ID: r.id, Entry: record.ID(r.entry), Format: issue.Format(r.format), Batch: r.batch, Key: r.key, State: r.state, At: unix(r.intendedAt),
	}
	if len(r.body) == 0 {
		return c, nil
	}
	text, err := s.people.Open("credential", "body", r.person+"/"+r.id, r.body)
	c.Text = string(text)
	return c, err
}

// Credentials are all certificates of a person, the newest first. Who asks must have been
// judged before.
func (s *Store) Credentials(ctx context.Context, id person.ID) ([]Credential, error) {
	bucket, err := id.Bucket()
	if err != nil {
		return nil, err
	}
	v := &credentialView{key: personKey{bucket, id}}
	if err := s.record.View(ctx, v); err != nil {
		return nil, unavailable("read certificates", err)
	}
	var all []Credential
	for _, r := range v.rows {
		if r.format == PassUse {
			continue // in wallets, and nowhere else
		}
		c, err := s.openCredential(r)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	slices.SortStableFunc(all, func(a, b Credential) int { return b.At.Compare(a.At) })
	return all, nil
}

type credentialView struct {
	key  personKey
	rows []*credentialRow
}

// Wants names what is read.
func (v *credentialView) Wants(h *recordHouse) { h.credentials.Want(v.key) }

// Run reads.
func (v *credentialView) Run(h *recordHouse) error {
	var err error
	v.rows, err = h.credentials.Rows(v.key)
	return err
}

// GiveCredential hands a signed certificate to its owner and marks it as given. Codes:
// NotFound, Conflict (it is not signed, or was revoked).
func (s *Store) GiveCredential(ctx context.Context, id person.ID, credentialID string) (Credential, error) {
	bucket, err := id.Bucket()
	if err != nil {
		return Credential{}, err
	}
	m := &markAct{store: s, key: personKey{bucket, id}, id: credentialID, give: true}
	if err := errors.Join(s.inRecord(ctx, m), m.refusal); err != nil {
		return Credential{}, err
	}
	return s.openCredential(&m.row)
}

func keyText(kid []byte) string { return base64.RawURLEncoding.EncodeToString(kid) }
