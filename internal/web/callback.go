package web

import (
	"net/http"
	"time"

	"naru/internal/caldate"
	"naru/internal/fault"
	"naru/internal/person"
	"naru/internal/staff"
	"naru/internal/web/view"
)

func (s *Server) callbacks(w http.ResponseWriter, r *http.Request, c staff.Caller) error {
	return s.callbacksPage(w, r, c, nil, nil)
}

// callbacksPage lists promised calls, the earliest due first.
func (s *Server) callbacksPage(w http.ResponseWriter, r *http.Request, c staff.Caller, in map[string]string, faults []error) error {
	all, err := s.opts.Store.Callbacks(r.Context(), c)
	if err != nil {
		return err
	}
	p := view.Callbacks{Flow: s.lookupFrame(r, "call.backs_title")}
	names := map[staff.ID]string{c.ID: c.Name}
	for _, one := range all {
		p.Items = append(p.Items, s.callbackWords(r, p.Page, c, one, names))
	}
	known := view.LookUp{Flow: p.Flow, Fields: []view.Field{
		{Name: "name", Label: p.T("call.name"), MaxLength: 100, Autocomplete: "off", Value: in["name"]},
		{Name: "mobile", Label: p.T("call.mobile"), Type: "tel", InputMode: "tel", MaxLength: 30, Autocomplete: "off", Value: in["mobile"]},
		{Name: "due", Label: p.T("call.due"), Hint: p.T("call.due_hint"), MaxLength: 20, Autocomplete: "off", Value: in["due"]},
	}}
	status := s.mark(r, &known, faults)
	p.Flow, p.Fields = known.Flow, known.Fields
	for _, a := range staff.Abouts {
		p.Abouts = append(p.Abouts, view.Option{Value: string(a), Text: p.T("call.about_" + string(a)), Selected: in["about"] == string(a)})
	}
	return s.render(w, r, status, view.CallbacksPage(p))
}

func (s *Server) callbackWords(r *http.Request, p view.Page, c staff.Caller, one staff.Callback, names map[staff.ID]string) view.Callback {
	a, now := s.opts.Agency, s.opts.Now()
	v := view.Callback{
		ID: one.ID, Name: one.Name, Phone: a.FormatPhone(one.Phone), Tel: "tel:" + one.Phone, About: p.T("call.about_" + string(one.About)),
		Due: a.FormatDateTime(p.Lang, one.Due), Overdue: one.Overdue(now),
		By: p.T("call.promised_by", "Name", s.staffName(r, one.PromisedBy, names), "Time", a.FormatDateTime(p.Lang, one.PromisedAt)),
	}
	v.Mine = one.State == staff.CallTaken && one.TakenBy == c.ID
	if _, err := one.Taken(c.ID, now); err == nil {
		v.MayTake = !v.Mine
	}
	if one.State == staff.CallTaken {
		v.State = p.T("call.taken_by", "Name", s.staffName(r, one.TakenBy, names))
	} else if one.Tries > 0 {
		v.State = p.T("call.tries", "Count", one.Tries)
	}
	return v
}

// staffName is a colleague's name; one who cannot be read is their id.
func (s *Server) staffName(r *http.Request, id staff.ID, names map[staff.ID]string) string {
	if _, known := names[id]; !known {
		names[id] = string(id)
		if a, err := s.opts.Store.Account(r.Context(), id); err == nil {
			names[id] = a.Name
		}
	}
	return names[id]
}

// promise writes down that somebody will be called.
func (s *Server) promise(w http.ResponseWriter, r *http.Request, c staff.Caller) error {
	in, err := form(w, r, "name", "mobile", "due", "about")
	if err != nil {
		return err
	}
	one, faults := s.readPromise(in)
	if len(faults) == 0 {
		if _, err := s.opts.Store.Promise(r.Context(), c, one); staysOnPage(r, err) {
			faults = append(faults, err)
		} else if err != nil {
			return err
		}
	}
	if len(faults) > 0 {
		return s.callbacksPage(w, r, c, in, faults)
	}
	return s.redirect(w, r, "/staff/call/backs")
}

func (s *Server) readPromise(in map[string]string) (staff.Callback, []error) {
	var faults []error
	today := caldate.Of(s.opts.Now(), s.opts.Agency.Zone)
	who := staff.Callback{}
	claim, err := person.NewClaim(s.opts.Agency, in["name"], "1990-01-01", s.opts.Agency.Phone.Example, today)
	if err != nil {
		faults = append(faults, err)
	}
	who.Name = claim.Name
	if claim, err = person.NewClaim(s.opts.Agency, "A", "1990-01-01", in["mobile"], today); err != nil {
		faults = append(faults, err)
	}
	who.Phone = claim.Mobile
	typed, err := time.Parse("2006-01-02 15:04", in["due"])
	if err == nil {
		who.Due, err = caldate.Of(typed, time.UTC).Clock(typed.Hour(), typed.Minute(), s.opts.Agency.Zone)
	}
	if err != nil {
		faults = append(faults, fault.New(fault.Invalid, "call.due_bad").With("Field", "due").With("Days", int(staff.CallAhead.Hours()/24)))
	}
	if who.About, err = staff.ParseAbout(in["about"]); err != nil {
		faults = append(faults, err)
	}
	return who, faults
}

// takeCallback gives a call to this agent; another who was first has it.
func (s *Server) takeCallback(w http.ResponseWriter, r *http.Request, c staff.Caller) error {
	in, err := form(w, r, "id")
	if err != nil {
		return err
	}
	return s.callbackDone(w, r, c, s.opts.Store.TakeCallback(r.Context(), c, in["id"]))
}

// endCallback notes whether the person was reached.
func (s *Server) endCallback(w http.ResponseWriter, r *http.Request, c staff.Caller) error {
	in, err := form(w, r, "id", "reached")
	if err != nil {
		return err
	}
	return s.callbackDone(w, r, c, s.opts.Store.EndCallback(r.Context(), c, in["id"], in["reached"] == "yes"))
}

func (s *Server) callbackDone(w http.ResponseWriter, r *http.Request, c staff.Caller, err error) error {
	code := fault.CodeOf(err)
	switch {
	case err == nil:
		return s.redirect(w, r, "/staff/call/backs")
	case !prefersJSON(r, false) && (code == fault.Conflict || code == fault.NotFound):
		return s.callbacksPage(w, r, c, nil, []error{err})
	}
	return err
}
