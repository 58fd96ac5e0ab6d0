package web

import (
	"net/http"

	"naru/internal/caldate"
	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/person"
	"naru/internal/store"
	register "naru/internal/visit"
	"naru/internal/web/view"
)

// The cookies of those who look after facilities.
const (
	managerCookie      = "__Host-naru-manager"
	managerPhoneCookie = "__Host-naru-manager-phone" // while the code is on its way, sealed
)

func (s *Server) facilityRoutes() {
	s.handle("GET /facility/enter", s.askManager)
	s.handle("POST /facility/enter", s.sendManager)
	s.handle("GET /facility/code", s.askManagerCode)
	s.handle("POST /facility/code", s.proveManager)
	s.handleManager("GET /facility", s.facilities)
	s.handleManager("POST /facility", s.signUpFacility)
	s.handleManager("GET /facility/{id}", s.facilityPage)
	s.handleManager("POST /facility/{id}/managers", s.changeManagers)
	s.handleManager("POST /facility/{id}/devices", s.changeDevices)
	s.handleManager("POST /facility/{id}/paper", s.notePaper)
	s.handleManager("GET /facility/{id}/paper", s.paperPage)
	s.handleManager("POST /facility/leave", s.leaveFacility)
}

// managerHandler is a page for somebody whose telephone was proven.
type managerHandler func(w http.ResponseWriter, r *http.Request, m store.Manager) error

func (s *Server) handleManager(pattern string, h managerHandler) {
	s.handle(pattern, func(w http.ResponseWriter, r *http.Request) error {
		m, err := s.opts.Store.Manager(cookie(r, managerCookie), gate.BrowserHash(cookie(r, browserCookie)))
		if err != nil {
			return s.redirect(w, r, "/facility/enter")
		}
		return h(w, r, m)
	})
}

func (s *Server) askManager(w http.ResponseWriter, r *http.Request) error {
	return s.managerPage(w, r, "", nil)
}

func (s *Server) managerPage(w http.ResponseWriter, r *http.Request, typed string, err error) error {
	p := view.LookUp{Flow: s.lookupFrame(r, "facility.enter_title")}
	p.Fields = []view.Field{s.phoneField(p.Flow, "facility.phone", typed)}
	return s.render(w, r, s.mark(r, &p, faultsOf(err)), view.FacilityEnterPage(p))
}

func (s *Server) phoneField(f view.Flow, label, typed string) view.Field {
	return view.Field{
		Name: "mobile", Label: f.T(label), Hint: f.T("flow.claim_mobile_hint", "Example", s.opts.Agency.Phone.Example), Value: typed,
		Type: "tel", Autocomplete: "tel", InputMode: "tel", Required: true, MaxLength: 20,
	}
}

func faultsOf(err error) []error {
	if err == nil {
		return nil
	}
	return []error{err}
}

func (s *Server) phoneOf(typed string) (string, error) {
	phone, err := s.opts.Agency.NormalisePhone(typed)
	if err != nil {
		return "", fault.Of(err).With("Field", "mobile")
	}
	return phone, nil
}

func (s *Server) sendManager(w http.ResponseWriter, r *http.Request) error {
	in, err := form(w, r, "mobile")
	if err != nil {
		return err
	}
	phone, err := s.phoneOf(in["mobile"])
	if err == nil {
		err = s.opts.Store.SendManagerCode(r.Context(), phone, gate.BrowserHash(browser(w, r)), eventOf(r).lang)
	}
	if staysOnPage(r, err) {
		return s.managerPage(w, r, in["mobile"], err)
	}
	if err != nil {
		return err
	}
	setCookie(w, managerPhoneCookie, s.opts.Store.SealClaim(person.Claim{Mobile: phone}, gate.TicketID{}), lookupLife)
	return s.redirect(w, r, "/facility/code")
}

func (s *Server) askManagerCode(w http.ResponseWriter, r *http.Request) error {
	return s.managerCodePage(w, r, nil)
}

func (s *Server) managerCodePage(w http.ResponseWriter, r *http.Request, err error) error {
	c, bad := s.opts.Store.OpenClaim(cookie(r, managerPhoneCookie), gate.TicketID{})
	if bad != nil {
		return s.redirect(w, r, "/facility/enter")
	}
	p := view.Prove{Flow: s.lookupFrame(r, "facility.code_title"), Phone: s.mask(c.Mobile)}
	p.Code = s.codeField(p.Flow)
	status := http.StatusOK
	if err != nil {
		status = StatusOf(err)
		p.Flow, p.Code = s.codeFault(r, p.Flow, p.Code, err)
	}
	if s.opts.Development {
		p.Inbox = p.URL("/inbox?to=" + c.Mobile)
	}
	return s.render(w, r, status, view.FacilityCodePage(p))
}

func (s *Server) proveManager(w http.ResponseWriter, r *http.Request) error {
	in, err := form(w, r, "code")
	if err != nil {
		return err
	}
	c, err := s.opts.Store.OpenClaim(cookie(r, managerPhoneCookie), gate.TicketID{})
	if err != nil {
		return s.redirect(w, r, "/facility/enter")
	}
	token, err := s.opts.Store.ProveManager(r.Context(), c.Mobile, gate.BrowserHash(browser(w, r)), in["code"])
	if staysOnPage(r, err) || isCodeFault(r, err) {
		return s.managerCodePage(w, r, err)
	}
	if err != nil {
		return err
	}
	setCookie(w, managerCookie, token, sessionLife)
	dropCookie(w, managerPhoneCookie)
	return s.redirect(w, r, "/facility")
}

func (s *Server) leaveFacility(w http.ResponseWriter, r *http.Request, _ store.Manager) error {
	dropCookie(w, managerCookie)
	return s.redirect(w, r, "/facility/enter")
}

func (s *Server) facilities(w http.ResponseWriter, r *http.Request, m store.Manager) error {
	return s.facilitiesPage(w, r, m, nil, nil)
}

func (s *Server) facilitiesPage(w http.ResponseWriter, r *http.Request, m store.Manager, in map[string]string, faults []error) error {
	all, err := s.opts.Store.Facilities(r.Context(), m)
	if err != nil {
		return err
	}
	l := view.LookUp{Flow: s.lookupFrame(r, "facility.title")}
	for _, name := range []string{"facility", "business", "representative"} {
		l.Fields = append(l.Fields, view.Field{Name: name, Label: l.T("facility." + name), Value: in[name], Required: true, Autocomplete: "off", MaxLength: 80})
	}
	status := s.mark(r, &l, faults)
	p := view.Facilities{LookUp: l}
	for _, f := range all {
		p.All = append(p.All, view.Link{Text: f.Name, URL: l.URL("/facility/" + string(f.ID)), Detail: f.Business})
	}
	return s.render(w, r, status, view.FacilitiesPage(p))
}

func (s *Server) signUpFacility(w http.ResponseWriter, r *http.Request, m store.Manager) error {
	in, err := form(w, r, "facility", "business", "representative")
	if err != nil {
		return err
	}
	f, faults := register.NewFacility(in["facility"], in["business"], in["representative"])
	if len(faults) > 0 {
		return s.facilitiesPage(w, r, m, in, faults)
	}
	id, err := s.opts.Store.SignUpFacility(r.Context(), m, f)
	if err != nil {
		return err
	}
	return s.redirect(w, r, "/facility/"+string(id))
}

func (s *Server) facilityPage(w http.ResponseWriter, r *http.Request, m store.Manager) error {
	return s.oneFacility(w, r, m, "", nil)
}

// oneFacility shows a facility; code is a pairing code that was just made.
func (s *Server) oneFacility(w http.ResponseWriter, r *http.Request, m store.Manager, code string, wrong error) error {
	id, err := register.ParseFacilityID(r.PathValue("id"))
	if err != nil {
		return err
	}
	f, err := s.opts.Store.Managed(r.Context(), m, id)
	if err != nil {
		return err
	}
	managers, err := s.opts.Store.Managers(r.Context(), m, id)
	if err != nil {
		return err
	}
	devices, err := s.opts.Store.Devices(r.Context(), m, id)
	if err != nil {
		return err
	}
	papers, err := s.opts.Store.Papers(r.Context(), m, id)
	if err != nil {
		return err
	}
	l := view.LookUp{Flow: s.lookupFrame(r, "facility.title")}
	l.Fields = []view.Field{
		s.phoneField(l.Flow, "facility.manager_phone", ""), {Name: "name", Label: l.T("facility.device_name"), Required: true, Autocomplete: "off", MaxLength: 30},
	}
	status := s.mark(r, &l, faultsOf(wrong))
	l.Title = f.Name
	p := view.Facility{LookUp: l, ID: string(id), Business: f.Business, Code: code, Today: caldate.Of(s.opts.Now(), s.opts.Agency.Zone).String()}
	for _, one := range managers {
		p.Managers = append(p.Managers, view.FacilityManager{Phone: s.opts.Agency.FormatPhone(one.Phone), Number: one.Phone, Owner: one.Owner})
	}
	for _, d := range devices {
		p.Devices = append(p.Devices, view.FacilityDevice{ID: string(d.ID), Name: d.Name, Paired: s.instant(r, d.PairedAt)})
	}
	for _, one := range papers {
		p.Papers = append(p.Papers, s.paperLine(r, l.Flow, one))
	}
	return s.render(w, r, status, view.FacilityPage(p))
}

func (s *Server) paperLine(r *http.Request, f view.Flow, p store.Paper) view.FacilityPaper {
	lang, a := eventOf(r).lang, s.opts.Agency
	line := view.FacilityPaper{Day: p.Day.String(), Title: a.FormatDate(lang, p.Day), Used: p.Used, Destroyed: p.Destroyed, Until: f.T("facility.paper_until", "Day", a.FormatDate(lang, p.DestroyFrom))}
	if p.Used {
		line.Noted = append(line.Noted, f.T("facility.paper_used_on", "Day", a.FormatDate(lang, p.UsedOn)))
	}
	if p.Destroyed {
		line.Noted = append(line.Noted, f.T("facility.paper_gone_on", "Day", a.FormatDate(lang, p.GoneOn)))
	}
	return line
}

func (s *Server) changeManagers(w http.ResponseWriter, r *http.Request, m store.Manager) error {
	in, err := form(w, r, "mobile", "do")
	if err != nil {
		return err
	}
	phone, err := s.phoneOf(in["mobile"])
	id := register.FacilityID(r.PathValue("id"))
	switch {
	case err != nil:
	case in["do"] == "remove":
		err = s.opts.Store.RemoveManager(r.Context(), m, id, phone)
	default:
		err = s.opts.Store.AddManager(r.Context(), m, id, phone)
	}
	return s.facilityChanged(w, r, m, err)
}

// facilityChanged leads back to the facility, or says there what was wrong.
func (s *Server) facilityChanged(w http.ResponseWriter, r *http.Request, m store.Manager, err error) error {
	if staysOnPage(r, err) || fault.CodeOf(err) == fault.Conflict {
		return s.oneFacility(w, r, m, "", err)
	}
	if err != nil {
		return err
	}
	return s.redirect(w, r, "/facility/"+r.PathValue("id"))
}

func (s *Server) changeDevices(w http.ResponseWriter, r *http.Request, m store.Manager) error {
	in, err := form(w, r, "device", "name", "do")
	if err != nil {
		return err
	}
	id, device := register.FacilityID(r.PathValue("id")), register.DeviceID(in["device"])
	if in["do"] == "end" {
		return s.facilityChanged(w, r, m, s.opts.Store.EndDevice(r.Context(), m, id, device))
	}
	name := []rune(in["name"])
	if device == "" && (len(name) == 0 || len(name) > 30) {
		return s.facilityChanged(w, r, m, fault.New(fault.Invalid, "facility.device_name_bad").With("Field", "name"))
	}
	code, err := s.opts.Store.NewPairing(r.Context(), m, id, device, string(name))
	if err != nil {
		return s.facilityChanged(w, r, m, err)
	}
	return s.oneFacility(w, r, m, code[:4]+"-"+code[4:], nil)
}

func (s *Server) notePaper(w http.ResponseWriter, r *http.Request, m store.Manager) error {
	in, err := form(w, r, "day", "do")
	if err != nil {
		return err
	}
	day, err := caldate.Parse(in["day"])
	if err != nil {
		return fault.Wrap(fault.Invalid, "visit.paper_bad", err)
	}
	err = s.opts.Store.NotePaper(r.Context(), m, register.FacilityID(r.PathValue("id")), day, store.PaperStep(in["do"]))
	if err == nil && store.PaperStep(in["do"]) == store.PaperPrinted {
		return s.redirect(w, r, "/facility/"+r.PathValue("id")+"/paper?day="+day.String())
	}
	return s.facilityChanged(w, r, m, err)
}

// paperRows is how many lines a sheet has.
const paperRows = 24

// paperPage is the sheet to print: its retention stands on it (rule V12).
func (s *Server) paperPage(w http.ResponseWriter, r *http.Request, m store.Manager) error {
	f, err := s.opts.Store.Managed(r.Context(), m, register.FacilityID(r.PathValue("id")))
	if err != nil {
		return err
	}
	in, err := query(r, "day")
	if err != nil {
		return err
	}
	day, err := caldate.Parse(in["day"])
	if err != nil {
		return fault.Wrap(fault.Invalid, "visit.paper_bad", err)
	}
	lang, a := eventOf(r).lang, s.opts.Agency
	p := view.Paper{Flow: s.lookupFrame(r, "facility.paper_title"), Facility: f.Name, Business: f.Business, Rows: paperRows, Day: a.FormatDate(lang, day)}
	p.Until = p.T("facility.paper_until", "Day", a.FormatDate(lang, day.AddDays(register.KeptDays+1)))
	p.Back = string(f.ID)
	return s.render(w, r, http.StatusOK, view.PaperPage(p))
}
