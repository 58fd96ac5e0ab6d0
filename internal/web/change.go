package web

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"naru/internal/booking"
	"naru/internal/caldate"
	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/web/view"
)

// moves changes a reservation in the browser of a look-up: one's own, or one made for
// somebody else.
type moves func(ctx context.Context, token string, browser [32]byte, n booking.Number, dose int, start time.Time, key booking.Key, lang string) (booking.Reservation, error)

func (s *Server) changeRoutes() {
	own, ward := "/lookup/change", "/lookup/ward/change"
	s.handle("GET "+own+"/{nth}", s.found(s.askChange(own)))
	s.handle("POST "+own, s.found(s.change(own, s.opts.Store.Change)))
	s.handle("GET "+ward+"/{nth}", s.wards(s.askChange(ward)))
	s.handle("POST "+ward, s.wards(s.change(ward, s.opts.Store.ChangeWard)))
}

// wish is what somebody has chosen on the page of a change.
type wish struct {
	base string // path of the page
	nth  int    // of the list, from 1: no number is in an address
	dose int    // or booking.BothDoses
	choice
}

// askChange offers the other times of the clinic to which a dose, or both, may be moved.
func (s *Server) askChange(base string) lookedUp {
	return func(w http.ResponseWriter, r *http.Request, all []booking.Reservation) error {
		q, err := query(r, "dose", "day")
		if err != nil {
			return err
		}
		nth, err := strconv.Atoi(r.PathValue("nth"))
		if err != nil || nth < 1 || nth > len(all) {
			return fault.New(fault.NotFound, "web.no_page")
		}
		c := wish{base: base, nth: nth, dose: -1}
		if day, err := caldate.Parse(q["day"]); err == nil {
			c.day = day
		}
		if q["dose"] != "" {
			if c.dose, err = doseNamed(q["dose"]); err != nil {
				return fault.New(fault.NotFound, "web.no_page")
			}
		}
		return s.changePage(w, r, all[nth-1], c, nil)
	}
}

// doseNames are the choices as addresses and forms name them.
var doseNames = map[int]string{1: "1", 2: "2", booking.BothDoses: "both"}

func doseNamed(text string) (int, error) {
	for dose, name := range doseNames {
		if name == text {
			return dose, nil
		}
	}
	return 0, fault.New(fault.Invalid, "flow.times_page_old")
}

// change moves what was chosen. Sent again, its key gives the same answer; who is refused
// keeps what they had, and the page.
func (s *Server) change(base string, move moves) lookedUp {
	return func(w http.ResponseWriter, r *http.Request, all []booking.Reservation) error {
		in, err := form(w, r, "number", "dose", "key", "start")
		if err != nil {
			return err
		}
		res, err := pick(all, in["number"])
		if err != nil {
			return err
		}
		c := wish{base: base, dose: -1}
		for i := range all {
			if all[i].Number == res.Number {
				c.nth = i + 1
			}
		}
		dose, err := doseNamed(in["dose"])
		if err != nil {
			return s.changePage(w, r, res, c, err)
		}
		c.dose = dose
		key, start, err := holdInput(in)
		if err != nil {
			return s.changePage(w, r, res, c, err)
		}
		c.start = start
		_, err = move(r.Context(), cookie(r, lookupCookie), lookUpBrowser(r), res.Number, dose, start, key, eventOf(r).lang)
		if err == nil {
			return s.redirect(w, r, "/lookup/list?state=changed")
		}
		if !staysOnChange(r, err) {
			return err
		}
		if code := fault.CodeOf(err); code == fault.UnknownOutcome || code == fault.Unavailable {
			c.key = in["key"]
		}
		return s.changePage(w, r, res, c, err)
	}
}

// staysOnChange says whether a refusal is read on the page of the change.
func staysOnChange(r *http.Request, err error) bool {
	switch fault.CodeOf(err) {
	case fault.Conflict, fault.Expired, fault.Forbidden:
		return !prefersJSON(r, false)
	}
	return staysOnPage(r, err)
}

// changePage shows what may be moved, to which times; with failed once more, everything
// chosen kept (W43).
func (s *Server) changePage(w http.ResponseWriter, r *http.Request, res booking.Reservation, c wish, failed error) error {
	p := view.Change{Number: res.Number.String(), Facts: s.facts(r, res), Action: c.base}
	p.Flow, p.Key = s.lookupFrame(r, "change.title"), c.key
	if p.Key == "" {
		p.Key = newKey()
	}
	closed := s.whatMayMove(&p, res, &c)
	if closed != "" && failed == nil {
		p.Notice = closed
	}
	status := http.StatusOK
	if len(p.Doses) == 0 {
		if failed == nil {
			failed = res.Open(1, s.opts.Now())
		}
	} else if err := s.changeTimes(r, &p, res, c, failed); err != nil {
		return err
	}
	if failed != nil {
		status = StatusOf(failed)
		if len(p.Doses) == 0 {
			p.Flow = s.again(r, p.Flow, failed)
		}
	}
	return s.render(w, r, status, view.ChangePage(p))
}

// changeTimes fills in the days and times, and what is wrong with the one chosen.
func (s *Server) changeTimes(r *http.Request, p *view.Change, res booking.Reservation, c wish, failed error) error {
	all, err := s.opts.Store.OtherTimes(res, c.dose, gate.Web)
	if err != nil {
		return err
	}
	p.Dose = doseNames[c.dose]
	s.daysAndTimes(&p.Times, all, c.choice, func(day caldate.Date) string {
		return p.URL(fmt.Sprintf("%s/%d?dose=%s&day=%s#f-start", c.base, c.nth, p.Dose, day))
	})
	if failed != nil {
		p.Flow = s.timesFault(r, p.Flow, all, c.choice, failed)
	}
	return nil
}

// whatMayMove fills in the choice between the doses, and gives the sentence about one whose
// time the clinic has closed. Nothing chosen yet: that one, otherwise the first that can be
// moved; both where it has no free time alone.
func (s *Server) whatMayMove(p *view.Change, res booking.Reservation, c *wish) (closed string) {
	now := s.opts.Now()
	var open []int
	chosen := c.dose >= 0
	for _, dose := range []int{1, 2, booking.BothDoses} {
		if res.Open(dose, now) != nil {
			continue
		}
		open = append(open, dose)
		if dose != booking.BothDoses && closed == "" && s.opts.Store.IsClosed(res, dose) {
			closed = p.T("change.closed", "Number", dose)
			if c.dose < 0 {
				c.dose = dose
			}
		}
	}
	if c.dose < 0 && len(open) > 0 {
		c.dose = open[0]
	}
	if !chosen && len(open) > 2 {
		if alone, err := s.opts.Store.OtherTimes(res, c.dose, gate.Web); err == nil && len(alone) == 0 {
			c.dose = booking.BothDoses
		}
	}
	for _, dose := range open {
		p.Doses = append(p.Doses, view.Day{
			Text: p.T("change.dose_" + doseNames[dose]), Selected: dose == c.dose,
			URL: p.URL(fmt.Sprintf("%s/%d?dose=%s", c.base, c.nth, doseNames[dose])),
		})
	}
	return closed
}
