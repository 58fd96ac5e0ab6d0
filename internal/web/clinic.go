package web

import (
	"cmp"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"naru/internal/booking"
	"naru/internal/caldate"
	"naru/internal/clinic"
	"naru/internal/fault"
	"naru/internal/web/view"
)

// clinicsPerPage is how many clinics one page lists.
const clinicsPerPage = 20

// countsLate is the age from which the live counts are said to be late.
const countsLate = 3 * time.Minute

// clinics lists the clinics of a region of the second or third level, those
// with places first, then by the distance from the region's middle (rule W44).
func (s *Server) clinics(left *counts) step {
	return func(w http.ResponseWriter, r *http.Request, v visit) error {
		q, err := query(r, append([]string{"region", "q", "page"}, regionParams...)...)
		if err != nil {
			return err
		}
		d, err := s.directory()
		if err != nil {
			return err
		}
		path, known := chosenPath(d.Regions(), q)
		if len(path) == 0 && known {
			path = s.draftPath(r, v, d.Regions())
		}
		if !known || len(path) < 2 {
			return s.redirect(w, r, v.at("/region?"+regionQuery(q)))
		}
		return s.render(w, r, http.StatusOK, view.ClinicsPage(s.clinicList(r, v, d, path, q, left)))
	}
}

// regionQuery keeps what was chosen, so that the region page can say what is wrong with it.
func regionQuery(q map[string]string) string {
	keep := url.Values{}
	for _, name := range append([]string{"region"}, regionParams...) {
		if q[name] != "" {
			keep.Set(name, q[name])
		}
	}
	return keep.Encode()
}

func (s *Server) clinicList(r *http.Request, v visit, d *clinic.Directory, path []clinic.Region, q map[string]string, left *counts) view.Clinics {
	region := path[len(path)-1]
	p := view.Clinics{
		Flow:   s.flow(r, v, 2, "clinics:"+string(region.Code), "flow.clinics_title"),
		Region: string(region.Code), Name: pathName(path), Query: q["q"], Late: s.late(),
	}
	free := left.left(countsKey{v.id, path[1].Code}, d.ClinicsIn(path[1].Code), func(id clinic.ID) int {
		return s.opts.Store.Left(v.Published, v.session.Lane, string(id))
	})
	found := d.ClinicsIn(region.Code)
	if p.Query != "" {
		found = d.Search(region.Code, p.Query)
	}
	bestFirst(found, free, region)
	if len(found) == 0 {
		p.Count, p.Near = p.T("flow.clinics_none"), s.near(p.Flow, d, region.Code)
		return p
	}
	s.onePage(&p, found, free, q["page"])
	return p
}

// bestFirst puts clinics with places before full ones, the nearer ones first.
func bestFirst(found []*clinic.Clinic, free map[clinic.ID]int, from clinic.Region) {
	far := func(c *clinic.Clinic) float64 {
		return math.Hypot(c.Lat-from.Lat, (c.Lon-from.Lon)*math.Cos(from.Lat*math.Pi/180))
	}
	full := func(c *clinic.Clinic) int {
		if free[c.ID] > 0 {
			return 0
		}
		return 1
	}
	slices.SortFunc(found, func(a, b *clinic.Clinic) int {
		return cmp.Or(cmp.Compare(full(a), full(b)), cmp.Compare(far(a), far(b)), cmp.Compare(a.ID, b.ID))
	})
}

// onePage cuts one page out of the list; a page that is not there is the first.
func (s *Server) onePage(p *view.Clinics, found []*clinic.Clinic, free map[clinic.ID]int, page string) {
	last := (len(found) - 1) / clinicsPerPage
	n, err := strconv.Atoi(page)
	if err != nil || n < 1 || n > last+1 {
		n = 1
	}
	from := (n - 1) * clinicsPerPage
	to := min(from+clinicsPerPage, len(found))
	p.Count = p.T("flow.clinics_count", "Total", len(found), "First", from+1, "Last", to)
	for _, c := range found[from:to] {
		p.Items = append(p.Items, s.clinicWords(p.Flow, c, free[c.ID], p.Late))
	}
	address := func(n int) string {
		keep := url.Values{"region": {p.Region}, "page": {strconv.Itoa(n)}}
		if p.Query != "" {
			keep.Set("q", p.Query)
		}
		return p.At("/clinics?" + keep.Encode())
	}
	if n > 1 {
		p.Earlier = address(n - 1)
	}
	if to < len(found) {
		p.Later = address(n + 1)
	}
}

// clinicWords are a clinic's name, address, hours of today and places left.
func (s *Server) clinicWords(f view.Flow, c *clinic.Clinic, left int, late bool) view.Clinic {
	today := caldate.Of(s.opts.Now(), s.opts.Agency.Zone)
	w := view.Clinic{
		ID: string(c.ID), Name: c.Name, Kind: f.T("flow.kind_" + string(c.Kind)), Address: c.Address,
		Today: f.T("flow.clinic_closed_today"), Left: f.T("flow.clinic_left", "Places", left),
	}
	if h := c.Hours[today.Weekday()]; !h.Closed() && !s.opts.Agency.IsHoliday(today) {
		w.Today = hhmm(h.Open) + "-" + hhmm(h.Close)
		if !c.Lunch.IsZero() {
			w.Lunch = hhmm(c.Lunch.From) + "-" + hhmm(c.Lunch.To)
		}
	}
	switch {
	case late:
		w.Left = f.T("flow.clinic_checking")
	case left <= 0:
		w.Left, w.Full = f.T("flow.clinic_full"), true
	}
	return w
}

func hhmm(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

// late says that the live counts have not been read in full for a while.
func (s *Server) late() bool {
	return s.opts.Now().Sub(s.opts.Store.Availability().ReadSince()) > countsLate
}

// chooseClinic keeps the choice on the server (rule B12) and goes on.
func (s *Server) chooseClinic(w http.ResponseWriter, r *http.Request, v visit) error {
	in, err := form(w, r, "clinic", "region")
	if err != nil {
		return err
	}
	d, err := s.directory()
	if err != nil {
		return err
	}
	c, err := d.Clinic(clinic.ID(in["clinic"]))
	if err != nil {
		return fault.New(fault.NotFound, "flow.clinic_unknown")
	}
	region := clinic.RegionCode(in["region"])
	if len(d.Regions().Path(region)) == 0 {
		region = c.SigunguCode
	}
	draft := booking.Draft{Region: string(region), Clinic: string(c.ID)}
	if err := s.opts.Store.SaveDraft(r.Context(), v.session, draft); err != nil {
		return err
	}
	return s.redirect(w, r, v.at("/times"))
}
