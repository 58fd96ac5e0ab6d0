package web

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"naru/internal/fault"
	"naru/internal/staff"
	"naru/internal/store"
	register "naru/internal/visit"
	"naru/internal/web/view"
)

func (s *Server) staffVisitPages() {
	s.handleStaff("GET /staff/visits", staff.OpenVisits, s.staffCases)
	s.handleStaff("POST /staff/visits", staff.OpenVisits, s.staffAsk)
	s.handleStaff("POST /staff/visits/finish", staff.OpenVisits, s.staffFinish)
}

// caseFields are what an investigator types.
var caseFields = []struct{ name, kind string }{{"facility", ""}, {"from", "datetime-local"}, {"to", "datetime-local"}, {"number", ""}, {"reason", ""}}

func (s *Server) staffCases(w http.ResponseWriter, r *http.Request, c staff.Caller) error {
	return s.staffCasesPage(w, r, c, nil, nil)
}

func (s *Server) staffCasesPage(w http.ResponseWriter, r *http.Request, c staff.Caller, in map[string]string, faults []error) error {
	all, err := s.opts.Store.Cases(r.Context(), c)
	if err != nil {
		return err
	}
	l := view.LookUp{Flow: s.lookupFrame(r, "case.title")}
	for _, f := range caseFields {
		l.Fields = append(l.Fields, view.Field{Name: f.name, Type: f.kind, Label: l.T("case." + f.name), Hint: l.T("case." + f.name + "_hint"), Value: in[f.name], Required: true, Autocomplete: "off", MaxLength: 200})
	}
	status := s.mark(r, &l, faults)
	p := view.Cases{LookUp: l}
	for _, x := range all {
		line := view.CaseLine{Number: x.Number, Reason: x.Reason, Facility: string(x.Facility), Span: s.instant(r, x.From) + " – " + s.instant(r, x.To), State: l.T("case.asked", "Visits", x.Visits)}
		if !x.Finished.IsZero() {
			line.State = l.T("case.finished", "Found", x.Found, "Unusable", x.Unusable)
		}
		p.All = append(p.All, line)
	}
	return s.render(w, r, status, view.CasesPage(p))
}

// staffAsk begins a case; the answer is the file for the outer custodian.
func (s *Server) staffAsk(w http.ResponseWriter, r *http.Request, c staff.Caller) error {
	in, err := form(w, r, "facility", "from", "to", "number", "reason")
	if err != nil {
		return err
	}
	var faults []error
	of, err := register.ParseFacilityID(in["facility"])
	if err != nil {
		faults = append(faults, fault.New(fault.Invalid, "visit.facility_unknown").With("Field", "facility"))
	}
	at := map[string]time.Time{}
	for _, name := range []string{"from", "to"} {
		if at[name], err = time.ParseInLocation("2006-01-02T15:04", in[name], s.opts.Agency.Zone); err != nil {
			faults = append(faults, fault.New(fault.Invalid, "visit.case_"+name+"_bad").With("Field", name))
		}
	}
	x, more := register.NewCase(in["number"], in["reason"], of, at["from"], at["to"], s.opts.Now())
	if len(faults) == 0 {
		faults = more
	}
	if len(faults) > 0 {
		return s.staffCasesPage(w, r, c, in, faults)
	}
	f, err := s.opts.Store.AskCase(r.Context(), c, x)
	if fault.CodeOf(err) == fault.NotFound {
		return s.staffCasesPage(w, r, c, in, []error{fault.New(fault.Invalid, "visit.facility_unknown").With("Field", "facility")})
	}
	if err != nil {
		return err
	}
	text, err := json.Marshal(f)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Disposition", `attachment; filename="case-`+x.ID+`-closed.json"`)
	h.Set("Content-Length", strconv.Itoa(len(text)))
	_, _ = w.Write(text) // the reader may be gone
	return nil
}

// staffFinish takes the file that both custodians have opened and shows who was there.
// It is shown once: the audit keeps whom it named.
func (s *Server) staffFinish(w http.ResponseWriter, r *http.Request, c staff.Caller) error {
	text, err := uploadedFile(w, r, "file", register.MaxCaseFile)
	if err != nil {
		return err
	}
	f, err := register.ParseCaseFile(text, register.Opened)
	var result store.CaseResult
	if err == nil {
		result, err = s.opts.Store.FinishCase(r.Context(), c, f)
	}
	if code := fault.CodeOf(err); code == fault.Malformed || code == fault.NotFound {
		return s.staffCasesPage(w, r, c, nil, []error{err})
	}
	if err != nil {
		return err
	}
	p := view.CaseResult{Flow: s.lookupFrame(r, "case.result_title")}
	p.Summary = p.T("case.result", "Visits", result.Visits, "Found", len(result.Contacts), "Unusable", result.Unusable)
	for _, one := range result.Contacts {
		line := view.CaseContact{At: s.instant(r, one.At), Who: string(one.Person), People: strconv.Itoa(one.People)}
		if one.Phone != "" {
			line.Who = s.opts.Agency.FormatPhone(one.Phone)
		}
		if one.Elsewhere > 0 {
			line.Flag = p.T("case.elsewhere", "Places", one.Elsewhere)
		}
		p.Contacts = append(p.Contacts, line)
	}
	return s.render(w, r, http.StatusOK, view.CaseResultPage(p))
}

// uploadedFile reads the one file of a form, in bounds.
func uploadedFile(w http.ResponseWriter, r *http.Request, name string, most int64) ([]byte, error) {
	r.Body = http.MaxBytesReader(w, r.Body, most+maxForm)
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, fault.New(unsupported, "web.content_type")
	}
	part, err := parts.NextPart()
	if err == nil && part.FormName() != name {
		err = errors.New("another field")
	}
	if err != nil {
		return nil, fault.Wrap(fault.Malformed, "web.malformed", err)
	}
	text, err := io.ReadAll(part)
	if err != nil {
		return nil, fault.Wrap(fault.Malformed, "web.malformed", err)
	}
	return text, nil
}
