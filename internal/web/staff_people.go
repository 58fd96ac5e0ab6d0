package web

import (
	"net/http"
	"slices"
	"strconv"

	"naru/internal/fault"
	"naru/internal/staff"
	"naru/internal/web/view"
)

// staffPeoplePages are the accounts of colleagues: let in, change, bar (rules S3, S7).
func (s *Server) staffPeoplePages() {
	s.handleStaff("GET /staff/people", staff.ManageStaff, s.staffPeople)
	s.handleStaff("POST /staff/people", staff.ManageStaff, s.staffInvite)
	s.handleStaff("GET /staff/people/{id}", staff.ManageStaff, s.staffPerson)
	s.handleStaff("POST /staff/people/{id}/grants", staff.ManageStaff, s.staffGrant)
	s.handleStaff("POST /staff/people/{id}/bar", staff.ManageStaff, s.staffBar)
	s.handleStaff("POST /staff/people/{id}/code", staff.ManageStaff, s.staffNewCode)
}

// peopleShown is how many accounts a page of the list has.
const peopleShown = 50

func (s *Server) staffPeople(w http.ResponseWriter, r *http.Request, c staff.Caller) error {
	q, err := query(r, "name", "page")
	if err != nil {
		return err
	}
	return s.staffPeoplePage(w, r, http.StatusOK, c, q, nil, nil)
}

// staffPeoplePage lists the accounts and offers to let somebody in; in and err are of
// that form.
func (s *Server) staffPeoplePage(w http.ResponseWriter, r *http.Request, status int, c staff.Caller, q, in map[string]string, err error) error {
	all, lerr := s.opts.Store.Colleagues(r.Context(), c, q["name"])
	if lerr != nil {
		return lerr
	}
	v := view.StaffPeople{Page: s.staffFrame(r, "staff.people_title"), Count: len(all)}
	v.Path = "/staff/people"
	v.Search = view.Field{Name: "name", Label: v.T("staff.search_name"), Value: q["name"], Autocomplete: "off"}
	v.Name = view.Field{Name: "name", Label: v.T("staff.name"), Value: in["name"], MaxLength: staff.MaxName, Required: true, Autocomplete: "off", In: "new"}
	v.Grant = s.grantForm(v.Page, in)
	if err != nil {
		eventOf(r).code = string(fault.CodeOf(err))
		if field, _ := fault.Of(err).Args["Field"].(string); field == "name" {
			v.Name.Error = s.words(r, err)
		} else {
			v.Grant.Error = s.words(r, err)
		}
	}
	page, _ := strconv.Atoi(q["page"]) // what is no number is the first page
	from := min(max(page, 0)*peopleShown, max(len(all)-1, 0)/peopleShown*peopleShown)
	for _, a := range all[from:min(from+peopleShown, len(all))] {
		v.People = append(v.People, s.personLine(v.Page, a))
	}
	if from > 0 {
		v.Earlier = s.peopleAt(v.Page, q["name"], from/peopleShown-1)
	}
	if from+peopleShown < len(all) {
		v.Later = s.peopleAt(v.Page, q["name"], from/peopleShown+1)
	}
	return s.render(w, r, status, view.StaffPeoplePage(v))
}

func (s *Server) peopleAt(p view.Page, name string, page int) string {
	return p.URL("/staff/people?" + encode("name", name, "page", strconv.Itoa(page)))
}

func (s *Server) personLine(p view.Page, a staff.Account) view.StaffPerson {
	one := view.StaffPerson{ID: string(a.ID), Name: a.Name, Barred: a.Barred}
	for _, g := range a.Grants {
		one.Grants = append(one.Grants, view.StaffGrant{
			Text: s.grantText(p, g), Role: string(g.Role), Region: g.Scope.Region, Clinic: g.Scope.Clinic,
		})
	}
	return one
}

// grantForm offers the roles, and the places that are chosen by name: regions of the
// two upper levels. A clinic is named by its id.
func (s *Server) grantForm(p view.Page, in map[string]string) view.StaffGrantForm {
	f := view.StaffGrantForm{
		Role:   view.Select{Name: "role", Label: p.T("staff.role")},
		Region: view.Select{Name: "region", Label: p.T("staff.region"), Options: []view.Option{{Text: p.T("staff.everywhere")}}},
		Clinic: view.Field{Name: "clinic", Label: p.T("staff.clinic"), Hint: p.T("staff.clinic_hint"), Value: in["clinic"], MaxLength: 64, Autocomplete: "off"},
	}
	for _, role := range staff.Roles {
		f.Role.Options = append(f.Role.Options, view.Option{Value: string(role), Text: p.T("staff.role_" + string(role)), Selected: in["role"] == string(role)})
	}
	d := s.opts.Store.Directory()
	if d == nil {
		return f
	}
	for _, upper := range d.Regions().AtLevel(1) {
		f.Region.Options = append(f.Region.Options, view.Option{Value: string(upper.Code), Text: upper.Display(), Selected: in["region"] == string(upper.Code)})
		for _, r := range d.Regions().Children(upper.Code) {
			f.Region.Options = append(f.Region.Options, view.Option{
				Value: string(r.Code), Text: upper.Display() + " " + r.Display(), Selected: in["region"] == string(r.Code),
			})
		}
	}
	return f
}

// readGrant takes a role and one scope: a clinic, a region, or everywhere.
func (s *Server) readGrant(in map[string]string) (staff.Grant, error) {
	g := staff.Grant{Role: staff.Role(in["role"]), Scope: staff.Scope{Region: in["region"]}}
	if in["clinic"] != "" {
		g.Scope = staff.Scope{Clinic: in["clinic"]}
		if _, address := s.clinicName(in["clinic"]); address == "" {
			return g, fault.New(fault.Invalid, "staff.scope_bad").With("Field", "scope")
		}
	}
	if !slices.Contains(staff.Roles, g.Role) {
		return g, fault.New(fault.Invalid, "staff.role_unknown").With("Field", "role")
	}
	return g, nil
}

func (s *Server) staffInvite(w http.ResponseWriter, r *http.Request, c staff.Caller) error {
	in, err := form(w, r, "name", "role", "region", "clinic")
	if err != nil {
		return err
	}
	g, err := s.readGrant(in)
	var code string
	var a staff.Account
	if err == nil {
		a, code, err = s.opts.Store.Invite(r.Context(), c, in["name"], []staff.Grant{g})
	}
	if staysOnPage(r, err) || fault.CodeOf(err) == fault.Forbidden {
		return s.staffPeoplePage(w, r, StatusOf(err), c, nil, in, err)
	}
	if err != nil {
		return err
	}
	return s.staffCodePage(w, r, a, code)
}

// staffCodePage shows a code, once: nobody can see it again.
func (s *Server) staffCodePage(w http.ResponseWriter, r *http.Request, a staff.Account, code string) error {
	v := view.StaffCode{Page: s.staffFrame(r, "staff.code_title"), Name: a.Name, Code: code, Hours: int(staff.LinkLife.Hours())}
	v.Path = "/staff/people"
	if s.opts.Public != "" {
		v.Link = s.opts.Public + v.URL(staffLinkPath) + "#" + code
	}
	return s.render(w, r, http.StatusOK, view.StaffCodePage(v))
}
