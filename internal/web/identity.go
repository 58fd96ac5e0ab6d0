package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"naru/internal/agency"
	"naru/internal/caldate"
	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/identity"
	"naru/internal/person"
	"naru/internal/proof"
	"naru/internal/store"
	"naru/internal/web/view"
)

// methods are the providers in the agency's order, each with its light in words.
func (s *Server) methods(p view.Page) []view.Method {
	var all []view.Method
	for _, one := range s.opts.Desk.States() {
		all = append(all, view.Method{
			ID: string(one.ID), Name: s.in(p.Lang, agency.Texts(one.Name)), Light: p.T("identity.light_" + one.Light.String()),
			Class: one.Light.String(), Redirect: one.Kind == identity.Redirect, Down: one.Light == identity.Down,
		})
	}
	return all
}

// proofView is the page of the proof, but for what belongs to the person.
func (s *Server) proofView(r *http.Request, v visit, now proofSaid) (view.Prove, error) {
	title, number := "flow.prove_title", 1
	if v.early {
		title, number = "flow.prove_early_title", 0
	}
	p := view.Prove{Flow: s.flow(r, v, number, "", title), Early: v.early, Sent: now.sent, Base: v.proofAt("")}
	p.Methods, p.As = s.methods(p.Page), s.opts.Agency.FormatTime(s.opts.Now())
	if said := "identity." + now.said; now.said != "" && s.opts.Catalogue.Has(said) {
		p.Problems.Form = []string{p.T(said)}
	}
	if v.early {
		known, err := s.opts.Store.EarlyProof(r.Context(), v.ticket, v.session.Browser)
		if err != nil {
			return p, err
		}
		if p.Made = known.Made; !known.Taken && !known.Made {
			return p, fault.New(fault.Conflict, "gate.early_over")
		}
	}
	return p, nil
}

// letLeave lets the page's forms lead to the providers: browsers apply the policy
// for forms to where a form is redirected to as well (rule W6).
func (s *Server) letLeave(w http.ResponseWriter) {
	var origins strings.Builder
	for _, one := range s.opts.Desk.States() {
		to, err := s.opts.Desk.Address(one.ID, "", "", "")
		if u, perr := url.Parse(to); err == nil && perr == nil {
			origins.WriteString(" " + u.Scheme + "://" + u.Host)
		}
	}
	w.Header()["Content-Security-Policy"] = []string{strings.Replace(policy[0], "form-action 'self'", "form-action 'self'"+origins.String(), 1)}
}

// saidOnPage leads back to the choice with what a provider, or the way to it, led
// to. Nothing is lost: the session, the place and the other methods stay.
func (s *Server) saidOnPage(w http.ResponseWriter, r *http.Request, v visit, err error) error {
	f := fault.Of(err)
	said, ours := strings.CutPrefix(f.Message, "identity.")
	if !ours || prefersJSON(r, false) {
		return err
	}
	eventOf(r).code = string(f.Code)
	return s.redirect(w, r, v.proofAt("?said="+url.QueryEscape(said)))
}

// beginProof sends the person to the provider they chose.
func (s *Server) beginProof(w http.ResponseWriter, r *http.Request, v visit) error {
	in, err := form(w, r, "provider")
	if err != nil {
		return err
	}
	if v.session.Proven {
		return s.redirect(w, r, v.at("/book"))
	}
	claim, _, err := s.prover(r, v)
	if err != nil {
		return err
	}
	to, err := s.wayTo(r, v, claim, identity.ID(in["provider"]))
	if err != nil {
		return s.saidOnPage(w, r, v, err)
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

func (s *Server) wayTo(r *http.Request, v visit, c person.Claim, id identity.ID) (string, error) {
	p, err := s.opts.Desk.Choose(id, v.early)
	if err != nil {
		return "", err
	}
	way := store.Way{Campaign: v.id, Ticket: v.session.Ticket, Provider: p.ID, Early: v.early, Lang: eventOf(r).lang}
	if _, err := s.opts.Desk.Address(p.ID, "", "", ""); err != nil { // before anything is written
		return "", err
	}
	state, secrets, err := s.opts.Store.BeginAttempt(r.Context(), way, c, v.session.Browser)
	if err != nil {
		return "", err
	}
	return s.opts.Desk.Address(p.ID, state, secrets.Nonce, secrets.Verifier)
}

// comeBack is where providers send people back to. What it is told is believed
// only as the answer to a question this browser has asked, and once (rule I5).
func (s *Server) comeBack(w http.ResponseWriter, r *http.Request) error {
	q, err := query(r, "state", "code", "error")
	if err != nil {
		return err
	}
	way, err := s.opts.Store.OpenWay(q["state"], gate.BrowserHash(cookie(r, browserCookie)))
	if err != nil {
		return err
	}
	e := eventOf(r)
	e.lang, e.prefix, e.campaign = way.Lang, s.prefix(way.Lang), way.Campaign
	v, err := s.visitOf(w, r, way)
	if err == nil {
		err = s.takeAnswer(w, r, v, way, q["code"], q["error"])
	}
	return s.stopped(w, r, v, err)
}

// visitOf is where the person stood when they left.
func (s *Server) visitOf(w http.ResponseWriter, r *http.Request, way store.Way) (v visit, err error) {
	v.id = way.Campaign
	if v.Published, err = s.opts.Store.Campaign(v.id); err != nil {
		return v, err
	}
	if way.Early {
		v, err = s.holder(w, r, v)
	} else {
		v.session, err = s.session(r, v.id)
	}
	if err == nil && v.session.Ticket != way.Ticket {
		err = fault.New(fault.Unauthenticated, "identity.answer_not_ours")
	}
	return v, err
}

// takeAnswer goes on when the person has left meanwhile: the answer can be had
// once only, and they come back to what it proved.
func (s *Server) takeAnswer(w http.ResponseWriter, r *http.Request, v visit, way store.Way, code, refused string) error {
	if v.session.Proven {
		return s.redirect(w, r, v.at("/book"))
	}
	claim, stand, err := s.prover(r, v)
	if err != nil {
		return err
	}
	ctx := context.WithoutCancel(r.Context())
	secrets, err := s.opts.Store.TakeAttempt(ctx, way, claim, v.session.Browser)
	if err != nil {
		return s.saidOnPage(w, r, v, err)
	}
	token, err := "", error(fault.New(fault.Invalid, "identity.cancelled"))
	if refused == "" {
		token, err = s.proveBy(ctx, v, way, claim, stand, code, secrets)
	}
	if stand != nil && isGuardianRefusal(err) && !prefersJSON(r, false) {
		return s.proofPage(w, r, v, proofSaid{err: err})
	}
	switch fault.CodeOf(err) {
	case "":
		return s.proved(w, r, v, token)
	case fault.Unavailable:
		s.spare(ctx, w, v)
	}
	return s.saidOnPage(w, r, v, err)
}

// proveBy asks the provider who came, compares with the claim, and proves. An
// answer that proves nothing is counted; a provider that fails is not.
func (s *Server) proveBy(ctx context.Context, v visit, way store.Way, c person.Claim, stand *store.Stand, code string, secrets store.Secrets) (string, error) {
	who, err := s.opts.Desk.Answer(ctx, way.Provider, code, secrets.Nonce, secrets.Verifier)
	if err == nil && !s.isClaim(who, c) {
		err = fault.New(fault.Invalid, "identity.mismatch")
	}
	if fault.CodeOf(err) == fault.Invalid {
		if missed := s.opts.Store.MissAttempt(ctx, way, c, v.session.Browser); missed != nil {
			return "", missed
		}
	}
	switch {
	case err != nil:
		return "", err
	case stand != nil:
		return s.opts.Store.ProveGuardianAs(ctx, v.session, *stand, who.Stable)
	case v.early:
		return "", s.opts.Store.ProveEarlyAs(ctx, v.ticket, v.session.Browser, c, who.Stable)
	}
	return s.opts.Store.ProveAs(ctx, v.session, c, who.Stable)
}

// isClaim says whether the provider asserts everything the person claimed.
func (s *Server) isClaim(who proof.Human, c person.Claim) bool {
	said, err := person.NewClaim(s.opts.Agency, who.Name, who.Born, who.Mobile, caldate.Of(s.opts.Now(), s.opts.Agency.Zone))
	return err == nil && said.Same(c)
}

// spare gives back the time that a failing provider has cost (rule I7).
func (s *Server) spare(ctx context.Context, w http.ResponseWriter, v visit) {
	if v.early {
		return
	}
	token, err := s.opts.Store.Spare(ctx, v.session)
	if err != nil {
		s.opts.Log.Warn("time could not be given back", "campaign", v.id, "error", err)
	} else if token != "" {
		setSession(w, v.id, token)
	}
}
