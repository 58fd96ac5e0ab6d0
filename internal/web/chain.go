package web

import (
	"fmt"
	"net/http"
	"path"
	"runtime/debug"
	"strings"

	"naru/internal/fault"
)

// boardPrefix is the one hot address: it goes around the chain.
const boardPrefix = "/board/"

// ServeHTTP answers one request: headers, name of the server, event line,
// recovery from panics, language, protection from other sites, page.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if len(r.TransferEncoding) > 0 {
		s.secure(w.Header())
		s.refuseUnmeasured(w, r)
		return
	}
	ours := s.answersTo(r.Host)
	if ours && s.quickBoard(w, r) {
		return
	}
	s.secure(w.Header())
	e := s.newEvent()
	sw := &statusWriter{ResponseWriter: w, event: e}
	r = s.language(e, e.in(r))
	defer func() {
		if v := recover(); v != nil {
			s.recovered(sw, r, v)
		}
		s.logEvent(r, e)
	}()
	if !ours {
		s.fail(sw, r, fault.New(misdirected, "web.other_host"))
		return
	}
	s.chain.ServeHTTP(sw, r)
}

// refuseUnmeasured refuses a body that does not say its length, and ends the
// connection (rule W24). No browser sends a form so; and where a request states
// its length twice, chunked and in bytes, a proxy may read the one and we the
// other: what follows would be taken for the next request.
func (s *Server) refuseUnmeasured(w http.ResponseWriter, r *http.Request) {
	e := s.newEvent()
	w.Header().Set("Connection", "close")
	sw := &statusWriter{ResponseWriter: w, event: e}
	r = s.language(e, e.in(r))
	s.fail(sw, r, fault.New(unmeasured, "web.no_length"))
	s.logEvent(r, e)
}

func (s *Server) recovered(w *statusWriter, r *http.Request, v any) {
	if v == http.ErrAbortHandler {
		panic(v)
	}
	s.opts.Log.Error("panic", "request_id", eventOf(r).id, "route", eventOf(r).route, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
	if !w.wrote {
		s.fail(w, r, fault.New(fault.Internal, "problem.internal"))
	}
}

// language takes the prefix of a language off the path (rule W2). The default
// language has none.
func (s *Server) language(e *event, r *http.Request) *http.Request {
	e.path = r.URL.EscapedPath()
	for _, code := range s.opts.Agency.LanguageCodes()[1:] {
		rest, found := strings.CutPrefix(e.path, "/"+code)
		if !found || rest != "" && rest[0] != '/' {
			continue
		}
		e.lang, e.prefix, e.path = code, "/"+code, rest
		if rest == "" {
			e.path = "/"
		}
		u := *r.URL
		u.Path, u.RawPath = strings.TrimPrefix(u.Path, "/"+code), strings.TrimPrefix(u.RawPath, "/"+code)
		if u.Path == "" {
			u.Path = "/"
		}
		moved := *r
		moved.URL = &u
		return &moved
	}
	return r
}

// protect refuses unsafe requests that another site started (rule W5).
func (s *Server) protect(next http.Handler) http.Handler {
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, r, fault.New(fault.Forbidden, "web.cross_origin"))
	}))
	return guard.Handler(next)
}

// dispatch finds the page. What http.ServeMux would refuse in bare text, or
// redirect to, is a page here.
func (s *Server) dispatch(w http.ResponseWriter, r *http.Request) {
	if clean := path.Clean(r.URL.Path); r.URL.Path != clean {
		s.fail(w, r, fault.New(fault.NotFound, "web.no_page"))
		return
	}
	h, pattern := s.mux.Handler(r)
	if pattern == "" {
		s.refuse(w, r, h)
		return
	}
	eventOf(r).route = pattern
	s.mux.ServeHTTP(w, r)
}

// refuse asks the mux's own refusal whether it is a matter of the method.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, h http.Handler) {
	said := probe{header: http.Header{}}
	h.ServeHTTP(&said, r)
	if said.status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", said.header.Get("Allow"))
		s.fail(w, r, fault.New(fault.Method, "web.method"))
		return
	}
	s.fail(w, r, fault.New(fault.NotFound, "web.no_page"))
}

// probe hears what a handler would say.
type probe struct {
	header http.Header
	status int
}

func (p *probe) Header() http.Header         { return p.header }
func (p *probe) WriteHeader(status int)      { p.status = status }
func (p *probe) Write(b []byte) (int, error) { return len(b), nil }

var (
	policy = []string{"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
		"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"}
	noSniff     = []string{"nosniff"}
	referrer    = []string{"same-origin"}
	permissions = []string{"accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), payment=(), usb=()"}
	sameOrigin  = []string{"same-origin"}
	hsts        = []string{"max-age=31536000"}
)

// secure sets the headers of every answer but the board's (rule W6).
func (s *Server) secure(h http.Header) {
	h["Content-Security-Policy"] = policy
	h["X-Content-Type-Options"] = noSniff
	h["Referrer-Policy"] = referrer
	h["Permissions-Policy"] = permissions
	h["Cross-Origin-Opener-Policy"] = sameOrigin
	if s.opts.HTTPS {
		h["Strict-Transport-Security"] = hsts
	}
}
