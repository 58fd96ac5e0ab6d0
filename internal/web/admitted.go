package web

import (
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"time"
)

// admittedDocument says, signed, how far the record of admissions goes.
func (s *Server) admittedDocument(w http.ResponseWriter, r *http.Request) error {
	p, err := s.published(r)
	if err != nil {
		return err
	}
	shown, err := s.opts.Store.Admissions(string(p.Campaign.ID))
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Cache-Control", "public, max-age=5, stale-while-revalidate=30")
	h.Set("Content-Type", "application/json")
	_, _ = w.Write(shown.JSON) // the reader may be gone
	return nil
}

// admitted is the record of admissions up to its newest signed head. Lines are only
// added, so a reader may ask for what is behind the bytes they have (Range).
func (s *Server) admitted(w http.ResponseWriter, r *http.Request) error {
	p, err := s.published(r)
	if err != nil {
		return err
	}
	file, shown, err := s.opts.Store.AdmittedFile(string(p.Campaign.ID))
	if err != nil {
		return err
	}
	defer file.Close()
	h := w.Header()
	h.Set("Cache-Control", "public, max-age=5, stale-while-revalidate=30")
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", "admitted-"+string(p.Campaign.ID)+".csv"))
	h.Set("ETag", `"`+hex.EncodeToString(shown.Head.Head)+`"`)
	http.ServeContent(w, r, "", time.Time{}, io.NewSectionReader(file, 0, shown.Size))
	return nil
}
