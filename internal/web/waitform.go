package web

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"naru/internal/gate"
	"naru/internal/identity"
	"naru/internal/store"
	"naru/internal/web/view"
)

// shape is all that two readers of the waiting page must have in common to be
// sent the same page but for what is their own. It holds nothing about anybody.
type shape struct {
	campaign, lang, query string
	etag                  string // of the board
	state                 string
	placeKnown, late      bool
	stale, earlyMade      bool
	guardian              bool // somebody else waits: no early proof
	light                 identity.Light
	refresh               int   // seconds; 0: never
	second                int64 // unix: the page says the time
}

// shape is what the reader's waiting page looks like now, but for its refresh.
func (s *Server) shape(r *http.Request, p store.Published, line store.View, st store.Standing, said string) shape {
	id := string(p.Campaign.ID)
	return shape{
		campaign: id, lang: eventOf(r).lang, query: r.URL.RawQuery,
		etag: line.ETag, state: waitState(line.Board, st, said), placeKnown: st.PlaceKnown, late: st.Ticket.Kind == gate.Late,
		stale: line.Stale, earlyMade: cookie(r, earlyCookie+id) != "", guardian: cookie(r, guardianCookie+id) != "",
		light: identity.Together(s.opts.Store.ProofShare()), second: s.opts.Now().Unix(),
	}
}

// shared tells whether others will ask for the same shape: the query is none,
// or what notYet leads to. Any other is somebody's own invention.
func (x shape) shared() bool {
	said, found := strings.CutPrefix(x.query, saidQuery)
	return x.query == "" || found && slices.Contains(saidStates, said)
}

// waitForms keeps the waiting pages of this second, with their gaps: as many as
// there are shapes, however many ask (rule W10).
type waitForms struct {
	mu     sync.Mutex
	second int64
	of     map[shape]*spliced
}

// get is the page of the shape. Of a shared one one caller makes it and the
// others wait for that; making takes well under a millisecond.
func (f *waitForms) get(x shape, make func() (*spliced, error)) (*spliced, error) {
	if !x.shared() {
		return make()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.second != x.second {
		f.second, f.of = x.second, map[shape]*spliced{}
	}
	if kept, ok := f.of[x]; ok {
		return kept, nil
	}
	page, err := make()
	if err == nil {
		f.of[x] = page
	}
	return page, err
}

// waitForm makes the page of a shape with gaps for what is one reader's own.
func (s *Server) waitForm(r *http.Request, p store.Published, line store.View, x shape) (*spliced, error) {
	var b bytes.Buffer
	v := s.waitPage(r, p, line, x)
	v.Own = gaps
	if err := view.WaitPage(v).Render(r.Context(), &b); err != nil {
		return nil, fmt.Errorf("render page: %w", err)
	}
	return splice(b.Bytes())
}

// waitPage is the page of a shape, without what is one reader's own.
func (s *Server) waitPage(r *http.Request, p store.Published, line store.View, x shape) view.Wait {
	lang, c, b := x.lang, p.Campaign, line.Board
	opens, now := time.Unix(b.OpensAt, 0), s.opts.Now()
	v := view.Wait{
		Page: s.page(r, "wait.title"), Campaign: string(c.ID), Name: s.in(lang, c.Title),
		State: x.state, Stale: x.stale, Late: x.late, PlaceKnown: x.placeKnown,
		Opens:     s.opts.Agency.FormatDateTime(lang, opens),
		LobbyEnds: s.opts.Agency.FormatDateTime(lang, opens.Add(-c.Gate.LobbyCloses)),
		Now:       s.opts.Agency.FormatTime(now) + now.In(s.opts.Agency.Zone).Format(":05"),
		Epoch:     b.Epoch, Notice: b.Notice, OpensAt: b.OpensAt,
		SessionMinutes: c.Gate.SessionMinutes, Zone: s.opts.Agency.Zone.String(),
		Early: b.Phase.TakesEarly() && !x.guardian, EarlyMade: x.earlyMade,
	}
	if c.Limited() {
		v.AfterQuota = s.in(lang, c.AfterQuota.Next)
		if next, known := nextOpening(c, now); known {
			v.NextOpening = s.opts.Agency.FormatDateTime(lang, next)
		}
	}
	if x.light != identity.Smooth {
		v.ProofSlow = v.T("wait.proof_" + x.light.String())
	}
	v.Surge, v.Path, v.Refresh = true, "/c/"+v.Campaign+"/wait", x.refresh
	if until := opens.Sub(now); until > 0 {
		v.In = s.span(lang, until)
	}
	v.Scripts, v.Preload = []string{s.assets.URL("wait.js")}, s.assets.Imports("wait.js")
	return v
}

// own is what the page says of one ticket, by the newest board its reader saw.
func (s *Server) own(lang string, b gate.Board, st store.Standing) view.Own {
	nth, ahead := uint64(0), ahead(st, b)
	if st.PlaceKnown {
		nth = st.Place + 1
	}
	own := view.Own{
		Version: strconv.FormatUint(b.Version, 10), Serving: strconv.FormatUint(b.Serving, 10),
		Kind: strconv.Itoa(int(st.Ticket.Kind)), Number: strconv.FormatUint(st.Ticket.Number, 10), Ticket: st.Ticket.ID.String(),
		Place: strconv.FormatUint(st.Place, 10), Max: strconv.FormatUint(nth, 10), Value: strconv.FormatUint(min(b.Serving, nth), 10),
		Nth: s.text(lang, "wait.nth", "Place", nth), Ahead: s.text(lang, "wait.people", "Count", ahead),
	}
	low, high, known := b.Rate.Wait(ahead)
	if !known || b.Phase != gate.Open || b.Paused || b.Notice == gate.NoticeQuotaUsed {
		own.Told = s.text(lang, "wait.unknown")
	} else {
		own.Told = s.told(lang, low, high)
	}
	return own
}

// told writes an interval, as the page's script does.
func (s *Server) told(lang string, low, high time.Duration) string {
	if low <= 0 {
		return s.text(lang, "wait.within", "High", s.spell(lang, high))
	}
	return s.text(lang, "wait.interval", "Low", s.spell(lang, low), "High", s.spell(lang, high))
}

func (s *Server) spell(lang string, d time.Duration) string {
	minutes, seconds := int(d/time.Minute), int(d%time.Minute/time.Second)
	switch {
	case minutes == 0:
		return s.text(lang, "wait.seconds", "Seconds", seconds)
	case seconds == 0:
		return s.text(lang, "wait.minutes", "Minutes", minutes)
	}
	return s.text(lang, "wait.minutes_seconds", "Minutes", minutes, "Seconds", seconds)
}
