package web

import (
	"net/http"
	"strings"

	"naru/internal/booking"
	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/person"
	"naru/internal/store"
	"naru/internal/web/view"
)

// guardianCookie keeps for whom this browser books in a campaign, sealed.
const guardianCookie = "__Host-naru-guardian-"

func (s *Server) guardianRoutes() {
	s.handle("GET /c/{campaign}/guardian", s.askGuardian)
	s.handle("POST /c/{campaign}/guardian", s.guardian)
	s.handle("POST /lookup/take-over", s.found(s.takeOver))
	s.handle("POST /lookup/ward", s.wards(s.cancelWard))
}

// askGuardian is the form of somebody who books for another person.
func (s *Server) askGuardian(w http.ResponseWriter, r *http.Request) error {
	p, err := s.published(r)
	if err != nil {
		return err
	}
	return s.guardianPage(w, r, p, nil, nil)
}

// standFields are the names of the form's fields.
var standFields = []string{"subject_name", "subject_born", "subject_mobile", "own_phone", "relation", "name", "born", "mobile", "consent"}

func (s *Server) guardianPage(w http.ResponseWriter, r *http.Request, p store.Published, in map[string]string, faults []error) error {
	f := s.flow(r, visit{id: string(p.Campaign.ID)}, 0, "", "guardian.title")
	g := view.Guardian{Flow: f, Name: s.in(f.Lang, p.Campaign.Title), Allowed: p.Campaign.Guardian, Most: person.MaxSubjects}
	g.You = s.claimFields(f.Page, in)[:3]
	g.Subject = s.claimFields(f.Page, map[string]string{"name": in["subject_name"], "born": in["subject_born"], "mobile": in["subject_mobile"]})[:3]
	for i := range g.Subject {
		g.Subject[i].Name, g.Subject[i].Autocomplete = "subject_"+g.Subject[i].Name, "off"
	}
	if last := len(g.Subject) - 1; last >= 0 {
		g.Subject[last].Hint = f.T("guardian.mobile_hint", "Example", s.opts.Agency.Phone.Example)
	}
	g.OwnPhone = view.Field{Name: "own_phone", Label: f.T("guardian.own_phone"), Checkbox: true, Checked: in["own_phone"] == "yes"}
	g.Consent = view.Field{Name: "consent", Label: f.T("guardian.consent"), Checkbox: true, Required: true, Checked: in["consent"] == "yes"}
	for _, one := range person.Relations {
		g.Relations = append(g.Relations, view.Option{Value: string(one), Text: f.T("guardian.relation_" + string(one)), Selected: in["relation"] == string(one)})
	}
	status := http.StatusOK
	if len(faults) > 0 {
		status = StatusOf(faults[0])
		eventOf(r).code = string(fault.CodeOf(faults[0]))
		s.markGuardian(r, &g, faults)
	}
	return s.render(w, r, status, view.GuardianPage(g))
}

// markGuardian writes faults to their fields; one of no field goes above the form.
func (s *Server) markGuardian(r *http.Request, g *view.Guardian, faults []error) {
	relation := view.Field{Name: "relation", Label: g.T("guardian.relation")}
	fields := []*view.Field{&g.OwnPhone, &relation, &g.Consent}
	for i := range g.Subject {
		fields = append(fields, &g.Subject[i])
	}
	for i := range g.You {
		fields = append(fields, &g.You[i])
	}
	for _, err := range faults {
		name, _ := fault.Of(err).Args["Field"].(string)
		found := false
		for _, one := range fields {
			if one.Name == name {
				one.Error, found = s.words(r, err), true
			}
		}
		if !found {
			g.Problems.Form = append(g.Problems.Form, s.words(r, err))
		}
	}
	for _, one := range fields {
		g.Problems.Fields = append(g.Problems.Fields, *one)
	}
}

// readStand reads what a guardian typed and names every fault.
func (s *Server) readStand(r *http.Request, in map[string]string) (store.Stand, []error) {
	st := store.Stand{OwnPhone: in["own_phone"] == "yes", Consent: s.text(eventOf(r).lang, "guardian.consent")}
	var faults []error
	subject, wrong := s.lookupInput(map[string]string{"name": in["subject_name"], "born": in["subject_born"], "mobile": in["subject_mobile"]})
	for _, err := range wrong {
		field, _ := fault.Of(err).Args["Field"].(string)
		faults = append(faults, fault.Of(err).With("Field", "subject_"+field))
	}
	you, wrong := s.lookupInput(map[string]string{"name": in["name"], "born": in["born"], "mobile": in["mobile"]})
	faults = append(faults, wrong...)
	st.Subject, st.Guardian = subject, you
	relation, err := person.ParseRelation(in["relation"])
	if err != nil {
		faults = append(faults, err)
	}
	st.Relation = relation
	if in["consent"] != "yes" {
		faults = append(faults, fault.New(fault.Invalid, "guardian.consent_missing").With("Field", "consent"))
	}
	if len(faults) > 0 {
		return st, faults
	}
	switch {
	case you.Same(subject):
		faults = append(faults, fault.New(fault.Invalid, "guardian.same_person").With("Field", "subject_name"))
	case st.OwnPhone && you.Mobile != subject.Mobile:
		faults = append(faults, fault.New(fault.Invalid, "guardian.own_phone_differs").With("Field", "subject_mobile"))
	case !st.OwnPhone && you.Mobile == subject.Mobile:
		faults = append(faults, fault.New(fault.Invalid, "guardian.phone_is_yours").With("Field", "subject_mobile"))
	}
	return st, faults
}

// guardian joins the line with the ticket of the person who is to be vaccinated (rule
// B80): mother and son have one. Who forbids is asked before the line, and again
// after the proof.
func (s *Server) guardian(w http.ResponseWriter, r *http.Request) error {
	p, err := s.published(r)
	if err != nil {
		return err
	}
	in, err := form(w, r, standFields...)
	if err != nil {
		return err
	}
	st, faults := s.readStand(r, in)
	if len(faults) > 0 {
		return s.guardianPage(w, r, p, in, faults)
	}
	id := string(p.Campaign.ID)
	if err := s.opts.Store.MayGuard(r.Context(), id, st.Subject); err != nil {
		if fault.CodeOf(err) == fault.NotEligible && !prefersJSON(r, false) {
			return s.guardianPage(w, r, p, in, []error{err})
		}
		return err
	}
	token, ticket, err := s.opts.Store.Join(r.Context(), id, st.Subject)
	if err != nil {
		return err
	}
	browser(w, r)
	setCookie(w, ticketCookie+id, token, ticketLife)
	setCookie(w, claimCookie+id, s.opts.Store.SealClaim(st.Subject, ticket.ID), ticketLife)
	setCookie(w, guardianCookie+id, s.opts.Store.SealStand(st, ticket.ID), ticketLife)
	return s.redirect(w, r, "/c/"+id+"/wait")
}

// prover is who is to prove themself in this browser: the guardian where there is one,
// otherwise the person of the ticket. Before the opening a guardian cannot.
func (s *Server) prover(r *http.Request, v visit) (person.Claim, *store.Stand, error) {
	if sealed := cookie(r, guardianCookie+v.id); sealed != "" {
		st, err := s.opts.Store.OpenStand(sealed, v.session.Ticket)
		if err == nil && v.early {
			err = fault.New(fault.Conflict, "guardian.not_early")
		}
		return st.Guardian, &st, err
	}
	claim, err := s.claim(r, v.id, v.session.Ticket)
	return claim, nil, err
}

// sendCodeTo sends a code to whoever is to prove themself.
func (s *Server) sendCodeTo(r *http.Request, v visit, claim person.Claim, st *store.Stand) error {
	switch lang := eventOf(r).lang; {
	case st != nil:
		return s.opts.Store.SendGuardianCode(r.Context(), v.session, *st, lang)
	case v.early:
		return s.opts.Store.SendEarlyCode(r.Context(), v.ticket, v.session.Browser, claim, lang)
	default:
		return s.opts.Store.SendCode(r.Context(), v.session, claim, lang)
	}
}

// proveCode takes the code of whoever is to prove themself.
func (s *Server) proveCode(r *http.Request, v visit, claim person.Claim, st *store.Stand, code string) (string, error) {
	switch {
	case st != nil:
		return s.opts.Store.ProveGuardian(r.Context(), v.session, *st, code)
	case v.early:
		return "", s.opts.Store.ProveEarly(r.Context(), v.ticket, v.session.Browser, claim, code)
	}
	return s.opts.Store.Prove(r.Context(), v.session, claim, code)
}

// isGuardianRefusal says whether a rule refuses a guardian: it is said on the page of
// the proof, and the place in line stays.
func isGuardianRefusal(err error) bool {
	return err != nil && strings.HasPrefix(fault.Of(err).Message, "guardian.")
}

// takeOver makes a reservation that a guardian made the person's own.
func (s *Server) takeOver(w http.ResponseWriter, r *http.Request, all []booking.Reservation) error {
	in, err := form(w, r, "number")
	if err != nil {
		return err
	}
	res, err := pick(all, in["number"])
	if err != nil {
		return err
	}
	if err := s.opts.Store.TakeOver(r.Context(), cookie(r, lookupCookie), lookUpBrowser(r), res.Number); err != nil {
		return err
	}
	return s.redirect(w, r, "/lookup/list?state=taken")
}

func lookUpBrowser(r *http.Request) [32]byte { return gate.BrowserHash(cookie(r, browserCookie)) }
