package store

import (
	"context"
	"slices"
	"time"

	"naru/internal/booking"
	"naru/internal/campaign"
	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/person"
	"naru/internal/staff"
)

// Caller is what an agent of the call centre sees of somebody who calls.
type Caller struct {
	Claim        person.Claim
	Known        bool // somebody with this claim has proved themself, or was vouched for
	Reservations []booking.Reservation
	BookedBy     map[booking.Number]booking.BookedBy
	Facts        campaign.Facts
}

// FindCaller finds somebody by name, birth date and phone, all three, exactly: there is
// no list and no part of a name (rule S20). Somebody who is not known is answered
// too: the agent may book for them. Codes: Forbidden, TooMany (the agent has searched
// too often without booking).
func (s *Store) FindCaller(ctx context.Context, c staff.Caller, claim person.Claim) (Caller, error) {
	var found Caller
	act := staff.Act{Permission: staff.FindPerson, Detail: map[string]string{"by": "claim"}}
	err := s.Do(ctx, c, act, func(ctx context.Context) error {
		if err := s.countSearch(ctx, c); err != nil {
			return err
		}
		var err error
		found, err = s.shown(ctx, c, act, claim)
		return err
	})
	return found, err
}

// FindNumber finds somebody by the number of a reservation that is booked or was
// cancelled. Codes: those of FindCaller, and NotFound.
func (s *Store) FindNumber(ctx context.Context, c staff.Caller, n booking.Number) (Caller, error) {
	var found Caller
	act := staff.Act{Permission: staff.FindPerson, Detail: map[string]string{"by": "number"}}
	err := s.Do(ctx, c, act, func(ctx context.Context) error {
		if err := s.countSearch(ctx, c); err != nil {
			return err
		}
		var id string
		err := s.booking.Read(ctx, `SELECT person_id FROM reservation WHERE number = $1 AND dose = 1 AND state IN ('booked', 'cancelled')`,
			[]any{string(n)}, func(scan func(...any) error) error { return scan(&id) })
		if err != nil {
			return unavailable("find reservation", err)
		}
		if id == "" {
			return unknownPerson()
		}
		claim, err := s.readPerson(ctx, person.ID(id))
		if err != nil {
			return err
		}
		found, err = s.shownAs(ctx, c, act, claim, person.ID(id))
		return err
	})
	return found, err
}

// SeeCaller shows somebody once more whom the agent has found: a look is written down,
// and not counted as a search.
func (s *Store) SeeCaller(ctx context.Context, c staff.Caller, claim person.Claim) (Caller, error) {
	var found Caller
	act := staff.Act{Permission: staff.FindPerson, Detail: map[string]string{"by": "again"}}
	err := s.Do(ctx, c, act, func(ctx context.Context) error {
		var err error
		found, err = s.shown(ctx, c, act, claim)
		return err
	})
	return found, err
}

func (s *Store) shown(ctx context.Context, c staff.Caller, act staff.Act, claim person.Claim) (Caller, error) {
	id, err := s.knownAs(ctx, claim)
	if err != nil {
		return Caller{}, err
	}
	return s.shownAs(ctx, c, act, claim, id)
}

// shownAs reads what is known of a person; that it was read is on disk before it is
// shown.
func (s *Store) shownAs(ctx context.Context, c staff.Caller, act staff.Act, claim person.Claim, id person.ID) (Caller, error) {
	found := Caller{Claim: claim, Known: id != ""}
	var err error
	if found.Facts, err = s.factsOf(ctx, claim); err != nil || !found.Known {
		return found, err
	}
	if err := s.Found(ctx, c, act, id); err != nil {
		return Caller{}, err
	}
	who, err := s.callerFor(id)
	if err != nil {
		return Caller{}, err
	}
	if found.Reservations, err = s.readReservations(ctx, who.bucket, id, everBooked); err != nil {
		return Caller{}, err
	}
	slices.Reverse(found.Reservations)
	found.BookedBy, err = s.bookedBy(ctx, who)
	return found, err
}

// knownAs is the person a claim leads to, "" when there is none.
func (s *Store) knownAs(ctx context.Context, claim person.Claim) (person.ID, error) {
	v := &claimView{claims: s.people.OfClaimAll(person.ForPerson, claim)}
	if err := s.booking.View(ctx, v); err != nil {
		return "", unavailable("find person", err)
	}
	return v.facts.ByClaim, nil
}

// callerFor is a person for whom an agent acts, at the person's own word.
func (s *Store) callerFor(id person.ID) (caller, error) {
	bucket, err := id.Bucket()
	c := caller{person: id, bucket: bucket, actor: booking.Actor{Kind: booking.ByAgent}}
	c.ses.Lane = gate.Phone
	return c, err
}

// SendCallerCode sends a code to the phone that the caller named, for them to read out.
func (s *Store) SendCallerCode(ctx context.Context, c staff.Caller, claim person.Claim, browser [32]byte, lang string) error {
	act := staff.Act{Permission: staff.BookForCaller, Detail: map[string]string{"did": "send code"}}
	return s.Do(ctx, c, act, func(ctx context.Context) error { return s.sendCode(ctx, claim, browser, lang, true) })
}

// CallRequest asks to let a caller in.
type CallRequest struct {
	Campaign string
	Claim    person.Claim
	Check    person.Vouch // what stands for the online proof (rule S22)
	Code     string       // of VouchCode
	Cookie   string       // what the agent's session is bound to, as a browser's is to its cookie
}

// LetIn gives a caller the ticket and a number of the phone lane and, when it is their
// turn there, the session in which the agent books for them (rules G50, S21, S22).
// The agent's word stands for the online proof; no provider is asked. A caller who
// has a ticket of the web keeps it. Codes: Wait, Conflict (booked already), NotFound
// (the campaign has no phone lane), those of Prove for a code.
func (s *Store) LetIn(ctx context.Context, c staff.Caller, q CallRequest) (string, error) {
	var token string
	act := staff.Act{Permission: staff.BookForCaller, Campaign: q.Campaign, Detail: map[string]string{"did": "let in", "check": string(q.Check)}}
	err := s.Do(ctx, c, act, func(ctx context.Context) error {
		var err error
		token, err = s.letIn(ctx, c, q)
		return err
	})
	return token, err
}

func (s *Store) letIn(ctx context.Context, c staff.Caller, q CallRequest) (string, error) {
	ticket, _, err := s.JoinLane(ctx, q.Campaign, gate.Phone, q.Claim)
	if err != nil {
		return "", err
	}
	e, err := s.enterCaller(ctx, q, ticket)
	if err != nil {
		return "", err
	}
	if e.Booked {
		return "", fault.New(fault.Conflict, "booking.already_booked")
	}
	ses, err := s.Session(q.Campaign, e.Session, q.Cookie)
	if err != nil {
		return "", err
	}
	if ses.Proven { // asked again
		return e.Session, nil
	}
	by := booking.Actor{Kind: booking.ByAgent, How: string(q.Check), ID: string(c.ID)}
	if q.Check == person.VouchCode {
		return s.proveBy(ctx, ses, q.Claim, q.Code, by)
	}
	return s.standIn(ctx, ses, q.Claim, by)
}

// How long an agent's request waits for the lane, and how often it looks: the leader
// calls the next numbers about once a second, and nobody should press twice for that.
const (
	callerWaits = 2500 * time.Millisecond
	callerLooks = 250 * time.Millisecond
)

// enterCaller enters by the phone lane; where it is nearly their turn it waits for it.
func (s *Store) enterCaller(ctx context.Context, q CallRequest, ticket string) (Entry, error) {
	patience := time.NewTimer(callerWaits)
	defer patience.Stop()
	for {
		e, err := s.EnterLane(ctx, q.Campaign, gate.Phone, ticket, gate.BrowserHash(q.Cookie))
		if fault.CodeOf(err) != fault.Wait {
			return e, err
		}
		select {
		case <-time.After(callerLooks):
		case <-patience.C:
			return e, err
		case <-ctx.Done():
			return e, err
		}
	}
}

// HoldForCaller is Hold in the session of LetIn, written down at the clinic's place.
func (s *Store) HoldForCaller(ctx context.Context, c staff.Caller, ses gate.Session, q HoldRequest) (booking.Reservation, error) {
	var held booking.Reservation
	act := staff.Act{
		Permission: staff.BookForCaller, At: s.PlaceOf(q.Clinic), Person: ses.Person, Campaign: ses.Campaign, Detail: map[string]string{"did": "hold"},
	}
	err := s.Do(ctx, c, act, func(ctx context.Context) error {
		var err error
		held, err = s.Hold(ctx, ses, q)
		return err
	})
	return held, err
}

// ConfirmForCaller is Confirm in the session of LetIn; the search that led to it counts
// no more.
func (s *Store) ConfirmForCaller(ctx context.Context, c staff.Caller, ses gate.Session, clinicID string, q ConfirmRequest) (booking.Reservation, error) {
	var r booking.Reservation
	act := staff.Act{
		Permission: staff.BookForCaller, At: s.PlaceOf(clinicID), Person: ses.Person, Campaign: ses.Campaign, Detail: map[string]string{"did": "confirm"},
	}
	err := s.Do(ctx, c, act, func(ctx context.Context) error {
		var err error
		r, err = s.Confirm(ctx, ses, q)
		return err
	})
	if err != nil {
		return booking.Reservation{}, err
	}
	if err := s.inStaff(ctx, &searchAct{staff: c.ID, booked: true}); err != nil {
		s.opts.Log.Warn("a search that led to a booking still counts", "error", err)
	}
	return r, nil
}

// ReleaseForCaller gives a caller's hold back.
func (s *Store) ReleaseForCaller(ctx context.Context, c staff.Caller, ses gate.Session, hold booking.HoldID) error {
	act := staff.Act{Permission: staff.BookForCaller, Person: ses.Person, Campaign: ses.Campaign, Detail: map[string]string{"did": "release"}}
	return s.Do(ctx, c, act, func(ctx context.Context) error { return s.Release(ctx, ses, hold) })
}

// CancelForCaller is Cancel for a caller whom the agent has checked. Codes: those of
// Cancel.
func (s *Store) CancelForCaller(ctx context.Context, c staff.Caller, claim person.Claim, check person.Vouch, n booking.Number, key booking.Key, lang string) (booking.Reservation, error) {
	return s.changing(ctx, c, claim, check, "cancel", n, func(ctx context.Context, who caller) (booking.Reservation, error) {
		return s.cancel(ctx, who, n, key, lang)
	})
}

// ChangeForCaller is Change for a caller whom the agent has checked. Codes: those of
// Change.
func (s *Store) ChangeForCaller(ctx context.Context, c staff.Caller, claim person.Claim, check person.Vouch, q ChangeRequest) (booking.Reservation, error) {
	return s.changing(ctx, c, claim, check, "change", q.Number, func(ctx context.Context, who caller) (booking.Reservation, error) {
		return s.changeDoses(ctx, who, q)
	})
}

// changing does something to a reservation of a caller, at the place of its clinic.
func (s *Store) changing(ctx context.Context, c staff.Caller, claim person.Claim, check person.Vouch, did string, n booking.Number,
	do func(context.Context, caller) (booking.Reservation, error),
) (booking.Reservation, error) {
	id, err := s.knownAs(ctx, claim)
	if err != nil {
		return booking.Reservation{}, err
	}
	if id == "" {
		return booking.Reservation{}, unknownPerson()
	}
	who, err := s.callerFor(id)
	if err != nil {
		return booking.Reservation{}, err
	}
	before, _, err := s.bookedOnce(ctx, who, n)
	if err != nil {
		return booking.Reservation{}, err
	}
	var r booking.Reservation
	act := staff.Act{
		Permission: staff.ChangeForCaller, At: s.PlaceOf(before.Clinic), Person: string(id), Campaign: before.Campaign,
		Detail: map[string]string{"did": did, "check": string(check)},
	}
	err = s.Do(ctx, c, act, func(ctx context.Context) error {
		r, err = do(ctx, who)
		return err
	})
	return r, err
}

// CallerTicket is the ticket of a claim in a campaign, so that an agent sees what the
// caller's page shows; nothing is made. Code NotFound when there is none.
func (s *Store) CallerTicket(ctx context.Context, campaignID string, claim person.Claim) (Standing, error) {
	l, err := s.line(campaignID)
	if err != nil {
		return Standing{}, err
	}
	claims, err := l.filedUnder(s.people.OfClaimAll(person.ForTicket, claim, campaignID))
	if err != nil {
		return Standing{}, err
	}
	v := &ticketView{campaign: campaignID, epoch: l.published.Epoch, claims: claims}
	if err := s.gate.View(ctx, v); err != nil {
		return Standing{}, unavailable("find ticket", err)
	}
	if !v.found {
		return Standing{}, fault.New(fault.NotFound, "call.no_ticket")
	}
	return l.standing(v.ticket), nil
}

type ticketView struct {
	campaign string
	epoch    uint32
	claims   []person.Index
	ticket   gate.Ticket
	found    bool
}

// Wants names what is read.
func (v *ticketView) Wants(h *gateHouse) {
	for _, x := range v.claims {
		h.tickets.Want(claimKey{x.Bucket(), v.campaign, x.Sum})
	}
}

// Run reads.
func (v *ticketView) Run(h *gateHouse) error {
	for _, x := range v.claims {
		r, found, err := h.tickets.One(claimKey{x.Bucket(), v.campaign, x.Sum})
		if err != nil {
			return err
		}
		if found {
			v.found = true
			v.ticket = gate.Ticket{Campaign: v.campaign, Epoch: v.epoch, ID: gate.TicketID(r.id), Kind: gate.Kind(r.kind), Number: uint64(r.number)} //nolint:gosec // as written
			return nil
		}
	}
	return nil
}
