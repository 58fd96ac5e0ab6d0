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
	if s.opts.Staff != nil {
		v.Email = view.Field{Name: "email", Label: v.T("staff.email"), Hint: v.T("staff.email_hint"), Value: in["email"], Type: "email", Autocomplete: "off", In: "new"}
	}
	if err != nil {
		eventOf(r).code = string(fault.CodeOf(err))
		switch field, _ := fault.Of(err).Args["Field"].(string); field {
		case "name":
			v.Name.Error = s.words(r, err)
		case "email":
			v.Email.Error = s.words(r, err)
		default:
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
	in, err := form(w, r, "name", "email", "role", "region", "clinic")
	if err != nil {
		return err
	}
	a, code, taken, err := s.invite(r, c, in)
	if staysOnPage(r, err) || fault.CodeOf(err) == fault.Forbidden {
		return s.staffPeoplePage(w, r, StatusOf(err), c, nil, in, err)
	}
	if err != nil {
		return err
	}
	return s.staffCodePage(w, r, a, code, taken)
}

// invite makes the account, which the sign-in service may open as well where an address
// is given. taken says that another account waits for the address: the code is then the
// one way in.
func (s *Server) invite(r *http.Request, c staff.Caller, in map[string]string) (a staff.Account, code string, taken, err error) {
	g, err := s.readGrant(in)
	if err != nil {
		return a, "", nil, err
	}
	email := ""
	if s.opts.Staff != nil && in["email"] != "" {
		if email, err = staff.ParseEmail(in["email"]); err != nil {
			return a, "", nil, err
		}
	}
	if a, code, err = s.opts.Store.Invite(r.Context(), c, in["name"], []staff.Grant{g}); err != nil || email == "" {
		return a, code, nil, err
	}
	err = s.opts.Store.Expect(r.Context(), c, a.ID, s.opts.Staff.Issuer(), email)
	if fault.CodeOf(err) == fault.Conflict {
		return a, code, err, nil
	}
	return a, code, nil, err
}

// staffCodePage shows a code, once: nobody can see it again.
func (s *Server) staffCodePage(w http.ResponseWriter, r *http.Request, a staff.Account, code string, note error) error {
	v := view.StaffCode{Page: s.staffFrame(r, "staff.code_title"), Name: a.Name, Code: code, Hours: int(staff.LinkLife.Hours())}
	v.Path = "/staff/people"
	if note != nil {
		v.Said = s.words(r, note)
	}
	if s.opts.Public != "" {
		v.Link = s.opts.Public + v.URL(staffLinkPath) + "#" + code
	}
	return s.render(w, r, http.StatusOK, view.StaffCodePage(v))
}
