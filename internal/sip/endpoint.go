package sip

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/emiago/sipgo"
	gosip "github.com/emiago/sipgo/sip"
)

// Endpoint answers calls. Make it with New, run it with Run.
type Endpoint struct {
	o       Options
	n       numbering
	key     [32]byte // of challenges
	gauge   *gauge
	udp     net.PacketConn
	tcp     net.Listener
	rtp     *net.UDPConn // all sentences go out here; nothing that comes in is read
	ua      *sipgo.UserAgent
	client  *sipgo.Client
	sounds  sounds
	goodbye time.Duration
	work    context.Context // of calls; ends a while after Run is told to
	stop    context.CancelFunc

	mu        sync.Mutex
	dialogs   map[string]*call    // by Call-ID and both tags
	live      map[string]struct{} // by Call-ID and the caller's tag
	strangers int                 // of live
	past      past
	closing   bool
	busy      sync.WaitGroup
}

// silence keeps the library from logging: what it logs are whole messages, with the
// numbers in them. Its logger is one for the process.
var silence = sync.OnceFunc(func() { gosip.SetDefaultLogger(slog.New(slog.DiscardHandler)) })

// New binds the sockets.
func New(o Options) (*Endpoint, error) {
	if !o.Public.IsValid() {
		o.Public = o.Listen.Addr()
	}
	if o.Public.IsUnspecified() {
		return nil, errors.New("listen for calls: carriers need an address to answer to; name one, not all of them")
	}
	silence()
	e := &Endpoint{
		o: o, n: numbering{o.CountryCode, o.Zero}, gauge: newGauge(o.Trunks, o.Now),
		dialogs: map[string]*call{}, live: map[string]struct{}{}, sounds: sentences, goodbye: goodbye,
		past: past{since: o.Now()},
	}
	_, _ = rand.Read(e.key[:]) // never fails: see crypto/rand
	e.work, e.stop = context.WithCancel(context.Background())
	if err := errors.Join(e.bind(), e.wire()); err != nil {
		return nil, errors.Join(fmt.Errorf("listen for calls: %w", err), e.shut())
	}
	return e, nil
}

// bind takes one port for UDP and TCP; where any will do, another is tried when the
// second is taken.
func (e *Endpoint) bind() error {
	for tries := 10; ; tries-- {
		udp, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(e.o.Listen))
		if err != nil {
			return err
		}
		at := netip.AddrPortFrom(e.o.Listen.Addr(), udp.LocalAddr().(*net.UDPAddr).AddrPort().Port()) //nolint:forcetypeassert // of ListenUDP
		tcp, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(at))
		if err == nil {
			e.udp, e.tcp, e.o.Listen = udp, tcp, at
			break
		}
		_ = udp.Close() // not used yet
		if e.o.Listen.Port() != 0 || tries == 0 {
			return err
		}
	}
	rtp, err := net.ListenUDP("udp", &net.UDPAddr{IP: e.o.Listen.Addr().AsSlice()})
	if err != nil {
		return err
	}
	e.rtp = rtp
	return nil
}

func (e *Endpoint) wire() (err error) {
	quiet := slog.New(slog.DiscardHandler)
	e.ua, err = sipgo.NewUA(sipgo.WithUserAgent("naru"), sipgo.WithUserAgentHostname(e.o.Public.String()),
		sipgo.WithUserAgentTransactionLayerOptions(gosip.WithTransactionLayerLogger(quiet),
			gosip.WithTransactionLayerUnhandledResponseHandler(func(*gosip.Response) {})),
		sipgo.WithUserAgentTransportLayerOptions(gosip.WithTransportLayerLogger(quiet)))
	if err != nil {
		return err
	}
	e.client, err = sipgo.NewClient(e.ua, sipgo.WithClientHostname(host(e.o.Public)), sipgo.WithClientPort(int(e.o.Listen.Port())), sipgo.WithClientLogger(quiet))
	if err != nil {
		return err
	}
	server, err := sipgo.NewServer(e.ua, sipgo.WithServerLogger(quiet))
	if err != nil {
		return err
	}
	server.OnInvite(e.invite)
	server.OnAck(func(req *gosip.Request, _ gosip.ServerTransaction) { e.ack(req) })
	server.OnBye(e.bye)
	server.OnOptions(func(req *gosip.Request, tx gosip.ServerTransaction) { reply(tx, req, 200, "OK", allow()) })
	server.OnCancel(func(req *gosip.Request, tx gosip.ServerTransaction) {
		reply(tx, req, 481, "Call/Transaction Does Not Exist")
	})
	server.OnNoRoute(func(req *gosip.Request, tx gosip.ServerTransaction) {
		reply(tx, req, 405, "Method Not Allowed", allow())
	})
	return nil
}

// host is an address as it stands in a URI.
func host(a netip.Addr) string {
	if a.Is6() {
		return "[" + a.String() + "]"
	}
	return a.String()
}

// Addr is where it listens.
func (e *Endpoint) Addr() netip.AddrPort { return e.o.Listen }

// goodbye is how long calls that were answered may take after Run is told to end.
const goodbye = 10 * time.Second

// Run answers calls until the context ends; those it has answered are brought to their
// end first. It returns when the sockets are closed.
func (e *Endpoint) Run(ctx context.Context) error {
	var serving sync.WaitGroup
	failed := make(chan error, 2)
	serving.Go(func() { failed <- e.serveUDP() })
	serving.Go(func() { failed <- e.ua.TransportLayer().ServeTCP(listed{e.tcp, e.o.Trunks}) })
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	e.mu.Lock()
	e.closing = true
	e.mu.Unlock()
	late := time.AfterFunc(e.goodbye, e.stop)
	e.busy.Wait()
	late.Stop()
	err = errors.Join(err, e.shut())
	serving.Wait()
	return err
}

// serveUDP lays a line, and a new one whenever it ends while the socket lives.
func (e *Endpoint) serveUDP() error {
	for {
		l := &line{PacketConn: e.udp, gauge: e.gauge}
		if err := e.ua.TransportLayer().ServeUDP(l); err != nil {
			return err
		}
		if l.strangers < maxRemembered {
			return nil // the socket was closed
		}
	}
}

func (e *Endpoint) shut() error {
	e.stop()
	var errs []error
	if e.ua != nil {
		errs = append(errs, e.ua.Close())
	}
	if e.udp != nil {
		errs = append(errs, e.udp.Close())
	}
	if e.tcp != nil {
		errs = append(errs, e.tcp.Close())
	}
	if e.rtp != nil {
		errs = append(errs, e.rtp.Close())
	}
	return errors.Join(errs...)
}
