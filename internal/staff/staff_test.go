package staff_test

import (
	"slices"
	"testing"

	"naru/internal/fault"
	"naru/internal/staff"
)

func caller(grants ...staff.Grant) staff.Caller {
	return staff.Caller{Account: staff.Account{ID: "x", Name: "n", Grants: grants}}
}

var (
	country = staff.Place{}
	jongno  = staff.Place{Regions: []string{"11110", "11"}}
	clinicA = staff.Place{Clinic: "a", Regions: []string{"11110", "11"}}
	clinicB = staff.Place{Clinic: "b", Regions: []string{"26110", "26"}}
)

// The table, read as policy. What is not listed here must be refused.
func TestRolesHoldWhatTheTableSays(t *testing.T) {
	t.Parallel()
	policy := map[staff.Role][]staff.Permission{
		staff.Agent:        {staff.FindPerson, staff.BookForCaller, staff.ChangeForCaller, staff.KeepCallbacks, staff.SeeMessages},
		staff.Clinic:       {staff.SetHours, staff.SeeDay, staff.CheckIn, staff.RecordDose, staff.OfferLeftover},
		staff.Campaign:     {staff.EditCampaign, staff.PublishCampaign, staff.MoveBookings, staff.SeeGate, staff.InviteClinics},
		staff.Operator:     {staff.SeeGate, staff.SteerGate, staff.DeclareIncident, staff.SeeMessages, staff.ManageKeys, staff.ManagePartners},
		staff.Investigator: {staff.OpenVisits},
		staff.Inspector:    {staff.InspectTally},
		staff.Auditor:      {staff.ReadAudit},
		staff.Admin:        staff.Permissions(),
	}
	for _, role := range staff.Roles {
		for _, p := range staff.Permissions() {
			want := fault.Code("")
			if !slices.Contains(policy[role], p) {
				want = fault.Forbidden
			}
			c := caller(staff.Grant{Role: role})
			if got := fault.CodeOf(c.May(p, clinicA)); got != want {
				t.Errorf("%s, %s: %q, want %q", role, p, got, want)
			}
			if got := fault.CodeOf(c.MayAnywhere(p)); got != want {
				t.Errorf("%s, %s anywhere: %q, want %q", role, p, got, want)
			}
			c.Barred = true
			if c.May(p, clinicA) == nil || c.MayAnywhere(p) == nil {
				t.Errorf("%s, %s: a barred account may", role, p)
			}
		}
	}
	if caller(staff.Grant{Role: "root"}).May(staff.ReadAudit, country) == nil || caller().May(staff.ReadAudit, country) == nil {
		t.Error("an unknown role, or none, holds something")
	}
}

func TestARoleAtOneClinicSaysNothingOfAnother(t *testing.T) {
	t.Parallel()
	at := func(s staff.Scope) staff.Caller { return caller(staff.Grant{Role: staff.Clinic, Scope: s}) }
	for name, c := range map[string]struct {
		caller staff.Caller
		place  staff.Place
		may    bool
	}{
		"own clinic":              {at(staff.Scope{Clinic: "a"}), clinicA, true},
		"another clinic":          {at(staff.Scope{Clinic: "a"}), clinicB, false},
		"nowhere in particular":   {at(staff.Scope{Clinic: "a"}), country, false},
		"the clinic's region":     {at(staff.Scope{Clinic: "a"}), jongno, false},
		"a clinic in the region":  {at(staff.Scope{Region: "11"}), clinicA, true},
		"a clinic elsewhere":      {at(staff.Scope{Region: "11"}), clinicB, false},
		"a district's clinic":     {at(staff.Scope{Region: "11110"}), clinicA, true},
		"the country, by region":  {at(staff.Scope{Region: "11"}), country, false},
		"everywhere":              {at(staff.Scope{}), clinicB, true},
		"clinic and other region": {at(staff.Scope{Clinic: "a", Region: "26"}), clinicA, false},
	} {
		if got := c.caller.May(staff.SeeDay, c.place) == nil; got != c.may {
			t.Errorf("%s: %v, want %v", name, got, c.may)
		}
	}
}

func TestNobodyGrantsWhatTheyLack(t *testing.T) {
	t.Parallel()
	admin := staff.Grant{Role: staff.Admin}
	local := staff.Grant{Role: staff.Admin, Scope: staff.Scope{Region: "11"}}
	inA := staff.Grant{Role: staff.Clinic, Scope: staff.Scope{Clinic: "a"}}
	inB := staff.Grant{Role: staff.Clinic, Scope: staff.Scope{Clinic: "b"}}
	for name, c := range map[string]struct {
		giver staff.Grant
		gift  staff.Grant
		place staff.Place
		want  fault.Code
	}{
		"an admin makes an admin":                  {admin, admin, country, ""},
		"a local admin lets a clinic in":           {local, inA, clinicA, ""},
		"a local admin lets another region in":     {local, inB, clinicB, fault.Forbidden},
		"a local admin reaches for the country":    {local, staff.Grant{Role: staff.Clinic}, country, fault.Forbidden},
		"a clinic lets somebody in":                {inA, inA, clinicA, fault.Forbidden},
		"a campaign planner reaches for the audit": {staff.Grant{Role: staff.Campaign}, staff.Grant{Role: staff.Auditor}, country, fault.Forbidden},
		"a role that is none":                      {admin, staff.Grant{Role: "root"}, country, fault.Invalid},
		"a place that is not the scope's":          {admin, inB, clinicA, fault.Invalid},
		"a region that is not the place's":         {admin, staff.Grant{Role: staff.Clinic, Scope: staff.Scope{Region: "26"}}, jongno, fault.Invalid},
	} {
		if got := fault.CodeOf(caller(c.giver).MayGrant(c.gift, c.place)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
