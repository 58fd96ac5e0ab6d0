package web

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"naru/internal/booking"
	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/person"
	"naru/internal/staff"
	"naru/internal/store"
	"naru/internal/web/view"
)

// callCancel cancels at the caller's word.
func (s *Server) callCancel(w http.ResponseWriter, r *http.Request, c staff.Caller) error {
	in, err := form(w, r, "number", "key", "check")
	if err != nil {
		return err
	}
	claim, err := s.onLine(r, c)
	if err != nil {
		return s.redirect(w, r, "/staff/call")
	}
	check, number, key, err := changeInput(in)
	if err == nil {
		_, err = s.opts.Store.CancelForCaller(r.Context(), c, claim, check, number, key, eventOf(r).lang)
	}
	if err == nil {
		return s.redirect(w, r, "/staff/call/person?said=cancelled")
	}
	return s.callRefused(w, r, c, err)
}

// callRefused keeps the agent on the caller's page with what was said.
func (s *Server) callRefused(w http.ResponseWriter, r *http.Request, c staff.Caller, err error) error {
	code := fault.CodeOf(err)
	if staysOnPage(r, err) || !prefersJSON(r, false) && (code == fault.Conflict || code == fault.Expired || code == fault.NotFound) {
		return s.callPersonPage(w, r, c, nil, err)
	}
	return err
}

// changeInput reads what a change and a cancelling have in common. A code is no way to
// be satisfied here: what is booked is the person's already, and they were spoken to.
func changeInput(in map[string]string) (person.Vouch, booking.Number, booking.Key, error) {
	check, err := person.ParseVouch(in["check"])
	if err == nil && check == person.VouchCode {
		err = fault.New(fault.Invalid, "call.check_missing").With("Field", "check")
	}
	if err != nil {
		return "", "", "", err
	}
	number, err := booking.ParseNumber(in["number"])
	if err != nil {
		return "", "", "", err
	}
	key, err := booking.ParseKey(in["key"])
	if err != nil {
		err = fault.New(fault.Invalid, "flow.times_page_old")
	}
	return check, number, key, err
}

// askCallChange offers the free times nearest to the one that is booked. The
// reservation is named by its place in the list: no number is in an address.
func (s *Server) askCallChange(w http.ResponseWriter, r *http.Request, c staff.Caller) error {
	q, err := query(r, "n", "dose")
	if err != nil {
		return err
	}
	claim, err := s.onLine(r, c)
	if err != nil {
		return s.redirect(w, r, "/staff/call")
	}
	seen, err := s.opts.Store.SeeCaller(r.Context(), c, claim)
	if err != nil {
		return err
	}
	nth, _ := strconv.Atoi(q["n"])
	dose, err := doseNamed(q["dose"])
	if err != nil || nth < 1 || nth > len(seen.Reservations) {
		return s.redirect(w, r, "/staff/call/person")
	}
	res := seen.Reservations[nth-1]
	if res.Open(dose, s.opts.Now()) != nil {
		return s.redirect(w, r, "/staff/call/person")
	}
	p := view.CallChange{
		Flow: s.lookupFrame(r, "call.change_title"), Number: res.Number.String(), Dose: q["dose"], Key: newKey(), Facts: s.facts(r, res),
	}
	p.Checks = s.checks(p.Page, "", false)
	if p.Offers, err = s.otherTimes(p.Flow, res, dose); err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, view.CallChangePage(p))
}

// otherTimes are the free times of the clinic that the rules let this dose have, or both,
// the nearest first.
func (s *Server) otherTimes(f view.Flow, res booking.Reservation, dose int) ([]view.CallOffer, error) {
	all, err := s.opts.Store.OtherTimes(res, dose, gate.Phone)
	if err != nil {
		return nil, err
	}
	var out []view.CallOffer
	name, address := s.clinicName(res.Clinic)
	i := max(0, slices.IndexFunc(res.Doses, func(d booking.Dose) bool { return d.Number == dose })) // of both: the first
	for i, t := range nearest(all, res.Doses[i].Start, offersShown) {
		out = append(out, view.CallOffer{
			Value: t.Start.UTC().Format(time.RFC3339), Time: s.opts.Agency.FormatDateTime(f.Lang, t.Start),
			Clinic: name, Address: address, Left: s.leftWords(f, t.Left, false), Selected: i == 0,
		})
	}
	return out, nil
}

// callChange moves one dose at the caller's word.
func (s *Server) callChange(w http.ResponseWriter, r *http.Request, c staff.Caller) error {
	in, err := form(w, r, "number", "dose", "key", "check", "start")
	if err != nil {
		return err
	}
	claim, err := s.onLine(r, c)
	if err != nil {
		return s.redirect(w, r, "/staff/call")
	}
	check, number, key, err := changeInput(in)
	if err == nil {
		q := store.ChangeRequest{Number: number, Key: key, Lang: eventOf(r).lang}
		if q.Dose, err = doseNamed(in["dose"]); err == nil {
			_, q.Start, err = holdInput(map[string]string{"key": in["key"], "start": in["start"]})
		}
		if err == nil {
			_, err = s.opts.Store.ChangeForCaller(r.Context(), c, claim, check, q)
		}
	}
	if err == nil {
		return s.redirect(w, r, "/staff/call/person?said=changed")
	}
	return s.callRefused(w, r, c, err)
}
