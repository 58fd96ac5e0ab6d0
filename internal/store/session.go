package store

import (
	"bytes"
	"time"

	"naru/internal/gate"
	"naru/internal/person"
)

// sessionAct makes a session the person's one session in a campaign (rule G26).
type sessionAct struct {
	campaign string
	ticket   gate.TicketID
	lives    time.Duration // the campaign's session
	person   person.ID
	session  [16]byte
	actor    string                // who acts for the person; "": themself
	owner    *personRow            // who they are by this proof; nil: as they were
	known    func(*personRow) bool // whether a stored row says the same

	before *sessionRow // the session this one replaced, as it was
}

// Wants names what the act reads.
func (a *sessionAct) Wants(h *bookingHouse) {
	if bucket, err := a.person.Bucket(); err == nil {
		h.sessions.Want(sessionKey{bucket, a.person, a.campaign})
		if a.owner != nil {
			h.people.Want(a.owner.key)
		}
	}
}

// Run writes the session, and the person as they are now: their newest phone is
// the one that is called.
func (a *sessionAct) Run(h *bookingHouse) error {
	a.before = nil
	if err := a.writeOwner(h); err != nil || a.campaign == "" {
		return err
	}
	return a.takeSession(h, false)
}

func (a *sessionAct) writeOwner(h *bookingHouse) error {
	if a.owner == nil {
		return nil
	}
	r, found, err := h.people.One(a.owner.key)
	switch {
	case err != nil:
		return err
	case !found:
		return h.addPerson(a.owner)
	case !a.known(r):
		r.name, r.born, r.mobile = a.owner.name, a.owner.born, a.owner.mobile
		h.people.Change(r)
	}
	return nil
}

// takeSession makes the new session the person's one session in the campaign.
func (a *sessionAct) takeSession(h *bookingHouse, fresh bool) error {
	bucket, err := a.person.Bucket()
	if err != nil {
		return err
	}
	k := sessionKey{bucket, a.person, a.campaign}
	if fresh {
		h.sessions.Nothing(k)
	}
	r, found, err := h.sessions.One(k)
	if err != nil {
		return err
	}
	expires := h.Now.Add(a.lives).Unix()
	if !found {
		return h.sessions.Add(&sessionRow{
			bucket: bucket, person: string(a.person), campaign: a.campaign, session: a.session[:], ticket: a.ticket[:],
			expires: expires, draft: "{}", actor: a.actor,
		})
	}
	before := *r
	a.before = &before
	r.session, r.ticket, r.expires, r.actor = a.session[:], a.ticket[:], expires, a.actor
	h.sessions.Change(r)
	return nil
}

// restoreAct takes back what takeSession wrote when the gate refused the proof:
// the session that was live before is so again.
type restoreAct struct{ a *sessionAct }

// Run takes back only what this proof wrote.
func (r restoreAct) Run(h *bookingHouse) error {
	bucket, err := r.a.person.Bucket()
	if err != nil {
		return err
	}
	now, found, err := h.sessions.One(sessionKey{bucket, r.a.person, r.a.campaign})
	if err != nil || !found || !bytes.Equal(now.session, r.a.session[:]) {
		return err
	}
	if b := r.a.before; b != nil {
		now.session, now.ticket, now.expires, now.actor = b.session, b.ticket, b.expires, b.actor
		h.sessions.Change(now)
	} else {
		h.sessions.Remove(now)
	}
	return nil
}
