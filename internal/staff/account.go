package staff

import (
	"slices"

	"naru/internal/fault"
)

// Where is the place of a scope, with the regions it lies in.
type Where func(Scope) Place

// MayChange refuses what would change an account beyond what the caller could give:
// every grant it has lost or won must be one that the caller may grant, and nobody
// changes their own (rule S7). Codes: Forbidden, Invalid.
func (c Caller) MayChange(a Account, to []Grant, where Where) error {
	if a.ID == c.ID {
		return fault.New(fault.Forbidden, "staff.own_account")
	}
	for _, g := range append(missing(a.Grants, to), missing(to, a.Grants)...) {
		if err := c.MayGrant(g, where(g.Scope)); err != nil {
			return err
		}
	}
	return nil
}

// missing lists the grants that are not among the others.
func missing(grants, others []Grant) []Grant {
	var all []Grant
	for _, g := range grants {
		if !slices.Contains(others, g) {
			all = append(all, g)
		}
	}
	return all
}

// RunsAll says that the account can let anybody in anywhere; one such must remain
// (rule S7).
func (a Account) RunsAll() bool { return !a.Barred && slices.Contains(a.Grants, Grant{Role: Admin}) }

// Sees says that the caller manages staff at a place where the account holds a role,
// and of an account without any, everywhere.
func (c Caller) Sees(a Account, where Where) bool {
	if c.May(ManageStaff, Place{}) == nil {
		return true
	}
	for _, g := range a.Grants {
		if c.May(ManageStaff, where(g.Scope)) == nil {
			return true
		}
	}
	return false
}

// ManagedPlace is a place at which the caller holds the permission: the widest they
// have. Ask MayAnywhere before.
func (c Caller) ManagedPlace(p Permission, where Where) Place {
	at := Place{}
	for _, g := range c.Grants {
		if !slices.Contains(permissions[g.Role], p) {
			continue
		}
		if g.Scope.Everywhere() {
			return Place{}
		}
		at = where(g.Scope)
	}
	return at
}
