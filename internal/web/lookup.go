package web

import (
	"net/http"
	"time"

	"naru/internal/booking"
	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/person"
	"naru/internal/web/view"
)

// lookupClaimCookie keeps what was typed while the code is on its way, sealed,
// so that nobody types it twice (KWCAG 31).
const lookupClaimCookie = "__Host-naru-lookup-claim"

// lookupLife is the longest a look-up stays open; the token in it ends by itself.
const lookupLife = 15 * time.Minute

// lookupFrame is the frame of the look-up pages, which belong to no campaign.
func (s *Server) lookupFrame(r *http.Request, titleID string) view.Flow {
	return s.flow(r, visit{}, 0, "", titleID)
}

// lookupFields are the fields of a claim with what was typed.
func (s *Server) lookupFields(f view.Flow, in map[string]string) []view.Field {
	fields := s.claimFields(f.Page, in)[:3] // without the consent: it was given when joining
	fields[2].Hint = f.T("flow.claim_mobile_hint", "Example", s.opts.Agency.Phone.Example)
	return fields
}

// lookupInput reads a claim and names every fault of it.
func (s *Server) lookupInput(in map[string]string) (person.Claim, []error) {
	in["consent"] = "yes"
	c, found := s.readClaim(in)
	var faults []error
	for _, field := range []string{"name", "born", "mobile"} {
		if f := found[field]; f != nil {
			faults = append(faults, f.With("Field", field))
		}
	}
	return c, faults
}

// mark writes faults to their fields; a fault of no field goes above the form.
// It gives the status of the first one.
func (s *Server) mark(r *http.Request, p *view.LookUp, faults []error) int {
	if len(faults) == 0 {
		return http.StatusOK
	}
	eventOf(r).code = string(fault.CodeOf(faults[0]))
	for _, err := range faults {
		field, _ := fault.Of(err).Args["Field"].(string)
		found := false
		for i := range p.Fields {
			if p.Fields[i].Name == field {
				p.Fields[i].Error, found = s.words(r, err), true
			}
		}
		if !found {
			p.Problems.Form = append(p.Problems.Form, s.words(r, err))
		}
	}
	p.Problems.Fields = p.Fields
	return StatusOf(faults[0])
}

func (s *Server) askLookUp(w http.ResponseWriter, r *http.Request) error {
	return s.lookUpPage(w, r, nil, nil)
}

func (s *Server) lookUpPage(w http.ResponseWriter, r *http.Request, in map[string]string, faults []error) error {
	p := view.LookUp{Flow: s.lookupFrame(r, "flow.lookup_title")}
	p.Fields = append(s.lookupFields(p.Flow, in), view.Field{
		Name: "number", Label: p.T("flow.lookup_number"), Hint: p.T("flow.lookup_number_hint"), Value: in["number"],
		Autocomplete: "off", MaxLength: 20, Required: true,
	})
	return s.render(w, r, s.mark(r, &p, faults), view.LookUpPage(p))
}

// lookUp finds reservations by claim and number. It never queues.
func (s *Server) lookUp(w http.ResponseWriter, r *http.Request) error {
	in, err := form(w, r, "name", "born", "mobile", "number")
	if err != nil {
		return err
	}
	c, faults := s.lookupInput(in)
	number, err := booking.ParseNumber(in["number"])
	if err != nil {
		faults = append(faults, err)
	}
	if len(faults) > 0 {
		return s.lookUpPage(w, r, in, faults)
	}
	token, err := s.opts.Store.LookUp(r.Context(), c, number, gate.BrowserHash(browser(w, r)))
	switch {
	case fault.CodeOf(err) == fault.NotFound:
		return s.lookUpPage(w, r, in, []error{fault.New(fault.NotFound, "flow.lookup_none")})
	case staysOnPage(r, err):
		return s.lookUpPage(w, r, in, []error{err})
	case err != nil:
		return err
	}
	setCookie(w, lookupCookie, token, lookupLife)
	return s.redirect(w, r, "/lookup/list")
}

func (s *Server) askLost(w http.ResponseWriter, r *http.Request) error {
	return s.lostPage(w, r, nil, nil)
}

func (s *Server) lostPage(w http.ResponseWriter, r *http.Request, in map[string]string, faults []error) error {
	p := view.LookUp{Flow: s.lookupFrame(r, "flow.lost_title")}
	p.Fields = s.lookupFields(p.Flow, in)
	return s.render(w, r, s.mark(r, &p, faults), view.LookUpLostPage(p))
}

// sendLost sends a code to the phone. It answers alike for people who have no
// reservation.
func (s *Server) sendLost(w http.ResponseWriter, r *http.Request) error {
	in, err := form(w, r, "name", "born", "mobile")
	if err != nil {
		return err
	}
	c, faults := s.lookupInput(in)
	if len(faults) > 0 {
		return s.lostPage(w, r, in, faults)
	}
	err = s.opts.Store.LookUpSendCode(r.Context(), c, gate.BrowserHash(browser(w, r)), eventOf(r).lang)
	if staysOnPage(r, err) {
		return s.lostPage(w, r, in, []error{err})
	}
	if err != nil {
		return err
	}
	setCookie(w, lookupClaimCookie, s.opts.Store.SealClaim(c, gate.TicketID{}), lookupLife)
	return s.redirect(w, r, "/lookup/code")
}

// lookupClaim is what was typed before the code was sent.
func (s *Server) lookupClaim(r *http.Request) (person.Claim, error) {
	return s.opts.Store.OpenClaim(cookie(r, lookupClaimCookie), gate.TicketID{})
}

func (s *Server) askLostCode(w http.ResponseWriter, r *http.Request) error {
	c, err := s.lookupClaim(r)
	if err != nil {
		return s.redirect(w, r, "/lookup/lost")
	}
	return s.lostCodePage(w, r, c, nil)
}

func (s *Server) lostCodePage(w http.ResponseWriter, r *http.Request, c person.Claim, err error) error {
	p := view.Prove{Flow: s.lookupFrame(r, "flow.lost_title"), Phone: s.mask(c.Mobile)}
	p.Code = s.codeField(p.Flow)
	status := http.StatusOK
	if err != nil {
		status = StatusOf(err)
		p.Flow, p.Code = s.codeFault(r, p.Flow, p.Code, err)
	}
	if s.opts.Development {
		p.Inbox = p.URL("/inbox?to=" + c.Mobile)
	}
	return s.render(w, r, status, view.LookUpCodePage(p))
}

func (s *Server) proveLost(w http.ResponseWriter, r *http.Request) error {
	in, err := form(w, r, "code")
	if err != nil {
		return err
	}
	c, err := s.lookupClaim(r)
	if err != nil {
		return s.redirect(w, r, "/lookup/lost")
	}
	code, err := person.ParseCode(in["code"])
	if err != nil {
		return s.lostCodePage(w, r, c, err)
	}
	token, err := s.opts.Store.LookUpProve(r.Context(), c, gate.BrowserHash(browser(w, r)), code)
	if staysOnPage(r, err) || isCodeFault(r, err) {
		return s.lostCodePage(w, r, c, err)
	}
	if err != nil {
		return err
	}
	setCookie(w, lookupCookie, token, lookupLife)
	dropCookie(w, lookupClaimCookie)
	return s.redirect(w, r, "/lookup/list")
}
