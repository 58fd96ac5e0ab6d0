package web

import (
	"net/http"
	"slices"

	"naru/internal/caldate"
	"naru/internal/clinic"
	"naru/internal/fault"
	"naru/internal/staff"
	"naru/internal/web/view"
)

// consoleRoutes are the pages on which a clinic works (docs/adr/0025).
func (s *Server) consoleRoutes() {
	s.handleStaff("GET /staff/clinic", staff.SeeDay, s.myClinics)
	s.handleStaff("GET /staff/clinic/{clinic}", staff.SeeDay, s.clinicHome)
	s.handleStaff("GET /staff/clinic/{clinic}/day/{date}", staff.SeeDay, s.clinicDay)
	s.handleStaff("GET /staff/clinic/{clinic}/day/{date}/list.csv", staff.SeeDay, s.clinicCSV)
	s.handleStaff("POST /staff/clinic/{clinic}/act", staff.CheckIn, s.clinicAct)
	s.handleStaff("GET /staff/clinic/{clinic}/hours", staff.SetHours, s.clinicHours)
	s.handleStaff("POST /staff/clinic/{clinic}/hours", staff.SetHours, s.clinicPreview)
	s.handleStaff("POST /staff/clinic/{clinic}/hours/set", staff.SetHours, s.clinicSet)
	s.handle("GET /staff/clinic-worker.js", s.clinicWorker)
}

// clinicsShown is how many clinics a page of them shows.
const clinicsShown = 50

// myClinics lists the clinics that the caller works for; of one it is the console.
func (s *Server) myClinics(w http.ResponseWriter, r *http.Request, c staff.Caller) error {
	q, err := query(r, "q")
	if err != nil {
		return err
	}
	d, err := s.directory()
	if err != nil {
		return err
	}
	mine := s.clinicsOf(c, d, q["q"])
	if len(mine) == 1 && q["q"] == "" {
		return s.redirect(w, r, "/staff/clinic/"+string(mine[0].ID))
	}
	v := view.ClinicList{Page: s.staffFrame(r, "console.title"), None: len(mine) == 0, More: len(mine) > clinicsShown}
	v.Query = view.Field{Name: "q", Label: v.T("console.search_name"), Value: q["q"], MaxLength: 60, Autocomplete: "off"}
	for _, k := range mine[:min(len(mine), clinicsShown)] {
		v.Clinics = append(v.Clinics, view.Link{Text: k.Name, URL: v.URL("/staff/clinic/" + string(k.ID))})
	}
	return s.render(w, r, http.StatusOK, view.ClinicListPage(v))
}

// clinicsOf are the clinics where the caller may see the day, by name.
func (s *Server) clinicsOf(c staff.Caller, d *clinic.Directory, text string) []*clinic.Clinic {
	var all []*clinic.Clinic
	for _, g := range c.Grants {
		if !slices.Contains(staff.Of(g.Role), staff.SeeDay) {
			continue
		}
		if g.Scope.Clinic != "" {
			if k, err := d.Clinic(clinic.ID(g.Scope.Clinic)); err == nil && slices.Contains(d.Search("", text), k) {
				all = append(all, k)
			}
			continue
		}
		all = append(all, d.Search(clinic.RegionCode(g.Scope.Region), text)...)
	}
	slices.SortStableFunc(all, func(a, b *clinic.Clinic) int { return compareClinics(a, b) })
	return slices.Compact(all)
}

func compareClinics(a, b *clinic.Clinic) int {
	switch {
	case a.Name != b.Name && a.Name < b.Name, a.Name == b.Name && a.ID < b.ID:
		return -1
	case a == b:
		return 0
	}
	return 1
}

// placeOfConsole is the clinic of the path; the caller must hold the page's permission
// there, or the refusal is written down.
func (s *Server) placeOfConsole(r *http.Request, c staff.Caller, p staff.Permission) (*clinic.Clinic, error) {
	d, err := s.directory()
	if err != nil {
		return nil, err
	}
	k, err := d.Clinic(clinic.ID(r.PathValue("clinic")))
	if err != nil {
		return nil, err
	}
	at := s.opts.Store.PlaceOf(string(k.ID))
	if err := c.May(p, at); err != nil {
		return nil, s.opts.Store.Refused(r.Context(), c, staff.Act{Permission: p, At: at, Detail: map[string]string{"page": "console"}}, err)
	}
	return k, nil
}

func (s *Server) consoleFrame(r *http.Request, k *clinic.Clinic, titleID string, args ...any) view.Console {
	c := view.Console{Page: s.staffFrame(r, titleID, args...), Clinic: string(k.ID), Name: k.Name, Address: k.Address}
	if style := s.assets.URL("console.css"); style != "" {
		c.Styles = append(c.Styles, style)
	}
	if r.Method != http.MethodGet {
		for i, l := range c.Languages {
			c.Languages[i].URL = s.prefix(l.Code) + "/staff/clinic/" + c.Clinic
		}
	}
	c.Doors = []view.Link{
		{Text: c.T("console.today"), URL: c.At("/day/" + s.civilDay().String())},
		{Text: c.T("console.hours"), URL: c.At("/hours")},
		{Text: c.T("console.others"), URL: c.URL("/staff/clinic?q=")},
		{Text: c.T("staff.title"), URL: c.URL("/staff")},
	}
	return c
}

func (s *Server) civilDay() caldate.Date { return caldate.Of(s.opts.Now(), s.opts.Agency.Zone) }

func (s *Server) clinicHome(w http.ResponseWriter, r *http.Request, c staff.Caller) error {
	k, err := s.placeOfConsole(r, c, staff.SeeDay)
	if err != nil {
		return err
	}
	v := view.ClinicHome{Console: s.consoleFrame(r, k, "console.home"), Today: s.civilDay().String()}
	schedule, _ := s.opts.Store.Hours(string(k.ID))
	ordinary := clinic.Schedule{Week: schedule.Week}
	for n := range 7 {
		day := s.civilDay().AddDays(n)
		v.Weekday = append(v.Weekday, s.dayRow(v.Console, day, k.OpenOn(ordinary, day, s.opts.Agency.HolidayDates())))
	}
	v.Special = s.specialDays(v.Console, schedule)
	return s.render(w, r, http.StatusOK, view.ClinicHomePage(v))
}

// specialDays are the special days from today on.
func (s *Server) specialDays(c view.Console, schedule clinic.Schedule) (all []view.DayRow) {
	for _, d := range schedule.Days {
		if !d.Date.Before(s.civilDay()) {
			all = append(all, s.dayRow(c, d.Date, d.Open))
		}
	}
	return all
}

func (s *Server) dayRow(c view.Console, day caldate.Date, open []clinic.Span) view.DayRow {
	text := ""
	for i, span := range open {
		if i > 0 {
			text += ", "
		}
		text += clock(span.From) + "-" + clock(span.To)
	}
	if text == "" {
		text = c.T("console.closed")
	}
	return view.DayRow{Date: day.String(), Day: s.opts.Agency.FormatDate(c.Lang, day), Open: text}
}

// clinicWorker is the service worker that keeps the day's list readable without a
// network; its scope is what lies below /staff/ in the language of the path.
func (s *Server) clinicWorker(w http.ResponseWriter, r *http.Request) error {
	raw := s.assets.Raw("worker.js")
	if raw == nil {
		return fault.New(fault.NotFound, "web.no_page")
	}
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(raw) // the reader may be gone
	return nil
}
