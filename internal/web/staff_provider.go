package web

import (
	"encoding/json"
	"net/http"
	"strings"

	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/proof"
	"naru/internal/staff"
	"naru/internal/store"
)

// askProvider is the kind of a question to the sign-in service.
const askProvider = "provider"

// StaffBackPath is where the sign-in service sends staff back to.
const StaffBackPath = "/staff/provider/back"

// staffProviderPages sign in by the agency's own service, where it has one (rule S8).
func (s *Server) staffProviderPages() {
	s.handle("POST /staff/provider", s.providerAsk)
	s.handle("GET "+StaffBackPath, s.providerBack)
	s.handleStaff("POST /staff/me/provider", "", s.providerBind)
}

// providerSecret is what is kept of a way to the service and back.
type providerSecret struct {
	proof.StaffSecrets
	Lang string `json:"lang"`
	Bind bool   `json:"bind"`
}

func (s *Server) providerAsk(w http.ResponseWriter, r *http.Request) error {
	err := s.toProvider(w, r, "")
	if err != nil {
		return s.staffIsIn(w, r, "", "", err)
	}
	return nil
}

func (s *Server) providerBind(w http.ResponseWriter, r *http.Request, c staff.Caller) error {
	if err := s.toProvider(w, r, c.ID); err != nil {
		return s.selfChanged(w, r, c, err)
	}
	return nil
}

// toProvider sends the browser to the service. Browsers apply the policy for forms to
// where a form is redirected to as well (rule W6), so the pages with such a form name
// the service (letStaffLeave).
func (s *Server) toProvider(w http.ResponseWriter, r *http.Request, binds staff.ID) error {
	if s.opts.Staff == nil {
		return fault.New(fault.NotFound, "web.no_page")
	}
	secret := providerSecret{proof.NewStaffSecrets(), eventOf(r).lang, binds != ""}
	if _, _, err := s.opts.Staff.Address(r.Context(), "", secret.StaffSecrets); err != nil { // before anything is written
		return err
	}
	text, err := json.Marshal(secret)
	if err != nil {
		return err
	}
	state, err := s.opts.Store.AskQuestion(r.Context(), store.Question{Kind: askProvider, Browser: gate.BrowserHash(browser(w, r)), Staff: binds, Secret: text})
	if err != nil {
		return err
	}
	to, _, err := s.opts.Staff.Address(r.Context(), state, secret.StaffSecrets)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// letStaffLeave lets the page's forms lead to the service. One that does not answer is
// not named; its form says so when it is sent.
func (s *Server) letStaffLeave(w http.ResponseWriter, r *http.Request) {
	if s.opts.Staff == nil {
		return
	}
	if _, origin, err := s.opts.Staff.Address(r.Context(), "", proof.StaffSecrets{}); err == nil {
		w.Header()["Content-Security-Policy"] = []string{strings.Replace(policy[0], "form-action 'self'", "form-action 'self' "+origin, 1)}
	}
}

// providerBack takes the answer of the service: only to a question that this browser
// asked, and once (rule S9).
func (s *Server) providerBack(w http.ResponseWriter, r *http.Request) error {
	if s.opts.Staff == nil {
		return fault.New(fault.NotFound, "web.no_page")
	}
	in, err := query(r, "state", "code", "error")
	if err != nil {
		return err
	}
	at := gate.BrowserHash(browser(w, r))
	q, err := s.opts.Store.TakeQuestion(r.Context(), askProvider, at, in["state"])
	if err != nil {
		return s.staffIsIn(w, r, "", "", err)
	}
	var secret providerSecret
	if err := json.Unmarshal(q.Secret, &secret); err != nil {
		return err
	}
	e := eventOf(r)
	e.lang, e.prefix = secret.Lang, s.prefix(secret.Lang)
	if secret.Bind {
		return s.providerBound(w, r, q, secret, in)
	}
	who, err := s.whoCame(r, secret, in)
	token := ""
	if err == nil {
		token, _, err = s.opts.Store.EnterByProvider(r.Context(), at, who)
	}
	return s.staffIsIn(w, r, token, "", err)
}

// providerBound binds the account of whoever went, if they are still the one who is
// signed in here.
func (s *Server) providerBound(w http.ResponseWriter, r *http.Request, q store.Question, secret providerSecret, in map[string]string) error {
	c, err := s.opts.Store.StaffCaller(r.Context(), cookie(r, staffCookie))
	if err == nil && c.ID != q.Staff {
		err = fault.New(fault.Unauthenticated, "staff.question_over")
	}
	if err != nil {
		return s.staffIsIn(w, r, "", "", err)
	}
	who, err := s.whoCame(r, secret, in)
	if err == nil {
		err = s.opts.Store.BindIdentity(r.Context(), c, who)
	}
	return s.selfChanged(w, r, c, err)
}

func (s *Server) whoCame(r *http.Request, secret providerSecret, in map[string]string) (store.Identity, error) {
	if in["error"] != "" {
		return store.Identity{}, fault.New(fault.Invalid, "staff.provider_cancelled")
	}
	who, err := s.opts.Staff.Answer(r.Context(), in["code"], secret.StaffSecrets)
	return store.Identity(who), err
}
