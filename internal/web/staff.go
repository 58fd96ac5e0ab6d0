package web

import (
	"context"
	"net/http"

	"naru/internal/clinic"
	"naru/internal/fault"
	"naru/internal/staff"
	"naru/internal/store"
	"naru/internal/web/view"
)

const staffCookie = "__Host-naru-staff"

// staffHandler is a page for staff; the caller holds the page's permission somewhere,
// and each act on it asks again for its place (store.Do).
type staffHandler func(w http.ResponseWriter, r *http.Request, c staff.Caller) error

// StaffRoute is a page of staff and the permission that opens it.
type StaffRoute struct {
	Pattern    string
	Permission staff.Permission // "" for what every signed-in member of staff may do
}

// handleStaff registers a page for staff (rule S4): who is not signed in is sent to
// the sign-in, who lacks the permission is refused, and that is written down.
func (s *Server) handleStaff(pattern string, p staff.Permission, h staffHandler) {
	s.staffRoutes = append(s.staffRoutes, StaffRoute{pattern, p})
	s.handle(pattern, func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Cache-Control", "no-store")
		c, err := s.opts.Store.StaffCaller(r.Context(), cookie(r, staffCookie))
		switch {
		case fault.CodeOf(err) == fault.Unauthenticated && r.Method == http.MethodGet:
			return s.redirect(w, r, "/staff/enter")
		case err != nil:
			return err
		}
		if p != "" {
			if err := c.MayAnywhere(p); err != nil {
				return s.opts.Store.Refused(r.Context(), c, staff.Act{Permission: p, Detail: map[string]string{"page": pattern}}, err)
			}
		}
		return h(w, r, c)
	})
}

// StaffRoutes lists the pages of staff, for tests that try every one in every role.
func (s *Server) StaffRoutes() []StaffRoute { return s.staffRoutes }

func (s *Server) staffPages() {
	s.handle("GET /staff/enter", s.staffEnter)
	s.handle("POST /staff/enter", s.staffEntered)
	s.handle("POST /staff/return", s.staffReturn)
	s.handleStaff("GET /staff", "", s.staffHome)
	s.handleStaff("POST /staff/leave", "", s.staffLeave)
	s.staffSelfPages()
	s.staffPasskeyPages()
	s.staffProviderPages()
	s.staffPeoplePages()
	s.staffAuditPages()
	s.staffGatePages()
}

// staffFrame is the frame of a page for staff.
func (s *Server) staffFrame(r *http.Request, titleID string, args ...any) view.Page {
	p := s.page(r, titleID, args...)
	if style := s.assets.URL("flow.css"); style != "" {
		p.Styles = append(p.Styles, style)
	}
	return p
}

// firstPage is where work begins: who works for clinics alone begins there.
func firstPage(c staff.Caller) string {
	for _, g := range c.Grants {
		if g.Role != staff.Clinic {
			return "/staff"
		}
	}
	return "/staff/clinic"
}

func (s *Server) staffLeave(w http.ResponseWriter, r *http.Request, c staff.Caller) error {
	if err := s.opts.Store.SignOut(r.Context(), c, cookie(r, staffCookie)); err != nil {
		return err
	}
	dropCookie(w, staffCookie)
	w.Header().Set("Clear-Site-Data", `"storage"`) // what a clinic's tablet kept of the day (docs/adr/0025)
	return s.redirect(w, r, "/staff/enter")
}

// staffDoor is one entry of the staff's first page: what it opens, for whom.
type staffDoor struct {
	path       string
	permission staff.Permission
	title      string // message id
}

// staffDoors are the consoles, in the order in which the first page shows them.
var staffDoors = []staffDoor{
	{"/staff/call", staff.FindPerson, "call.title"},
	{"/staff/gates", staff.SeeGate, "operate.title"},
	{"/staff/visits", staff.OpenVisits, "case.title"},
	{"/staff/people", staff.ManageStaff, "staff.people_title"},
	{"/staff/audit", staff.ReadAudit, "staff.audit_title"},
	{"/staff/clinic", staff.SeeDay, "console.title"},
	{"/staff/messages", staff.SeeMessages, "messages.title"},
}

func (s *Server) staffHome(w http.ResponseWriter, r *http.Request, c staff.Caller) error {
	v := view.StaffHome{Page: s.staffFrame(r, "staff.title"), Name: c.Name, Until: s.opts.Agency.FormatTime(c.Until)}
	if script := s.assets.URL("clinic.js"); script != "" && c.MayAnywhere(staff.CheckIn) == nil {
		v.Scripts = append(v.Scripts, script) // so that nobody signs out over what is not sent yet
	}
	for _, d := range staffDoors {
		if c.MayAnywhere(d.permission) == nil {
			v.Doors = append(v.Doors, view.StaffDoor{Path: d.path, Title: v.T(d.title)})
		}
	}
	for _, g := range c.Grants {
		v.Roles = append(v.Roles, s.grantText(v.Page, g))
	}
	return s.render(w, r, http.StatusOK, view.StaffHomePage(v))
}

// grantText is a role and where it holds, in words.
func (s *Server) grantText(p view.Page, g staff.Grant) string {
	role := p.T("staff.role_" + string(g.Role))
	switch {
	case g.Scope.Clinic != "":
		name, _ := s.clinicName(g.Scope.Clinic)
		return p.T("staff.at_clinic", "Role", role, "Place", name)
	case g.Scope.Region != "":
		return p.T("staff.in_region", "Role", role, "Place", s.regionName(g.Scope.Region))
	}
	return role
}

// regionName is a region as people write it; one that left the list is its code.
func (s *Server) regionName(code string) string {
	if d := s.opts.Store.Directory(); d != nil {
		if r, err := d.Regions().Find(clinic.RegionCode(code)); err == nil {
			return r.Display()
		}
	}
	return code
}

// adminOperation makes an admin from the machine's own console.
func (s *Server) adminOperation(r *http.Request) (any, error) {
	var o struct {
		Name string `json:"name"`
	}
	if err := readOperation(r, &o); err != nil {
		return nil, err
	}
	link, err := FirstAdmin(r.Context(), s.opts.Store, o.Name)
	if err == nil && s.opts.Public != "" {
		link.Link = s.opts.Public + link.Path + "#" + link.Code
	}
	return link, err
}

// staffLinkPath is where a code is typed in. In a link it stands behind the #, which
// browsers keep to themselves.
const staffLinkPath = "/staff/enter"

// StaffLink is a way in for a new member of staff: the code is good once.
type StaffLink struct {
	Staff string `json:"staff"`
	Path  string `json:"path"`
	Code  string `json:"code"`
	Hours int    `json:"hours"`
	Link  string `json:"link,omitempty"` // the whole way in, where the server knows its address
}

// FirstAdmin makes an account with the role of admin and its link.
func FirstAdmin(ctx context.Context, st *store.Store, name string) (StaffLink, error) {
	name, err := staff.ParseName(name)
	if err != nil {
		return StaffLink{}, err
	}
	a, code, err := st.AdmitFirst(ctx, name)
	return StaffLink{Staff: string(a.ID), Path: staffLinkPath, Code: code, Hours: int(staff.LinkLife.Hours())}, err
}
