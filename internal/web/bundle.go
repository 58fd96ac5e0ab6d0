package web

import (
	"net/http"
	"strconv"

	"naru/internal/fault"
)

// bundleRoutes hand out what scanners work from (rules Q22 to Q25): public, signed where the
// keys are, and from any static host as well.
func (s *Server) bundleRoutes() {
	s.handleMachine("GET /bundle/latest", s.bundleLatest)
	s.handleMachine("GET /bundle/{version}", s.bundleOf)
}

// bundleLatest is the newest; who has it gets no bytes.
func (s *Server) bundleLatest(w http.ResponseWriter, r *http.Request) error {
	version, err := s.opts.Store.BundleVersion(r.Context())
	if err != nil {
		return err
	}
	if version == 0 {
		return fault.New(fault.NotFound, "bundle.none")
	}
	return s.sendBundle(w, r, version, "public, max-age=60, stale-if-error=604800")
}

// bundleOf is one version, which never changes.
func (s *Server) bundleOf(w http.ResponseWriter, r *http.Request) error {
	version, err := strconv.ParseInt(r.PathValue("version"), 10, 64)
	if err != nil || version < 1 {
		return fault.New(fault.NotFound, "bundle.none")
	}
	return s.sendBundle(w, r, version, "public, max-age=31536000, immutable")
}

func (s *Server) sendBundle(w http.ResponseWriter, r *http.Request, version int64, keep string) error {
	tag := `"` + strconv.FormatInt(version, 10) + `"`
	head := func() {
		w.Header().Set("ETag", tag)
		w.Header().Set("Cache-Control", keep)
		w.Header().Set("Access-Control-Allow-Origin", "*") // partners' scanners in browsers
	}
	if r.Header.Get("If-None-Match") == tag {
		head()
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	_, file, err := s.opts.Store.Bundle(r.Context(), version)
	if err != nil {
		return err
	}
	head()
	w.Header().Set("Content-Type", "application/octet-stream")
	_, err = w.Write(file)
	return err
}
