package web

import (
	"net/http"
	"net/url"
	"slices"

	"naru/internal/fault"
	"naru/internal/staff"
	"naru/internal/web/view"
)

// encode is a query of pairs; empty values are left out.
func encode(pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	return q.Encode()
}

func (s *Server) staffPerson(w http.ResponseWriter, r *http.Request, c staff.Caller) error {
	id, err := staff.ParseID(r.PathValue("id"))
	if err != nil {
		return err
	}
	return s.staffPersonPage(w, r, http.StatusOK, c, id, nil)
}

func (s *Server) staffPersonPage(w http.ResponseWriter, r *http.Request, status int, c staff.Caller, id staff.ID, err error) error {
	a, aerr := s.opts.Store.Colleague(r.Context(), c, id)
	if aerr != nil {
		return aerr
	}
	v := view.StaffPersonView{Page: s.staffFrame(r, "staff.person_title"), Own: a.ID == c.ID, MayAudit: c.MayAnywhere(staff.ReadAudit) == nil}
	v.Path = "/staff/people/" + string(id)
	v.Person, v.Grant = s.personLine(v.Page, a), s.grantForm(v.Page, nil)
	if err != nil {
		eventOf(r).code, v.Said = string(fault.CodeOf(err)), s.words(r, err)
	}
	return s.render(w, r, status, view.StaffPersonPage(v))
}

// changed leads back to the account, or shows there what stood in the way.
func (s *Server) changed(w http.ResponseWriter, r *http.Request, c staff.Caller, id staff.ID, err error) error {
	switch code := fault.CodeOf(err); {
	case err == nil:
		return s.redirect(w, r, "/staff/people/"+string(id))
	case staysOnPage(r, err), code == fault.Forbidden && !prefersJSON(r, false), code == fault.Conflict && !prefersJSON(r, false):
		return s.staffPersonPage(w, r, StatusOf(err), c, id, err)
	}
	return err
}

// staffGrant adds one role, or takes one away.
func (s *Server) staffGrant(w http.ResponseWriter, r *http.Request, c staff.Caller) error {
	id, err := staff.ParseID(r.PathValue("id"))
	if err != nil {
		return err
	}
	in, err := form(w, r, "do", "role", "region", "clinic")
	if err != nil {
		return err
	}
	a, err := s.opts.Store.Colleague(r.Context(), c, id)
	if err != nil {
		return err
	}
	var g staff.Grant
	grants := slices.Clone(a.Grants)
	switch in["do"] {
	case "add":
		if g, err = s.readGrant(in); err == nil && !slices.Contains(grants, g) {
			grants = append(grants, g)
		}
	case "remove":
		g = staff.Grant{Role: staff.Role(in["role"]), Scope: staff.Scope{Region: in["region"], Clinic: in["clinic"]}}
		grants = slices.DeleteFunc(grants, func(one staff.Grant) bool { return one == g })
	default:
		err = fault.New(fault.Malformed, "web.malformed")
	}
	if err == nil {
		err = s.opts.Store.SetGrants(r.Context(), c, id, grants)
	}
	return s.changed(w, r, c, id, err)
}

func (s *Server) staffBar(w http.ResponseWriter, r *http.Request, c staff.Caller) error {
	id, err := staff.ParseID(r.PathValue("id"))
	if err != nil {
		return err
	}
	in, err := form(w, r, "do")
	if err != nil {
		return err
	}
	if in["do"] != "bar" && in["do"] != "open" {
		return fault.New(fault.Malformed, "web.malformed")
	}
	return s.changed(w, r, c, id, s.opts.Store.Bar(r.Context(), c, id, in["do"] == "bar"))
}

func (s *Server) staffNewCode(w http.ResponseWriter, r *http.Request, c staff.Caller) error {
	id, err := staff.ParseID(r.PathValue("id"))
	if err != nil {
		return err
	}
	code, err := s.opts.Store.NewCode(r.Context(), c, id)
	if err != nil {
		return s.changed(w, r, c, id, err)
	}
	a, err := s.opts.Store.Account(r.Context(), id)
	if err != nil {
		return err
	}
	return s.staffCodePage(w, r, a, code, nil)
}
