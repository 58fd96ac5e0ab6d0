package web

import (
	"crypto/sha256"
	"net/http"
	"time"

	"naru/internal/booking"
	"naru/internal/clinic"
	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/person"
	"naru/internal/staff"
	"naru/internal/web/view"
)

// The cookies of the console: who is on the line, in which region they look, and the
// session in which the agent books for them.
const (
	callCookie        = "__Host-naru-call"
	callRegionCookie  = "__Host-naru-call-region"
	callSessionCookie = "__Host-naru-call-session"
	callLife          = time.Hour
)

func (s *Server) callRoutes() {
	at := "/staff/call"
	s.handleStaff("GET "+at, staff.FindPerson, s.askCaller)
	s.handleStaff("POST "+at, staff.FindPerson, s.findCaller)
	s.handleStaff("GET "+at+"/person", staff.FindPerson, s.callPerson)
	s.handleStaff("POST "+at+"/code", staff.BookForCaller, s.callCode)
	s.handleStaff("POST "+at+"/hold", staff.BookForCaller, s.callHold)
	s.handleStaff("GET "+at+"/confirm", staff.BookForCaller, s.askCallConfirm)
	s.handleStaff("POST "+at+"/confirm", staff.BookForCaller, s.callConfirm)
	s.handleStaff("POST "+at+"/release", staff.BookForCaller, s.callRelease)
	s.handleStaff("POST "+at+"/cancel", staff.ChangeForCaller, s.callCancel)
	s.handleStaff("GET "+at+"/change", staff.ChangeForCaller, s.askCallChange)
	s.handleStaff("POST "+at+"/change", staff.ChangeForCaller, s.callChange)
	s.handleStaff("GET "+at+"/backs", staff.KeepCallbacks, s.callbacks)
	s.handleStaff("POST "+at+"/backs", staff.KeepCallbacks, s.promise)
	s.handleStaff("POST "+at+"/backs/take", staff.KeepCallbacks, s.takeCallback)
	s.handleStaff("POST "+at+"/backs/end", staff.KeepCallbacks, s.endCallback)
}

// callBinding binds what the console keeps in cookies to the agent's sign-in.
func callBinding(c staff.Caller) gate.TicketID {
	sum := sha256.Sum256([]byte("naru/call/1 " + c.Session))
	return gate.TicketID(sum[:16])
}

// callBrowser stands for the browser's cookie in the sessions of callers.
func callBrowser(c staff.Caller) string { return "naru/call/1 " + c.Session }

// onLine is the caller whom the agent has found.
func (s *Server) onLine(r *http.Request, c staff.Caller) (person.Claim, error) {
	return s.opts.Store.OpenClaim(cookie(r, callCookie), callBinding(c))
}

func (s *Server) askCaller(w http.ResponseWriter, r *http.Request, _ staff.Caller) error {
	return s.callFindPage(w, r, nil, nil)
}

func (s *Server) callFindPage(w http.ResponseWriter, r *http.Request, in map[string]string, faults []error) error {
	p := view.CallFind{Flow: s.lookupFrame(r, "call.title")}
	var err error
	if p.Regions, err = s.regions(cookie(r, callRegionCookie)); err != nil {
		return err
	}
	known := view.LookUp{Flow: p.Flow, Fields: append(s.lookupFields(p.Flow, in), view.Field{
		Name: "number", Label: p.T("flow.lookup_number"), Hint: p.T("call.number_hint"), Value: in["number"], Autocomplete: "off", MaxLength: 20,
	})}
	for i := range known.Fields {
		known.Fields[i].Autocomplete, known.Fields[i].Required = "off", false // the browser remembers nobody
	}
	status := s.mark(r, &known, faults)
	p.Flow, p.Fields, p.Number = known.Flow, known.Fields[:3], known.Fields[3]
	return s.render(w, r, status, view.CallFindPage(p))
}

// findCaller finds by number where one is given, by the whole claim otherwise.
func (s *Server) findCaller(w http.ResponseWriter, r *http.Request, c staff.Caller) error {
	in, err := form(w, r, "name", "born", "mobile", "number", "region")
	if err != nil {
		return err
	}
	claim, faults := person.Claim{}, []error(nil)
	number := booking.Number("")
	if in["number"] != "" {
		if number, err = booking.ParseNumber(in["number"]); err != nil {
			faults = append(faults, err)
		}
	} else {
		claim, faults = s.lookupInput(in)
	}
	if len(faults) > 0 {
		return s.callFindPage(w, r, in, faults)
	}
	if number != "" {
		found, err := s.opts.Store.FindNumber(r.Context(), c, number)
		if claim = found.Claim; fault.CodeOf(err) == fault.NotFound {
			return s.callFindPage(w, r, in, []error{fault.New(fault.NotFound, "flow.lookup_none")})
		}
		if staysOnPage(r, err) {
			return s.callFindPage(w, r, in, []error{err})
		}
		if err != nil {
			return err
		}
	} else if _, err := s.opts.Store.FindCaller(r.Context(), c, claim); staysOnPage(r, err) {
		return s.callFindPage(w, r, in, []error{err})
	} else if err != nil {
		return err
	}
	setCookie(w, callCookie, s.opts.Store.SealClaim(claim, callBinding(c)), callLife)
	dropCookie(w, callSessionCookie)
	if in["region"] != "" {
		setCookie(w, callRegionCookie, in["region"], callLife)
	}
	return s.redirect(w, r, "/staff/call/person")
}

// regions are the regions of the second level, in groups of the first.
func (s *Server) regions(chosen string) (all []view.OptionGroup, err error) {
	d, err := s.directory()
	if err != nil {
		return nil, err
	}
	for _, top := range d.Regions().AtLevel(1) {
		g := view.OptionGroup{Label: top.Display()}
		for _, one := range d.Regions().Children(top.Code) {
			if d.Count(one.Code) > 0 {
				g.Options = append(g.Options, view.Option{Value: string(one.Code), Text: one.Display(), Selected: string(one.Code) == chosen})
			}
		}
		if len(g.Options) > 0 {
			all = append(all, g)
		}
	}
	return all, nil
}

// callRegion is where times are looked for: what was chosen now, or before, or the
// first region that has clinics.
func (s *Server) callRegion(r *http.Request, chosen string) (clinic.RegionCode, error) {
	d, err := s.directory()
	if err != nil {
		return "", err
	}
	for _, code := range []string{chosen, cookie(r, callRegionCookie)} {
		if one, err := d.Regions().Find(clinic.RegionCode(code)); err == nil && one.Level == 2 {
			return one.Code, nil
		}
	}
	for _, one := range d.Regions().AtLevel(2) {
		if d.Count(one.Code) > 0 {
			return one.Code, nil
		}
	}
	return "", fault.New(fault.Unavailable, "flow.lists_away_text")
}
