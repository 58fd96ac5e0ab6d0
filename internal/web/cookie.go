package web

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"time"

	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/person"
)

// The cookies (rule W4). All are __Host-: bound to this host, sent over a
// secure connection only, out of reach of scripts, not sent by other sites'
// forms. Those of a campaign end in its id.
const (
	browserCookie = "__Host-naru-browser"
	ticketCookie  = "__Host-naru-ticket-"
	claimCookie   = "__Host-naru-claim-"
	sessionCookie = "__Host-naru-session-"
	boardCookie   = "__Host-naru-board-"
	earlyCookie   = "__Host-naru-early-" // says "1" to the waiting page; it grants nothing
	lookupCookie  = "__Host-naru-lookup"
)

// Lives of cookies; what they hold ends earlier when the server says so.
const (
	browserLife = 365 * 24 * time.Hour
	ticketLife  = 90 * 24 * time.Hour
	sessionLife = 0 // until the browser is closed
)

// browserText is the length of 16 random bytes in base64url.
const browserText = 22

func setCookie(w http.ResponseWriter, name, value string, life time.Duration) {
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: int(life / time.Second),
		Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

func dropCookie(w http.ResponseWriter, name string) {
	http.SetCookie(w, &http.Cookie{
		Name: name, Path: "/", MaxAge: -1, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// cookie is the value of a cookie, "" when there is none. A name that is there
// twice is taken as absent: somebody put one in front of the other.
func cookie(r *http.Request, name string) string {
	found := r.CookiesNamed(name)
	if len(found) != 1 {
		return ""
	}
	return found[0].Value
}

// browser is the random cookie of this browser; it is made when missing.
func browser(w http.ResponseWriter, r *http.Request) string {
	value := cookie(r, browserCookie)
	if raw, err := base64.RawURLEncoding.Strict().DecodeString(value); err == nil && len(raw) == 16 && len(value) == browserText {
		return value
	}
	var raw [16]byte
	_, _ = rand.Read(raw[:]) // never fails
	value = base64.RawURLEncoding.EncodeToString(raw[:])
	setCookie(w, browserCookie, value, browserLife)
	return value
}

// ticket is the sealed ticket of the browser for a campaign; without one the
// fault says to join.
func ticket(r *http.Request, campaign string) (string, error) {
	token := cookie(r, ticketCookie+campaign)
	if token == "" {
		return "", fault.New(fault.Unauthenticated, "web.no_ticket")
	}
	return token, nil
}

// claim is what the person typed when joining, from the sealed cookie.
func (s *Server) claim(r *http.Request, campaign string, id gate.TicketID) (person.Claim, error) {
	sealed := cookie(r, claimCookie+campaign)
	if sealed == "" {
		return person.Claim{}, fault.New(fault.Unauthenticated, "web.no_claim")
	}
	return s.opts.Store.OpenClaim(sealed, id)
}

// session is the checked session of the request. Without a cookie the fault
// says to go to the waiting page: no address alone opens a step (rule W12).
func (s *Server) session(r *http.Request, campaign string) (gate.Session, error) {
	token := cookie(r, sessionCookie+campaign)
	if token == "" {
		return gate.Session{}, fault.New(fault.Unauthenticated, "web.no_session")
	}
	return s.opts.Store.Session(campaign, token, cookie(r, browserCookie))
}

func setSession(w http.ResponseWriter, campaign, token string) {
	setCookie(w, sessionCookie+campaign, token, sessionLife)
}
