package web

import (
	"context"
	"io"
	"net/http"
	"time"
)

// readyWithin bounds the test of the databases: a balancer does not wait longer.
const readyWithin = 2 * time.Second

func (s *Server) healthRoutes() {
	s.handleMachine("GET /livez", s.live)
	s.handleMachine("GET /readyz", s.ready)
	s.handleMachine("GET /healthz", s.ready)
	s.handle("GET /assets/{version}/{file}", s.asset)
}

// live says that the process answers; it asks nothing else.
func (s *Server) live(w http.ResponseWriter, _ *http.Request) error { return plain(w, "ok\n") }

// ready says that the work can be done: both databases wrote and read (R25).
func (s *Server) ready(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), readyWithin)
	defer cancel()
	if err := s.opts.Store.Ready(ctx); err != nil {
		return err
	}
	return plain(w, "ready\n")
}

func plain(w http.ResponseWriter, text string) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = io.WriteString(w, text) // the reader may be gone
	return nil
}

func (s *Server) asset(w http.ResponseWriter, r *http.Request) error {
	if !s.assets.Serve(w, r, r.PathValue("version"), r.PathValue("file")) {
		return noPage()
	}
	return nil
}
