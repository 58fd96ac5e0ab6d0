package web

import (
	"context"
	"net/http"
	"strings"

	"naru/internal/staff"
)

// steeredByStaff stands before the id of a member of staff in the list of changes.
const steeredByStaff = "staff "

// staffGatePages are how each gate stands, for staff who may see it, and cap, rate and
// pause for those who may steer it (rule S18).
func (s *Server) staffGatePages() {
	s.handleStaff("GET /staff/gates", staff.SeeGate, s.staffGates)
	s.handleStaff("POST /staff/gates/{campaign}", staff.SteerGate, s.staffSteer)
}

func staffGateDesk(c staff.Caller) gateDesk {
	return gateDesk{
		caller: c, by: steeredByStaff + string(c.ID), name: c.Name, ends: c.Until, base: "/staff/gates",
		maySteer: c.May(staff.SteerGate, staff.Place{}) == nil,
	}
}

func (s *Server) staffGates(w http.ResponseWriter, r *http.Request, c staff.Caller) error {
	return s.operatePage(w, r, http.StatusOK, staffGateDesk(c), "", nil)
}

func (s *Server) staffSteer(w http.ResponseWriter, r *http.Request, c staff.Caller) error {
	return s.steer(w, r, staffGateDesk(c))
}

// steeredBy is who made a change: a member of staff by their name, anybody else as the
// console named them.
func (s *Server) steeredBy(ctx context.Context, by string) string {
	id, found := strings.CutPrefix(by, steeredByStaff)
	if !found {
		return by
	}
	a, err := s.opts.Store.Account(ctx, staff.ID(id))
	if err != nil {
		return by
	}
	return a.Name
}
