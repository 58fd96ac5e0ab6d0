package web

import (
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"

	"naru/internal/agency"
	"naru/internal/campaign"
	"naru/internal/gate"
	"naru/internal/store"
	"naru/internal/web/view"
)

func (s *Server) frontRoutes() { s.handle("GET /{$}", s.front) }

// front lists what can be booked, from memory.
func (s *Server) front(w http.ResponseWriter, r *http.Request) error {
	return s.renderShared(w, r, "front", func() (templ.Component, error) {
		lang := eventOf(r).lang
		p := s.pageIn(lang, "/", "front.title")
		p.Surge = true
		v := view.Front{Page: p, Now: s.opts.Agency.FormatDateTime(lang, s.opts.Now())}
		for _, c := range s.opts.Store.Campaigns() {
			line, err := s.opts.Store.View(string(c.Campaign.ID))
			if err != nil {
				return nil, err
			}
			v.Campaigns = append(v.Campaigns, s.card(lang, c, line))
		}
		return view.FrontPage(v), nil
	})
}

// card is a campaign in the words of a language.
func (s *Server) card(lang string, p store.Published, v store.View) view.Card {
	c, a := p.Campaign, s.opts.Agency
	opens := time.Unix(v.Board.OpensAt, 0)
	k := view.Card{
		ID: string(c.ID), Title: s.in(lang, c.Title), State: string(v.Board.Phase), Paused: v.Board.Paused, Stale: v.Stale,
		Opens: a.FormatDateTime(lang, opens), Closes: a.FormatDateTime(lang, c.ClosesAt()),
		Vaccine: s.vaccine(lang, c.Vaccine), Limited: c.Supply == campaign.Limited,
		ShotsFirst: a.FormatDate(lang, c.Shots.First), ShotsLast: a.FormatDate(lang, c.Shots.Last),
		Lobby:      a.FormatDateTime(lang, opens.Add(-c.Gate.LobbyOpens)),
		LobbyEnds:  a.FormatDateTime(lang, opens.Add(-c.Gate.LobbyCloses)),
		MayJoin:    joinable(v.Board.Phase),
		TodayWords: s.today(lang, c),
	}
	if until := opens.Sub(s.opts.Now()); until > 0 {
		k.In = s.span(lang, until)
	}
	for _, cohort := range c.Cohorts {
		k.Who = append(k.Who, s.who(lang, c, cohort))
	}
	return k
}

// who is a cohort, and from when it may book if that is not from the opening.
func (s *Server) who(lang string, c *campaign.Campaign, cohort campaign.Cohort) string {
	from := c.FirstOpening(cohort.Name)
	if !from.After(c.OpeningAt()) {
		return s.in(lang, cohort.Title)
	}
	return s.text(lang, "front.who_from", "Who", cohort.Title, "From", from)
}

// joinable tells whether a join would be taken; the store decides again.
func joinable(p gate.Phase) bool {
	_, err := p.Joins()
	return err == nil
}

func (s *Server) vaccine(lang, code string) string {
	if v, ok := s.opts.Agency.Vaccines[code]; ok {
		return s.in(lang, v.Name)
	}
	return code
}

// today says who may book now where that changes from day to day (10부제).
func (s *Server) today(lang string, c *campaign.Campaign) string {
	for _, g := range c.WhoMayBook(s.opts.Now()) {
		if g.Digit != nil {
			return s.text(lang, "front.today_digit", "Digit", *g.Digit, "Who", agency.Texts(g.Title))
		}
	}
	return ""
}

// span is a time in words, to the minute: people plan by it, nothing is
// decided by it.
func (s *Server) span(lang string, d time.Duration) string {
	if d < time.Minute {
		return s.text(lang, "span.soon")
	}
	minutes := int((d + time.Minute - 1) / time.Minute)
	var words []string
	for _, unit := range []struct {
		id   string
		size int
	}{{"span.days", 24 * 60}, {"span.hours", 60}, {"span.minutes", 1}} {
		if n := minutes / unit.size; n > 0 {
			words = append(words, s.text(lang, unit.id, "Count", n))
		}
		minutes %= unit.size
	}
	return strings.Join(words, " ")
}
