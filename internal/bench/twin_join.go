package bench

import (
	"crypto/rand"
	"encoding/base64"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"naru/internal/agency"
	"naru/internal/caldate"
	"naru/internal/gate"
	"naru/internal/person"
)

// join is the server's join with Redis for the store.
func (w *twin) join(rw http.ResponseWriter, r *http.Request) {
	p, err := w.town.Campaign(r.PathValue("campaign"))
	if err != nil {
		http.NotFound(rw, r)
		return
	}
	id := string(p.Campaign.ID)
	eventOf(r).campaign = id
	typed, ok := twinForm(rw, r, "name", "born", "mobile", "consent")
	if !ok {
		http.Error(rw, "not a form", http.StatusBadRequest)
		return
	}
	claim, ok := twinClaim(w.town.b.Agency, typed, caldate.Of(w.town.clock.Now(), w.town.b.Agency.Zone))
	if !ok {
		http.Error(rw, "not a claim", http.StatusUnprocessableEntity)
		return
	}
	ticket, err := w.place(id, p.Epoch, claim)
	if err != nil {
		http.Error(rw, "no place", http.StatusServiceUnavailable)
		return
	}
	if _, err := r.Cookie(browserCookie); err != nil {
		var raw [16]byte
		_, _ = rand.Read(raw[:]) // never fails
		twinCookie(rw, browserCookie, base64.RawURLEncoding.EncodeToString(raw[:]), 365*24*time.Hour)
	}
	twinCookie(rw, "__Host-naru-ticket-"+id, w.keys.SealTicket(ticket), 90*24*time.Hour)
	twinCookie(rw, "__Host-naru-claim-"+id, w.town.SealClaim(claim, ticket.ID), 90*24*time.Hour)
	rw.Header().Set("Cache-Control", "no-store")
	http.Redirect(rw, r, "/c/"+id+"/wait", http.StatusSeeOther)
}

// place takes the claim's place in the sorted set; the same claim gets the same
// ticket.
func (w *twin) place(campaignID string, epoch uint32, c person.Claim) (gate.Ticket, error) {
	claims := w.people.OfClaimAll(person.ForTicket, c, campaignID)
	_, err := w.redis.place(campaignID, string(claims[0].Sum[:]), w.scores.Add(1))
	return gate.Ticket{Campaign: campaignID, Epoch: epoch, ID: gate.TicketID(claims[0].Sum[:16]), Kind: gate.Lobby}, err
}

// twinForm reads a form as strictly as the server.
func twinForm(rw http.ResponseWriter, r *http.Request, names ...string) (map[string]string, bool) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, false
	}
	body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, 8<<10))
	if err != nil {
		return nil, false
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, false
	}
	for name, given := range values {
		if len(given) > 1 || !readable(name) || !readable(given[0]) {
			return nil, false
		}
	}
	typed := map[string]string{}
	for _, name := range names {
		typed[name] = strings.TrimSpace(values.Get(name))
	}
	return typed, true
}

func readable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// twinClaim checks each field beside good ones and then all together, as the
// server does to tell every fault at once.
func twinClaim(a *agency.Agency, typed map[string]string, today caldate.Date) (person.Claim, bool) {
	for _, try := range [][3]string{
		{typed["name"], "1990-01-01", a.Phone.Example},
		{"A", typed["born"], a.Phone.Example},
		{"A", "1990-01-01", typed["mobile"]},
	} {
		if _, err := person.NewClaim(a, try[0], try[1], try[2], today); err != nil {
			return person.Claim{}, false
		}
	}
	c, err := person.NewClaim(a, typed["name"], typed["born"], typed["mobile"], today)
	return c, err == nil && typed["consent"] == "yes"
}

func twinCookie(rw http.ResponseWriter, name, value string, life time.Duration) {
	http.SetCookie(rw, &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: int(life / time.Second),
		Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}
