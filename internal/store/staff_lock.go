package store

import (
	"context"
	"slices"
	"strings"

	"naru/internal/audit"
	"naru/internal/fault"
	"naru/internal/staff"
)

// LockedSignIn is a sign-in that waits in one browser for its holder to come back.
type LockedSignIn struct {
	Session string // public id
	Name    string // shown in that browser alone
	PIN     bool   // it opens with a PIN
}

// Lock closes a sign-in until its holder comes back to it in the same browser.
func (s *Store) Lock(ctx context.Context, c staff.Caller, token string) error {
	return s.ofOneself(ctx, c, "lock", func(ctx context.Context) error {
		return s.inStaff(ctx, &lockAct{hashToken(token)})
	})
}

type lockAct struct{ token []byte }

// Run locks it.
func (a *lockAct) Run(h *staffHouse) error {
	_, err := h.Exec(`UPDATE staff_session SET locked = $1 WHERE token = $2`, true, a.token)
	return err
}

// Locked lists who may come back in a browser, by name (rule S12): sign-ins of the
// working day that are locked, or that nobody has touched for long.
func (s *Store) Locked(ctx context.Context, browser [32]byte) ([]LockedSignIn, error) {
	var all []LockedSignIn
	now := s.now()
	err := s.staff.Read(ctx, `SELECT s.session, a.staff_id, a.name, p.staff_id IS NOT NULL FROM staff_session s
	    JOIN staff_account a ON a.staff_id = s.staff_id LEFT JOIN staff_pin p ON p.staff_id = s.staff_id
	    WHERE s.browser = $1 AND s.ends_at > $2 AND (s.locked = $3 OR s.seen_at <= $4) AND s.tries < $5 AND a.barred = $6`,
		[]any{browser[:], now.Unix(), true, now.Add(-staff.SessionIdle).Unix(), staff.PINTries, false},
		func(scan func(...any) error) error {
			var one LockedSignIn
			var id string
			var name []byte
			if err := scan(&one.Session, &id, &name, &one.PIN); err != nil {
				return err
			}
			plain, err := s.people.Open("staff_account", "name", id, name)
			one.Name = string(plain)
			all = append(all, one)
			return err
		})
	if err != nil {
		return nil, unavailable("read locked sign-ins", err)
	}
	slices.SortFunc(all, func(a, b LockedSignIn) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

// Return opens a locked sign-in of the browser by its holder's PIN, under a new token;
// it ends when it would have ended. The try is counted before the PIN is looked at; the
// fifth wrong one ends the sign-in (rule S12). Codes: Unauthenticated, TooMany,
// Forbidden, and Invalid with Field "pin" for a wrong one.
func (s *Store) Return(ctx context.Context, browser [32]byte, session, pin string) (string, staff.Caller, error) {
	var none staff.Caller
	a := &returnTryAct{browser: browser, session: session}
	if err := s.inStaff(ctx, a); err != nil {
		return "", none, err
	}
	if a.staff == "" || a.pin == "" {
		return "", none, fault.New(fault.Unauthenticated, "staff.not_locked_here")
	}
	if err := s.tryStaff(ctx, browser, a.staff); err != nil {
		return "", none, err
	}
	account, err := s.Account(ctx, a.staff)
	if err != nil {
		return "", none, err
	}
	c := staff.Caller{Account: account, Session: session, Until: staff.SessionEnds(unix(a.began), s.now())}
	right, err := s.isPIN(ctx, a.staff, a.pin, pin)
	switch {
	case err != nil:
	case account.Barred:
		err = fault.New(fault.Forbidden, "staff.barred")
	case !right && a.tries >= staff.PINTries:
		err = fault.New(fault.Unauthenticated, "staff.pin_over")
	case !right:
		err = fault.New(fault.Invalid, "staff.pin_wrong").With("Field", "pin").With("Left", staff.PINTries-a.tries)
	}
	if err != nil {
		return "", none, s.Refused(ctx, c, staff.Act{Permission: SignIn, Detail: map[string]string{"method": string(staff.ByPIN)}}, err)
	}
	e := s.entry(c, staff.Act{Permission: SignIn, Detail: map[string]string{"method": string(staff.ByPIN)}})
	e.Phase = audit.Done
	if err := s.write(ctx, e); err != nil {
		return "", none, err
	}
	token := newToken()
	open := &returnAct{browser: browser, session: session, token: hashToken(token)}
	if err := s.inStaff(ctx, open); err != nil {
		return "", none, err
	}
	if !open.found {
		return "", none, fault.New(fault.Unauthenticated, "staff.not_locked_here")
	}
	return token, c, nil
}

// returnTryAct counts a try on a locked sign-in and reads what it is judged by.
type returnTryAct struct {
	browser [32]byte
	session string
	staff   staff.ID // "" when there is none to try
	pin     string   // hash; "" when none is set
	began   int64
	tries   int
}

// Run counts before anybody knows whether the PIN is right, so that many tries at once
// are as many.
func (a *returnTryAct) Run(h *staffHouse) error {
	a.staff, a.pin = "", ""
	n, err := h.Exec(`UPDATE staff_session SET tries = tries + 1 WHERE browser = $1 AND session = $2 AND ends_at > $3 AND tries < $4
	    AND (locked = $5 OR seen_at <= $6) AND EXISTS (SELECT 1 FROM staff_pin p WHERE p.staff_id = staff_session.staff_id)`,
		a.browser[:], a.session, h.Now.Unix(), staff.PINTries, true, h.Now.Add(-staff.SessionIdle).Unix())
	if err != nil || n == 0 {
		return err
	}
	if _, err := h.Row(`SELECT staff_id, began_at, tries FROM staff_session WHERE browser = $1 AND session = $2`, []any{a.browser[:], a.session},
		&a.staff, &a.began, &a.tries); err != nil {
		return err
	}
	_, err = h.Row(`SELECT hash FROM staff_pin WHERE staff_id = $1`, []any{string(a.staff)}, &a.pin)
	return err
}

// returnAct opens the sign-in again under a new token.
type returnAct struct {
	browser [32]byte
	session string
	token   []byte
	found   bool
}

// Run locks whoever else is in the browser.
func (a *returnAct) Run(h *staffHouse) error {
	if _, err := h.Exec(`UPDATE staff_session SET locked = $1 WHERE browser = $2`, true, a.browser[:]); err != nil {
		return err
	}
	n, err := h.Exec(`UPDATE staff_session SET token = $1, locked = $2, seen_at = $3, tries = 0 WHERE browser = $4 AND session = $5`,
		a.token, false, h.Now.Unix(), a.browser[:], a.session)
	a.found = n == 1
	return err
}
