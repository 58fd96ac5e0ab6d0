package web

import (
	"net/http"

	"naru/internal/booking"
	"naru/internal/clinic"
	"naru/internal/fault"
	"naru/internal/store"
	"naru/internal/web/view"
)

// askConfirm shows what is held and takes the last word.
func (s *Server) askConfirm(w http.ResponseWriter, r *http.Request, v visit) error {
	return s.confirmPage(w, r, v, newKey(), nil)
}

func (s *Server) confirmPage(w http.ResponseWriter, r *http.Request, v visit, key string, err error) error {
	held, cerr := s.opts.Store.Current(r.Context(), v.session)
	switch {
	case cerr != nil:
		return cerr
	case held != nil && held.State == booking.Booked:
		return s.redirect(w, r, v.at("/done"))
	case held == nil || !s.opts.Now().Before(held.Expires):
		return s.redirect(w, r, v.at("/times?state=ended"))
	}
	c := view.Confirm{
		Flow: s.flow(r, v, 4, "confirm", "flow.confirm_title"), Facts: s.facts(r, *held), Key: key, Hold: string(held.HoldID),
		HoldEnds: s.opts.Agency.FormatTime(held.Expires), HoldEndsIn: s.secondsUntil(held.Expires),
		MayExtend: held.Extends < booking.HoldExtends,
	}
	c.Ends = "" // the hold's time is the one that matters here
	status := http.StatusOK
	if err != nil {
		status, c.Flow = StatusOf(err), s.again(r, c.Flow, err)
	}
	return s.render(w, r, status, view.ConfirmPage(c))
}

// confirm books. It can be repeated: one key has one answer, and a booking that
// stands is shown as done.
func (s *Server) confirm(w http.ResponseWriter, r *http.Request, v visit) error {
	in, err := form(w, r, "key", "hold")
	if err != nil {
		return err
	}
	key, err := booking.ParseKey(in["key"])
	if err != nil {
		return s.confirmPage(w, r, v, newKey(), fault.New(fault.Invalid, "flow.times_page_old"))
	}
	request := store.ConfirmRequest{Key: key, Hold: booking.HoldID(in["hold"]), Lang: eventOf(r).lang}
	_, err = s.opts.Store.Confirm(r.Context(), v.session, request)
	switch {
	case err == nil, fault.Of(err).Message == "booking.already_booked":
		return s.redirect(w, r, v.at("/done"))
	case prefersJSON(r, false):
		return err
	case fault.Of(err).Message == "booking.hold_ended":
		return s.redirect(w, r, v.at("/times?state=ended"))
	case fault.CodeOf(err) == fault.UnknownOutcome:
		again := fault.Wrap(fault.UnknownOutcome, "flow.confirm_again", err)
		return s.confirmPage(w, r, v, in["key"], again)
	case fault.CodeOf(err) == fault.Unavailable:
		return s.confirmPage(w, r, v, in["key"], err)
	case staysOnPage(r, err):
		return s.confirmPage(w, r, v, newKey(), err)
	}
	return err
}

// done shows the reservation that stands.
func (s *Server) done(w http.ResponseWriter, r *http.Request, v visit) error {
	booked, err := s.booked(r, v)
	if err != nil {
		return err
	}
	if booked == nil {
		return s.redirect(w, r, v.at("/book"))
	}
	d := view.Done{
		Flow: s.flow(r, v, 5, "", "flow.done_title"), Number: booked.Number.String(), Facts: s.facts(r, *booked),
	}
	d.Calendar = d.At("/done.ics")
	if s.opts.Development {
		d.Inbox = d.URL("/inbox")
	}
	return s.render(w, r, http.StatusOK, view.DonePage(d))
}

// booked is the person's booked reservation, or nil.
func (s *Server) booked(r *http.Request, v visit) (*booking.Reservation, error) {
	current, err := s.opts.Store.Current(r.Context(), v.session)
	if err != nil || current == nil || current.State != booking.Booked {
		return nil, err
	}
	return current, nil
}

func (s *Server) doneCalendar(w http.ResponseWriter, r *http.Request, v visit) error {
	booked, err := s.booked(r, v)
	if err != nil {
		return err
	}
	if booked == nil {
		return s.redirect(w, r, v.at("/book"))
	}
	return s.sendCalendar(w, r, *booked)
}

// facts are a reservation in words: doses with their dates, clinic, vaccine.
func (s *Server) facts(r *http.Request, res booking.Reservation) []view.Fact {
	lang, a := eventOf(r).lang, s.opts.Agency
	var all []view.Fact
	for _, d := range res.Doses {
		if d.Start.IsZero() {
			continue
		}
		term := s.text(lang, "flow.fact_dose", "Number", d.Number)
		if len(res.Doses) == 1 {
			term = s.text(lang, "flow.fact_dose_only")
		}
		all = append(all, view.Fact{Term: term, Value: a.FormatDateTime(lang, d.Start)})
	}
	name, address := s.clinicName(res.Clinic)
	all = append(all, view.Fact{Term: s.text(lang, "flow.fact_clinic"), Value: name})
	if address != "" {
		all = append(all, view.Fact{Term: s.text(lang, "flow.fact_address"), Value: address})
	}
	if p, err := s.opts.Store.Campaign(res.Campaign); err == nil {
		vaccine := s.in(lang, a.Vaccines[p.Campaign.Vaccine].Name)
		all = append(all, view.Fact{Term: s.text(lang, "flow.fact_vaccine"), Value: vaccine})
	}
	return all
}

// clinicName is the name and address of a clinic; one that has left the
// directory since is shown by its id.
func (s *Server) clinicName(id string) (name, address string) {
	d := s.opts.Store.Directory()
	if d == nil {
		return id, ""
	}
	c, err := d.Clinic(clinic.ID(id))
	if err != nil {
		return id, ""
	}
	return c.Name, c.Address
}
