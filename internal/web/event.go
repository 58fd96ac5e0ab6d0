package web

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"log/slog"
	"net/http"
	"time"
)

// event is the one line that is logged for a request, filled along the way
// (rule W15). It holds no path, query, address, cookie or anything typed.
type event struct {
	id       string // of the request; also shown on problem pages
	start    time.Time
	lang     string
	prefix   string // of the language: "" or "/en"
	path     string // as asked, escaped, without the prefix; never logged
	route    string // the pattern that matched
	campaign string // only one that exists
	code     string // outcome: "ok" or the code of a fault
	status   int
	machine  bool // the reader is a program: answer in JSON unless asked otherwise
}

type eventKey struct{}

// eventOf is the event of the request; every request that reaches a handler
// has one.
func eventOf(r *http.Request) *event {
	e, ok := r.Context().Value(eventKey{}).(*event)
	if !ok {
		return &event{}
	}
	return e
}

func (s *Server) newEvent() *event {
	var id [9]byte
	_, _ = rand.Read(id[:]) // never fails
	return &event{
		id: base64.RawURLEncoding.EncodeToString(id[:]), start: s.opts.Now(),
		lang: s.opts.Agency.DefaultLanguage(), code: "ok", status: http.StatusOK,
	}
}

func (e *event) in(r *http.Request) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), eventKey{}, e))
}

func (s *Server) logEvent(r *http.Request, e *event) {
	level := slog.LevelInfo
	if e.status >= http.StatusInternalServerError {
		level = slog.LevelWarn
	}
	s.opts.Log.LogAttrs(r.Context(), level, "request",
		slog.String("request_id", e.id), slog.String("method", method(r)), slog.String("route", e.route),
		slog.Int("status", e.status), slog.Int64("ms", s.opts.Now().Sub(e.start).Milliseconds()),
		slog.String("campaign", e.campaign), slog.String("code", e.code))
}

// method keeps made-up methods out of the log.
func method(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return r.Method
	}
	return "other"
}

// statusWriter remembers what was sent.
type statusWriter struct {
	http.ResponseWriter
	event *event
	wrote bool
}

func (w *statusWriter) WriteHeader(status int) {
	if !w.wrote {
		w.wrote, w.event.status = true, status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	w.wrote = true
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
