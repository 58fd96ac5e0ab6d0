package web

import (
	"net/http"
	"time"

	"naru/internal/booking"
	"naru/internal/fault"
	"naru/internal/store"
)

// hold takes the places of both doses for five minutes. A time that has just
// gone, a page that was old, a store that is away: the person stays on the page
// with the form (R12).
func (s *Server) hold(w http.ResponseWriter, r *http.Request, v visit) error {
	in, err := form(w, r, "key", "clinic", "start")
	if err != nil {
		return err
	}
	c := choice{clinic: in["clinic"]}
	key, start, err := holdInput(in)
	if staysOnPage(r, err) {
		return s.timesAgain(w, r, v, c, err)
	}
	if err != nil {
		return err
	}
	c.start = start
	request := store.HoldRequest{Key: key, Clinic: c.clinic, Start: start}
	_, err = s.opts.Store.Hold(r.Context(), v.session, request)
	switch {
	case err == nil:
		return s.redirect(w, r, v.at("/confirm"))
	case prefersJSON(r, false):
		return err
	case fault.Of(err).Message == "booking.already_booked":
		return s.redirect(w, r, v.at("/done"))
	case fault.CodeOf(err) == fault.UnknownOutcome:
		c.key = in["key"] // the same key again tells what became of it
		return s.timesPage(w, r, v, c, "", err)
	case staysOnPage(r, err):
		return s.timesAgain(w, r, v, c, err)
	}
	return err
}

// timesAgain shows the form once more, but to nobody whose session has ended
// meanwhile (rule W40): what is wrong with a form may be found before that.
func (s *Server) timesAgain(w http.ResponseWriter, r *http.Request, v visit, c choice, err error) error {
	if _, ended := s.decide(r, v); ended != nil && isOutside(fault.Of(ended)) {
		return ended
	}
	return s.timesPage(w, r, v, c, "", err)
}

func holdInput(in map[string]string) (booking.Key, time.Time, error) {
	key, err := booking.ParseKey(in["key"])
	if err != nil {
		return "", time.Time{}, fault.New(fault.Invalid, "flow.times_page_old")
	}
	if in["start"] == "" {
		return "", time.Time{}, fault.New(fault.Invalid, "flow.times_choose").With("Field", "start")
	}
	start, err := time.Parse(time.RFC3339, in["start"])
	if err != nil || start.Location() != time.UTC {
		return "", time.Time{}, fault.New(fault.Invalid, "flow.times_page_old")
	}
	return key, start, nil
}

// release gives a hold back; choosing goes on with everything else kept.
func (s *Server) release(w http.ResponseWriter, r *http.Request, v visit) error {
	in, err := form(w, r, "hold")
	if err != nil {
		return err
	}
	booked, err := s.booked(r, v)
	if err != nil {
		return err
	}
	if booked != nil {
		return s.redirect(w, r, v.at("/done")) // an old form: what is booked stays booked
	}
	if err := s.opts.Store.Release(r.Context(), v.session, booking.HoldID(in["hold"])); err != nil {
		return err
	}
	return s.redirect(w, r, v.at("/times?state=released"))
}
