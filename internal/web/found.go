package web

import (
	"fmt"
	"net/http"
	"strconv"

	"naru/internal/booking"
	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/web/view"
)

// lookedUp is a page that shows the reservations of whoever looked them up.
type lookedUp func(w http.ResponseWriter, r *http.Request, all []booking.Reservation) error

// found opens a page to the browser that has looked up; others are led to the
// look-up with the reason.
func (s *Server) found(do lookedUp) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		token := cookie(r, lookupCookie)
		if token == "" {
			return s.lookUpAgain(w, r, fault.New(fault.Unauthenticated, "flow.lookup_first_text"))
		}
		all, _, err := s.opts.Store.Reservations(r.Context(), token, gate.BrowserHash(cookie(r, browserCookie)))
		if code := fault.CodeOf(err); code == fault.Expired || code == fault.Unauthenticated {
			return s.lookUpAgain(w, r, fault.Wrap(code, "flow.lookup_ended_text", err))
		}
		if err != nil {
			return err
		}
		return do(w, r, all)
	}
}

// lookUpAgain says why the look-up is not open and where it begins.
func (s *Server) lookUpAgain(w http.ResponseWriter, r *http.Request, err error) error {
	title := "flow.lookup_title"
	if fault.Of(err).Message == "flow.lookup_ended_text" {
		title = "flow.lookup_ended_title"
	}
	stop := view.Stop{Flow: s.lookupFrame(r, title), Text: []string{s.words(r, err)}}
	stop.Primary = view.Link{Text: stop.T("flow.to_lookup"), URL: stop.URL("/lookup")}
	return s.sendStop(w, r, stop, err)
}

func (s *Server) list(w http.ResponseWriter, r *http.Request, all []booking.Reservation) error {
	q, err := query(r, "state")
	if err != nil {
		return err
	}
	p := view.FoundList{Flow: s.lookupFrame(r, "flow.found_title")}
	if q["state"] == "cancelled" {
		p.Notice = p.T("flow.cancelled")
	}
	if q["state"] == "taken" {
		p.Notice = p.T("guardian.taken")
	}
	if q["state"] == "changed" {
		p.Notice = p.T("change.done")
	}
	for i, res := range all {
		one := s.foundOne(r, p.Flow, i+1, res)
		s.mayChange(p.Flow, &one, fmt.Sprintf("/lookup/change/%d", i+1), res)
		p.Found = append(p.Found, one)
	}
	if err := s.actors(r, &p, all); err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, view.FoundPage(p))
}

func (s *Server) foundOne(r *http.Request, f view.Flow, nth int, res booking.Reservation) view.Found {
	one := view.Found{
		Number: res.Number.String(), State: f.T("flow.state_" + string(res.State)), Facts: s.facts(r, res),
		MayCancel: res.MayCancel(s.opts.Now()) == nil,
	}
	one.Calendar = f.URL(fmt.Sprintf("/lookup/calendar/%d", nth)) // the number stays out of the address
	one.CalendarText = f.T("flow.done_calendar")
	if res.State == booking.Cancelled {
		one.CalendarText = f.T("interface.calendar_remove")
	}
	return one
}

// mayChange leads from a reservation to the page that changes its time, and says so where
// the clinic has closed it.
func (s *Server) mayChange(f view.Flow, one *view.Found, path string, res booking.Reservation) {
	for _, d := range res.Doses {
		if res.Open(d.Number, s.opts.Now()) != nil {
			continue
		}
		one.Change = f.URL(path)
		if one.Closed == "" && s.opts.Store.IsClosed(res, d.Number) {
			one.Closed = f.T("change.closed", "Number", d.Number)
		}
	}
}

func (s *Server) listCalendar(w http.ResponseWriter, r *http.Request, all []booking.Reservation) error {
	nth, err := strconv.Atoi(r.PathValue("nth"))
	if err != nil || nth < 1 || nth > len(all) {
		return fault.New(fault.NotFound, "web.no_page")
	}
	return s.sendCalendar(w, r, all[nth-1])
}

// cancel asks first; the form with the key does it. Sent again, the key gives
// the same answer.
func (s *Server) cancel(w http.ResponseWriter, r *http.Request, all []booking.Reservation) error {
	in, err := form(w, r, "number", "key")
	if err != nil {
		return err
	}
	res, err := pick(all, in["number"])
	if err != nil {
		return err
	}
	if in["key"] == "" {
		return s.cancelPage(w, r, res, newKey(), nil)
	}
	key, err := booking.ParseKey(in["key"])
	if err != nil {
		return s.cancelPage(w, r, res, newKey(), fault.New(fault.Invalid, "flow.times_page_old"))
	}
	_, err = s.opts.Store.Cancel(r.Context(), cookie(r, lookupCookie), gate.BrowserHash(cookie(r, browserCookie)), res.Number, key, eventOf(r).lang)
	switch {
	case err == nil:
		return s.redirect(w, r, "/lookup/list?state=cancelled")
	case fault.CodeOf(err) == fault.UnknownOutcome:
		return s.cancelPage(w, r, res, in["key"], err)
	case staysOnPage(r, err), fault.Of(err).Message == "booking.cancel_too_late":
		return s.cancelPage(w, r, res, newKey(), err)
	}
	return err
}

func (s *Server) cancelPage(w http.ResponseWriter, r *http.Request, res booking.Reservation, key string, err error) error {
	c := view.Cancel{Flow: s.lookupFrame(r, "flow.cancel_title"), Key: key, Action: "/lookup/cancel"}
	c.Found = s.foundOne(r, c.Flow, 0, res)
	c.Facts = append([]view.Fact{{Term: c.T("flow.done_number"), Value: c.Number}}, c.Facts...)
	status := http.StatusOK
	if err != nil {
		status, c.Flow = StatusOf(err), s.again(r, c.Flow, err)
	}
	return s.render(w, r, status, view.CancelPage(c))
}

// pick finds a number among the reservations that were looked up; the number of
// somebody else is not there.
func pick(all []booking.Reservation, typed string) (booking.Reservation, error) {
	number, err := booking.ParseNumber(typed)
	if err != nil {
		return booking.Reservation{}, err
	}
	for _, res := range all {
		if res.Number == number {
			return res, nil
		}
	}
	return booking.Reservation{}, fault.New(fault.NotFound, "flow.lookup_none")
}
