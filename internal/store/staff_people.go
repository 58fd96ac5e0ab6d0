package store

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"naru/internal/fault"
	"naru/internal/staff"
)

// where is the place of a scope by the directory in force.
func (s *Store) where(scope staff.Scope) staff.Place { return s.placeOf(scope) }

// Colleagues lists the accounts that the caller manages, by name; part is what the
// name holds, "" for all. The look is written down. Code Forbidden.
func (s *Store) Colleagues(ctx context.Context, c staff.Caller, part string) ([]staff.Account, error) {
	var all []staff.Account
	err := s.manage(ctx, c, staff.Place{}, "list", "", func(ctx context.Context) error {
		var err error
		all, err = s.accounts(ctx, "")
		all = slices.DeleteFunc(all, func(a staff.Account) bool { return !strings.Contains(a.Name, part) || !c.Sees(a, s.where) })
		return err
	})
	return all, err
}

// Colleague reads one account that the caller manages. Codes: NotFound, Forbidden.
func (s *Store) Colleague(ctx context.Context, c staff.Caller, id staff.ID) (staff.Account, error) {
	var a staff.Account
	err := s.manage(ctx, c, staff.Place{}, "look", id, func(ctx context.Context) error {
		var err error
		if a, err = s.Account(ctx, id); err == nil && !c.Sees(a, s.where) {
			a, err = staff.Account{}, fault.New(fault.Forbidden, "staff.forbidden")
		}
		return err
	})
	return a, err
}

// manage is Do for what one does with accounts. An act at no place of its own is at
// the widest that the caller manages.
func (s *Store) manage(ctx context.Context, c staff.Caller, at staff.Place, did string, id staff.ID, do func(context.Context) error) error {
	if at.Clinic == "" && len(at.Regions) == 0 {
		at = c.ManagedPlace(staff.ManageStaff, s.where)
	}
	detail := map[string]string{"did": did}
	if id != "" {
		detail["account"] = string(id)
	}
	return s.Do(ctx, c, staff.Act{Permission: staff.ManageStaff, At: at, Detail: detail}, do)
}

// SetGrants replaces what an account holds (rule S7). Codes: NotFound, Forbidden,
// Invalid, and Conflict for the last administrator of everywhere.
func (s *Store) SetGrants(ctx context.Context, c staff.Caller, id staff.ID, grants []staff.Grant) error {
	return s.manage(ctx, c, staff.Place{}, "set grants", id, func(ctx context.Context) error {
		return s.changeAccount(ctx, id, func(a staff.Account) (staff.Account, error) {
			err := c.MayChange(a, grants, s.where)
			a.Grants = grants
			return a, err
		})
	})
}

// Bar closes an account, or opens it again: whoever could not grant all it holds may
// not (rule S7). It is out at its next request. Codes as SetGrants.
func (s *Store) Bar(ctx context.Context, c staff.Caller, id staff.ID, barred bool) error {
	did := map[bool]string{true: "bar", false: "admit again"}[barred]
	return s.manage(ctx, c, staff.Place{}, did, id, func(ctx context.Context) error {
		return s.changeAccount(ctx, id, func(a staff.Account) (staff.Account, error) {
			err := c.MayChange(a, nil, s.where)
			a.Barred = barred
			return a, err
		})
	})
}

// NewCode ends what an account could sign in with (codes, PIN, passkeys, its place at
// the sign-in service, open sign-ins) and gives one new code: for somebody who has
// lost their way in. Codes as SetGrants.
func (s *Store) NewCode(ctx context.Context, c staff.Caller, id staff.ID) (string, error) {
	token := newToken()
	err := s.manage(ctx, c, staff.Place{}, "new code", id, func(ctx context.Context) error {
		a, err := s.Account(ctx, id)
		if err == nil {
			err = c.MayChange(a, nil, s.where)
		}
		if err == nil && a.Barred {
			err = fault.New(fault.Forbidden, "staff.barred")
		}
		if err != nil {
			return err
		}
		return s.inStaff(ctx, &newCodeAct{staff: id, link: hashToken(token), ends: s.now().Add(staff.LinkLife).Unix()})
	})
	if err != nil {
		return "", err
	}
	return token, nil
}

type newCodeAct struct {
	staff staff.ID
	link  []byte
	ends  int64
}

// Run ends the old ways and adds the new one.
func (a *newCodeAct) Run(h *staffHouse) error {
	for _, query := range []string{
		`DELETE FROM staff_link WHERE staff_id = $1`, `DELETE FROM staff_session WHERE staff_id = $1`, `DELETE FROM staff_pin WHERE staff_id = $1`,
		`DELETE FROM staff_passkey WHERE staff_id = $1`, `DELETE FROM staff_identity WHERE staff_id = $1`, `DELETE FROM staff_expected WHERE staff_id = $1`,
	} {
		if _, err := h.Exec(query, string(a.staff)); err != nil {
			return err
		}
	}
	_, err := h.Exec(`INSERT INTO staff_link (token, staff_id, expires_at) VALUES ($1, $2, $3)`, a.link, string(a.staff), a.ends)
	return err
}

// changeAccount reads an account, lets change decide, and writes what came of it in
// the transaction that looks whether an administrator remains. The name is never
// changed here.
func (s *Store) changeAccount(ctx context.Context, id staff.ID, change func(staff.Account) (staff.Account, error)) error {
	before, err := s.Account(ctx, id)
	if err != nil {
		return err
	}
	after, err := change(before)
	if err != nil {
		return err
	}
	a := &changeAccountAct{before: before, after: after}
	if err := s.inStaff(ctx, a); err != nil {
		return err
	}
	return a.refusal
}

type changeAccountAct struct {
	before, after staff.Account
	refusal       error
}

// adminsLock is held by whoever changes accounts: two administrators who bar each
// other at once would leave none.
const adminsLock = "staff admins"

// Run writes, unless somebody changed the account meanwhile or nobody would be left.
func (a *changeAccountAct) Run(h *staffHouse) error {
	a.refusal = nil
	if err := h.Share(adminsLock, true); err != nil {
		return err
	}
	was, err := json.Marshal(a.before.Grants)
	if err != nil {
		return err
	}
	left, err := h.othersRunAll(a.after.ID)
	if err != nil {
		return err
	}
	if a.before.RunsAll() && !a.after.RunsAll() && !left {
		a.refusal = fault.New(fault.Conflict, "staff.last_admin")
		return nil
	}
	will, err := json.Marshal(a.after.Grants)
	if err != nil {
		return err
	}
	n, err := h.Exec(`UPDATE staff_account SET grants = $1, barred = $2 WHERE staff_id = $3 AND grants = $4 AND barred = $5`,
		string(will), a.after.Barred, string(a.after.ID), string(was), a.before.Barred)
	if err == nil && n == 0 {
		a.refusal = fault.New(fault.Conflict, "staff.changed_meanwhile")
	}
	return err
}

// othersRunAll says whether another account can let anybody in anywhere.
func (h *staffHouse) othersRunAll(but staff.ID) (left bool, err error) {
	err = h.Query(`SELECT grants FROM staff_account WHERE staff_id <> $1 AND barred = $2`, []any{string(but), false},
		func(scan func(...any) error) error {
			var a staff.Account
			var grants string
			if err := scan(&grants); err != nil {
				return err
			}
			err := json.Unmarshal([]byte(grants), &a.Grants)
			left = left || a.RunsAll()
			return err
		})
	return left, err
}
