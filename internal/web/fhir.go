package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"naru/internal/clinic"
	"naru/internal/fault"
	"naru/internal/fhir"
)

// fhirCache is for how long an answer may be kept: counts of places move.
const fhirCache = "public, max-age=10"

// Pages of an answer.
const (
	fhirCount     = 50
	fhirCountMost = 200
)

// fhirRoutes are what others may read in FHIR R4 (rules X2 to X5).
func (s *Server) fhirRoutes() {
	x := NewResources(s.opts.Store, s.opts.Agency, s.opts.Public)
	s.handleFHIR("GET /fhir/metadata", s.fhirMetadata)
	for kind, k := range map[string]fhirKind{
		"Location":          {searchLocations, readLocation, []string{"_id", "name"}},
		"HealthcareService": {searchServices, readService, []string{"_id", "location"}},
		"Schedule":          {searchSchedules, readSchedule, []string{"_id", "actor"}},
		"Slot":              {searchSlots, readSlot, []string{"schedule", "status", "start"}},
	} {
		s.handleFHIR("GET /fhir/"+kind, s.fhirSearch(x, kind, k))
		s.handleFHIR("GET /fhir/"+kind+"/{id}", s.fhirRead(x, k))
	}
}

// fhirKind is one kind of resource: how it is searched and read, and by what.
type fhirKind struct {
	search func(x *Resources, d *clinic.Directory, q fhirQuery) (fhirFound, error)
	read   func(x *Resources, d *clinic.Directory, id string) (any, error)
	params []string
}

// fhirQuery is a search: its parameters, and the page that is wanted.
type fhirQuery struct {
	params       map[string]string
	offset, most int
}

// fhirFound is one page of what was found, and how many there are in all.
type fhirFound struct {
	total     int
	resources []fhirResource
}

type fhirResource struct {
	id       string
	resource any
}

// handleFHIR registers an address whose faults are told in FHIR.
func (s *Server) handleFHIR(pattern string, h handler) {
	s.handleMachine(pattern, func(w http.ResponseWriter, r *http.Request) error {
		s.acceptLanguage(r)
		if err := h(w, r); err != nil {
			s.fhirFault(w, r, err)
		}
		return nil
	})
}

// fhirSearch answers a search with one page of a bundle.
func (s *Server) fhirSearch(x *Resources, kind string, k fhirKind) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		d, err := x.directory()
		if err != nil {
			return err
		}
		q, err := readFHIRQuery(r, k.params)
		if err != nil {
			return err
		}
		found, err := k.search(x, d, q)
		if err != nil {
			return err
		}
		base := x.public + "/fhir/" + kind
		var entries []fhir.Entry
		for _, one := range found.resources {
			entries = append(entries, fhir.NewEntry(base+"/"+one.id, one.resource))
		}
		next := ""
		if after := q.offset + len(found.resources); after < found.total {
			next = q.at(base, after)
		}
		return sendFHIR(w, r, fhir.NewBundle(s.opts.Store.CountsAsOf(), found.total, q.at(base, q.offset), next, entries))
	}
}

// fhirRead answers with one resource.
func (s *Server) fhirRead(x *Resources, k fhirKind) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		d, err := x.directory()
		if err != nil {
			return err
		}
		resource, err := k.read(x, d, r.PathValue("id"))
		if err != nil {
			return err
		}
		return sendFHIR(w, r, resource)
	}
}

func (s *Server) fhirMetadata(w http.ResponseWriter, r *http.Request) error {
	name := s.in(s.opts.Agency.DefaultLanguage(), s.opts.Agency.Name)
	return sendFHIR(w, r, fhir.NewCapability(s.opts.Public+"/fhir", name, fhirSince))
}

// fhirSince is the day on which what the statement says was last changed.
const fhirSince = "2026-11-22"

func sendFHIR(w http.ResponseWriter, r *http.Request, resource any) error {
	body, err := json.Marshal(resource)
	if err != nil {
		return err
	}
	sendDocument(w, r, openDocument{fhir.MediaType, fhirCache, body})
	return nil
}

// issueTypes are our faults in FHIR's issue types; others are exceptions.
var issueTypes = map[fault.Code]string{
	fault.Invalid: "invalid", fault.Malformed: "structure", fault.NotFound: "not-found", fault.Unavailable: "transient", fault.TooMany: "throttled",
}

func (s *Server) fhirFault(w http.ResponseWriter, r *http.Request, err error) {
	f, e := fault.Of(err), eventOf(r)
	e.code = string(f.Code)
	a := answerTo(f.Code)
	if a.status >= http.StatusInternalServerError {
		s.opts.Log.Error("request failed", "request_id", e.id, "route", e.route, "error", err.Error())
	}
	kind := issueTypes[f.Code]
	if kind == "" {
		kind = "exception"
	}
	body, err := json.Marshal(fhir.NewOutcome(kind, s.sentence(e.lang, f), "request "+e.id))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", fhir.MediaType)
	h.Set("Content-Language", e.lang)
	h.Set("Cache-Control", "no-store")
	openToAll(h)
	if a.retry > 0 {
		h.Set("Retry-After", strconv.Itoa(a.retry))
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(body) // the reader may be gone
}

// readFHIRQuery reads a search strictly: a parameter nobody knows is refused, so that
// nobody takes everything for what they asked for.
func readFHIRQuery(r *http.Request, known []string) (fhirQuery, error) {
	names := append([]string{"_count", "_offset", "_format"}, known...)
	q, err := query(r, names...)
	if err != nil {
		return fhirQuery{}, err
	}
	for name := range r.URL.Query() {
		if _, ok := q[name]; !ok {
			return fhirQuery{}, fault.New(fault.Malformed, "interface.unknown_parameter")
		}
	}
	out := fhirQuery{params: map[string]string{}, most: fhirCount}
	for _, name := range known {
		if q[name] != "" {
			out.params[name] = q[name]
		}
	}
	for name, to := range map[string]*int{"_count": &out.most, "_offset": &out.offset} {
		if q[name] == "" {
			continue
		}
		n, err := strconv.ParseUint(q[name], 10, 31)
		if err != nil {
			return fhirQuery{}, fault.New(fault.Invalid, "interface.bad_parameter").With("Field", name)
		}
		*to = int(n)
	}
	out.most = min(max(out.most, 1), fhirCountMost)
	return out, nil
}

// at is the address of a page of the same search.
func (q fhirQuery) at(base string, offset int) string {
	v := url.Values{"_count": {strconv.Itoa(q.most)}}
	for name, value := range q.params {
		v.Set(name, value)
	}
	if offset > 0 {
		v.Set("_offset", strconv.Itoa(offset))
	}
	return base + "?" + v.Encode()
}

// page cuts the wanted page out of n things.
func (q fhirQuery) page(n int, one func(i int) fhirResource) fhirFound {
	f := fhirFound{total: n}
	for i := q.offset; i < min(n, q.offset+q.most); i++ {
		f.resources = append(f.resources, one(i))
	}
	return f
}

// reference takes a reference to a kind: Kind/id, or the id alone.
func (q fhirQuery) reference(name, kind string) (id string, given bool) {
	value, given := q.params[name]
	return strings.TrimPrefix(value, kind+"/"), given
}

// span reads the parameter start: ge, lt or nothing before a day or an instant.
func (q fhirQuery) span(zone *time.Location) (from, to time.Time, err error) {
	value := q.params["start"]
	if value == "" {
		return from, to, nil
	}
	prefix := ""
	if strings.HasPrefix(value, "ge") || strings.HasPrefix(value, "lt") {
		prefix, value = value[:2], value[2:]
	}
	at, err := time.Parse(time.RFC3339, value)
	length := time.Second
	if err != nil {
		at, err = time.ParseInLocation(time.DateOnly, value, zone)
		length = 24 * time.Hour
	}
	switch {
	case err != nil:
		return from, to, fault.New(fault.Invalid, "interface.bad_parameter").With("Field", "start")
	case prefix == "ge":
		return at, to, nil
	case prefix == "lt":
		return from, at, nil
	}
	return at, at.Add(length), nil
}
