// Package web adapts HTTP: pages that work without JavaScript, and a few small
// documents for programs. A handler parses, calls one act of the store, and
// renders.
//
// It promises that every answer is readable (a refusal is a page with the
// state and the next step, never blank), that nothing a browser says about
// time, place or permission is believed, that front, waiting and notice pages
// need no database, and that names, birth dates, telephone numbers and tokens
// are in no address and no log line. It never decides a rule: the domains do.
// Rules W1 to W25, and W40 on, in docs/rules/web.md.
package web

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"naru/internal/agency"
	"naru/internal/i18n"
	"naru/internal/identity"
	"naru/internal/limit"
	"naru/internal/message"
	"naru/internal/passkey"
	"naru/internal/proof"
	"naru/internal/store"
	"naru/internal/web/assets"
)

// Options are what a Server needs. Store, Agency, Catalogue and Now must be set.
type Options struct {
	Store       *store.Store
	Agency      *agency.Agency
	Catalogue   *i18n.Catalogue
	Now         func() time.Time
	Log         *slog.Logger     // default: nothing is logged
	Mock        bool             // shows the banner 모의 시스템 on every page
	Development bool             // adds /demo and /inbox, and answers on this machine alone: never on a real service
	HTTPS       bool             // the service is reached over https only: sends HSTS
	Demo        []TestPerson     // shown on /demo
	Limit       *limit.Limiter   // bounds the steps of booking that are served at once; nil: no bound
	Desk        *proof.Desk      // the providers; nil: only codes are offered, and nobody watches them
	Staff       *proof.StaffDoor // the agency's sign-in service for staff; nil: it has none
	Public      string           // address under which people reach the service, without a slash at its end; "": where the demo listens, and there are no passkeys

	ReportSecrets map[message.ProviderID]string // what providers of messages sign their reports with; who has none cannot report
}

// TestPerson is a made-up person of a demonstration. Note is a message id.
type TestPerson struct{ Name, Born, Mobile, Note string }

// Server answers all requests. Safe for concurrent use.
type Server struct {
	opts        Options
	assets      *assets.Set
	mux         *http.ServeMux
	routes      []string
	staffRoutes []StaffRoute
	passkeys    *passkey.Desk // nil: the service does not know its own address
	shared      *shelf
	finished    finishedBoards
	waiting     waitForms
	left        leftPages
	apology     map[string]static // by language
	drawing     bound             // PDFs
	chain       http.Handler
}

// New builds the server. It fails when the agency has a language in which the
// catalogue is not written.
func New(o Options) (*Server, error) {
	if o.Store == nil || o.Agency == nil || o.Catalogue == nil || o.Now == nil {
		return nil, errors.New("new web server: Store, Agency, Catalogue and Now are needed")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	named := o.Public != ""
	if !named {
		o.Public = "http://127.0.0.1:8080"
	}
	for _, code := range o.Agency.LanguageCodes() {
		if !slices.Contains(o.Catalogue.Languages(), code) {
			return nil, fmt.Errorf("new web server: there are no messages in the agency's language %q", code)
		}
	}
	if o.Desk == nil {
		var codes []identity.Provider
		for _, p := range o.Agency.Providers {
			if p.Kind == identity.Code {
				codes = append(codes, p)
			}
		}
		var err error
		if o.Desk, err = proof.NewDesk(codes, nil, o.Now, o.Log); err != nil {
			return nil, fmt.Errorf("new web server: %w", err)
		}
	}
	set, err := assets.New()
	if err != nil {
		return nil, fmt.Errorf("new web server: %w", err)
	}
	if !set.Bundled {
		o.Log.Info("assets are served from the sources; make build bundles them")
	}
	s := &Server{opts: o, assets: set, mux: http.NewServeMux(), shared: newShelf(o.Now), finished: finishedBoards{of: map[string]*finished{}}, drawing: make(bound, drawers)}
	if named {
		if s.passkeys, err = passkey.New(o.Public, s.text(o.Agency.DefaultLanguage(), "site.name")); err != nil {
			return nil, fmt.Errorf("new web server: %w", err)
		}
	}
	s.register()
	if s.apology, err = s.renderApology(); err != nil {
		return nil, fmt.Errorf("new web server: %w", err)
	}
	s.chain = s.protect(http.HandlerFunc(s.dispatch))
	return s, nil
}

func (s *Server) register() {
	s.frontRoutes()
	s.campaignRoutes()
	s.waitRoutes()
	s.drawRoutes()
	s.noticeRoutes()
	s.healthRoutes()
	s.flowRoutes()
	s.operateRoutes()
	s.identityRoutes()
	s.staffPages()
	s.guardianRoutes()
	s.callRoutes()
	s.fhirRoutes()
	s.smartRoutes()
	s.apiRoutes()
	s.consoleRoutes()
	s.recordRoutes()
	s.trustRoutes()
	s.certificateRoutes()
	s.messageRoutes()
	s.bundleRoutes()
	s.walletRoutes()
	s.visitRoutes()
	s.scanRoutes()
	s.walletPages()
}

// handler is a page: it renders, or returns a fault that becomes a page.
type handler func(w http.ResponseWriter, r *http.Request) error

// handle registers a page under a pattern of http.ServeMux.
func (s *Server) handle(pattern string, h handler) {
	s.routes = append(s.routes, pattern)
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			s.fail(w, r, err)
		}
	})
}

// handleMachine registers an address that programs read: its faults are JSON
// unless the reader asks for HTML.
func (s *Server) handleMachine(pattern string, h handler) {
	s.handle(pattern, func(w http.ResponseWriter, r *http.Request) error {
		eventOf(r).machine = true
		return h(w, r)
	})
}

// Routes lists every pattern, for tests that must reach them all.
func (s *Server) Routes() []string { return slices.Clone(s.routes) }

// Routes lists every pattern of a server in development, for a drill that tries
// them all in every order. Nothing is served by it.
func Routes() []string {
	s := &Server{opts: Options{Development: true}, mux: http.NewServeMux()}
	s.register()
	return s.routes
}

// HTTPServer is an http.Server with bounds that suit the public internet.
func HTTPServer(addr string, h http.Handler) *http.Server {
	return &http.Server{
		Addr:              addr,
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       75 * time.Second,
		MaxHeaderBytes:    16 << 10,
	}
}
