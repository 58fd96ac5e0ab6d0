package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"naru/internal/booking"
	"naru/internal/caldate"
	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/person"
)

// readPerson reads and unseals one person.
func (s *Store) readPerson(ctx context.Context, id person.ID) (person.Claim, error) {
	bucket, err := id.Bucket()
	if err != nil {
		return person.Claim{}, err
	}
	var name, born, mobile []byte
	err = s.booking.readRow(ctx, `SELECT name, born, mobile FROM person WHERE bucket = ?1 AND person_id = ?2`,
		bucket, id).Scan(&name, &born, &mobile)
	if errors.Is(err, sql.ErrNoRows) {
		return person.Claim{}, fault.New(fault.NotFound, "person.unknown")
	}
	if err != nil {
		return person.Claim{}, unavailable("read person", err)
	}
	return s.unseal(id, name, born, mobile)
}

func (s *Store) unseal(id person.ID, name, born, mobile []byte) (person.Claim, error) {
	n, err1 := s.people.Open("person", "name", string(id), name)
	b, err2 := s.people.Open("person", "born", string(id), born)
	m, err3 := s.people.Open("person", "mobile", string(id), mobile)
	if err := errors.Join(err1, err2, err3); err != nil {
		return person.Claim{}, fmt.Errorf("unseal person: %w", err)
	}
	d, err := caldate.Parse(string(b))
	return person.Claim{Name: string(n), Born: d, Mobile: string(m)}, err
}

// readLists are the eligibility lists a claim is on.
func readLists(ctx context.Context, d *database, x person.Index) ([]string, error) {
	var lists []string
	rows, err := d.readRows(ctx, `SELECT list FROM list_member WHERE bucket = ?1 AND key_id = ?2 AND claim = ?3 ORDER BY list`,
		x.Bucket(), x.Key, x.Sum[:])
	err = scanRows(rows, err)(func(scan func(...any) error) error {
		var name string
		if err := scan(&name); err != nil {
			return err
		}
		lists = append(lists, name)
		return nil
	})
	if err != nil {
		return nil, unavailable("read lists", err)
	}
	return lists, nil
}

// unavailable is a reading that failed: nothing was changed, the person may repeat.
func unavailable(what string, err error) error {
	return fault.Wrap(fault.Unavailable, "store.unavailable", fmt.Errorf("%s: %w", what, err))
}

// listRound is how many rows of a list are written in one transaction.
const listRound = 1000

// AddToList puts claims on an eligibility list; those that are on it stay.
func (s *Store) AddToList(ctx context.Context, list string, claims []person.Claim) error {
	for round := range slices.Chunk(claims, listRound) {
		a := listAct{list: list}
		for _, c := range round {
			a.claims = append(a.claims, s.people.OfClaim(person.ForList, c))
		}
		if err := s.booking.do(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

type listAct struct {
	claims []person.Index
	list   string
}

func (a listAct) run(t *tx) error {
	for _, x := range a.claims {
		if _, err := t.exec(`INSERT INTO list_member (bucket, key_id, claim, list) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING`,
			x.Bucket(), x.Key, x.Sum[:], a.list); err != nil {
			return err
		}
	}
	return nil
}

// personSession reads the person's session in a campaign, nil when there is none.
func (t *tx) personSession(bucket int16, id person.ID, campaignID string) (*personSession, error) {
	p := &personSession{bucket: bucket, person: id}
	found, err := t.scanRow(`SELECT session_id, ticket_id, expires_at, draft FROM person_session
	    WHERE bucket = ?1 AND person_id = ?2 AND campaign = ?3`, []any{bucket, id, campaignID}, p.scan)
	if err != nil || !found {
		return nil, err
	}
	return p, nil
}

func (p *personSession) scan(scan func(...any) error) error {
	var session, ticket []byte
	var expires int64
	var draft string
	if err := scan(&session, &ticket, &expires, &draft); err != nil {
		return err
	}
	copy(p.session[:], session)
	copy(p.ticket[:], ticket)
	p.expires = unix(expires)
	return json.Unmarshal([]byte(draft), &p.draft)
}

// check says whether ses is this session, and live (R6): every durable step of
// a booking asks it in its own transaction.
func (p *personSession) check(ses gate.Session, now time.Time) error {
	switch {
	case p == nil || p.session != ses.ID:
		return fault.New(fault.Conflict, "gate.session_ended")
	case !now.Before(p.expires):
		return fault.New(fault.Expired, "gate.session_expired")
	}
	return nil
}

// caller is the proven person who acts in a session.
type caller struct {
	ses    gate.Session
	person person.ID
	bucket int16
}

func callerOf(ses gate.Session) (caller, error) {
	if !ses.Proven {
		return caller{}, fault.New(fault.Unauthenticated, "person.not_proven")
	}
	id := person.ID(ses.Person)
	bucket, err := id.Bucket()
	return caller{ses, id, bucket}, err
}

// session reads and checks the caller's session inside a transaction; refusal
// is for the person, err ends the transaction.
func (c caller) session(t *tx) (p *personSession, refusal, err error) {
	p, err = t.personSession(c.bucket, c.person, c.ses.Campaign)
	if err != nil {
		return nil, nil, err
	}
	return p, p.check(c.ses, t.now), nil
}

// endSession lets the person's session book no more; what it booked stays
// readable with its token.
func (t *tx) endSession(c caller) error {
	_, err := t.exec(`UPDATE person_session SET expires_at = min(expires_at, ?1) WHERE bucket = ?2 AND person_id = ?3 AND campaign = ?4 AND session_id = ?5`,
		t.now.Unix(), c.bucket, c.person, c.ses.Campaign, c.ses.ID[:])
	return err
}

// stillMine refuses a session that another proof of the person has replaced:
// what is shown to an old browser must not be the new one's.
func (s *Store) stillMine(ctx context.Context, c caller) error {
	var session []byte
	err := s.booking.readRow(ctx, `SELECT session_id FROM person_session WHERE bucket = ?1 AND person_id = ?2 AND campaign = ?3`,
		c.bucket, c.person, c.ses.Campaign).Scan(&session)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return fault.New(fault.Conflict, "gate.session_ended")
	case err != nil:
		return unavailable("read session", err)
	case !bytes.Equal(session, c.ses.ID[:]):
		return fault.New(fault.Conflict, "gate.session_ended")
	}
	return nil
}

// Draft is what the person has chosen so far.
func (s *Store) Draft(ctx context.Context, ses gate.Session) (booking.Draft, error) {
	c, err := callerOf(ses)
	if err != nil {
		return booking.Draft{}, err
	}
	p := &personSession{}
	err = p.scan(s.booking.readRow(ctx, `SELECT session_id, ticket_id, expires_at, draft FROM person_session
	    WHERE bucket = ?1 AND person_id = ?2 AND campaign = ?3`, c.bucket, c.person, ses.Campaign).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return booking.Draft{}, nil
	}
	if err != nil {
		return booking.Draft{}, unavailable("read draft", err)
	}
	return p.draft, p.check(ses, s.now())
}

// SaveDraft keeps what the person has chosen so far (rule B12).
func (s *Store) SaveDraft(ctx context.Context, ses gate.Session, d booking.Draft) error {
	c, err := callerOf(ses)
	if err != nil {
		return err
	}
	a := &draftAct{caller: c, draft: d}
	if err := s.booking.do(ctx, a); err != nil {
		return err
	}
	return a.refusal
}

type draftAct struct {
	caller  caller
	draft   booking.Draft
	refusal error
}

func (a *draftAct) run(t *tx) error {
	var err error
	if _, a.refusal, err = a.caller.session(t); err != nil || a.refusal != nil {
		return err
	}
	return t.saveDraft(a.caller, a.draft)
}

func (t *tx) saveDraft(c caller, d booking.Draft) error {
	text, err := json.Marshal(d)
	if err != nil {
		return err
	}
	_, err = t.exec(`UPDATE person_session SET draft = ?1 WHERE bucket = ?2 AND person_id = ?3 AND campaign = ?4`,
		string(text), c.bucket, c.person, c.ses.Campaign)
	return err
}

// Extend gives the proven person more time: the session, and the hold if there
// is one. The token returned carries the new end. Code Conflict or TooMany when
// no more can be given.
func (s *Store) Extend(ctx context.Context, ses gate.Session) (string, error) {
	c, err := callerOf(ses)
	if err != nil {
		return "", err
	}
	l, err := s.line(ses.Campaign)
	if err != nil {
		return "", err
	}
	expires, err := s.extendAtGate(ctx, ses, l.published.sessionLife())
	if err != nil {
		return "", err
	}
	a := &extendSessionAct{caller: c, disease: l.published.Campaign.Disease, expires: expires}
	if err := s.booking.do(ctx, a); err != nil {
		return "", err
	}
	if a.refusal != nil {
		return "", a.refusal
	}
	ses.Expires = expires
	return l.keys.SealSession(ses), nil
}

type extendSessionAct struct {
	caller  caller
	disease string
	expires time.Time
	refusal error
}

func (a *extendSessionAct) run(t *tx) error {
	var err error
	if _, a.refusal, err = a.caller.session(t); err != nil || a.refusal != nil {
		return err
	}
	if _, err := t.exec(`UPDATE person_session SET expires_at = ?1 WHERE bucket = ?2 AND person_id = ?3 AND campaign = ?4`,
		a.expires.Unix(), a.caller.bucket, a.caller.person, a.caller.ses.Campaign); err != nil {
		return err
	}
	live, err := t.liveReservations(a.caller.bucket, a.caller.person, a.disease)
	if err != nil {
		return err
	}
	for _, r := range live {
		end, refusal := r.MayExtend(t.now)
		if refusal != nil {
			continue // the session is longer all the same; the page shows the hold's end
		}
		if _, err := t.exec(`UPDATE reservation SET expires_at = ?1, extends = extends + 1
		    WHERE bucket = ?2 AND person_id = ?3 AND hold_id = ?4 AND state = 'pending'`,
			end.Unix(), a.caller.bucket, a.caller.person, r.HoldID); err != nil {
			return err
		}
	}
	return nil
}
