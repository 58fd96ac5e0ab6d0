package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"errors"
	"time"

	"naru/internal/audit"
	"naru/internal/fault"
	"naru/internal/staff"
)

// SignIn is what the audit says of coming and going; nobody holds it, it is no
// permission.
const SignIn staff.Permission = "staff.sign_in"

// newToken is 32 random bytes as they travel in a link or a cookie; only their hash
// is stored.
func newToken() string {
	var raw [32]byte
	_, _ = rand.Read(raw[:]) // never fails: see crypto/rand
	return base64.RawURLEncoding.EncodeToString(raw[:])
}

func hashToken(token string) []byte {
	sum := sha256.Sum256([]byte("naru/staff/1 " + token))
	return sum[:]
}

// EnterByLink is EnterByLinkAt for what is no browser: the sign-in cannot be come
// back to once it is locked.
func (s *Store) EnterByLink(ctx context.Context, link string) (token string, c staff.Caller, err error) {
	return s.EnterByLinkAt(ctx, [32]byte{}, link)
}

// EnterByLinkAt takes the token of a link, once, and gives that of a session in a
// browser. Codes: Unauthenticated for a link that is used, ended or not ours, TooMany
// (rule S11).
func (s *Store) EnterByLinkAt(ctx context.Context, browser [32]byte, link string) (token string, c staff.Caller, err error) {
	if err := s.tryStaff(ctx, browser, ""); err != nil {
		return "", c, err
	}
	a := &useLinkAct{link: hashToken(link)}
	if err := s.inStaff(ctx, a); err != nil {
		return "", c, err
	}
	if a.staff == "" {
		return "", c, fault.New(fault.Unauthenticated, "staff.link_bad")
	}
	return s.openStaffSession(ctx, a.staff, staff.ByLink, browser)
}

type useLinkAct struct {
	link  []byte
	staff staff.ID
}

// Run marks the link as used in the transaction that reads it.
func (a *useLinkAct) Run(h *staffHouse) error {
	a.staff = ""
	n, err := h.Exec(`UPDATE staff_link SET used_at = $1 WHERE token = $2 AND used_at = 0 AND expires_at > $1`, h.Now.Unix(), a.link)
	if err != nil || n == 0 {
		return err
	}
	_, err = h.Row(`SELECT staff_id FROM staff_link WHERE token = $1`, []any{a.link}, &a.staff)
	return err
}

// openStaffSession begins a session for somebody who has proved who they are.
func (s *Store) openStaffSession(ctx context.Context, id staff.ID, by staff.Method, browser [32]byte) (string, staff.Caller, error) {
	account, err := s.Account(ctx, id)
	if err != nil {
		return "", staff.Caller{}, err
	}
	c := staff.Caller{Account: account, Session: string(staff.NewID()), Until: staff.SessionEnds(s.now(), s.now())}
	e := s.entry(c, staff.Act{Permission: SignIn, Detail: map[string]string{"method": string(by)}})
	e.Phase = audit.Done
	if account.Barred {
		e.Phase, e.Code = audit.Refused, string(fault.Forbidden)
	}
	if err := s.write(ctx, e); err != nil {
		return "", staff.Caller{}, err
	}
	if account.Barred {
		return "", staff.Caller{}, fault.New(fault.Forbidden, "staff.barred")
	}
	token := newToken()
	return token, c, s.inStaff(ctx, &openSessionAct{token: hashToken(token), session: c.Session, staff: id, by: by, browser: browser})
}

type openSessionAct struct {
	token   []byte
	session string
	staff   staff.ID
	by      staff.Method
	browser [32]byte
}

// Run adds the session, locks those of colleagues in the same browser, takes the place
// of an own one there, and drops those that ended a day ago.
func (a *openSessionAct) Run(h *staffHouse) error {
	if _, err := h.Exec(`DELETE FROM staff_session WHERE ends_at < $1`, h.Now.Add(-24*time.Hour).Unix()); err != nil {
		return err
	}
	if a.browser != [32]byte{} {
		if _, err := h.Exec(`DELETE FROM staff_session WHERE browser = $1 AND staff_id = $2`, a.browser[:], string(a.staff)); err != nil {
			return err
		}
		if _, err := h.Exec(`UPDATE staff_session SET locked = $1 WHERE browser = $2`, true, a.browser[:]); err != nil {
			return err
		}
	}
	_, err := h.Exec(`INSERT INTO staff_session (token, session, staff_id, method, began_at, seen_at, ends_at, browser, locked, tries)
	    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		a.token, a.session, string(a.staff), string(a.by), h.Now.Unix(), h.Now.Unix(), h.Now.Add(staff.SessionLife).Unix(), a.browser[:], false, 0)
	return err
}

// seenEvery is how often the use of a session is written down.
const seenEvery = time.Minute

// StaffCaller is who a session's token belongs to, with what they hold now. Code
// Unauthenticated once it has ended, was locked or was not touched for long.
func (s *Store) StaffCaller(ctx context.Context, token string) (staff.Caller, error) {
	ended := fault.New(fault.Unauthenticated, "staff.signed_out")
	if token == "" || len(token) > maxSealed {
		return staff.Caller{}, ended
	}
	hash := hashToken(token)
	var id staff.ID
	var c staff.Caller
	var began, seen, ends int64
	var locked bool
	err := s.staff.ReadRow(ctx, `SELECT staff_id, session, began_at, seen_at, ends_at, locked FROM staff_session WHERE token = $1`, []any{hash},
		&id, &c.Session, &began, &seen, &ends, &locked)
	if errors.Is(err, sql.ErrNoRows) {
		return c, ended
	}
	if err != nil {
		return c, unavailable("read session", err)
	}
	now := s.now()
	if c.Until = staff.SessionEnds(unix(began), unix(seen)); locked || !now.Before(c.Until) || ends <= now.Unix() {
		return c, ended
	}
	if c.Account, err = s.Account(ctx, id); err != nil {
		return c, err
	}
	if c.Barred {
		return c, fault.New(fault.Forbidden, "staff.barred")
	}
	if now.Sub(unix(seen)) >= seenEvery {
		if err := s.inStaff(ctx, &seenAct{hash}); err != nil {
			return c, err
		}
	}
	return c, nil
}

type seenAct struct{ token []byte }

// Run keeps the session open.
func (a *seenAct) Run(h *staffHouse) error {
	_, err := h.Exec(`UPDATE staff_session SET seen_at = $1 WHERE token = $2`, h.Now.Unix(), a.token)
	return err
}

// SignOut ends a session.
func (s *Store) SignOut(ctx context.Context, c staff.Caller, token string) error {
	return s.ofOneself(ctx, c, "sign out", func(ctx context.Context) error {
		return s.inStaff(ctx, &signOutAct{hashToken(token)})
	})
}

// ofOneself is Do for what everybody may do with their own sign-in: it needs no
// permission, and is written down as every act.
func (s *Store) ofOneself(ctx context.Context, c staff.Caller, did string, do func(context.Context) error) error {
	return s.carry(ctx, s.entry(c, staff.Act{Permission: SignIn, Detail: map[string]string{"did": did}}), do)
}

type signOutAct struct{ token []byte }

// Run ends it.
func (a *signOutAct) Run(h *staffHouse) error {
	_, err := h.Exec(`DELETE FROM staff_session WHERE token = $1`, a.token)
	return err
}
