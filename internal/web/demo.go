package web

import (
	"net/http"
	"net/url"

	"naru/internal/web/view"
)

// demo is the page from which a demonstration starts.
func (s *Server) demo(w http.ResponseWriter, r *http.Request) error {
	q, err := query(r, "state")
	if err != nil {
		return err
	}
	p := view.Demo{Flow: s.lookupFrame(r, "flow.demo_title")}
	if q["state"] == "opened" {
		p.Notice = p.T("flow.demo_opened")
	}
	for _, one := range s.opts.Store.Campaigns() {
		opens := one.Campaign.OpeningAt()
		p.Campaigns = append(p.Campaigns, view.DemoCampaign{
			ID: string(one.Campaign.ID), Title: s.in(p.Lang, one.Campaign.Title),
			Opens: p.T("flow.demo_opens", "Time", opens), MayOpen: s.opts.Now().Before(opens),
		})
	}
	for _, one := range s.opts.Demo {
		person := view.DemoPerson{
			Name: one.Name, Born: one.Born, Mobile: one.Mobile, Note: p.T(one.Note), Inbox: p.URL("/inbox?to=" + url.QueryEscape(one.Mobile)),
		}
		if len(p.Campaigns) > 0 {
			person.Join = p.URL("/c/" + p.Campaigns[0].ID + "/join")
		}
		p.People = append(p.People, person)
	}
	return s.render(w, r, http.StatusOK, view.DemoPage(p))
}

// demoOpen moves the opening of a campaign to a few seconds from now.
func (s *Server) demoOpen(w http.ResponseWriter, r *http.Request) error {
	if _, err := form(w, r); err != nil {
		return err
	}
	p, err := s.published(r)
	if err != nil {
		return err
	}
	if err := s.opts.Store.OpenNow(r.Context(), string(p.Campaign.ID)); err != nil {
		return err
	}
	return s.redirect(w, r, "/demo?state=opened")
}
