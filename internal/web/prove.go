package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"naru/internal/booking"
	"naru/internal/fault"
	"naru/internal/person"
	"naru/internal/web/view"
)

// book finds the step at which a proven person stands and leads there; it is
// where every entry and every doubt ends up.
func (s *Server) book(w http.ResponseWriter, r *http.Request, v visit) error {
	current, err := s.opts.Store.Current(r.Context(), v.session)
	if err != nil {
		return err
	}
	if current != nil && current.State == booking.Booked {
		return s.redirect(w, r, v.at("/done"))
	}
	d, err := s.decide(r, v)
	if err != nil {
		return err
	}
	if !d.OK {
		return s.redirect(w, r, v.at("/eligible"))
	}
	if current != nil && current.State == booking.Pending && s.opts.Now().Before(current.Expires) {
		return s.redirect(w, r, v.at("/confirm"))
	}
	draft, err := s.opts.Store.Draft(r.Context(), v.session)
	switch {
	case err != nil:
		return err
	case draft.Clinic != "":
		return s.redirect(w, r, v.at("/times"))
	case draft.Region != "":
		return s.redirect(w, r, v.at("/clinics"))
	}
	return s.redirect(w, r, v.at("/region"))
}

func (s *Server) askProof(w http.ResponseWriter, r *http.Request, v visit) error {
	q, err := query(r, "sent", "said")
	if err != nil {
		return err
	}
	return s.proofPage(w, r, v, proofSaid{sent: q["sent"] != "", said: q["said"]})
}

// proofSaid is what has just happened on the page of the proof.
type proofSaid struct {
	sent bool   // a code is on its way
	said string // what a provider, or the way to it, led to: a message "identity.<said>"
	err  error  // why the form is shown once more (rule W43)
}

// proofPage lets people choose who proves them, each with its light in words, and
// takes the code of whoever chose one.
func (s *Server) proofPage(w http.ResponseWriter, r *http.Request, v visit, now proofSaid) error {
	if v.session.Proven {
		return s.redirect(w, r, v.at("/book"))
	}
	claim, stand, err := s.prover(r, v)
	if err != nil {
		return err
	}
	p, err := s.proofView(r, v, now)
	if err != nil {
		return err
	}
	if stand != nil {
		p.For = p.T("guardian.prove_lead", "Name", stand.Subject.Name, "Phone", s.mask(claim.Mobile))
	}
	p.Phone, p.Code = s.mask(claim.Mobile), s.codeField(p.Flow)
	if now.sent {
		p.Notice = p.T("flow.prove_sent")
	}
	status := http.StatusOK
	if now.err != nil {
		status, p.Notice = StatusOf(now.err), ""
		p.Flow, p.Code = s.codeFault(r, p.Flow, p.Code, now.err)
	}
	if s.opts.Development {
		p.Inbox = p.URL("/inbox?to=" + claim.Mobile)
	}
	s.letLeave(w)
	return s.render(w, r, status, view.ProvePage(p))
}

func (s *Server) codeField(f view.Flow) view.Field {
	return view.Field{
		Name: "code", Label: f.T("flow.prove_code"), Hint: f.T("flow.prove_code_hint"),
		Autocomplete: "one-time-code", InputMode: "numeric", MaxLength: 12, Required: true,
	}
}

// codeFault marks the code's field when the fault is about it, and lists the
// fault above the form otherwise.
func (s *Server) codeFault(r *http.Request, f view.Flow, code view.Field, err error) (view.Flow, view.Field) {
	if fault.Of(err).Args["Field"] != "code" {
		return s.again(r, f, err), code
	}
	eventOf(r).code = string(fault.CodeOf(err))
	code.Error = s.words(r, err)
	f.Problems.Fields = []view.Field{code}
	return f, code
}

// mask leaves the ends of a phone number: 010-****-0001.
func (s *Server) mask(mobile string) string {
	shown := []rune(s.opts.Agency.FormatPhone(mobile))
	for i := 3; i < len(shown)-4; i++ {
		if shown[i] >= '0' && shown[i] <= '9' {
			shown[i] = '*'
		}
	}
	return string(shown)
}

func (s *Server) sendCode(w http.ResponseWriter, r *http.Request, v visit) error {
	if _, err := form(w, r); err != nil {
		return err
	}
	if v.session.Proven {
		return s.redirect(w, r, v.at("/book"))
	}
	claim, stand, err := s.prover(r, v)
	if err != nil {
		return err
	}
	coder, _ := s.opts.Desk.Coder()
	if _, err := s.opts.Desk.Choose(coder.ID, v.early); err != nil {
		return s.saidOnPage(w, r, v, err)
	}
	err = s.sendCodeTo(r, v, claim, stand)
	if staysOnPage(r, err) {
		return s.proofPage(w, r, v, proofSaid{sent: true, err: err})
	}
	if err != nil {
		return err
	}
	return s.redirect(w, r, v.proofAt("?sent=1"))
}

// prove takes the code; the first proof wins the place. Sent again after it
// has done so, it leads to where the person stands.
func (s *Server) prove(w http.ResponseWriter, r *http.Request, v visit) error {
	in, err := form(w, r, "code")
	if err != nil {
		return err
	}
	if v.session.Proven {
		return s.redirect(w, r, v.at("/book"))
	}
	claim, stand, err := s.prover(r, v)
	if err != nil {
		return err
	}
	code, err := person.ParseCode(in["code"])
	if staysOnPage(r, err) {
		return s.proofPage(w, r, v, proofSaid{sent: true, err: err})
	}
	if err != nil {
		return err
	}
	token, err := s.proveCode(r, v, claim, stand, code)
	if staysOnPage(r, err) || isCodeFault(r, err) || stand != nil && isGuardianRefusal(err) && !prefersJSON(r, false) {
		return s.proofPage(w, r, v, proofSaid{sent: true, err: err})
	}
	if err != nil {
		return err
	}
	return s.proved(w, r, v, token)
}

// proved leads on from a proof: to the booking, or back to wait for the turn.
func (s *Server) proved(w http.ResponseWriter, r *http.Request, v visit, token string) error {
	if v.early {
		setCookie(w, earlyCookie+v.id, "1", ticketLife)
		return s.redirect(w, r, v.at("/wait"))
	}
	setSession(w, v.id, token)
	return s.redirect(w, r, v.at("/book"))
}

// isCodeFault says whether a code has expired or belongs elsewhere: the page
// where another one can be asked for is the right one to be on.
func isCodeFault(r *http.Request, err error) bool {
	return !prefersJSON(r, false) && strings.HasPrefix(fault.Of(err).Message, "person.code_")
}

// mayReturnTo are the steps to which an extension leads back.
var mayReturnTo = []string{"region", "clinics", "times", "confirm"}

// extend gives the session, and the hold if there is one, more time (KWCAG 14).
func (s *Server) extend(w http.ResponseWriter, r *http.Request, v visit) error {
	in, err := form(w, r, "back")
	if err != nil {
		return err
	}
	token, err := s.opts.Store.Extend(r.Context(), v.session)
	if staysOnPage(r, err) || fault.Of(err).Message == "gate.extend_over" {
		return s.stopExtend(w, r, v, err)
	}
	if err != nil {
		return err
	}
	setSession(w, v.id, token)
	name, region, _ := strings.Cut(in["back"], ":")
	if !slices.Contains(mayReturnTo, name) {
		return s.redirect(w, r, v.at("/book"))
	}
	if region != "" {
		name += "?region=" + url.QueryEscape(region)
	}
	return s.redirect(w, r, v.at("/"+name))
}
