package web

import (
	"fmt"
	"net/http"

	"naru/internal/booking"
	"naru/internal/fault"
	"naru/internal/store"
	"naru/internal/web/view"
)

// wards opens a page to the browser that has looked up, with what was booked for others.
func (s *Server) wards(do lookedUp) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		wards, err := s.opts.Store.Wards(r.Context(), cookie(r, lookupCookie), lookUpBrowser(r))
		if code := fault.CodeOf(err); code == fault.Expired || code == fault.Unauthenticated {
			return s.lookUpAgain(w, r, fault.Wrap(code, "flow.lookup_ended_text", err))
		}
		if err != nil {
			return err
		}
		var all []booking.Reservation
		for _, one := range wards {
			all = append(all, one.Reservation)
		}
		return do(w, r, all)
	}
}

// cancelWard cancels what a guardian booked for somebody: it asks first, as for one's
// own. Both are told.
func (s *Server) cancelWard(w http.ResponseWriter, r *http.Request, all []booking.Reservation) error {
	in, err := form(w, r, "number", "key")
	if err != nil {
		return err
	}
	res, err := pick(all, in["number"])
	if err != nil {
		return err
	}
	key, err := booking.ParseKey(in["key"])
	if err != nil {
		return s.wardPage(w, r, res, nil)
	}
	_, err = s.opts.Store.CancelWard(r.Context(), cookie(r, lookupCookie), lookUpBrowser(r), res.Number, key, eventOf(r).lang)
	switch {
	case err == nil:
		return s.redirect(w, r, "/lookup/list?state=cancelled")
	case staysOnPage(r, err), fault.Of(err).Message == "booking.cancel_too_late", isGuardianRefusal(err):
		return s.wardPage(w, r, res, err)
	}
	return err
}

func (s *Server) wardPage(w http.ResponseWriter, r *http.Request, res booking.Reservation, err error) error {
	c := view.Cancel{Flow: s.lookupFrame(r, "flow.cancel_title"), Key: newKey(), Action: "/lookup/ward"}
	c.Found = s.foundOne(r, c.Flow, 0, res)
	c.Calendar = ""
	status := http.StatusOK
	if err != nil {
		status, c.Flow = StatusOf(err), s.again(r, c.Flow, err)
	}
	return s.render(w, r, status, view.CancelPage(c))
}

// actors adds to the list of a look-up who booked, and what was booked for others.
func (s *Server) actors(r *http.Request, p *view.FoundList, all []booking.Reservation) error {
	token, browser := cookie(r, lookupCookie), lookUpBrowser(r)
	by, err := s.opts.Store.BookedFor(r.Context(), token, browser)
	if err != nil {
		return err
	}
	for i, res := range all {
		if b, known := by[res.Number]; known {
			p.Found[i].By = s.bookedByWords(p.Page, b)
			p.Found[i].MayTakeOver = b.Kind == booking.ByGuardian && b.TakenAt.IsZero() && res.State == booking.Booked
		}
	}
	wards, err := s.opts.Store.Wards(r.Context(), token, browser)
	if err != nil {
		return err
	}
	for i, one := range wards {
		found := s.ward(r, p.Flow, one)
		s.mayChange(p.Flow, &found, fmt.Sprintf("/lookup/ward/change/%d", i+1), one.Reservation)
		p.Wards = append(p.Wards, found)
	}
	return nil
}

func (s *Server) ward(r *http.Request, f view.Flow, one store.Ward) view.Found {
	found := s.foundOne(r, f, 0, one.Reservation)
	found.Calendar, found.For = "", f.T("guardian.ward", "Name", one.Name)
	return found
}

// bookedByWords say who booked, to the person and to the agent whom they call.
func (s *Server) bookedByWords(p view.Page, b booking.BookedBy) string {
	switch {
	case b.Kind == booking.ByAgent:
		return p.T("guardian.by_agent")
	case b.TakenAt.IsZero():
		return p.T("guardian.by", "Relation", p.T("guardian.is_"+b.How))
	}
	return p.T("guardian.by_taken")
}
