package web

import (
	"net/http"
	"net/url"
	"strings"

	"naru/internal/booking"
	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/person"
	"naru/internal/staff"
	"naru/internal/store"
	"naru/internal/web/view"
)

// callCode sends a code to the phone of the caller, for them to read out.
func (s *Server) callCode(w http.ResponseWriter, r *http.Request, c staff.Caller) error {
	if _, err := form(w, r); err != nil {
		return err
	}
	claim, err := s.onLine(r, c)
	if err != nil {
		return s.redirect(w, r, "/staff/call")
	}
	err = s.opts.Store.SendCallerCode(r.Context(), c, claim, gate.BrowserHash(callBrowser(c)), eventOf(r).lang)
	if staysOnPage(r, err) {
		return s.callPersonPage(w, r, c, map[string]string{"said": "sent"}, err)
	}
	if err != nil {
		return err
	}
	return s.redirect(w, r, "/staff/call/person?said=sent")
}

// callHold lets the caller in by the phone lane, at the agent's word, and holds the
// time that was chosen. Who is refused stays on the page, with the next best times.
func (s *Server) callHold(w http.ResponseWriter, r *http.Request, c staff.Caller) error {
	in, err := form(w, r, "campaign", "key", "check", "code", "at")
	if err != nil {
		return err
	}
	claim, err := s.onLine(r, c)
	if err != nil {
		return s.redirect(w, r, "/staff/call")
	}
	q, request, err := callInput(in, claim, callBrowser(c))
	if err == nil {
		err = s.holdFor(w, r, c, q, request)
	}
	again := map[string]string{"check": in["check"]}
	if in["check"] == string(person.VouchCode) {
		again["said"] = "sent"
	}
	switch {
	case err == nil:
		return s.redirect(w, r, "/staff/call/confirm?campaign="+url.QueryEscape(q.Campaign))
	case prefersJSON(r, false):
		return err
	case staysOnPage(r, err), fault.CodeOf(err) == fault.Wait, fault.CodeOf(err) == fault.Conflict,
		fault.CodeOf(err) == fault.NotEligible, fault.CodeOf(err) == fault.Expired, isCodeFault(r, err):
		return s.callPersonPage(w, r, c, again, err)
	}
	return err
}

func callInput(in map[string]string, claim person.Claim, cookie string) (store.CallRequest, store.HoldRequest, error) {
	q := store.CallRequest{Campaign: in["campaign"], Claim: claim, Cookie: cookie}
	var request store.HoldRequest
	var err error
	if q.Check, err = person.ParseVouch(in["check"]); err != nil {
		return q, request, err
	}
	if q.Check == person.VouchCode {
		if in["code"] == "" {
			return q, request, fault.New(fault.Invalid, "call.code_missing").With("Field", "code")
		}
		if q.Code, err = person.ParseCode(in["code"]); err != nil {
			return q, request, err
		}
	}
	place, start, _ := strings.Cut(in["at"], " ")
	request.Clinic = place
	request.Key, request.Start, err = holdInput(map[string]string{"key": in["key"], "start": start})
	return q, request, err
}

func (s *Server) holdFor(w http.ResponseWriter, r *http.Request, c staff.Caller, q store.CallRequest, request store.HoldRequest) error {
	token, err := s.opts.Store.LetIn(r.Context(), c, q)
	if err != nil {
		return err
	}
	setCookie(w, callSessionCookie, token, sessionLife)
	ses, err := s.opts.Store.Session(q.Campaign, token, q.Cookie)
	if err != nil {
		return err
	}
	_, err = s.opts.Store.HoldForCaller(r.Context(), c, ses, request)
	return err
}

// callSession is the session in which the agent books for the caller.
func (s *Server) callSession(r *http.Request, c staff.Caller, campaign string) (gate.Session, error) {
	ses, err := s.opts.Store.Session(campaign, cookie(r, callSessionCookie), callBrowser(c))
	if err == nil && !ses.Proven {
		err = fault.New(fault.Unauthenticated, "person.not_proven")
	}
	return ses, err
}

func (s *Server) askCallConfirm(w http.ResponseWriter, r *http.Request, c staff.Caller) error {
	q, err := query(r, "campaign")
	if err != nil {
		return err
	}
	return s.callConfirmPage(w, r, c, q["campaign"], newKey(), nil)
}

func (s *Server) callConfirmPage(w http.ResponseWriter, r *http.Request, c staff.Caller, campaign, key string, failed error) error {
	ses, err := s.callSession(r, c, campaign)
	if err != nil {
		return s.redirect(w, r, "/staff/call/person")
	}
	held, err := s.opts.Store.Current(r.Context(), ses)
	switch {
	case err != nil:
		return err
	case held == nil:
		return s.callPersonPage(w, r, c, nil, fault.New(fault.Expired, "booking.hold_ended"))
	case held.State == booking.Booked:
		return s.redirect(w, r, "/staff/call/person?said=done")
	}
	p := view.CallConfirm{
		Flow: s.lookupFrame(r, "call.confirm_title"), Facts: s.facts(r, *held), Until: s.opts.Agency.FormatTime(held.Expires),
		Campaign: campaign, Key: key, Hold: string(held.HoldID),
	}
	status := http.StatusOK
	if failed != nil {
		status, p.Flow = StatusOf(failed), s.again(r, p.Flow, failed)
	}
	return s.render(w, r, status, view.CallConfirmPage(p))
}

// callConfirm books. As on the web it can be repeated: one key has one answer.
func (s *Server) callConfirm(w http.ResponseWriter, r *http.Request, c staff.Caller) error {
	in, err := form(w, r, "campaign", "key", "hold")
	if err != nil {
		return err
	}
	key, err := booking.ParseKey(in["key"])
	if err != nil {
		return s.callConfirmPage(w, r, c, in["campaign"], newKey(), fault.New(fault.Invalid, "flow.times_page_old"))
	}
	ses, err := s.callSession(r, c, in["campaign"])
	if err != nil {
		return s.redirect(w, r, "/staff/call/person")
	}
	current, err := s.opts.Store.Current(r.Context(), ses)
	if err != nil {
		return err
	}
	place := ""
	if current != nil {
		place = current.Clinic
	}
	request := store.ConfirmRequest{Key: key, Hold: booking.HoldID(in["hold"]), Lang: eventOf(r).lang}
	_, err = s.opts.Store.ConfirmForCaller(r.Context(), c, ses, place, request)
	switch {
	case err == nil, fault.Of(err).Message == "booking.already_booked":
		return s.redirect(w, r, "/staff/call/person?said=done")
	case prefersJSON(r, false):
		return err
	case fault.Of(err).Message == "booking.hold_ended":
		return s.callPersonPage(w, r, c, nil, err)
	case fault.CodeOf(err) == fault.UnknownOutcome, fault.CodeOf(err) == fault.Unavailable:
		return s.callConfirmPage(w, r, c, in["campaign"], in["key"], err)
	}
	return err
}

// callRelease gives the hold back; the caller wants another time.
func (s *Server) callRelease(w http.ResponseWriter, r *http.Request, c staff.Caller) error {
	in, err := form(w, r, "campaign", "hold")
	if err != nil {
		return err
	}
	ses, err := s.callSession(r, c, in["campaign"])
	if err == nil {
		err = s.opts.Store.ReleaseForCaller(r.Context(), c, ses, booking.HoldID(in["hold"]))
	}
	if code := fault.CodeOf(err); err != nil && code != fault.Expired && code != fault.Unauthenticated && code != fault.Conflict {
		return err
	}
	return s.redirect(w, r, "/staff/call/person?said=released")
}
