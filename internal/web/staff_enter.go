package web

import (
	"net/http"

	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/staff"
	"naru/internal/web/view"
)

func (s *Server) staffEnter(w http.ResponseWriter, r *http.Request) error {
	return s.staffEnterPage(w, r, http.StatusOK, "", nil)
}

// staffEnterPage offers every way in. wrong is the form that had err: "code", the
// locked sign-in whose PIN was typed, or "" for one without a field.
func (s *Server) staffEnterPage(w http.ResponseWriter, r *http.Request, status int, wrong string, err error) error {
	v := view.StaffEnter{Page: s.staffFrame(r, "staff.enter_title")}
	v.Path = "/staff/enter"
	v.Code = view.Field{Name: "code", Label: v.T("staff.code"), Hint: v.T("staff.code_hint"), Required: true, Autocomplete: "off"}
	locked, lerr := s.opts.Store.Locked(r.Context(), gate.BrowserHash(browser(w, r)))
	if lerr != nil {
		return lerr
	}
	said := ""
	if err != nil {
		eventOf(r).code, said = string(fault.CodeOf(err)), s.words(r, err)
	}
	for _, l := range locked {
		one := view.StaffLocked{Name: l.Name, Session: l.Session, PIN: l.PIN}
		one.Field = view.Field{Name: "pin", Label: v.T("staff.pin_of", "Name", l.Name), Type: "password", InputMode: "numeric", Required: true, Autocomplete: "off", In: l.Session}
		if wrong == l.Session {
			one.Field.Error, said = said, ""
		}
		v.Locked = append(v.Locked, one)
	}
	if wrong == "code" {
		v.Code.Error, said = said, ""
	}
	v.Said = said
	v.Scripts, v.Passkeys = s.staffScript(), s.passkeys != nil
	if s.opts.Staff != nil {
		v.Provider = v.T("staff.provider")
		s.letStaffLeave(w, r)
	}
	return s.render(w, r, status, view.StaffEnterPage(v))
}

// staffScript is the address of the script of the staff's own pages.
func (s *Server) staffScript() []string {
	if src := s.assets.URL("staff.js"); src != "" {
		return []string{src}
	}
	return nil
}

func (s *Server) staffEntered(w http.ResponseWriter, r *http.Request) error {
	in, err := form(w, r, "code")
	if err != nil {
		return err
	}
	token, _, err := s.opts.Store.EnterByLinkAt(r.Context(), gate.BrowserHash(browser(w, r)), in["code"])
	return s.staffIsIn(w, r, token, "code", err)
}

// staffIsIn leads to the first page, or shows on the sign-in why it does not.
func (s *Server) staffIsIn(w http.ResponseWriter, r *http.Request, token, form string, err error) error {
	switch {
	case err == nil:
		c, err := s.opts.Store.StaffCaller(r.Context(), token)
		if err != nil {
			return err
		}
		setCookie(w, staffCookie, token, staff.SessionLife)
		return s.redirect(w, r, firstPage(c))
	case prefersJSON(r, false):
		return err
	}
	switch fault.CodeOf(err) {
	case fault.Unauthenticated, fault.Invalid, fault.TooMany, fault.Forbidden, fault.Unavailable:
		return s.staffEnterPage(w, r, StatusOf(err), form, err)
	}
	return err
}

// staffReturn opens a sign-in that waits in this browser, by its holder's PIN.
func (s *Server) staffReturn(w http.ResponseWriter, r *http.Request) error {
	in, err := form(w, r, "session", "pin")
	if err != nil {
		return err
	}
	token, _, err := s.opts.Store.Return(r.Context(), gate.BrowserHash(browser(w, r)), in["session"], in["pin"])
	return s.staffIsIn(w, r, token, in["session"], err)
}
