package store

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"naru/internal/clinic"
	"naru/internal/fault"
	"naru/internal/staff"
)

// admitStaff makes an account for a member of staff who has none and gives the link that
// lets them in, once. It is for the machine's own console (naru admin create) and for
// Invite, which judges who may; name must come from staff.ParseName.
func (s *Store) admitStaff(ctx context.Context, name string, grants []staff.Grant) (staff.Account, string, error) {
	a := staff.Account{ID: staff.NewID(), Name: name, Grants: grants}
	token := newToken()
	act := &admitStaffAct{account: a, link: hashToken(token), ends: s.now().Add(staff.LinkLife).Unix()}
	act.name = s.people.Seal("staff_account", "name", string(a.ID), []byte(name))
	return a, token, s.inStaff(ctx, act)
}

// Console is whoever has the machine itself: they may do everything, and the audit
// names them by no id.
func Console() staff.Caller {
	return staff.Caller{Account: staff.Account{Grants: []staff.Grant{{Role: staff.Admin}}}}
}

// AdmitFirst makes an account with the role of admin everywhere, from the machine's own
// console, and writes that down in the audit.
func (s *Store) AdmitFirst(ctx context.Context, name string) (staff.Account, string, error) {
	var made staff.Account
	var token string
	err := s.Do(ctx, Console(), staff.Act{Permission: staff.ManageStaff, Detail: map[string]string{"did": "admit admin"}}, func(ctx context.Context) error {
		var err error
		made, token, err = s.admitStaff(ctx, name, []staff.Grant{{Role: staff.Admin}})
		return err
	})
	return made, token, err
}

// Invite makes an account for a colleague with the grants given and returns the link
// that lets them in, once. Codes: Forbidden (the caller lacks one of the grants),
// Invalid.
func (s *Store) Invite(ctx context.Context, c staff.Caller, name string, grants []staff.Grant) (staff.Account, string, error) {
	var made staff.Account
	var token string
	name, err := staff.ParseName(name)
	if err != nil {
		return made, "", err
	}
	if len(grants) == 0 {
		return made, "", fault.New(fault.Invalid, "staff.role_unknown").With("Field", "role")
	}
	at := s.placeOf(grants[0].Scope)
	act := staff.Act{Permission: staff.ManageStaff, At: at, Detail: map[string]string{"did": "invite", "role": string(grants[0].Role)}}
	err = s.Do(ctx, c, act, func(ctx context.Context) error {
		for _, g := range grants {
			if err := c.MayGrant(g, s.placeOf(g.Scope)); err != nil {
				return err
			}
		}
		made, token, err = s.admitStaff(ctx, name, grants)
		return err
	})
	return made, token, err
}

// InviteFromConsole is Invite from the machine's own console, whose account may do
// everything there; it is written down in the audit.
func (s *Store) InviteFromConsole(ctx context.Context, name string, g staff.Grant) (code string, err error) {
	console := staff.Caller{Account: staff.Account{Grants: []staff.Grant{{Role: staff.Admin}}}}
	_, code, err = s.Invite(ctx, console, name, []staff.Grant{g})
	return code, err
}

type admitStaffAct struct {
	account staff.Account
	name    []byte
	link    []byte
	ends    int64
}

// Run adds the account and its link.
func (a *admitStaffAct) Run(h *staffHouse) error {
	grants, err := json.Marshal(a.account.Grants)
	if err != nil {
		return err
	}
	if _, err := h.Exec(`INSERT INTO staff_account (staff_id, name, grants, barred, created_at) VALUES ($1, $2, $3, $4, $5)`,
		string(a.account.ID), a.name, string(grants), false, h.Now.Unix()); err != nil {
		return err
	}
	_, err = h.Exec(`INSERT INTO staff_link (token, staff_id, expires_at) VALUES ($1, $2, $3)`, a.link, string(a.account.ID), a.ends)
	return err
}

// PlaceOf is a clinic's place, with the regions it lies in; of "" the whole country.
func (s *Store) PlaceOf(clinicID string) staff.Place { return s.placeOf(staff.Scope{Clinic: clinicID}) }

// placeOf is the place a scope names: what is to hold there must be the caller's there.
func (s *Store) placeOf(scope staff.Scope) staff.Place {
	p := staff.Place{Clinic: scope.Clinic}
	d := s.Directory()
	if d == nil {
		return p
	}
	region := clinic.RegionCode(scope.Region)
	if scope.Clinic != "" {
		region = ""
		if k, err := d.Clinic(clinic.ID(scope.Clinic)); err == nil {
			region = k.RegionCode
		}
	}
	for _, r := range d.Regions().Path(region) {
		p.Regions = append(p.Regions, string(r.Code))
	}
	return p
}

// Account reads a member of staff. Code NotFound.
func (s *Store) Account(ctx context.Context, id staff.ID) (staff.Account, error) {
	all, err := s.accounts(ctx, `WHERE staff_id = $1`, string(id))
	if err != nil {
		return staff.Account{}, err
	}
	if len(all) == 0 {
		return staff.Account{}, fault.New(fault.NotFound, "staff.unknown")
	}
	return all[0], nil
}

func (s *Store) accounts(ctx context.Context, where string, args ...any) ([]staff.Account, error) {
	var all []staff.Account
	err := s.staff.Read(ctx, `SELECT staff_id, name, grants, barred FROM staff_account `+where, args, func(scan func(...any) error) error {
		var a staff.Account
		var name []byte
		var grants string
		if err := scan(&a.ID, &name, &grants, &a.Barred); err != nil {
			return err
		}
		plain, err := s.people.Open("staff_account", "name", string(a.ID), name)
		if err != nil {
			return err
		}
		a.Name = string(plain)
		if err := json.Unmarshal([]byte(grants), &a.Grants); err != nil {
			return err
		}
		all = append(all, a)
		return nil
	})
	if err != nil {
		return nil, unavailable("read staff", err)
	}
	slices.SortFunc(all, func(a, b staff.Account) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}
