package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"naru/internal/cose"
	"naru/internal/fault"
	"naru/internal/issue"
	"naru/internal/pass"
	"naru/internal/person"
	"naru/internal/record"
)

// Bounds of what a wallet loads (rules Q31, Q32).
const (
	MaxPassKeys  = 30 // for one proof at once
	maxPassLoads = 3  // of one proof that count: several devices of a person
)

// YoungEntry stands in the place of an entry for the proof of a year of birth.
const YoungEntry record.ID = "young"

// passFormat is how passes stand among certificates.
const passFormat = issue.Format(PassUse)

// PassLoad is what a wallet asks for: credentials of one proof for keys that it made.
type PassLoad struct {
	Entry record.ID // or YoungEntry
	Keys  []pass.HolderKey
}

// LoadedPass is what a wallet gets: a credential and a salt for each key, in order. While it
// waits there are none, and Ahead are before it.
type LoadedPass struct {
	Ready       bool
	Ahead       int
	Name, Born  string // as they were committed to
	Credentials [][]byte
	Salts       [][pass.SaltSize]byte
}

// passIntent is what is to be signed.
type passIntent struct {
	Proof pass.Proof       `json:"proof"`
	Keys  []pass.HolderKey `json:"keys"`
	Name  string           `json:"name"`
	Born  string           `json:"born"`
}

// passID and passSalt follow from the random id of the load, which nobody outside learns: two
// credentials of one load have nothing in common.
func passID(load string, n int) (id pass.ID) {
	sum := sha256.Sum256(fmt.Appendf(nil, "naru/pass/id %s %d", load, n))
	copy(id[:], sum[:])
	return id
}

func passSalt(load string, n int) (salt [pass.SaltSize]byte) {
	sum := sha256.Sum256(fmt.Appendf(nil, "naru/pass/salt %s %d", load, n))
	copy(salt[:], sum[:])
	return salt
}

// LoadOwnPass is LoadPass for the person of a look-up. Faults are also those of OwnRecord.
func (s *Store) LoadOwnPass(ctx context.Context, token string, browser [32]byte, l PassLoad) (LoadedPass, error) {
	c, err := s.openLookUp(token, browser)
	if err != nil {
		return LoadedPass{}, err
	}
	return s.LoadPass(ctx, c.person, l)
}

// LoadPass writes down what a wallet asks for, and gives it when an issuer has signed it: the
// same request again is how a wallet waits, and gives the same credentials (rule Q2). No key
// of an issuer is needed here. Who asks must have been judged before. Codes: Invalid,
// NotFound, Conflict (the entry does not stand), Unavailable (no key signs passes).
func (s *Store) LoadPass(ctx context.Context, who person.ID, l PassLoad) (LoadedPass, error) {
	bucket, err := who.Bucket()
	if err != nil {
		return LoadedPass{}, err
	}
	if len(l.Keys) == 0 || len(l.Keys) > MaxPassKeys {
		return LoadedPass{}, fault.New(fault.Invalid, "pass.keys_bad").With("Field", "keys").With("Most", MaxPassKeys)
	}
	claim, err := s.readPerson(ctx, who)
	if err != nil {
		return LoadedPass{}, err
	}
	keys, err := s.IssuerKeys(ctx)
	if err != nil {
		return LoadedPass{}, err
	}
	a := &passAct{store: s, key: personKey{bucket, who}, load: l, keys: keys, name: issue.PassName(claim.Name), born: claim.Born}
	var raw [16]byte
	_, _ = rand.Read(raw[:]) // never fails: see crypto/rand
	a.fresh = hex.EncodeToString(raw[:])
	if err := errors.Join(s.inRecord(ctx, a), a.refusal); err != nil {
		return LoadedPass{}, err
	}
	return s.loaded(ctx, &a.row)
}

func (s *Store) loaded(ctx context.Context, r *credentialRow) (LoadedPass, error) {
	p := LoadedPass{Ready: r.state != credentialIntended}
	if !p.Ready {
		err := s.record.ReadRow(ctx, `SELECT count(*) FROM credential WHERE format = 'pass' AND state = 'intended' AND intended_at < $1`, []any{r.intendedAt}, &p.Ahead)
		if err != nil {
			return p, unavailable("count passes", err)
		}
		return p, nil
	}
	in, err := s.openPassIntent(r)
	if err != nil {
		return p, err
	}
	plain, err := s.people.Open("credential", "body", r.person+"/"+r.id, r.body)
	if err != nil {
		return p, err
	}
	p.Name, p.Born = in.Name, in.Born
	for n := range in.Keys {
		p.Salts = append(p.Salts, passSalt(r.id, n))
	}
	return p, json.Unmarshal(plain, &p.Credentials)
}

func (s *Store) openPassIntent(r *credentialRow) (in passIntent, err error) {
	plain, err := s.people.Open("credential", "intent", r.person+"/"+r.id, r.intent)
	if err != nil {
		return in, err
	}
	return in, json.Unmarshal(plain, &in)
}

// SignPasses signs what waits, the oldest first, as far as its keys are here, and tells how
// many loads it signed. Ended anywhere, the next call goes on: what is signed twice is the
// same bytes. It is for a process that holds the keys and serves nobody.
func (s *Store) SignPasses(ctx context.Context, by Issuer, most int) (n int, err error) {
	var waiting []credentialRow
	err = s.record.Read(ctx, `SELECT person_id, bucket, credential_id, key_id, intent FROM credential
	    WHERE format = 'pass' AND state = 'intended' ORDER BY intended_at LIMIT $1`, []any{most}, func(scan func(...any) error) error {
		var r credentialRow
		err := scan(&r.person, &r.bucket, &r.id, &r.key, &r.intent)
		waiting = append(waiting, r)
		return err
	})
	if err != nil {
		return 0, unavailable("read passes", err)
	}
	for i := range waiting {
		r := &waiting[i]
		signer, ok := by.Signers[r.key]
		if !ok {
			continue
		}
		if err := s.signPass(ctx, signer, r); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

func (s *Store) signPass(ctx context.Context, by cose.Signer, r *credentialRow) error {
	in, err := s.openPassIntent(r)
	if err != nil {
		return err
	}
	made := make([][]byte, len(in.Keys))
	for n, key := range in.Keys {
		proof := in.Proof
		proof.Commitment = pass.Opened{Salt: passSalt(r.id, n), Name: in.Name, Born: in.Born}.Commit()
		if made[n], err = pass.Issue(by, passID(r.id, n), key, proof); err != nil {
			return err
		}
	}
	body, err := json.Marshal(made)
	if err != nil {
		return err
	}
	m := &markAct{store: s, key: personKey{r.bucket, person.ID(r.person)}, id: r.id, body: s.people.Seal("credential", "body", r.person+"/"+r.id, body)}
	err = errors.Join(s.inRecord(ctx, m), m.refusal)
	if fault.CodeOf(err) == fault.Conflict {
		return nil // it was taken back while it was signed, and nobody gets it
	}
	return err
}

// Loadable are the entries of a person that prove something at a door, the newest first, and
// whether they may load a proof of their year of birth. Faults are those of OwnRecord.
func (s *Store) Loadable(ctx context.Context, token string, browser [32]byte) ([]record.Entry, bool, error) {
	c, err := s.openLookUp(token, browser)
	if err != nil {
		return nil, false, err
	}
	claim, err := s.readPerson(ctx, c.person)
	if err != nil {
		return nil, false, err
	}
	r, err := s.RecordOf(ctx, c.person)
	if err != nil {
		return nil, false, err
	}
	var all []record.Entry
	for _, e := range r.Standing() {
		if _, err := issue.Pass(e, s.opts.Agency); err == nil {
			all = append(all, e)
		}
	}
	slices.Reverse(all)
	_, err = issue.YoungPass(claim.Born, s.today())
	return all, err == nil, nil
}

// today is now on the agency's clock.
func (s *Store) today() time.Time { return s.now().In(s.opts.Agency.Zone) }
