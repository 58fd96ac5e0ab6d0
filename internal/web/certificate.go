package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"naru/internal/credential"
	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/paper"
	"naru/internal/store"
	"naru/internal/web/view"
)

// certificateRoutes show people their own certificates (rules T60, T63 to T65).
func (s *Server) certificateRoutes() {
	s.handle("GET /certificates", s.ownCertificates)
	s.handle("GET /certificate/worker.js", s.certificateWorker)
	s.handle("GET /certificate/{id}", s.ownCertificate)
	s.handle("GET /certificate/{id}/{file}", s.certificatePDF)
}

// drawers is how many PDFs are drawn at once, and drawPatience how long others wait.
const (
	drawers      = 2
	drawPatience = 5 * time.Second
)

// bound gives n places; who gets none in time is told when to come back.
type bound chan struct{}

func (b bound) take(ctx context.Context, patience time.Duration) error {
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case b <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-late.C:
		return fault.New(fault.TooMany, "paper.busy")
	}
}

func (b bound) leave() { <-b }

// ownCertificates lists what was issued.
func (s *Server) ownCertificates(w http.ResponseWriter, r *http.Request) error {
	all, err := s.opts.Store.OwnCredentials(r.Context(), cookie(r, lookupCookie), gate.BrowserHash(cookie(r, browserCookie)))
	if err != nil {
		return s.certificateRefused(w, r, err)
	}
	p := view.Certificates{Flow: s.lookupFrame(r, "paper.own_title")}
	for _, c := range all {
		p.List = append(p.List, view.Issued{
			Facts: []view.Fact{{Term: p.T("paper.format"), Value: p.T("paper.format_" + string(c.Format))}, {Term: p.T("paper.issued"), Value: s.instant(r, c.At)}},
			Show:  view.Link{Text: p.T("paper.show", "Time", c.At), URL: p.URL("/certificate/" + c.ID)},
		})
	}
	return s.render(w, r, http.StatusOK, view.CertificatesPage(p))
}

// certificate reads one of the reader's own, and verifies it: what it says is what was
// signed (rule T60).
func (s *Server) certificate(r *http.Request) (store.Credential, paper.Certificate, error) {
	c, err := s.opts.Store.OwnCredential(r.Context(), cookie(r, lookupCookie), gate.BrowserHash(cookie(r, browserCookie)), r.PathValue("id"))
	if err != nil {
		return c, paper.Certificate{}, err
	}
	trust, err := s.opts.Store.OwnTrust(r.Context())
	if err != nil {
		return c, paper.Certificate{}, err
	}
	verified, err := paper.Read(c.Text, trust, s.opts.Now())
	if reason := credential.ReasonOf(err); reason != "" {
		return c, paper.Certificate{}, fault.Wrap(fault.Conflict, "credential."+string(reason), err)
	}
	return c, verified, err
}

// certificateRefused says why there is nothing to see, and where to go.
func (s *Server) certificateRefused(w http.ResponseWriter, r *http.Request, err error) error {
	switch code := fault.CodeOf(err); {
	case cookie(r, lookupCookie) == "":
		return s.lookUpAgain(w, r, fault.New(fault.Unauthenticated, "flow.lookup_first_text"))
	case code == fault.Expired || code == fault.Unauthenticated:
		return s.lookUpAgain(w, r, fault.Wrap(fault.Unauthenticated, "flow.lookup_ended_text", err))
	case code == fault.Conflict:
		stop := view.Stop{Flow: s.lookupFrame(r, "paper.refused"), Text: []string{s.words(r, err)}}
		stop.Primary = view.Link{Text: stop.T("paper.to_own"), URL: stop.URL("/certificates")}
		return s.sendStop(w, r, stop, err)
	}
	return err
}

func (s *Server) paperWords(lang string) paper.Words {
	return paper.Words{Lang: lang, Agency: s.opts.Agency, Catalogue: s.opts.Catalogue, Mock: s.opts.Mock}
}

// ownCertificate is one certificate with its code: the page that prints, and that opens
// without a network.
func (s *Server) ownCertificate(w http.ResponseWriter, r *http.Request) error {
	issued, c, err := s.certificate(r)
	if err != nil {
		return s.certificateRefused(w, r, err)
	}
	code, err := paper.Encode(c.Text())
	if err != nil {
		return err
	}
	words := s.paperWords(eventOf(r).lang)
	p := view.Certificate{Flow: s.lookupFrame(r, "paper.own_title"), Code: code.Path(), Size: strconv.Itoa(code.Size()), Worker: s.prefix(words.Lang) + "/certificate/worker.js"}
	p.Title = c.Title(words)
	for _, l := range c.Lines(words) {
		p.Facts = append(p.Facts, view.Fact{Term: l.Term, Value: l.Value})
	}
	for _, form := range paper.Forms {
		p.Files = append(p.Files, view.Link{Text: p.T("paper.pdf_" + string(form)), URL: p.URL("/certificate/" + issued.ID + "/" + string(form) + ".pdf")})
	}
	if url := s.assets.URL("certificate.js"); url != "" {
		p.Scripts = append(p.Scripts, url)
	}
	return s.render(w, r, http.StatusOK, view.CertificatePage(p))
}

// certificatePDF draws it on paper.
func (s *Server) certificatePDF(w http.ResponseWriter, r *http.Request) error {
	name, isPDF := strings.CutSuffix(r.PathValue("file"), ".pdf")
	form := paper.Form(name)
	if !isPDF || !slices.Contains(paper.Forms, form) {
		return fault.New(fault.NotFound, "web.no_page")
	}
	_, c, err := s.certificate(r)
	if err != nil {
		return s.certificateRefused(w, r, err)
	}
	if err := s.drawing.take(r.Context(), drawPatience); err != nil {
		return err
	}
	file, err := c.PDF(form, s.paperWords(eventOf(r).lang), s.opts.Now())
	s.drawing.leave()
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/pdf")
	h.Set("Content-Disposition", `attachment; filename="certificate-`+name+`.pdf"`)
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", strconv.Itoa(len(file)))
	_, _ = w.Write(file) // the reader may be gone
	return nil
}

// certificateWorker keeps certificates readable without a network; its scope is what lies
// below /certificate/ in the language of the path.
func (s *Server) certificateWorker(w http.ResponseWriter, _ *http.Request) error {
	raw := s.assets.Raw("certificate_worker.js")
	if raw == nil {
		return errors.New("the service worker of certificates is missing")
	}
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(raw) // the reader may be gone
	return nil
}
