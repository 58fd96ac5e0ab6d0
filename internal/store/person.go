package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
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
	v := &personView{person: personKey{bucket, id}}
	if err := s.booking.View(ctx, v); err != nil {
		return person.Claim{}, unavailable("read person", err)
	}
	return s.claimOf(v.row)
}

// personView reads a person and, for a hold, what it reserves and its places.
type personView struct {
	person   personKey
	hold     holdKey     // zero: none
	session  *sessionKey // nil: none
	row      *personRow
	actor    string // of the session
	reserved []*reservationRow
	held     []*holdRow
}

// Wants names what is read.
func (v *personView) Wants(h *bookingHouse) {
	h.people.Want(v.person)
	if v.hold.hold != "" {
		h.reservations.Want(v.person)
		h.holds.Want(v.hold)
	}
	if v.session != nil {
		h.sessions.Want(*v.session)
	}
}

// Run reads.
func (v *personView) Run(h *bookingHouse) error {
	var err error
	if v.row, _, err = h.people.One(v.person); err != nil || v.hold.hold == "" {
		return err
	}
	if v.session != nil {
		r, found, err := h.sessions.One(*v.session)
		if err != nil {
			return err
		}
		if found {
			v.actor = r.actor
		}
	}
	if v.reserved, err = h.reservations.Rows(v.person); err != nil {
		return err
	}
	v.held, err = h.holds.Rows(v.hold)
	return err
}

// claimOf unseals a person's row; nil is a fault of code NotFound.
func (s *Store) claimOf(r *personRow) (person.Claim, error) {
	if r == nil {
		return person.Claim{}, fault.New(fault.NotFound, "person.unknown")
	}
	return s.unseal(r.key.person, r.name, r.born, r.mobile)
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

// unavailable is a reading that failed: nothing was changed, the person may repeat.
func unavailable(what string, err error) error {
	return fault.Wrap(fault.Unavailable, "store.unavailable", fmt.Errorf("%s: %w", what, err))
}

// check says whether ses is this session, and live (R6): every durable step of
// a booking asks it in its own transaction.
func (r *sessionRow) check(ses gate.Session, now time.Time) error {
	switch {
	case r == nil || !bytes.Equal(r.session, ses.ID[:]):
		return fault.New(fault.Conflict, "gate.session_ended")
	case now.Unix() >= r.expires:
		return fault.New(fault.Expired, "gate.session_expired")
	}
	return nil
}

// choices are what was chosen so far.
func (r *sessionRow) choices() (booking.Draft, error) {
	var d booking.Draft
	err := json.Unmarshal([]byte(r.draft), &d)
	return d, err
}

// caller is the proven person who acts in a session.
type caller struct {
	ses    gate.Session
	person person.ID
	bucket int16
	actor  booking.Actor // who acts for the person where no session says it
}

func callerOf(ses gate.Session) (caller, error) {
	if !ses.Proven {
		return caller{}, fault.New(fault.Unauthenticated, "person.not_proven")
	}
	id := person.ID(ses.Person)
	bucket, err := id.Bucket()
	return caller{ses: ses, person: id, bucket: bucket}, err
}

func (c caller) sessionKey() sessionKey { return sessionKey{c.bucket, c.person, c.ses.Campaign} }

// session reads and checks the caller's session inside a transaction; refusal
// is for the person, err ends the transaction.
func (h *bookingHouse) session(c caller) (r *sessionRow, refusal, err error) {
	r, _, err = h.sessions.One(c.sessionKey())
	if err != nil {
		return nil, nil, err
	}
	return r, r.check(c.ses, h.Now), nil
}

// endSession lets the person's session book no more; what it booked stays
// readable with its token.
func (h *bookingHouse) endSession(r *sessionRow) {
	r.expires = min(r.expires, h.Now.Unix())
	h.sessions.Change(r)
}

// stillMine refuses a session that another proof of the person has replaced:
// what is shown to an old browser must not be the new one's.
func (s *Store) stillMine(ctx context.Context, c caller) error {
	var session []byte
	err := s.booking.ReadRow(ctx, `SELECT session_id FROM person_session WHERE person_id = $1 AND bucket = $2 AND campaign = $3`,
		c.sessionKey().Args(), &session)
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

// Draft is what the person has chosen so far: what was saved, and the time of the
// last place they asked for at that clinic, whatever became of it (rule B12).
func (s *Store) Draft(ctx context.Context, ses gate.Session) (booking.Draft, error) {
	c, err := callerOf(ses)
	if err != nil {
		return booking.Draft{}, err
	}
	v := &draftView{session: c.sessionKey()}
	if err := s.booking.View(ctx, v); err != nil {
		return booking.Draft{}, unavailable("read draft", err)
	}
	if v.row == nil {
		return booking.Draft{}, nil
	}
	return v.draft, v.row.check(ses, s.now())
}

type draftView struct {
	session sessionKey
	row     *sessionRow
	draft   booking.Draft
}

// Wants names what is read.
func (v *draftView) Wants(h *bookingHouse) {
	h.sessions.Want(v.session)
	h.reservations.Want(personKey{v.session.bucket, v.session.person})
}

// Run reads.
func (v *draftView) Run(h *bookingHouse) error {
	var err error
	if v.row, _, err = h.sessions.One(v.session); err != nil || v.row == nil {
		return err
	}
	if v.draft, err = v.row.choices(); err != nil {
		return err
	}
	rows, err := h.reservations.Rows(personKey{v.session.bucket, v.session.person})
	if err != nil {
		return err
	}
	all := gather(rows, func(r *reservationRow) bool { return r.campaign == v.session.campaign && r.dose == 1 && r.start != 0 })
	if len(all) == 0 {
		return nil
	}
	if last := all[len(all)-1]; v.draft.Clinic == "" || v.draft.Clinic == last.Clinic {
		v.draft.Clinic, v.draft.Start = last.Clinic, last.Doses[0].Start
	}
	return nil
}

// SaveDraft keeps what the person has chosen so far (rule B12).
func (s *Store) SaveDraft(ctx context.Context, ses gate.Session, d booking.Draft) error {
	c, err := callerOf(ses)
	if err != nil {
		return err
	}
	a := &draftAct{caller: c, draft: d}
	if err := s.inBooking(ctx, a); err != nil {
		return err
	}
	return a.refusal
}

type draftAct struct {
	caller  caller
	draft   booking.Draft
	refusal error
}

// Wants names what the act reads.
func (a *draftAct) Wants(h *bookingHouse) { h.sessions.Want(a.caller.sessionKey()) }

// Run writes the draft of a live session.
func (a *draftAct) Run(h *bookingHouse) error {
	r, refusal, err := h.session(a.caller)
	if a.refusal = refusal; err != nil || refusal != nil {
		return err
	}
	return h.saveDraft(r, a.draft)
}

func (h *bookingHouse) saveDraft(r *sessionRow, d booking.Draft) error {
	text, err := json.Marshal(d)
	if err != nil || r.draft == string(text) {
		return err
	}
	r.draft = string(text)
	h.sessions.Change(r)
	return nil
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
	if err := s.inBooking(ctx, a); err != nil {
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

// Wants names what the act reads.
func (a *extendSessionAct) Wants(h *bookingHouse) {
	h.sessions.Want(a.caller.sessionKey())
	h.reservations.Want(personKey{a.caller.bucket, a.caller.person})
}

// Run gives the session more time, and the hold if it may have more.
func (a *extendSessionAct) Run(h *bookingHouse) error {
	r, refusal, err := h.session(a.caller)
	if a.refusal = refusal; err != nil || refusal != nil {
		return err
	}
	r.expires = a.expires.Unix()
	h.sessions.Change(r)
	rows, err := h.reservations.Rows(personKey{a.caller.bucket, a.caller.person})
	if err != nil {
		return err
	}
	for _, held := range gather(rows, liveFor(a.disease)) {
		end, refusal := held.MayExtend(h.Now)
		if refusal != nil {
			continue // the session is longer all the same; the page shows the hold's end
		}
		for _, row := range rows {
			if row.hold == string(held.HoldID) && row.state == string(booking.Pending) {
				row.expires = end.Unix()
				row.extends++
				h.reservations.Change(row)
			}
		}
	}
	return nil
}
