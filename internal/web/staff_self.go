package web

import (
	"net/http"

	"naru/internal/fault"
	"naru/internal/staff"
	"naru/internal/web/view"
)

// staffSelfPages are what everybody may do with their own sign-in.
func (s *Server) staffSelfPages() {
	s.handleStaff("GET /staff/me", "", s.staffSelf)
	s.handleStaff("POST /staff/me/pin", "", s.staffSetPIN)
	s.handleStaff("POST /staff/lock", "", s.staffLock)
}

func (s *Server) staffSelf(w http.ResponseWriter, r *http.Request, c staff.Caller) error {
	return s.staffSelfPage(w, r, http.StatusOK, c, nil)
}

// staffSelfPage shows the caller's own ways in; err is of the PIN's form, or of none.
func (s *Server) staffSelfPage(w http.ResponseWriter, r *http.Request, status int, c staff.Caller, err error) error {
	has, herr := s.opts.Store.HasPIN(r.Context(), c.ID)
	if herr != nil {
		return herr
	}
	v := view.StaffSelf{Page: s.staffFrame(r, "staff.self_title"), Name: c.Name, HasPIN: has}
	v.Path, v.Scripts, v.Passkeys = "/staff/me", s.staffScript(), s.passkeys != nil
	if v.Keys, herr = s.passkeyLines(r, c); herr != nil {
		return herr
	}
	if s.opts.Staff != nil {
		v.Provider = v.T("staff.provider")
		if v.Bound, herr = s.opts.Store.IsBound(r.Context(), c.ID); herr != nil {
			return herr
		}
		s.letStaffLeave(w, r)
	}
	v.PIN = view.Field{Name: "pin", Label: v.T("staff.pin"), Hint: v.T("staff.pin_hint"), Type: "password", InputMode: "numeric", MaxLength: 12, Required: true, Autocomplete: "new-password"}
	if err != nil {
		eventOf(r).code = string(fault.CodeOf(err))
		if field, _ := fault.Of(err).Args["Field"].(string); field == "pin" {
			v.PIN.Error = s.words(r, err)
		} else {
			v.Said = s.words(r, err)
		}
	}
	return s.render(w, r, status, view.StaffSelfPage(v))
}

func (s *Server) staffSetPIN(w http.ResponseWriter, r *http.Request, c staff.Caller) error {
	in, err := form(w, r, "pin")
	if err != nil {
		return err
	}
	pin, err := staff.ParsePIN(in["pin"])
	if err == nil {
		err = s.opts.Store.SetPIN(r.Context(), c, pin)
	}
	if staysOnPage(r, err) {
		return s.staffSelfPage(w, r, StatusOf(err), c, err)
	}
	if err != nil {
		return err
	}
	return s.redirect(w, r, "/staff/me")
}

// staffLock leaves the browser to a colleague; the sign-in waits for its holder.
func (s *Server) staffLock(w http.ResponseWriter, r *http.Request, c staff.Caller) error {
	if err := s.opts.Store.Lock(r.Context(), c, cookie(r, staffCookie)); err != nil {
		return err
	}
	dropCookie(w, staffCookie)
	return s.redirect(w, r, "/staff/enter")
}
