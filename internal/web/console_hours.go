package web

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"naru/internal/caldate"
	"naru/internal/clinic"
	"naru/internal/fault"
	"naru/internal/staff"
	"naru/internal/store"
	"naru/internal/web/view"
)

// vaccineCodes are the agency's vaccines, in a fixed order.
func (s *Server) vaccineCodes() []string {
	return slices.Sorted(maps.Keys(s.opts.Agency.Vaccines))
}

// clock writes minutes after midnight as 09:30.
func clock(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

// minutesOf reads what clock wrote; nothing is none.
func minutesOf(text string) (minutes int, some bool, err error) {
	if text == "" {
		return 0, false, nil
	}
	if text == "24:00" {
		return 24 * 60, true, nil
	}
	at, err := time.Parse("15:04", text)
	return at.Hour()*60 + at.Minute(), true, err
}

// hoursFields are the fields of every change of hours.
func (s *Server) hoursFields() []string {
	all := []string{"version", "change", "date", "from", "to", "lunch_from", "lunch_to", "per_slot", "remedy", "why"}
	for n := range 7 {
		all = append(all, "open"+strconv.Itoa(n), "close"+strconv.Itoa(n))
	}
	for code := range s.opts.Agency.Vaccines {
		all = append(all, "vial_"+code)
	}
	return all
}

func (s *Server) clinicHours(w http.ResponseWriter, r *http.Request, c staff.Caller) error {
	k, err := s.placeOfConsole(r, c, staff.SetHours)
	if err != nil {
		return err
	}
	return s.hoursPage(w, r, c, k, nil)
}

func (s *Server) hoursPage(w http.ResponseWriter, r *http.Request, c staff.Caller, k *clinic.Clinic, wrong error) error {
	schedule, version := s.opts.Store.Hours(string(k.ID))
	v := view.HoursPage{Console: s.consoleFrame(r, k, "console.hours"), Version: strconv.FormatInt(version, 10)}
	s.weekFields(&v, k, schedule)
	v.Date = view.Field{Name: "date", Label: v.T("console.date"), Type: "date", Value: s.civilDay().String(), Required: true}
	for at := 0; at <= 24*60; at += s.opts.Agency.SlotMinutes {
		v.Times = append(v.Times, view.Choice{Value: clock(at), Text: clock(at)})
	}
	v.Special = s.specialDays(v.Console, schedule)
	for _, code := range s.vaccineCodes() {
		f := view.Field{Name: "vial_" + code, Label: s.vaccineName(v.Lang, code), InputMode: "numeric", MaxLength: 2}
		if n := schedule.PerVial(code); n > 0 {
			f.Value = strconv.Itoa(n)
		}
		v.Vials = append(v.Vials, f)
	}
	receipts, err := s.opts.Store.Closings(r.Context(), c, string(k.ID))
	if err != nil {
		return err
	}
	for _, one := range receipts {
		v.Receipts = append(v.Receipts, s.receipt(v.Console, one))
	}
	status := http.StatusOK
	if wrong != nil {
		status, v.Error = StatusOf(wrong), s.words(r, wrong)
		eventOf(r).code = string(fault.CodeOf(wrong))
	}
	return s.render(w, r, status, view.HoursFormPage(v))
}

func (s *Server) weekFields(v *view.HoursPage, k *clinic.Clinic, schedule clinic.Schedule) {
	week := clinic.Week{Hours: k.Hours, Lunch: k.Lunch}
	if schedule.Week != nil {
		week = *schedule.Week
	}
	field := func(name, label string, at int, some bool) view.Field {
		f := view.Field{Name: name, Label: v.T(label), Type: "time", In: "week"}
		if some {
			f.Value = clock(at % (24 * 60))
		}
		return f
	}
	names := s.opts.Agency.Language(v.Lang).Weekdays
	for n := range 7 {
		day := (n + 1) % 7 // from Monday
		d := week.Hours[day]
		v.Week = append(v.Week, view.WeekRow{
			Day: names[day], Open: field("open"+strconv.Itoa(day), "console.opens", d.Open, !d.Closed()),
			Close: field("close"+strconv.Itoa(day), "console.closes", d.Close, !d.Closed()),
		})
	}
	lunch := !week.Lunch.IsZero()
	v.Lunch = [2]view.Field{field("lunch_from", "console.from", week.Lunch.From, lunch), field("lunch_to", "console.to", week.Lunch.To, lunch)}
	v.PerSlot = view.Field{Name: "per_slot", Label: v.T("console.per_slot", "Minutes", s.opts.Agency.SlotMinutes), Hint: v.T("console.per_slot_hint"), InputMode: "numeric", MaxLength: 3}
	if schedule.PerSlot > 0 {
		v.PerSlot.Value = strconv.Itoa(schedule.PerSlot)
	}
}

func (s *Server) receipt(c view.Console, one store.Closing) view.Receipt {
	out := view.Receipt{At: s.opts.Agency.FormatDateTime(c.Lang, one.At), Why: c.T("clinic.why_" + one.Why), State: c.T("console.looking")}
	if one.Done {
		out.State = c.T("console.done")
	}
	for _, p := range one.Concerns {
		text := c.T("console.outcome_" + p.Outcome)
		if !p.After.IsZero() {
			text = c.T("console.outcome_to", "Time", s.opts.Agency.FormatDateTime(c.Lang, p.After))
		}
		out.People = append(out.People, view.Concerned{
			Time: s.opts.Agency.FormatDateTime(c.Lang, p.Before), Name: p.Claim.Name, Born: p.Claim.Born.String(),
			Dose: c.T("console.nth", "Nth", p.Dose), Phone: s.opts.Agency.FormatPhone(p.Claim.Mobile), Outcome: text,
		})
	}
	return out
}

// scheduleOf is the schedule that a form asks for.
func (s *Server) scheduleOf(k *clinic.Clinic, in map[string]string) (clinic.Schedule, error) {
	schedule, _ := s.opts.Store.Hours(string(k.ID))
	var err error
	switch in["change"] {
	case "week":
		schedule, err = weekOf(schedule, in)
	case "vials":
		schedule, err = s.vialsOf(schedule, in)
	case "close", "ordinary":
		date, derr := caldate.Parse(in["date"])
		if derr != nil || date.Before(s.civilDay()) {
			return schedule, fault.New(fault.Invalid, "clinic.days_bad").With("Field", "date")
		}
		if in["change"] == "ordinary" {
			schedule = schedule.Without(date)
			break
		}
		from, _, err1 := minutesOf(in["from"])
		to, _, err2 := minutesOf(in["to"])
		if err1 != nil || err2 != nil || from >= to {
			return schedule, fault.New(fault.Invalid, "clinic.days_bad").With("Field", "from")
		}
		schedule = schedule.Closed(k, date, clinic.Span{From: from, To: to}, s.opts.Agency.HolidayDates())
	default:
		return schedule, fault.New(fault.Malformed, "web.malformed")
	}
	if err == nil {
		err = schedule.Valid()
	}
	return schedule, err
}

func weekOf(schedule clinic.Schedule, in map[string]string) (clinic.Schedule, error) {
	bad := fault.New(fault.Invalid, "clinic.week_bad").With("Field", "week")
	var week clinic.Week
	for n := range 7 {
		open, some, err1 := minutesOf(in["open"+strconv.Itoa(n)])
		shut, also, err2 := minutesOf(in["close"+strconv.Itoa(n)])
		if err1 != nil || err2 != nil || some != also {
			return schedule, bad
		}
		if some && shut == 0 {
			shut = 24 * 60 // 00:00 is the midnight that ends the day
		}
		if some {
			week.Hours[n] = clinic.Day{Open: open, Close: shut}
		}
	}
	from, some, err1 := minutesOf(in["lunch_from"])
	to, also, err2 := minutesOf(in["lunch_to"])
	if err1 != nil || err2 != nil || some != also {
		return schedule, bad
	}
	week.Lunch = clinic.Span{From: from, To: to}
	schedule.Week, schedule.PerSlot = &week, 0
	if in["per_slot"] != "" {
		n, err := strconv.Atoi(in["per_slot"])
		if err != nil {
			return schedule, fault.New(fault.Invalid, "clinic.per_slot_bad").With("Field", "per_slot")
		}
		schedule.PerSlot = n
	}
	return schedule, nil
}

func (s *Server) vialsOf(schedule clinic.Schedule, in map[string]string) (clinic.Schedule, error) {
	schedule.Vials = nil
	for _, code := range s.vaccineCodes() {
		if in["vial_"+code] == "" {
			continue
		}
		n, err := strconv.Atoi(in["vial_"+code])
		if err != nil {
			return schedule, fault.New(fault.Invalid, "clinic.vials_bad").With("Field", "vials")
		}
		schedule.Vials = append(schedule.Vials, clinic.Vial{Vaccine: code, Doses: n})
	}
	return schedule, nil
}

// clinicPreview shows whom a change concerns; nothing is changed yet.
func (s *Server) clinicPreview(w http.ResponseWriter, r *http.Request, c staff.Caller) error {
	k, in, schedule, err := s.hoursForm(w, r, c)
	if k == nil {
		return err
	}
	if err != nil {
		return s.hoursPage(w, r, c, k, err)
	}
	people, err := s.opts.Store.Concerned(r.Context(), c, string(k.ID), schedule)
	if err != nil {
		return err
	}
	v := view.Preview{Console: s.consoleFrame(r, k, "console.preview")}
	for name, value := range in {
		if value != "" && name != "remedy" && name != "why" {
			v.Kept = append(v.Kept, view.Choice{Value: name, Text: value})
		}
	}
	v.What = v.T("console.what_"+in["change"], "Day", s.dayText(v.Lang, in["date"]), "From", in["from"], "To", in["to"])
	for _, p := range people {
		v.People = append(v.People, view.Concerned{
			Time: s.opts.Agency.FormatDateTime(v.Lang, p.Start), Name: p.Claim.Name, Born: p.Claim.Born.String(),
			Dose: v.T("console.nth", "Nth", p.Dose), Phone: s.opts.Agency.FormatPhone(p.Claim.Mobile),
		})
	}
	for _, one := range []store.Remedy{store.RemedyMove, store.RemedyTell} {
		v.Remedies = append(v.Remedies, view.Choice{Value: string(one), Text: v.T("console.remedy_" + string(one))})
	}
	for _, why := range store.Whys {
		v.Whys = append(v.Whys, view.Choice{Value: why, Text: v.T("clinic.why_" + why)})
	}
	return s.render(w, r, http.StatusOK, view.PreviewPage(v))
}

func (s *Server) dayText(lang, date string) string {
	day, err := caldate.Parse(date)
	if err != nil {
		return ""
	}
	return s.opts.Agency.FormatDate(lang, day)
}

// hoursForm reads a change; without a clinic err is the answer.
func (s *Server) hoursForm(w http.ResponseWriter, r *http.Request, c staff.Caller) (*clinic.Clinic, map[string]string, clinic.Schedule, error) {
	k, err := s.placeOfConsole(r, c, staff.SetHours)
	if err != nil {
		return nil, nil, clinic.Schedule{}, err
	}
	in, err := form(w, r, s.hoursFields()...)
	if err != nil {
		return nil, nil, clinic.Schedule{}, err
	}
	schedule, err := s.scheduleOf(k, in)
	return k, in, schedule, err
}

// clinicSet makes the change that was previewed.
func (s *Server) clinicSet(w http.ResponseWriter, r *http.Request, c staff.Caller) error {
	k, in, schedule, err := s.hoursForm(w, r, c)
	if k == nil {
		return err
	}
	version, verr := strconv.ParseInt(in["version"], 10, 64)
	if err == nil && verr != nil {
		err = fault.New(fault.Malformed, "web.malformed")
	}
	if err == nil {
		_, err = s.opts.Store.SetHours(r.Context(), c, store.HoursChange{
			Clinic: string(k.ID), Version: version, Schedule: schedule, Remedy: store.Remedy(in["remedy"]), Why: in["why"],
		})
	}
	switch {
	case err == nil:
		return s.redirect(w, r, "/staff/clinic/"+string(k.ID)+"/hours")
	case staysOnPage(r, err), fault.CodeOf(err) == fault.Conflict:
		return s.hoursPage(w, r, c, k, err)
	}
	return err
}
