package web

import (
	"net/http"
	"strings"

	"naru/internal/campaign"
	"naru/internal/fault"
	"naru/internal/web/view"
)

// stopped turns the faults that end a way into pages with the state and the
// next step (rule W41); all others go on to be problems.
func (s *Server) stopped(w http.ResponseWriter, r *http.Request, v visit, err error) error {
	f := fault.Of(err)
	switch {
	case err == nil:
		return nil
	case prefersJSON(r, false):
		return err
	case strings.Contains(eventOf(r).route, "/done") && isOutside(f):
		return s.stopBooked(w, r, v, err)
	case f.Message == "web.no_session" || f.Message == "gate.session_bad":
		return s.stopOutside(w, r, v, err)
	case f.Message == "gate.session_expired":
		return s.stopEnter(w, r, v, err, "flow.expired_title", "flow.expired_text")
	case f.Message == "gate.session_ended":
		return s.stopEnter(w, r, v, err, "flow.elsewhere_title", "gate.session_ended")
	case f.Message == "gate.session_other_browser":
		return s.stopEnter(w, r, v, err, "flow.other_browser_title", "flow.other_browser_text")
	case f.Message == "web.no_claim" || f.Message == "person.claim_cookie_bad":
		return s.stopClaim(w, r, v, err)
	case f.Code == fault.NotEligible:
		d, err := s.decide(r, v)
		if err != nil {
			return err
		}
		return s.refuse403(w, r, v, d)
	}
	return err
}

// isOutside says whether a fault is about having no live session.
func isOutside(f *fault.Error) bool {
	return f.Message == "web.no_session" || strings.HasPrefix(f.Message, "gate.session_")
}

// stopBooked leads people whose session has ended to their reservation: seeing
// it needs no place in any line.
func (s *Server) stopBooked(w http.ResponseWriter, r *http.Request, v visit, err error) error {
	stop := view.Stop{Flow: s.flow(r, v, 0, "", "flow.booked_title")}
	stop.Text = []string{stop.T("flow.booked_text")}
	stop.Primary = view.Link{Text: stop.T("flow.to_lookup"), URL: stop.URL("/lookup")}
	stop.Others = []view.Link{{Text: stop.T("flow.to_campaign"), URL: stop.At("")}}
	return s.sendStop(w, r, stop, err)
}

// stopOutside answers people who opened a step without a session (R7).
func (s *Server) stopOutside(w http.ResponseWriter, r *http.Request, v visit, err error) error {
	stop := view.Stop{Flow: s.flow(r, v, 0, "", "flow.closed_title")}
	text, id, rest := "flow.closed_no_ticket", "flow.to_campaign", ""
	if cookie(r, ticketCookie+v.id) != "" {
		text, id, rest = "flow.closed_ticket", "flow.to_wait", "/wait"
	}
	stop.Text = []string{stop.T(text)}
	stop.Primary = view.Link{Text: stop.T(id), URL: stop.At(rest)}
	return s.sendStop(w, r, stop, err)
}

// stopEnter offers to come in again at the kept place.
func (s *Server) stopEnter(w http.ResponseWriter, r *http.Request, v visit, err error, title, text string) error {
	stop := view.Stop{Flow: s.flow(r, v, 0, "", title)}
	stop.Text = []string{stop.T(text)}
	stop.Others = []view.Link{
		{Text: stop.T("flow.to_wait"), URL: stop.At("/wait")},
		{Text: stop.T("flow.to_lookup"), URL: stop.URL("/lookup")},
	}
	if stop.Enter = cookie(r, ticketCookie+v.id) != ""; !stop.Enter {
		stop.Primary = view.Link{Text: stop.T("flow.to_campaign"), URL: stop.At("")}
	}
	return s.sendStop(w, r, stop, err)
}

// stopClaim asks for the claim again when its cookie is gone.
func (s *Server) stopClaim(w http.ResponseWriter, r *http.Request, v visit, err error) error {
	stop := view.Stop{Flow: s.flow(r, v, 0, "", "flow.claim_gone_title")}
	stop.Text = []string{s.words(r, err), stop.T("flow.claim_gone_text")}
	stop.Primary = view.Link{Text: stop.T("flow.join_again"), URL: stop.At("")}
	return s.sendStop(w, r, stop, err)
}

// stopExtend leads back to the booking when no more time can be given.
func (s *Server) stopExtend(w http.ResponseWriter, r *http.Request, v visit, err error) error {
	stop := view.Stop{Flow: s.flow(r, v, 0, "", "flow.extend_title"), Text: []string{s.words(r, err)}}
	stop.Primary = view.Link{Text: stop.T("flow.to_book"), URL: stop.At("/book")}
	return s.sendStop(w, r, stop, err)
}

func (s *Server) sendStop(w http.ResponseWriter, r *http.Request, stop view.Stop, err error) error {
	code := fault.CodeOf(err)
	eventOf(r).code = string(code)
	if StatusOf(err) == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Naru-Ticket")
	}
	return s.render(w, r, StatusOf(err), view.StopPage(stop))
}

// decide asks the one function that decides who may book (R8).
func (s *Server) decide(r *http.Request, v visit) (campaign.Decision, error) {
	facts, err := s.opts.Store.Facts(r.Context(), v.session)
	if err != nil {
		return campaign.Decision{}, err
	}
	return v.Campaign.Eligible(facts, s.opts.Now()), nil
}

// eligible is the page of the decision: no, with the rule, the reason and from
// when; or on to the next step.
func (s *Server) eligible(w http.ResponseWriter, r *http.Request, v visit) error {
	d, err := s.decide(r, v)
	if err != nil {
		return err
	}
	if d.OK {
		return s.redirect(w, r, v.at("/book"))
	}
	return s.refuse403(w, r, v, d)
}

func (s *Server) refuse403(w http.ResponseWriter, r *http.Request, v visit, d campaign.Decision) error {
	if err := s.opts.Store.Leave(r.Context(), v.session); err != nil {
		return err
	}
	stop := view.Stop{Flow: s.flow(r, v, 0, "", "flow.refused_title")}
	text, facts := s.refusalWords(stop.Page, d)
	stop.Facts = facts
	stop.Text = []string{text, stop.T("flow.refused_help", "Number", s.opts.Agency.Helpline.Number)}
	stop.Others = []view.Link{
		{Text: stop.T("flow.to_campaign"), URL: stop.At("")},
		{Text: stop.T("flow.home"), URL: stop.URL("/")},
	}
	return s.sendStop(w, r, stop, fault.New(fault.NotEligible, d.Reason))
}

// refusalWords are the reason of a refusal, with the rule and from when: what the
// person reads, and the agent whom they call.
func (s *Server) refusalWords(p view.Page, d campaign.Decision) (string, []view.Fact) {
	a := s.opts.Agency
	from := p.T("flow.refused_never")
	if !d.From.IsZero() {
		from = a.FormatDateTime(p.Lang, d.From)
	}
	facts := []view.Fact{{Term: p.T("flow.refused_rule"), Value: d.Rule}, {Term: p.T("flow.refused_from"), Value: from}}
	if !d.Until.IsZero() {
		facts = append(facts, view.Fact{Term: p.T("flow.refused_until"), Value: a.FormatDateTime(p.Lang, d.Until)})
	}
	return s.opts.Catalogue.T(p.Lang, d.Reason, a.Localise(p.Lang, d.Args)), facts
}
