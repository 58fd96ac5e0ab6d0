package web

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"naru/internal/booking"
	"naru/internal/caldate"
	"naru/internal/clinic"
	"naru/internal/fault"
	"naru/internal/person"
	"naru/internal/staff"
	"naru/internal/store"
	"naru/internal/web/view"
)

func (s *Server) clinicDay(w http.ResponseWriter, r *http.Request, c staff.Caller) error {
	k, date, err := s.dayOf(r, c)
	if err != nil {
		return err
	}
	return s.dayPage(w, r, c, k, date, nil)
}

func (s *Server) dayOf(r *http.Request, c staff.Caller) (*clinic.Clinic, caldate.Date, error) {
	date, err := caldate.Parse(r.PathValue("date"))
	if err != nil {
		return nil, date, fault.New(fault.NotFound, "web.no_page")
	}
	k, err := s.placeOfConsole(r, c, staff.SeeDay)
	return k, date, err
}

// dayPage shows the list; with err what could not be done.
func (s *Server) dayPage(w http.ResponseWriter, r *http.Request, c staff.Caller, k *clinic.Clinic, date caldate.Date, wrong error) error {
	made := s.opts.Now() // before the list is read: what is answered later is news to it
	comers, err := s.opts.Store.Day(r.Context(), c, string(k.ID), date)
	if err != nil {
		return err
	}
	v := view.DayPage{Console: s.consoleFrame(r, k, "console.day_title"), Date: date.String(), Today: date == s.civilDay()}
	v.Made = strconv.FormatInt(made.UnixMilli(), 10)
	v.Day, v.Worker = s.opts.Agency.FormatDate(v.Lang, date), v.URL("/staff/clinic-worker.js")
	if script := s.assets.URL("clinic.js"); script != "" {
		v.Scripts = append(v.Scripts, script)
	}
	v.Before = view.Link{Text: v.T("console.day_before"), URL: v.At("/day/" + date.AddDays(-1).String())}
	v.After = view.Link{Text: v.T("console.day_after"), URL: v.At("/day/" + date.AddDays(1).String())}
	v.Export, v.SignedIn = v.At("/day/"+v.Date+"/list.csv"), v.T("console.by", "Name", c.Name)
	for _, site := range clinic.Sites {
		v.Sites = append(v.Sites, view.Choice{Value: site, Text: v.T("console.site_" + site)})
	}
	for _, n := range clinic.Watches {
		v.Watches = append(v.Watches, view.Choice{Value: strconv.Itoa(n), Text: v.T("console.watch_minutes", "Minutes", n)})
	}
	s.comers(&v, k, comers)
	status := http.StatusOK
	if wrong != nil {
		status, v.Error = StatusOf(wrong), s.words(r, wrong)
		eventOf(r).code = string(fault.CodeOf(wrong))
	}
	return s.render(w, r, status, view.ClinicDayPage(v))
}

func (s *Server) comers(v *view.DayPage, k *clinic.Clinic, comers []store.Comer) {
	lot, given, vaccines := "", 0, map[string]int{}
	nonce := newKey()[:8]
	for _, one := range comers {
		if one.Shot.Lot != "" {
			lot = one.Shot.Lot
		}
		vaccines[one.Vaccine]++
		if one.State == booking.Used {
			given++
		}
	}
	for _, one := range comers {
		v.Comers = append(v.Comers, s.comerRow(v, one, nonce, lot))
	}
	v.Count = v.T("console.count", "Count", len(comers), "Given", given)
	schedule, _ := s.opts.Store.Hours(string(k.ID))
	for _, vial := range schedule.Vials {
		if n := vaccines[vial.Vaccine]; n > 0 {
			v.Vials = append(v.Vials, v.T("console.vial_line", "Vaccine", s.vaccineName(v.Lang, vial.Vaccine), "People", n,
				"Vials", (n+vial.Doses-1)/vial.Doses, "Spare", (vial.Doses-n%vial.Doses)%vial.Doses))
		}
	}
}

func (s *Server) vaccineName(lang, code string) string {
	if one, ok := s.opts.Agency.Vaccines[code]; ok {
		return s.in(lang, one.Name)
	}
	return code
}

// rowKey names a row of the day in the page, the same whenever it is made.
func rowKey(one store.Comer) string {
	sum := sha256.Sum256([]byte(string(one.HoldID) + strconv.Itoa(one.Dose)))
	return hex.EncodeToString(sum[:8])
}

func (s *Server) comerRow(v *view.DayPage, one store.Comer, nonce, lot string) view.ComerRow {
	row := view.ComerRow{
		Key: rowKey(one), Time: s.opts.Agency.FormatTime(one.Start), Name: one.Claim.Name, Born: one.Claim.Born.String(),
		Number: one.Number.String(), Who: string(one.Person), Nth: strconv.Itoa(one.Dose), Lot: lot, Outside: one.Outside,
		Dose: v.T("console.nth", "Nth", one.Dose), Vaccine: s.vaccineName(v.Lang, one.Vaccine), State: stepOf(one.Attendance),
	}
	row.Nonce = nonce + row.Key
	row.Status = s.statusText(v.Page, one.Attendance, one.Shot)
	if end := one.Watched(one.Shot.Watch); end.After(s.opts.Now()) {
		row.Until = strconv.FormatInt(end.UnixMilli(), 10)
	}
	return row
}

// stepOf is how far somebody's visit is.
func stepOf(a clinic.Attendance) string {
	switch {
	case !a.Given.IsZero():
		return string(clinic.Given)
	case !a.Missed.IsZero():
		return string(clinic.Missed)
	case !a.Arrived.IsZero():
		return string(clinic.Arrived)
	}
	return "booked"
}

func (s *Server) statusText(p view.Page, a clinic.Attendance, shot clinic.Shot) string {
	f := s.opts.Agency.FormatTime
	switch stepOf(a) {
	case string(clinic.Given):
		return p.T("console.is_given", "Time", f(a.Given), "Lot", shot.Lot)
	case string(clinic.Missed):
		return p.T("console.is_missed", "Time", f(a.Missed))
	case string(clinic.Arrived):
		return p.T("console.is_arrived", "Time", f(a.Arrived))
	}
	return p.T("console.is_booked")
}

// clinicCSV is the day's list for a spreadsheet (rule K29).
func (s *Server) clinicCSV(w http.ResponseWriter, r *http.Request, c staff.Caller) error {
	k, date, err := s.dayOf(r, c)
	if err != nil {
		return err
	}
	comers, err := s.opts.Store.Day(r.Context(), c, string(k.ID), date)
	if err != nil {
		return err
	}
	p := s.staffFrame(r, "console.day_title")
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8; header=present")
	h.Set("Content-Disposition", `attachment; filename="`+date.String()+`.csv"`)
	_, _ = w.Write([]byte("\ufeff")) // without the mark a spreadsheet does not read Korean; the reader may be gone
	out := csv.NewWriter(w)
	out.UseCRLF = true
	_ = out.Write([]string{p.T("console.when"), p.T("console.name"), p.T("console.born"), p.T("console.dose"), p.T("console.vaccine"), p.T("console.number"), p.T("console.outcome"), p.T("console.lot")})
	for _, one := range comers {
		_ = out.Write(plainCells(s.opts.Agency.FormatTime(one.Start), one.Claim.Name, one.Claim.Born.String(), strconv.Itoa(one.Dose),
			s.vaccineName(p.Lang, one.Vaccine), one.Number.String(), s.statusText(p, one.Attendance, one.Shot), one.Shot.Lot))
	}
	out.Flush()
	return nil
}

// plainCells keeps a spreadsheet from taking what somebody typed for a formula.
func plainCells(cells ...string) []string {
	for i, text := range cells {
		if strings.ContainsAny(text[:min(1, len(text))], "=+-@\t\r") {
			cells[i] = "'" + text
		}
	}
	return cells
}

// clinicAct takes one step of somebody's visit, from a form or from the queue of a
// tablet that was cut off; a program's answer is one JSON document.
func (s *Server) clinicAct(w http.ResponseWriter, r *http.Request, c staff.Caller) error {
	eventOf(r).machine = prefersJSON(r, false)
	k, err := s.placeOfConsole(r, c, staff.CheckIn)
	if err != nil {
		return err
	}
	in, err := form(w, r, "key", "who", "number", "dose", "step", "at", "lot", "site", "watch", "day", "row")
	if err != nil {
		return err
	}
	date, err := caldate.Parse(in["day"])
	if err != nil {
		return fault.New(fault.Malformed, "web.malformed")
	}
	q, err := s.attendRequest(k, in)
	var now clinic.Attendance
	if err == nil {
		now, err = s.opts.Store.Attend(r.Context(), c, q)
	}
	if err == nil && eventOf(r).machine {
		return s.stepTaken(w, r, now, q.Shot)
	}
	switch {
	case err == nil:
		return s.redirect(w, r, "/staff/clinic/"+string(k.ID)+"/day/"+date.String()+"#p-"+rowOf(in["row"]))
	case eventOf(r).machine || !staysOnPage(r, err) && fault.CodeOf(err) != fault.Conflict:
		return err
	}
	return s.dayPage(w, r, c, k, date, err)
}

// rowOf is the row to which the page goes back; anything else than one is none.
func rowOf(text string) string {
	if raw, err := hex.DecodeString(text); err != nil || len(raw) != 8 {
		return ""
	}
	return text
}

func (s *Server) attendRequest(k *clinic.Clinic, in map[string]string) (q store.AttendRequest, err error) {
	key, err := booking.ParseKey(in["key"])
	if err != nil {
		return q, err
	}
	number, err := booking.ParseNumber(in["number"])
	if err != nil {
		return q, err
	}
	q = store.AttendRequest{Key: key, Clinic: string(k.ID), Person: person.ID(in["who"]), Number: number, Step: clinic.Step(in["step"]), At: s.opts.Now()}
	if q.Dose, err = strconv.Atoi(in["dose"]); err != nil {
		return q, fault.New(fault.Malformed, "web.malformed")
	}
	if in["at"] != "" {
		if q.At, err = time.Parse(time.RFC3339, in["at"]); err != nil {
			return q, fault.New(fault.Invalid, "clinic.step_time").With("Field", "at")
		}
	}
	if q.Step != clinic.Given {
		return q, nil
	}
	watch, _ := strconv.Atoi(in["watch"]) // 0 is refused
	q.Shot, err = clinic.ParseShot("", in["lot"], in["site"], watch)
	return q, err
}

// stepTaken tells a tablet how the visit stands.
func (s *Server) stepTaken(w http.ResponseWriter, r *http.Request, now clinic.Attendance, shot clinic.Shot) error {
	p := s.staffFrame(r, "console.day_title")
	w.Header().Set("Content-Type", "application/json")
	answer := map[string]any{"made": s.opts.Now().UnixMilli(), "state": stepOf(now), "text": s.statusText(p, now, shot)}
	if end := now.Watched(shot.Watch); !end.IsZero() {
		answer["until"] = end.UnixMilli()
	}
	return json.NewEncoder(w).Encode(answer)
}
