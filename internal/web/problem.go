package web

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"naru/internal/fault"
	"naru/internal/web/view"
)

// answer is what one code of fault becomes over HTTP.
type answer struct {
	status int
	retry  int // seconds after which it is worth trying again; 0: not by waiting
}

// answers is the one table from fault codes to HTTP (rule W3).
var answers = map[fault.Code]answer{
	fault.Invalid:         {http.StatusUnprocessableEntity, 0},
	fault.Malformed:       {http.StatusBadRequest, 0},
	fault.TooLarge:        {http.StatusRequestEntityTooLarge, 0},
	unsupported:           {http.StatusUnsupportedMediaType, 0},
	unmeasured:            {http.StatusLengthRequired, 0},
	misdirected:           {http.StatusMisdirectedRequest, 0},
	fault.Method:          {http.StatusMethodNotAllowed, 0},
	fault.NotFound:        {http.StatusNotFound, 0},
	fault.Unauthenticated: {http.StatusUnauthorized, 0},
	fault.Expired:         {http.StatusGone, 0},
	fault.Forbidden:       {http.StatusForbidden, 0},
	fault.Wait:            {http.StatusConflict, 10},
	fault.NotOpen:         {http.StatusForbidden, 0},
	fault.NotEligible:     {http.StatusForbidden, 0},
	fault.Full:            {http.StatusConflict, 0},
	fault.Conflict:        {http.StatusConflict, 0},
	fault.KeyReused:       {http.StatusUnprocessableEntity, 0},
	fault.TooMany:         {http.StatusTooManyRequests, 20},
	fault.Unavailable:     {http.StatusServiceUnavailable, 30},
	fault.UnknownOutcome:  {http.StatusServiceUnavailable, 5},
	fault.Internal:        {http.StatusInternalServerError, 0},
}

func answerTo(code fault.Code) answer {
	if a, ok := answers[code]; ok {
		return a
	}
	return answers[fault.Internal]
}

// StatusOf is the HTTP status of an error, by the code of its fault.
func StatusOf(err error) int { return answerTo(fault.CodeOf(err)).status }

// statusGone is what the log shows of a client that went away before its answer
// (nginx's 499); it is never read.
const statusGone = 499

// fail answers with the page or document of a fault. What has no code is
// logged in full and shown as nothing but a request number.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	f, e := fault.Of(err), eventOf(r)
	e.code = string(f.Code)
	a := answerTo(f.Code)
	if r.Context().Err() != nil { // nobody is there to read the answer
		e.code = "gone"
		w.WriteHeader(statusGone)
		return
	}
	if a.status == http.StatusInternalServerError || f.Code == fault.UnknownOutcome || f.Code == fault.Unavailable {
		s.opts.Log.Error("request failed", "request_id", e.id, "route", e.route, "campaign", e.campaign, "error", err.Error())
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	if retry := retryAfter(f, a); retry > 0 {
		h.Set("Retry-After", strconv.Itoa(retry))
	}
	if a.status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", "Naru-Ticket")
	}
	switch {
	case prefersJSON(r, e.machine):
		s.problemJSON(w, r, f, a)
	case f.Code == fault.Unavailable:
		s.apologise(w, r)
	default:
		s.problemPage(w, r, f, a)
	}
}

// retryAfter prefers what the fault itself says.
func retryAfter(f *fault.Error, a answer) int {
	if n, ok := f.Args["Seconds"].(int); ok && n > 0 {
		return n
	}
	return a.retry
}

func (s *Server) problemPage(w http.ResponseWriter, r *http.Request, f *fault.Error, a answer) {
	e := eventOf(r)
	p := s.page(r, "problem."+string(f.Code)+"_title")
	v := view.Problem{
		Page: p, Detail: s.sentence(e.lang, f), Next: p.T("problem." + string(f.Code) + "_next"),
		RequestID: e.id, Steps: s.steps(p, e, f),
	}
	if err := s.render(w, r, a.status, view.ProblemPage(v)); err != nil {
		s.opts.Log.Error("render problem", "request_id", e.id, "error", err.Error())
		http.Error(w, p.T("problem.internal_title"), a.status)
	}
}

// steps are the links that lead on from a problem.
func (s *Server) steps(p view.Page, e *event, f *fault.Error) []view.Link {
	var links []view.Link
	if e.campaign != "" {
		if f.Message != "web.no_ticket" && f.Code != fault.NotOpen {
			links = append(links, view.Link{Text: p.T("problem.to_wait"), URL: p.URL("/c/" + e.campaign + "/wait")})
		}
		links = append(links, view.Link{Text: p.T("problem.to_campaign"), URL: p.URL("/c/" + e.campaign)})
	}
	return append(links, view.Link{Text: p.T("site.front"), URL: p.URL("/")})
}

// problem is the document of RFC 9457.
type problem struct {
	Type     string `json:"type"`
	Title    string `json:"title"`
	Status   int    `json:"status"`
	Detail   string `json:"detail,omitempty"`
	Instance string `json:"instance"`
	Code     string `json:"code"`
	Message  string `json:"message"`
	Field    string `json:"field,omitempty"`
}

func (s *Server) problemJSON(w http.ResponseWriter, r *http.Request, f *fault.Error, a answer) {
	e := eventOf(r)
	field, _ := f.Args["Field"].(string)
	p := problem{
		Type: "about:blank", Title: s.text(e.lang, "problem."+string(f.Code)+"_title"), Status: a.status,
		Detail: s.sentence(e.lang, f), Instance: "urn:naru:request:" + e.id, Code: string(f.Code), Message: f.Message, Field: field,
	}
	body, _ := json.Marshal(p) // strings and a number
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Content-Language", e.lang)
	w.WriteHeader(a.status)
	_, _ = w.Write(body) // the reader may be gone
}

// prefersJSON weighs the Accept header; equal weights go by the kind of address.
func prefersJSON(r *http.Request, machine bool) bool {
	var json, html float64
	for _, part := range strings.Split(strings.Join(r.Header.Values("Accept"), ","), ",") {
		name, weight := mediaRange(part)
		switch name {
		case "application/json", "application/problem+json":
			json = max(json, weight)
		case "text/html", "application/xhtml+xml":
			html = max(html, weight)
		}
	}
	if json == html {
		return machine
	}
	return json > html
}

func mediaRange(part string) (name string, weight float64) {
	name, params, _ := strings.Cut(strings.TrimSpace(part), ";")
	weight = 1
	for _, p := range strings.Split(params, ";") {
		if q, found := strings.CutPrefix(strings.TrimSpace(p), "q="); found {
			if n, err := strconv.ParseFloat(q, 64); err == nil {
				weight = n
			}
		}
	}
	return strings.ToLower(strings.TrimSpace(name)), weight
}
