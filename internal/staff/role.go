package staff

import (
	"slices"

	"naru/internal/fault"
)

// Role names a bundle of permissions.
type Role string

// The roles.
const (
	Agent        Role = "agent"        // answers the telephone
	Clinic       Role = "clinic"       // vaccinates
	Campaign     Role = "campaign"     // plans openings
	Operator     Role = "operator"     // runs the service
	Investigator Role = "investigator" // follows infections
	Inspector    Role = "inspector"    // visits facilities
	Auditor      Role = "auditor"      // reads what the others did
	Admin        Role = "admin"        // lets people in
)

// Roles lists every role, as pages show them.
var Roles = []Role{Agent, Clinic, Campaign, Operator, Investigator, Inspector, Auditor, Admin}

// Grant is a role that holds inside a scope.
type Grant struct {
	Role  Role  `json:"role"`
	Scope Scope `json:"scope"`
}

// May refuses what the caller does not hold at the place: code Forbidden (rule S1).
func (c Caller) May(p Permission, at Place) error {
	if c.Barred {
		return fault.New(fault.Forbidden, "staff.barred")
	}
	for _, g := range c.Grants {
		if slices.Contains(permissions[g.Role], p) && g.Scope.Covers(at) {
			return nil
		}
	}
	return fault.New(fault.Forbidden, "staff.forbidden").With("Permission", string(p))
}

// MayAnywhere refuses a permission that the caller holds at no place at all. It is
// what opens a page; each act on it asks May for its place.
func (c Caller) MayAnywhere(p Permission) error {
	if c.Barred {
		return fault.New(fault.Forbidden, "staff.barred")
	}
	for _, g := range c.Grants {
		if slices.Contains(permissions[g.Role], p) {
			return nil
		}
	}
	return fault.New(fault.Forbidden, "staff.forbidden").With("Permission", string(p))
}

// MayGrant refuses a grant that holds more than the caller does: every permission of
// the role must be the caller's wherever the grant would hold (rule S3). The regions
// of a clinic's scope are at.Regions.
func (c Caller) MayGrant(g Grant, at Place) error {
	if !slices.Contains(Roles, g.Role) {
		return fault.New(fault.Invalid, "staff.role_unknown").With("Field", "role")
	}
	if g.Scope.Clinic != at.Clinic || g.Scope.Region != "" && !slices.Contains(at.Regions, g.Scope.Region) {
		return fault.New(fault.Invalid, "staff.scope_bad").With("Field", "scope")
	}
	for _, p := range append([]Permission{ManageStaff}, permissions[g.Role]...) {
		if err := c.May(p, at); err != nil {
			return err
		}
	}
	return nil
}
