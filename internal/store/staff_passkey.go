package store

import (
	"bytes"
	"context"
	"time"

	"naru/internal/fault"
	"naru/internal/staff"
)

// Passkey is one key of a member of staff.
type Passkey struct {
	ID         []byte
	Staff      staff.ID
	Data       []byte // as the package passkey writes it
	Made, Used time.Time
}

// maxPasskeys is how many one account may have.
const maxPasskeys = 10

// Passkeys lists an account's keys, the oldest first.
func (s *Store) Passkeys(ctx context.Context, id staff.ID) ([]Passkey, error) {
	return s.passkeys(ctx, `WHERE staff_id = $1 ORDER BY made_at, credential`, string(id))
}

// PasskeyOf finds a key of an account by its id. Code Unauthenticated.
func (s *Store) PasskeyOf(ctx context.Context, id staff.ID, key []byte) (Passkey, error) {
	all, err := s.passkeys(ctx, `WHERE credential = $1 AND staff_id = $2`, key, string(id))
	if err != nil {
		return Passkey{}, err
	}
	if len(all) == 0 {
		return Passkey{}, fault.New(fault.Unauthenticated, "staff.passkey_bad")
	}
	return all[0], nil
}

func (s *Store) passkeys(ctx context.Context, where string, args ...any) ([]Passkey, error) {
	var all []Passkey
	err := s.staff.Read(ctx, `SELECT credential, staff_id, data, made_at, used_at FROM staff_passkey `+where, args, func(scan func(...any) error) error {
		var k Passkey
		var made, used int64
		err := scan(&k.ID, &k.Staff, &k.Data, &made, &used)
		k.ID, k.Data, k.Made, k.Used = bytes.Clone(k.ID), bytes.Clone(k.Data), unix(made), unix(used)
		all = append(all, k)
		return err
	})
	if err != nil {
		return nil, unavailable("read passkeys", err)
	}
	return all, nil
}

// AddPasskey gives the caller one more key. Codes: Conflict for one that is somebody's
// already, Full for too many.
func (s *Store) AddPasskey(ctx context.Context, c staff.Caller, key, data []byte) error {
	return s.ofOneself(ctx, c, "add passkey", func(ctx context.Context) error {
		a := &addPasskeyAct{staff: c.ID, key: key, data: data}
		if err := s.inStaff(ctx, a); err != nil {
			return err
		}
		return a.refusal
	})
}

type addPasskeyAct struct {
	staff     staff.ID
	key, data []byte
	refusal   error
}

// Run adds it.
func (a *addPasskeyAct) Run(h *staffHouse) error {
	a.refusal = nil
	var mine, taken int
	if _, err := h.Row(`SELECT count(*) FROM staff_passkey WHERE staff_id = $1`, []any{string(a.staff)}, &mine); err != nil {
		return err
	}
	if _, err := h.Row(`SELECT count(*) FROM staff_passkey WHERE credential = $1`, []any{a.key}, &taken); err != nil {
		return err
	}
	switch {
	case taken > 0:
		a.refusal = fault.New(fault.Conflict, "staff.passkey_bad")
	case mine >= maxPasskeys:
		a.refusal = fault.New(fault.Full, "staff.passkeys_full")
	}
	if a.refusal != nil {
		return nil
	}
	_, err := h.Exec(`INSERT INTO staff_passkey (credential, staff_id, data, made_at, used_at) VALUES ($1, $2, $3, $4, $5)`,
		a.key, string(a.staff), a.data, h.Now.Unix(), h.Now.Unix())
	return err
}

// RemovePasskey takes one of the caller's own keys away. Code NotFound.
func (s *Store) RemovePasskey(ctx context.Context, c staff.Caller, key []byte) error {
	return s.ofOneself(ctx, c, "remove passkey", func(ctx context.Context) error {
		a := &removePasskeyAct{staff: c.ID, key: key}
		if err := s.inStaff(ctx, a); err != nil {
			return err
		}
		if !a.found {
			return fault.New(fault.NotFound, "staff.passkey_bad")
		}
		return nil
	})
}

type removePasskeyAct struct {
	staff staff.ID
	key   []byte
	found bool
}

// Run removes it.
func (a *removePasskeyAct) Run(h *staffHouse) error {
	n, err := h.Exec(`DELETE FROM staff_passkey WHERE credential = $1 AND staff_id = $2`, a.key, string(a.staff))
	a.found = n == 1
	return err
}

// EnterByPasskey signs in whoever answered with a key, once the answer was checked
// against its data before; data is what it is after. A key that was copied, or removed
// meanwhile, lets nobody in (rule S10). Codes: Unauthenticated, Forbidden.
func (s *Store) EnterByPasskey(ctx context.Context, browser [32]byte, before Passkey, data []byte, copied bool) (string, staff.Caller, error) {
	bad := fault.New(fault.Unauthenticated, "staff.passkey_bad")
	if copied {
		c := staff.Caller{Account: staff.Account{ID: before.Staff}}
		act := staff.Act{Permission: SignIn, Detail: map[string]string{"method": string(staff.ByPasskey), "did": "copied key"}}
		return "", c, s.Refused(ctx, c, act, bad)
	}
	a := &usePasskeyAct{before: before, data: data}
	if err := s.inStaff(ctx, a); err != nil {
		return "", staff.Caller{}, err
	}
	if !a.found {
		return "", staff.Caller{}, bad
	}
	return s.openStaffSession(ctx, before.Staff, staff.ByPasskey, browser)
}

type usePasskeyAct struct {
	before Passkey
	data   []byte
	found  bool
}

// Run keeps the new counter where nobody else has moved it meanwhile.
func (a *usePasskeyAct) Run(h *staffHouse) error {
	n, err := h.Exec(`UPDATE staff_passkey SET data = $1, used_at = $2 WHERE credential = $3 AND staff_id = $4 AND data = $5`,
		a.data, h.Now.Unix(), a.before.ID, string(a.before.Staff), a.before.Data)
	a.found = n == 1
	return err
}
