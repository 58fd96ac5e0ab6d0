package web

import (
	"bytes"
	"context"
	"fmt"
	"net/http"

	"naru/internal/fault"
	"naru/internal/web/view"
)

func noPage() error { return fault.New(fault.NotFound, "web.no_page") }

func (s *Server) noticeRoutes() { s.handle("GET /notice", s.notice) }

// renderApology makes the notice page of each language at the start, so that
// it can be sent whatever is broken later (rule W13).
func (s *Server) renderApology() (map[string]static, error) {
	all := map[string]static{}
	for _, code := range s.opts.Agency.LanguageCodes() {
		var b bytes.Buffer
		p := s.pageIn(code, "/", "apology.title")
		p.Surge = true
		if err := view.ApologyPage(p).Render(context.Background(), &b); err != nil {
			return nil, fmt.Errorf("render the notice page: %w", err)
		}
		all[code] = finish(b.Bytes())
	}
	return all, nil
}

// apologise sends the finished notice page; fail has set Retry-After.
func (s *Server) apologise(w http.ResponseWriter, r *http.Request) {
	s.apology[eventOf(r).lang].write(w, r, http.StatusServiceUnavailable)
}

// notice tells how things stand now, from memory.
func (s *Server) notice(w http.ResponseWriter, r *http.Request) error {
	v := view.Notice{Page: s.page(r, "notice.title"), At: s.opts.Agency.FormatDateTime(eventOf(r).lang, s.opts.Now())}
	for _, p := range s.opts.Store.Campaigns() {
		line, err := s.opts.Store.View(string(p.Campaign.ID))
		if err != nil {
			return err
		}
		v.Stale = v.Stale || line.Stale
		v.Lines = append(v.Lines, s.card(eventOf(r).lang, p, line))
	}
	v.Lights = s.methods(v.Page)
	return s.renderPlain(w, r, http.StatusOK, view.NoticePage(v), "no-store")
}
