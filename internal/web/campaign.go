package web

import (
	"net/http"

	"github.com/a-h/templ"

	"naru/internal/caldate"
	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/person"
	"naru/internal/store"
	"naru/internal/web/view"
)

func (s *Server) campaignRoutes() {
	s.handle("GET /c/{campaign}", s.campaign)
	s.handle("GET /c/{campaign}/join", s.joinAgain)
	s.handle("POST /c/{campaign}/join", s.join)
}

// campaign is the page of one campaign with the form to join, the same for
// everybody.
func (s *Server) campaign(w http.ResponseWriter, r *http.Request) error {
	p, err := s.published(r)
	if err != nil {
		return err
	}
	return s.renderShared(w, r, "campaign "+string(p.Campaign.ID), func() (templ.Component, error) {
		v, err := s.joinPage(eventOf(r).lang, p, nil, nil)
		return view.CampaignPage(v), err
	})
}

// joinAgain leads somebody who follows the form's address as a link.
func (s *Server) joinAgain(w http.ResponseWriter, r *http.Request) error {
	p, err := s.published(r)
	if err != nil {
		return err
	}
	return s.redirect(w, r, "/c/"+string(p.Campaign.ID))
}

// join gives a place in the line for a claim (rule W14): the same claim, the
// same ticket. Names go into the sealed cookie and the ticket's lookup only.
func (s *Server) join(w http.ResponseWriter, r *http.Request) error {
	p, err := s.published(r)
	if err != nil {
		return err
	}
	typed, err := form(w, r, "name", "born", "mobile", "consent")
	if err != nil {
		return err
	}
	claims, faults := s.readClaim(typed)
	if len(faults) > 0 {
		return s.joinRefused(w, r, p, typed, faults)
	}
	id := string(p.Campaign.ID)
	token, ticket, err := s.opts.Store.Join(r.Context(), id, claims)
	if err != nil {
		return err
	}
	browser(w, r)
	setCookie(w, ticketCookie+id, token, ticketLife)
	setCookie(w, claimCookie+id, s.opts.Store.SealClaim(claims, ticket.ID), ticketLife)
	if cookie(r, guardianCookie+id) != "" {
		dropCookie(w, guardianCookie+id) // now they book for themself
	}
	return s.redirect(w, r, "/c/"+id+"/wait")
}

// readClaim checks what was typed and names every field that is wrong.
func (s *Server) readClaim(typed map[string]string) (person.Claim, map[string]*fault.Error) {
	today := caldate.Of(s.opts.Now(), s.opts.Agency.Zone)
	c, err := person.NewClaim(s.opts.Agency, typed["name"], typed["born"], typed["mobile"], today)
	if err == nil && typed["consent"] == "yes" {
		return c, nil
	}
	faults := map[string]*fault.Error{}
	if err != nil {
		faults = s.claimFaults(typed, today, err)
	}
	if typed["consent"] != "yes" {
		faults["consent"] = fault.New(fault.Invalid, "join.consent_missing").With("Field", "consent")
	}
	return person.Claim{}, faults
}

// claimFaults tries each field beside good ones, so that all faults are told at
// once; a fault of none of them alone is told at the first.
func (s *Server) claimFaults(typed map[string]string, today caldate.Date, whole error) map[string]*fault.Error {
	faults := map[string]*fault.Error{}
	for field, try := range map[string][3]string{
		"name":   {typed["name"], "1990-01-01", s.opts.Agency.Phone.Example},
		"born":   {"A", typed["born"], s.opts.Agency.Phone.Example},
		"mobile": {"A", "1990-01-01", typed["mobile"]},
	} {
		if _, err := person.NewClaim(s.opts.Agency, try[0], try[1], try[2], today); err != nil {
			faults[field] = fault.Of(err)
		}
	}
	if len(faults) == 0 {
		faults["name"] = fault.Of(whole)
	}
	return faults
}

// joinRefused keeps the person on the page with what was typed (R12).
func (s *Server) joinRefused(w http.ResponseWriter, r *http.Request, p store.Published, typed map[string]string, faults map[string]*fault.Error) error {
	e := eventOf(r)
	e.code = string(fault.Invalid)
	v, err := s.joinPage(e.lang, p, typed, faults)
	if err != nil {
		return err
	}
	v.Title = v.T("join.title_fault", "Title", v.Title)
	status := answerTo(fault.Invalid).status
	if prefersJSON(r, false) {
		for _, name := range []string{"name", "born", "mobile", "consent"} {
			if f := faults[name]; f != nil {
				return f
			}
		}
	}
	return s.render(w, r, status, view.CampaignPage(v))
}

// joinPage is the page in a language; typed and faults are nil at first.
func (s *Server) joinPage(lang string, p store.Published, typed map[string]string, faults map[string]*fault.Error) (view.Campaign, error) {
	id := string(p.Campaign.ID)
	line, err := s.opts.Store.View(id)
	if err != nil {
		return view.Campaign{}, err
	}
	page := s.pageIn(lang, "/c/"+id, "join.title", "Title", p.Campaign.Title)
	page.Surge = true
	v := view.Campaign{
		Page: page, Card: s.card(lang, p, line), Joins: joinable(line.Board.Phase),
		Late: line.Board.Phase != gate.LobbyOpen, Guardian: p.Campaign.Guardian,
	}
	v.Fields = s.claimFields(page, typed)
	for i, f := range v.Fields {
		if fault := faults[f.Name]; fault != nil {
			v.Fields[i].Error = s.sentence(lang, fault)
		}
	}
	return v, nil
}

// claimFields are the fields of a claim with what was typed.
func (s *Server) claimFields(p view.Page, typed map[string]string) []view.Field {
	return []view.Field{
		{Name: "name", Label: p.T("join.name"), Hint: p.T("join.name_hint"), Autocomplete: "name", MaxLength: 100, Required: true, Value: typed["name"]},
		{Name: "born", Label: p.T("join.born"), Hint: p.T("join.born_hint"), Autocomplete: "bday", InputMode: "numeric", MaxLength: 20, Required: true, Value: typed["born"]},
		{
			Name: "mobile", Label: p.T("join.mobile"), Hint: p.T("join.mobile_hint", "Example", s.opts.Agency.Phone.Example),
			Type: "tel", InputMode: "tel", Autocomplete: "tel", MaxLength: 30, Required: true, Value: typed["mobile"],
		},
		{Name: "consent", Label: p.T("join.consent"), Checkbox: true, Required: true, Checked: typed["consent"] == "yes"},
	}
}
