package web

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/a-h/templ"

	"naru/internal/agency"
	"naru/internal/fault"
	"naru/internal/store"
	"naru/internal/web/view"
)

// page is the frame of a page with a title that is a message id. The language
// switch leads to the same address; from one that would be
// another site's, to the front.
func (s *Server) page(r *http.Request, titleID string, args ...any) view.Page {
	e := eventOf(r)
	to := e.path
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		to = elsewhere(e) // the address of a form cannot be followed as a link
	case strings.HasPrefix(to, "//"):
		to = "/" // as a link it would lead to another site
	case r.URL.RawQuery != "":
		to += "?" + r.URL.RawQuery
	}
	return s.pageIn(e.lang, to, titleID, args...)
}

func elsewhere(e *event) string {
	if e.campaign == "" {
		return "/"
	}
	return "/c/" + e.campaign
}

// pageIn is the frame in a language, whose language switch leads to path.
func (s *Server) pageIn(lang, path, titleID string, args ...any) view.Page {
	a := s.opts.Agency
	p := view.Page{
		Lang: lang, Path: path, Mock: s.opts.Mock, Prefix: s.prefix(lang),
		Helpline: view.Helpline{Name: a.In(lang, a.Helpline.Name), Number: a.Helpline.Number, Hours: a.In(lang, a.Helpline.Hours)},
		Styles:   []string{s.assets.URL("naru.css")},
		T:        func(id string, args ...any) string { return s.text(lang, id, args...) },
	}
	p.Title = p.T(titleID, args...)
	for _, l := range a.Languages {
		p.Languages = append(p.Languages, view.Language{
			Code: l.Code, Name: l.Name, URL: s.prefix(l.Code) + path, Current: l.Code == lang,
		})
	}
	return p
}

// prefix stands before the paths of a language; the default one has none.
func (s *Server) prefix(lang string) string {
	if lang == s.opts.Agency.DefaultLanguage() {
		return ""
	}
	return "/" + lang
}

// text is a message with pairs of names and values; days, instants and Texts
// among them are written out by the agency.
func (s *Server) text(lang, id string, pairs ...any) string {
	if len(pairs) == 0 {
		return s.opts.Catalogue.T(lang, id, nil)
	}
	args := make(map[string]any, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		args[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return s.opts.Catalogue.T(lang, id, s.opts.Agency.Localise(lang, args))
}

// sentence is the message of a fault in a language; "" when the catalogue does
// not have it.
func (s *Server) sentence(lang string, f *fault.Error) string {
	if !s.opts.Catalogue.Has(f.Message) {
		return ""
	}
	return s.opts.Catalogue.T(lang, f.Message, s.opts.Agency.Localise(lang, f.Args))
}

// in is a text of the agency or a campaign in a language.
func (s *Server) in(lang string, t agency.Texts) string { return s.opts.Agency.In(lang, t) }

// render sends a page that is about one person: it is kept nowhere, and not
// compressed, because it may show what was typed beside what is secret (BREACH).
func (s *Server) render(w http.ResponseWriter, r *http.Request, status int, c templ.Component) error {
	return s.send(w, r, status, c, "no-store", false)
}

// renderPlain sends a page that repeats nothing the reader typed, compressed
// (rule W9). A page without anything about one person may be cached.
func (s *Server) renderPlain(w http.ResponseWriter, r *http.Request, status int, c templ.Component, cache string) error {
	return s.send(w, r, status, c, cache, true)
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func (s *Server) send(w http.ResponseWriter, r *http.Request, status int, c templ.Component, cache string, small bool) error {
	b := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(b)
	b.Reset()
	if err := c.Render(r.Context(), b); err != nil {
		return fmt.Errorf("render page: %w", err)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", cache)
	h.Set("Content-Language", eventOf(r).lang)
	if small {
		h.Set("Vary", "Accept-Encoding")
	}
	if small && takesGzip(r) {
		h.Set("Content-Encoding", "gzip")
		packed := buffers.Get().(*bytes.Buffer)
		defer buffers.Put(packed)
		packed.Reset()
		pack(packed, b.Bytes())
		b = packed
	}
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // the reader may be gone
	return nil
}

var packers = sync.Pool{New: func() any {
	z, _ := gzip.NewWriterLevel(nil, gzip.DefaultCompression) // the level is a valid one
	return z
}}

func pack(to *bytes.Buffer, from []byte) {
	z := packers.Get().(*gzip.Writer)
	defer packers.Put(z)
	z.Reset(to)
	_, _ = z.Write(from) // a buffer takes everything
	_ = z.Close()
}

func takesGzip(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept-Encoding"), "gzip")
}

// redirect leads to a path in the reader's language, with GET.
func (s *Server) redirect(w http.ResponseWriter, r *http.Request, path string) error {
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, eventOf(r).prefix+path, http.StatusSeeOther)
	return nil
}

// published is the campaign that the path names.
func (s *Server) published(r *http.Request) (store.Published, error) {
	p, err := s.opts.Store.Campaign(r.PathValue("campaign"))
	if err != nil {
		return store.Published{}, fault.Wrap(fault.NotFound, "web.no_campaign", err)
	}
	eventOf(r).campaign = string(p.Campaign.ID)
	return p, nil
}
