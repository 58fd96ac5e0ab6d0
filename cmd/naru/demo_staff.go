package main

import (
	"context"
	"fmt"
	"io"

	"naru/internal/staff"
	"naru/internal/store"
)

// demoStaff are the people who work with the demonstration. Each start invites them anew,
// because a code lets in once.
type demoStaff struct{ what, name, code, path string }

// inviteStaff makes an account for each and the code that lets them in: an administrator,
// an agent of the call centre, and a nurse of the first clinic.
func inviteStaff(ctx context.Context, s *store.Store) ([]demoStaff, error) {
	clinics := s.Directory().Clinics()
	all := []demoStaff{
		{what: "admin", name: "가상관리", path: "/staff"},
		{what: "call centre", name: "가상상담", path: "/staff/call"},
		{what: "clinic", name: "가상간호", path: "/staff/clinic"},
	}
	grants := []staff.Grant{
		{Role: staff.Admin}, {Role: staff.Agent}, {Role: staff.Clinic, Scope: staff.Scope{Clinic: string(clinics[0].ID)}},
	}
	for i := range all {
		code, err := s.InviteFromConsole(ctx, all[i].name, grants[i])
		if err != nil {
			return nil, fmt.Errorf("invite the demonstration's %s: %w", all[i].what, err)
		}
		all[i].code = code
	}
	return all, nil
}

func printStaff(w io.Writer, url string, all []demoStaff) {
	fmt.Fprintf(w, "\n  직원       %s/staff/enter     codes for the people who work with it, each good once\n", url)
	for _, one := range all {
		fmt.Fprintf(w, "  %-15s %s  %s  then %s\n", one.what, one.name, one.code, one.path)
	}
}
