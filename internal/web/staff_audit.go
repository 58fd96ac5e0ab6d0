package web

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"naru/internal/audit"
	"naru/internal/caldate"
	"naru/internal/fault"
	"naru/internal/person"
	"naru/internal/staff"
	"naru/internal/store"
	"naru/internal/web/view"
)

// staffAuditPages are what staff did, for those who read it (rule S14).
func (s *Server) staffAuditPages() {
	s.handleStaff("GET /staff/audit", staff.ReadAudit, s.staffAudit)
}

// auditFields are what the reader asks by. The last three are of the page before.
var auditFields = []string{"person", "staff", "from", "until", "at", "chain", "seq"}

func (s *Server) staffAudit(w http.ResponseWriter, r *http.Request, c staff.Caller) error {
	in, err := query(r, auditFields...)
	if err != nil {
		return err
	}
	v := view.StaffAudit{Page: s.staffFrame(r, "staff.audit_title")}
	for _, name := range auditFields[:4] {
		f := view.Field{Name: name, Label: v.T("staff.audit_" + name), Value: in[name], Autocomplete: "off"}
		if name == "from" || name == "until" {
			f.Type = "date"
		}
		v.Fields = append(v.Fields, f)
	}
	status := http.StatusOK
	q, err := s.auditQuery(in)
	if err != nil {
		status, eventOf(r).code = StatusOf(err), string(fault.CodeOf(err))
		field, _ := fault.Of(err).Args["Field"].(string)
		for i := range v.Fields {
			if v.Fields[i].Name == field {
				v.Fields[i].Error = s.words(r, err)
			}
		}
		return s.render(w, r, status, view.StaffAuditPage(v))
	}
	page, more, err := s.opts.Store.ReadAudit(r.Context(), c, q)
	if err != nil {
		return err
	}
	if v.Lines, err = s.auditLines(r, page); err != nil {
		return err
	}
	if more {
		last := page[len(page)-1]
		v.Later = v.URL("/staff/audit?" + encode("person", in["person"], "staff", in["staff"], "from", in["from"], "until", in["until"],
			"at", strconv.FormatInt(last.At.Unix(), 10), "chain", last.Chain, "seq", strconv.FormatInt(last.Seq, 10)))
	}
	return s.render(w, r, status, view.StaffAuditPage(v))
}

// maxOpaque bounds a random id in an address, in bytes.
const maxOpaque = 40

// auditQuery reads what is asked for. Ids have the letters of ids: whatever else is
// typed there, such as a name, must not get into the audit.
func (s *Server) auditQuery(in map[string]string) (q store.AuditQuery, err error) {
	for _, name := range []string{"person", "staff", "chain"} {
		odd := strings.ContainsFunc(in[name], func(r rune) bool {
			return r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
		})
		if odd || len(in[name]) > maxOpaque {
			return q, fault.New(fault.Invalid, "staff.audit_id_bad").With("Field", name)
		}
	}
	q.Person, q.Staff = person.ID(in["person"]), staff.ID(in["staff"])
	if q.From, err = s.startOf(in["from"], 0); err != nil {
		return q, fault.New(fault.Invalid, "staff.audit_day_bad").With("Field", "from")
	}
	if q.Until, err = s.startOf(in["until"], 1); err != nil {
		return q, fault.New(fault.Invalid, "staff.audit_day_bad").With("Field", "until")
	}
	if in["at"] == "" {
		return q, nil
	}
	at, aerr := strconv.ParseInt(in["at"], 10, 64)
	seq, serr := strconv.ParseInt(in["seq"], 10, 64)
	if aerr != nil || serr != nil {
		return q, fault.New(fault.Malformed, "web.malformed")
	}
	q.After = store.AuditMark{At: at, Chain: in["chain"], Seq: seq}
	return q, nil
}

// startOf is when a day begins, some days later; the zero time for "".
func (s *Server) startOf(text string, days int) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	d, err := caldate.Parse(text)
	if err != nil {
		return time.Time{}, err
	}
	return d.AddDays(days).At(0, 0, s.opts.Agency.Zone), nil
}

func (s *Server) auditLines(r *http.Request, page []audit.Entry) ([]view.StaffAuditLine, error) {
	names := map[string]string{"": s.text(eventOf(r).lang, "staff.console")}
	var all []view.StaffAuditLine
	for _, e := range page {
		name, known := names[e.Staff]
		if !known {
			a, err := s.opts.Store.Account(r.Context(), staff.ID(e.Staff))
			if err != nil && fault.CodeOf(err) != fault.NotFound {
				return nil, err
			}
			if name = a.Name; err != nil {
				name = e.Staff
			}
			names[e.Staff] = name
		}
		line := view.StaffAuditLine{
			At: s.opts.Agency.FormatDateTime(eventOf(r).lang, e.At) + e.At.Format(":05"), Staff: e.Staff, Name: name, What: e.What,
			Phase: s.text(eventOf(r).lang, "staff.phase_"+string(e.Phase)), Code: e.Code, Person: e.Person, Clinic: e.Clinic, Campaign: e.Campaign,
		}
		var detail []string
		for _, key := range slices.Sorted(maps.Keys(e.Detail)) {
			detail = append(detail, fmt.Sprintf("%s: %s", key, e.Detail[key]))
		}
		line.Detail = strings.Join(detail, ", ")
		all = append(all, line)
	}
	return all, nil
}
