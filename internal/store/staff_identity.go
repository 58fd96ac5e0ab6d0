package store

import (
	"context"

	"naru/internal/audit"
	"naru/internal/fault"
	"naru/internal/staff"
)

// Identity is who somebody is at the agency's sign-in service. Email is "" unless the
// service has verified it.
type Identity struct{ Issuer, Subject, Email string }

// subject and address are how an identity is looked up: keyed hashes, because both may
// name the person.
func (s *Store) subject(who Identity) []byte {
	return s.staffSum("subject", who.Issuer+"\x00"+who.Subject)
}

func (s *Store) address(issuer, email string) []byte {
	return s.staffSum("address", issuer+"\x00"+email)
}

// Expect lets whoever comes with a verified address from the sign-in service into an
// account, once, as long as its code is good; email must come from staff.ParseEmail.
// Codes as SetGrants, and Conflict for an address that another account waits for.
func (s *Store) Expect(ctx context.Context, c staff.Caller, id staff.ID, issuer, email string) error {
	return s.manage(ctx, c, staff.Place{}, "expect", id, func(ctx context.Context) error {
		a, err := s.Account(ctx, id)
		if err == nil {
			err = c.MayChange(a, nil, s.where)
		}
		if err != nil {
			return err
		}
		act := &expectAct{staff: id, address: s.address(issuer, email)}
		if err := s.inStaff(ctx, act); err != nil {
			return err
		}
		return act.refusal
	})
}

type expectAct struct {
	staff   staff.ID
	address []byte
	refusal error
}

// Run adds it, unless somebody else waits for the same address.
func (a *expectAct) Run(h *staffHouse) error {
	a.refusal = nil
	if _, err := h.Exec(`DELETE FROM staff_expected WHERE staff_id = $1 OR expires_at < $2`, string(a.staff), h.Now.Unix()); err != nil {
		return err
	}
	var n int
	if _, err := h.Row(`SELECT count(*) FROM staff_expected WHERE address = $1`, []any{a.address}, &n); err != nil {
		return err
	}
	if n > 0 {
		a.refusal = fault.New(fault.Conflict, "staff.email_taken").With("Field", "email")
		return nil
	}
	_, err := h.Exec(`INSERT INTO staff_expected (address, staff_id, expires_at) VALUES ($1, $2, $3)`, a.address, string(a.staff), h.Now.Add(staff.LinkLife).Unix())
	return err
}

// BindIdentity lets the caller sign in by the service from now on. Code Conflict when
// another account does.
func (s *Store) BindIdentity(ctx context.Context, c staff.Caller, who Identity) error {
	return s.ofOneself(ctx, c, "bind provider", func(ctx context.Context) error {
		a := &subjectAct{subject: s.subject(who), bind: c.ID}
		if err := s.inStaff(ctx, a); err != nil {
			return err
		}
		if a.whose != c.ID {
			return fault.New(fault.Conflict, "staff.provider_taken")
		}
		return nil
	})
}

// IsBound says whether an account signs in by the service.
func (s *Store) IsBound(ctx context.Context, id staff.ID) (bool, error) {
	var n int
	err := s.staff.ReadRow(ctx, `SELECT count(*) FROM staff_identity WHERE staff_id = $1`, []any{string(id)}, &n)
	if err != nil {
		return false, unavailable("read identities", err)
	}
	return n > 0, nil
}

// EnterByProvider signs in whoever the service says somebody is: the account that is
// bound to them, or the one that waits for their verified address and is bound by that
// (rule S8). Anybody else is refused, and that is written down. Codes: Unauthenticated,
// Forbidden.
func (s *Store) EnterByProvider(ctx context.Context, browser [32]byte, who Identity) (string, staff.Caller, error) {
	a := &subjectAct{subject: s.subject(who)}
	if who.Email != "" {
		if email, err := staff.ParseEmail(who.Email); err == nil {
			a.address = s.address(who.Issuer, email)
		}
	}
	if err := s.inStaff(ctx, a); err != nil {
		return "", staff.Caller{}, err
	}
	if a.whose == "" {
		e := s.entry(staff.Caller{}, staff.Act{Permission: SignIn, Detail: map[string]string{"method": string(staff.ByProvider), "did": "unknown"}})
		e.Phase, e.Code = audit.Refused, string(fault.Unauthenticated)
		if err := s.write(ctx, e); err != nil {
			return "", staff.Caller{}, err
		}
		return "", staff.Caller{}, fault.New(fault.Unauthenticated, "staff.provider_unknown")
	}
	return s.openStaffSession(ctx, a.whose, staff.ByProvider, browser)
}

// subjectAct finds the account of a subject; where there is none it binds the one that
// is given, or else the one that waits for the address.
type subjectAct struct {
	subject, address []byte
	bind             staff.ID
	whose            staff.ID // "" when it is nobody's
}

// Run looks and binds in one transaction.
func (a *subjectAct) Run(h *staffHouse) error {
	a.whose = ""
	found, err := h.Row(`SELECT staff_id FROM staff_identity WHERE subject = $1`, []any{a.subject}, &a.whose)
	if err != nil || found {
		return err
	}
	bind := a.bind
	if bind == "" && a.address != nil {
		if bind, err = h.expected(a.address); err != nil {
			return err
		}
	}
	if bind == "" {
		return nil
	}
	a.whose = bind
	_, err = h.Exec(`INSERT INTO staff_identity (subject, staff_id, bound_at) VALUES ($1, $2, $3)`, a.subject, string(bind), h.Now.Unix())
	return err
}

// expected takes the account that waits for an address, whose code is no longer
// needed; "" when none does.
func (h *staffHouse) expected(address []byte) (id staff.ID, err error) {
	found, err := h.Row(`SELECT staff_id FROM staff_expected WHERE address = $1 AND expires_at >= $2`, []any{address, h.Now.Unix()}, &id)
	if err != nil || !found {
		return "", err
	}
	for _, query := range []string{`DELETE FROM staff_expected WHERE staff_id = $1`, `DELETE FROM staff_link WHERE staff_id = $1`} {
		if _, err := h.Exec(query, string(id)); err != nil {
			return "", err
		}
	}
	return id, nil
}
