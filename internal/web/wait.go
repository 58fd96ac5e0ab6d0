package web

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"naru/internal/campaign"
	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/store"
)

func (s *Server) waitRoutes() {
	s.handle("GET /c/{campaign}/wait", s.wait)
	s.handle("GET /c/{campaign}/enter", s.enterAgain)
	s.handle("POST /c/{campaign}/enter", s.enter)
	s.handleMachine("GET /board/{campaign}", s.board)
}

// wait shows where a ticket stands. It asks memory only, so it is served while
// the database is away (R1), and believes nothing the browser says (R4, R5).
func (s *Server) wait(w http.ResponseWriter, r *http.Request) error {
	p, err := s.published(r)
	if err != nil {
		return err
	}
	id := string(p.Campaign.ID)
	token, err := ticket(r, id)
	if err != nil {
		return err
	}
	standing, err := s.opts.Store.Standing(id, token)
	if err != nil {
		return err
	}
	line, err := s.opts.Store.View(id)
	if err != nil {
		return err
	}
	said, err := query(r, "said")
	if err != nil {
		return err
	}
	shape := s.shape(r, p, line, standing, said["said"])
	line.Board = newest(line.Board, cookie(r, boardCookie+id))
	setCookie(w, boardCookie+id, boardMemory(line.Board), ticketLife)
	shape.refresh = refreshIn(line.Board, ahead(standing, line.Board), time.Unix(line.Board.OpensAt, 0).Sub(s.opts.Now()))
	page, err := s.waiting.get(shape, func() (*spliced, error) { return s.waitForm(r, p, line, shape) })
	if err != nil {
		return err
	}
	return sendSpliced(w, r, page, s.own(eventOf(r).lang, line.Board, standing))
}

// boardMemory is what the browser keeps of the newest board it saw.
func boardMemory(b gate.Board) string {
	return strconv.FormatUint(uint64(b.Epoch), 10) + "." + strconv.FormatUint(b.Version, 10) + "." + strconv.FormatUint(b.Serving, 10)
}

// newest keeps the number ahead from growing when another node's board is
// older than the one seen before (rule G17). It changes what is shown, never
// what is decided.
func newest(b gate.Board, memory string) gate.Board {
	parts := strings.Split(memory, ".")
	if len(parts) != 3 {
		return b
	}
	var n [3]uint64
	for i, part := range parts {
		var err error
		if n[i], err = strconv.ParseUint(part, 10, 64); err != nil {
			return b
		}
	}
	seen := b
	seen.Version, seen.Serving = max(b.Version, n[1]), max(b.Serving, n[2])
	if n[0] != uint64(b.Epoch) || seen.Validate() != nil {
		return b
	}
	return seen
}

// nextOpening is the campaign's next window, or what its file says comes after it.
func nextOpening(c *campaign.Campaign, now time.Time) (time.Time, bool) {
	if w, ok := c.NextWindow(now); ok && c.Quota == nil { // one quota for all windows is used up in all
		return w.Opens, true
	}
	return c.AfterQuota.Opens, c.AfterQuota.Opens.After(now)
}

// leastRefresh keeps a page that reloads from being read out again and again.
const leastRefresh = 5

// refreshIn is the seconds until a page without a script asks again: the
// board's interval, or at the opening when that comes before.
func refreshIn(b gate.Board, ahead uint64, until time.Duration) int {
	refresh := int(b.PollAfter(ahead).High)
	if until > 0 {
		refresh = min(refresh, int(until/time.Second)+3)
	}
	return max(refresh, leastRefresh)
}

func ahead(st store.Standing, b gate.Board) uint64 {
	if !st.PlaceKnown {
		return b.End() // for the interval only: it is not shown
	}
	return st.Place - min(st.Place, b.Serving)
}

// waitStates are what the gate may have said to somebody who tried to enter.
var waitStates = map[string]string{"gate.turn": "seat", "gate.slow_line": "slow", "gate.paused": "paused", "gate.wait": "open", "gate.quota_used": "quota"}

// saidQuery and saidStates are how notYet tells the waiting page.
const saidQuery = "said="

var saidStates = slices.Sorted(maps.Values(waitStates))

// waitState is the one state the page shows.
func waitState(b gate.Board, st store.Standing, said string) string {
	switch {
	case b.Phase == gate.Announced:
		return string(gate.LobbyOpen)
	case b.Phase == gate.Closed && st.PlaceKnown, b.Phase == gate.HeldDraw && !st.PlaceKnown:
		return string(gate.Closed)
	case b.Phase != gate.Open:
		return string(b.Phase)
	case b.Notice == gate.NoticeQuotaUsed:
		return "quota"
	case st.Turn && (said == "seat" || said == "slow"):
		return said
	case b.Paused:
		return "paused"
	case st.Turn:
		return "turn"
	}
	return "open"
}

// enterAgain leads somebody who follows the form's address as a link.
func (s *Server) enterAgain(w http.ResponseWriter, r *http.Request) error {
	p, err := s.published(r)
	if err != nil {
		return err
	}
	return s.redirect(w, r, "/c/"+string(p.Campaign.ID)+"/wait")
}

// enter exchanges a ticket whose turn it is for a session of this browser
// (R9, R10). Whatever the answer is, the place is kept.
func (s *Server) enter(w http.ResponseWriter, r *http.Request) error {
	p, err := s.published(r)
	if err != nil {
		return err
	}
	if _, err := form(w, r); err != nil {
		return err
	}
	id := string(p.Campaign.ID)
	token, err := ticket(r, id)
	if err != nil {
		return err
	}
	entry, err := s.opts.Store.Enter(r.Context(), id, token, gate.BrowserHash(browser(w, r)))
	if err != nil {
		return s.notYet(w, r, id, err)
	}
	if entry.Session != "" {
		setSession(w, id, entry.Session)
	}
	to := "/c/" + id + "/book"
	if entry.Booked {
		to = "/c/" + id + "/done"
		if ses, err := s.session(r, id); err != nil || !ses.Proven {
			dropCookie(w, sessionCookie+id) // another device has booked: this one has nothing to prove any more
		}
	}
	if prefersJSON(r, false) {
		return document(w, map[string]string{"url": eventOf(r).prefix + to})
	}
	return s.redirect(w, r, to)
}

// notYet leads back to the waiting page, which says what the gate said.
func (s *Server) notYet(w http.ResponseWriter, r *http.Request, id string, err error) error {
	f := fault.Of(err)
	state, known := waitStates[f.Message]
	if f.Code != fault.Wait || !known || prefersJSON(r, false) {
		return err
	}
	eventOf(r).code = string(f.Code)
	return s.redirect(w, r, "/c/"+id+"/wait?"+saidQuery+state)
}
