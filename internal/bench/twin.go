package bench

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"log/slog"
	"net"
	"net/http"
	"path"
	"strings"
	"sync/atomic"
	"time"

	"naru/internal/gate"
	"naru/internal/person"
)

// twin is the yardstick of joining: the server's way of a join done again, step
// for step, with a Redis sorted set in the place of the store. It answers as the
// server does, header for header (TestTheTwinAnswersAlike); what it says of the
// line is in memory alone.
type twin struct {
	town   *town
	redis  *redis
	people *person.Keyring
	keys   *gate.Keys
	log    *slog.Logger
	mux    *http.ServeMux
	chain  http.Handler
	scores atomic.Int64
}

// newTwin has keys of its own; the campaign, the clock and the sealing of the
// claim's cookie are the town's.
func newTwin(t *town, r *redis, log *slog.Logger) (*twin, error) {
	var root, master [32]byte
	_, _ = rand.Read(root[:]) // never fails
	_, _ = rand.Read(master[:])
	people, err := person.NewKeyring(map[uint16][]byte{1: root[:]})
	if err != nil {
		return nil, err
	}
	w := &twin{
		town: t, redis: r, people: people, log: log, mux: http.NewServeMux(),
		keys: gate.NewKeys(master[:], t.id(), t.published.Epoch),
	}
	w.mux.HandleFunc("POST /c/{campaign}/join", w.join)
	w.chain = http.NewCrossOriginProtection().Handler(http.HandlerFunc(w.dispatch))
	return w, nil
}

// twinEvent is what the server notes of a request.
type twinEvent struct {
	id       string
	start    time.Time
	route    string
	campaign string
	status   int
}

type twinKey struct{}

// ServeHTTP does what the server does around every page.
func (w *twin) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	for name, value := range securityHeaders {
		rw.Header()[name] = value
	}
	if !onLoopback(r.Host) || strings.HasPrefix(r.URL.Path, "/board/") {
		http.Error(rw, "not here", http.StatusNotFound)
		return
	}
	var id [9]byte
	_, _ = rand.Read(id[:]) // never fails
	e := &twinEvent{id: base64.RawURLEncoding.EncodeToString(id[:]), start: w.town.clock.Now(), status: http.StatusOK}
	r = r.WithContext(context.WithValue(r.Context(), twinKey{}, e))
	for _, code := range w.town.b.Agency.LanguageCodes()[1:] {
		if _, other := strings.CutPrefix(r.URL.EscapedPath(), "/"+code+"/"); other {
			http.Error(rw, "not here", http.StatusNotFound)
			return
		}
	}
	w.chain.ServeHTTP(&twinWriter{rw, e}, r)
	w.log.LogAttrs(r.Context(), slog.LevelInfo, "request",
		slog.String("request_id", e.id), slog.String("method", r.Method), slog.String("route", e.route),
		slog.Int("status", e.status), slog.Int64("ms", w.town.clock.Now().Sub(e.start).Milliseconds()),
		slog.String("campaign", e.campaign), slog.String("code", "ok"))
}

// twinWriter remembers the status, as the server's does.
type twinWriter struct {
	http.ResponseWriter
	event *twinEvent
}

func (w *twinWriter) WriteHeader(status int) {
	w.event.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *twin) dispatch(rw http.ResponseWriter, r *http.Request) {
	if path.Clean(r.URL.Path) != r.URL.Path {
		http.NotFound(rw, r)
		return
	}
	_, pattern := w.mux.Handler(r)
	eventOf(r).route = pattern
	w.mux.ServeHTTP(rw, r)
}

func eventOf(r *http.Request) *twinEvent { return r.Context().Value(twinKey{}).(*twinEvent) }

// onLoopback says whether a request came under a name of this machine, which is
// all the development server answers to.
func onLoopback(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	ip := net.ParseIP(name)
	return strings.EqualFold(name, "localhost") || ip != nil && ip.IsLoopback()
}

var securityHeaders = map[string][]string{
	"Content-Security-Policy": {"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
		"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"},
	"X-Content-Type-Options":     {"nosniff"},
	"Referrer-Policy":            {"same-origin"},
	"Permissions-Policy":         {"accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), payment=(), usb=()"},
	"Cross-Origin-Opener-Policy": {"same-origin"},
}
