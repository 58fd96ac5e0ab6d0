package web

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"strconv"
	"time"

	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/store"
	"naru/internal/web/view"
)

// visit is one request of the flow: in which campaign, and by whose turn.
type visit struct {
	store.Published
	id      string
	session gate.Session
	early   bool        // before the opening: the session is none, it only says whose browser and ticket
	ticket  gate.Ticket // when early
}

// step is a page of the flow. It is reached only with a live session.
type step func(w http.ResponseWriter, r *http.Request, v visit) error

// inside opens a step to the browser that holds a live session (rule W40); all
// others get a page that says where they stand and how to come in.
func (s *Server) inside(do step) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		p, err := s.published(r)
		if err != nil {
			return err
		}
		v := visit{Published: p, id: string(p.Campaign.ID)}
		if v.session, err = s.session(r, v.id); err == nil {
			err = s.inTurn(r, func() error { return do(w, r, v) })
		}
		return s.stopped(w, r, v, err)
	}
}

// inTurn does a step when there is a place among those that are served at once
// (rule W49). Nothing has happened when there is none: the person repeats.
func (s *Server) inTurn(r *http.Request, do func() error) error {
	if s.opts.Limit == nil {
		return do()
	}
	leave, err := s.opts.Limit.Enter(r.Context())
	if err != nil {
		return fault.Wrap(fault.Unavailable, "store.busy", err).With("Seconds", busySeconds)
	}
	defer leave()
	return do()
}

// busySeconds is when somebody who found no place is told to come again.
const busySeconds = 10

// holding opens a step to the browser that holds a ticket, before the opening.
func (s *Server) holding(do step) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		p, err := s.published(r)
		if err != nil {
			return err
		}
		v := visit{Published: p, id: string(p.Campaign.ID)}
		if v, err = s.holder(w, r, v); err == nil {
			err = do(w, r, v)
		}
		return s.stopped(w, r, v, err)
	}
}

// holder is the visit of a browser with a ticket.
func (s *Server) holder(w http.ResponseWriter, r *http.Request, v visit) (visit, error) {
	token, err := ticket(r, v.id)
	if err != nil {
		return v, err
	}
	standing, err := s.opts.Store.Standing(v.id, token)
	if err != nil {
		return v, err
	}
	v.early, v.ticket = true, standing.Ticket
	v.session = gate.Session{Campaign: v.id, Epoch: v.Epoch, Ticket: standing.Ticket.ID, Browser: gate.BrowserHash(browser(w, r))}
	return v, nil
}

// proven opens a step after the proof; before it, the way leads there.
func (s *Server) proven(do step) handler {
	return s.inside(func(w http.ResponseWriter, r *http.Request, v visit) error {
		if !v.session.Proven {
			return s.redirect(w, r, v.at("/prove"))
		}
		return do(w, r, v)
	})
}

// allowed opens a step to people the rules let book now; all others get the
// rule, the reason and from when. Holding asks again: this is for the person.
func (s *Server) allowed(do step) handler {
	return s.proven(func(w http.ResponseWriter, r *http.Request, v visit) error {
		d, err := s.decide(r, v)
		if err != nil {
			return err
		}
		if !d.OK {
			return s.refuse403(w, r, v, d)
		}
		return do(w, r, v)
	})
}

// at is a path of the campaign.
func (v visit) at(rest string) string { return "/c/" + v.id + rest }

// proofAt is a path of the proof, now or before the opening.
func (v visit) proofAt(rest string) string {
	if v.early {
		return v.at("/early" + rest)
	}
	return v.at("/prove" + rest)
}

// flow is the frame of a step: its number, its title, and the session's time.
// An extension leads back to the step named back.
func (s *Server) flow(r *http.Request, v visit, number int, back, titleID string) view.Flow {
	f := view.Flow{Page: s.page(r, titleID), Campaign: v.id, Step: number, Back: back}
	if style := s.assets.URL("flow.css"); style != "" {
		f.Styles = append(f.Styles, style)
	}
	if script := s.assets.URL("flow.js"); script != "" {
		f.Scripts = append(f.Scripts, script)
	}
	if back != "" && !v.session.Expires.IsZero() {
		f.Ends = s.opts.Agency.FormatTime(v.session.Expires)
		f.EndsIn = s.secondsUntil(v.session.Expires)
	}
	return f
}

// secondsUntil is for scripts: they count down by a stopwatch, because the
// clock of the browser's machine may be wrong (R4).
func (s *Server) secondsUntil(t time.Time) string {
	return strconv.Itoa(max(0, int(t.Sub(s.opts.Now())/time.Second)))
}

// again is the frame of a form that is shown once more because of err.
func (s *Server) again(r *http.Request, f view.Flow, err error) view.Flow {
	eventOf(r).code = string(fault.CodeOf(err))
	f.Problems.Form = append(f.Problems.Form, s.words(r, err))
	return f
}

// words are what is said of an error; what has no sentence of its own gets the
// one of its code.
func (s *Server) words(r *http.Request, err error) string {
	f, lang := fault.Of(err), eventOf(r).lang
	if text := s.sentence(lang, f); text != "" {
		return text
	}
	return s.text(lang, "problem."+string(f.Code)+"_next")
}

// staysOnPage says whether a fault is mended on the page where it arose, with
// everything that was typed (rule W43). What has no code is never shown there;
// programs get the problem document instead.
func staysOnPage(r *http.Request, err error) bool {
	if prefersJSON(r, false) {
		return false
	}
	switch fault.CodeOf(err) {
	case fault.Invalid, fault.Full, fault.KeyReused, fault.TooMany, fault.Unavailable, fault.UnknownOutcome:
		return true
	}
	return false
}

// newKey is an idempotency key for one showing of a form.
func newKey() string {
	var raw [16]byte
	_, _ = rand.Read(raw[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(raw[:])
}
