package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime/pprof"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"naru/examples"
	"naru/internal/agency"
	"naru/internal/db"
	"naru/internal/front"
	"naru/internal/i18n"
	"naru/internal/limit"
	"naru/internal/message"
	"naru/internal/notify"
	"naru/internal/proof"
	"naru/internal/store"
	"naru/internal/web"
	"naru/internal/witness"
)

// ServeCmd is "naru serve".
type ServeCmd struct {
	Data        string   `default:"naru-data" placeholder:"DIR" help:"Data folder: databases, keys, regions and clinics."`
	DB          string   `name:"db" env:"NARU_DB" placeholder:"URL" help:"PostgreSQL instead of the databases in the data folder, for one node or many; the folder keeps the keys. Several hosts may be named: the one that takes writes is found."`
	Roles       []string `default:"all" help:"Roles of this process (this version: all)."`
	Listen      string   `default:"127.0.0.1:8080" help:"Address to listen on."`
	Agency      string   `placeholder:"FILE" help:"Agency file (default: Korea)."`
	Campaign    []string `placeholder:"FILE" help:"Publish this campaign at the start, unless it is published already. May be repeated."`
	InFlight    string   `default:"auto" placeholder:"N" help:"Steps of booking that are served at once: auto finds the number, off sets no bound."`
	Public      string   `placeholder:"URL" help:"Address under which people reach the service, to which identity providers send them back (development: http://localhost and the port)."`
	HTTPS       bool     `name:"https" help:"The service is reached over https only (a proxy ends TLS): send HSTS."`
	Development bool     `help:"Development: messages go to the page /inbox instead of phones, and mock providers prove who people are. Loopback addresses only. Without it the agency file must name real providers."`
	StaffIssuer string   `placeholder:"URL" help:"The agency's sign-in service for staff (OpenID Connect); with --development the word development starts a mock. Its secret is NARU_STAFF_SECRET."`
	StaffClient string   `default:"naru-staff" placeholder:"ID" help:"This service's name there."`
	Witness     string   `placeholder:"FILE|URL" help:"Where the audit's signed heads are kept outside: a file that is only added to, or an address that takes them with POST."`
	Custodians  bool     `help:"Keep the keys of both custodians of the entry register in the data folder: for a trial on one machine. Else each runs naru custodian on its own."`
	SIPFlags
	CPUProfile string `name:"cpuprofile" placeholder:"FILE" help:"Write a CPU profile until the end."`
}

// Run serves until the process is told to end (SIGINT, SIGTERM).
func (cmd *ServeCmd) Run(env *Env) error {
	if cmd.DB != "" {
		if err := db.CheckURL(cmd.DB); err != nil {
			return usage(fmt.Errorf("--db: %w", err))
		}
	}
	if len(cmd.Roles) != 1 || cmd.Roles[0] != "all" {
		return usage(errors.New("--roles: this version runs all roles in one process"))
	}
	if err := refuseIssuerKeys(cmd.Data); err != nil {
		return err
	}
	h := &host{env: env, data: cmd.Data, db: cmd.DB, listen: cmd.Listen, agencyFile: cmd.Agency, public: cmd.Public, https: cmd.HTTPS, development: cmd.Development}
	var err error
	h.staffIssuer, h.staffClient, h.custodians = cmd.StaffIssuer, cmd.StaffClient, cmd.Custodians
	h.sip = cmd.SIPFlags
	if cmd.Witness != "" {
		if h.witness, err = witness.New(cmd.Witness); err != nil {
			return usage(err)
		}
	}
	if h.limit, err = inFlight(cmd.InFlight); err != nil {
		return usage(err)
	}
	stop, err := profile(cmd.CPUProfile)
	if err != nil {
		return err
	}
	defer stop()
	return h.run(func(ctx context.Context, s *store.Store) error {
		for _, file := range cmd.Campaign {
			c, err := readCampaign(h.agency, file)
			if err != nil {
				return err
			}
			if err := c.publish(ctx, s); err != nil {
				return err
			}
		}
		return nil
	})
}

// inFlight reads --in-flight: auto, off, or a number.
func inFlight(text string) (*limit.Limiter, error) {
	switch text {
	case "auto":
		return limit.New(limit.Options{Now: time.Now}), nil
	case "off":
		return nil, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 100_000 {
		return nil, fmt.Errorf("--in-flight %s: auto, off, or a number from 1 to 100000", text)
	}
	return limit.New(limit.Options{Now: time.Now, Least: n, Most: n, Start: n}), nil
}

func profile(path string) (stop func(), err error) {
	if path == "" {
		return func() {}, nil
	}
	f, err := os.Create(path) //nolint:gosec // the operator's own file
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() { pprof.StopCPUProfile(); _ = f.Close() }, nil
}

// host is one server process: a store, its background loops, and the web.
type host struct {
	env         *Env
	data        string
	db          string // PostgreSQL; "": SQLite in data
	listen      string
	agencyFile  string
	public      string // address people use; "": this machine
	https       bool
	development bool
	mock        bool
	people      []web.TestPerson
	ready       func(url string) // called once it listens
	ending      func()           // called when it is told to end, before it waits for requests
	agency      *agency.Agency
	log         *slog.Logger
	desk        atomic.Pointer[proof.Desk]
	mocks       []string       // mock providers, with where they listen
	limit       *limit.Limiter // nil: no bound
	witness     store.Witness  // nil: nobody
	staffIssuer string         // "": staff have no sign-in service
	staffClient string
	sip         SIPFlags
	custodians  bool // both are on this machine
}

// pressure is nil where nothing is bounded.
func (h *host) pressure() func() float64 {
	if h.limit == nil {
		return nil
	}
	return h.limit.Pressure
}

// run opens the store, lets prepare fill it, and serves until a signal comes.
func (h *host) run(prepare func(context.Context, *store.Store) error) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := h.checkListen(); err != nil {
		return usage(err)
	}
	if h.log == nil {
		h.log = slog.New(slog.NewJSONHandler(h.env.Stderr, nil))
	}
	var err error
	if h.agency, err = loadAgency(h.agencyFile); err != nil {
		return err
	}
	if err := h.needed(); err != nil {
		return err
	}
	release, err := lockFolder(h.data)
	if err != nil {
		return err
	}
	defer release()
	s, err := store.Open(ctx, store.Options{
		Dir: h.data, DB: h.db, Now: h.env.Now, Watch: stopwatch(), Agency: h.agency, Log: h.log, Fatal: h.fatal, Lights: h.lights,
		Pressure: h.pressure(), Witness: h.witness,
	})
	if err != nil {
		return err
	}
	err = prepare(ctx, s)
	if err == nil {
		err = h.serve(ctx, s)
	}
	return errors.Join(err, s.Close())
}

// checkListen keeps the development provider on this machine.
func (h *host) checkListen() error {
	name, _, err := net.SplitHostPort(h.listen)
	if err != nil {
		return fmt.Errorf("--listen %s: %w", h.listen, err)
	}
	ip := net.ParseIP(name)
	if h.development && name != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("--listen %s: the development provider shows everybody's codes, so it runs on a loopback address only", h.listen)
	}
	return nil
}

// fatal ends the process at once: what the disk holds can no longer be trusted,
// and the next start reads what is really there.
func (h *host) fatal(err error) {
	h.log.Error("the disk failed; the process ends and must start again", "error", err)
	os.Exit(StatusFailed)
}

func (h *host) serve(ctx context.Context, s *store.Store) error {
	catalogue, err := i18n.New()
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", h.listen)
	if err != nil {
		if errors.Is(err, syscall.EADDRINUSE) {
			err = fmt.Errorf("%w (another program listens there; end it, or choose another address with --listen)", err)
		}
		return fmt.Errorf("listen: %w", err)
	}
	work, end := context.WithCancel(context.WithoutCancel(ctx)) // outlives the signal, so that requests can finish
	defer end()
	handler, desk, providers, err := h.pages(work, s, l, catalogue)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	calls, err := h.sip.open(h, s)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	server := web.HTTPServer("", handler)
	if l, err = front.Listen(l, server, handler.Quick); err != nil { // answers what everybody asks for (docs/adr/0018)
		return err
	}
	var loops sync.WaitGroup
	postman := &notify.Postman{Store: s, Providers: watched(providers, desk), Catalogue: catalogue, Agency: h.agency, Log: h.log}
	loops.Go(func() { desk.Run(work) })
	loops.Go(func() { s.Run(work) })
	loops.Go(func() { postman.Run(work) })
	loops.Go(func() { h.calls(ctx, calls) })
	if h.custodians {
		loops.Go(func() { h.keepDayKeys(work, s) })
	}
	stop, err := h.operations(handler.Operations())
	if err == nil {
		h.announce(l)
		err = h.answer(ctx, l, server)
		stop()
	}
	end()
	loops.Wait()
	return err
}

// pages are the web over the store and the providers.
func (h *host) pages(ctx context.Context, s *store.Store, l net.Listener, catalogue *i18n.Catalogue) (*web.Server, *proof.Desk, map[message.ProviderID]notify.Provider, error) {
	public, err := h.publicURL(l)
	if err != nil {
		return nil, nil, nil, err
	}
	desk, err := h.openDesk(ctx, public)
	if err != nil {
		return nil, nil, nil, err
	}
	providers, secrets, err := h.carriers(ctx, public)
	if err != nil {
		return nil, nil, nil, err
	}
	h.desk.Store(desk)
	door, err := h.staffDoor(ctx, public)
	if err != nil {
		return nil, nil, nil, err
	}
	handler, err := web.New(web.Options{
		Store: s, Agency: h.agency, Catalogue: catalogue, Now: h.env.Now, Log: h.log,
		Mock: h.mock, Development: h.development, HTTPS: h.https, Demo: h.people, Limit: h.limit, Desk: desk, Public: public, Staff: door,
		ReportSecrets: secrets,
	})
	return handler, desk, providers, err
}

// announce says where the server listens; scripts read the line.
func (h *host) announce(l net.Listener) {
	url := "http://" + l.Addr().String()
	for _, m := range h.mocks {
		_, _ = fmt.Fprintln(h.env.Stdout, "mock provider", m)
	}
	if h.ready != nil {
		h.ready(url)
		return
	}
	_, _ = fmt.Fprintln(h.env.Stdout, "listening on", url)
}

// drainFor is how long requests in flight may take after the signal.
const drainFor = 10 * time.Second

func (h *host) answer(ctx context.Context, l net.Listener, server *http.Server) error {
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	if h.ending != nil {
		h.ending()
	}
	h.log.Info("told to end: no new requests, finishing those in flight")
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainFor)
	defer cancel()
	return server.Shutdown(stop)
}

func loadAgency(file string) (*agency.Agency, error) {
	text := examples.AgencyYAML
	if file != "" {
		var err error
		if text, err = readRuleFile(file); err != nil {
			return nil, err
		}
	}
	return agency.Load(text)
}

// stopwatch measures by the monotonic clock, which no correction of the time moves.
func stopwatch() func() time.Duration {
	start := time.Now()
	return func() time.Duration { return time.Since(start) }
}
