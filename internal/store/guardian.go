package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"time"

	"naru/internal/booking"
	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/message"
	"naru/internal/person"
)

// Stand is what a guardian says of themself and of the person they book for
// (대리예약). All of it comes from NewClaim and ParseRelation.
type Stand struct {
	Guardian person.Claim    `json:"guardian"`
	Subject  person.Claim    `json:"subject"`
	Relation person.Relation `json:"relation"`
	OwnPhone bool            `json:"own_phone"` // the person has no phone of their own: they are reached at the guardian's
	Consent  string          `json:"consent"`   // the text that was agreed to, as it was shown
}

// MayGuard says whether the campaign lets anybody book for this person at all: it is
// asked when a guardian joins and again when they have proved themself. Code
// NotEligible, with the rule and the reason.
func (s *Store) MayGuard(ctx context.Context, campaignID string, subject person.Claim) error {
	p, err := s.Campaign(campaignID)
	if err != nil {
		return err
	}
	facts, err := s.factsOf(ctx, subject)
	if err != nil {
		return err
	}
	if d := p.Campaign.MayBeGuarded(facts); !d.OK {
		e := fault.New(fault.NotEligible, d.Reason).With("Rule", d.Rule)
		for name, value := range d.Args {
			e = e.With(name, value)
		}
		return e
	}
	return nil
}

// SendGuardianCode sends a code to the guardian's own phone. The session is the one
// that the ticket of the person they book for has opened.
func (s *Store) SendGuardianCode(ctx context.Context, ses gate.Session, st Stand, lang string) error {
	if err := s.mayProve(ctx, ses); err != nil {
		return err
	}
	err := s.sendCode(ctx, st.Guardian, ses.Browser, lang, true)
	if err == nil {
		s.started(ctx, ses.Campaign, ses.Ticket)
	}
	return err
}

// ProveGuardian takes the code that the guardian read from their own phone, writes
// down for whom they book, and opens the session of that person (rules B80 to B82):
// what is booked is the person's, and the guardian stands beside it. Codes: those of
// Prove; NotEligible (the campaign forbids), TooMany (a sixth person), Conflict (the
// person has booked, or is booking).
func (s *Store) ProveGuardian(ctx context.Context, ses gate.Session, st Stand, code string) (string, error) {
	if err := s.mayProve(ctx, ses); err != nil {
		return "", err
	}
	code, err := person.ParseCode(code)
	if err != nil {
		return "", err
	}
	a := s.proof(st.Guardian, ses.Browser, code)
	if err := s.inBooking(ctx, a); err != nil || a.refusal != nil {
		return "", errors.Join(err, a.refusal)
	}
	return s.guard(ctx, ses, st, a.person)
}

// ProveGuardianAs is ProveGuardian with the answer of a provider that named the
// guardian.
func (s *Store) ProveGuardianAs(ctx context.Context, ses gate.Session, st Stand, stable string) (string, error) {
	if err := s.mayProve(ctx, ses); err != nil {
		return "", err
	}
	a, err := s.follows(ctx, st.Guardian, stable)
	if err != nil {
		return "", err
	}
	if err := s.inBooking(ctx, a); err != nil { // the person, no session of their own
		return "", err
	}
	return s.guard(ctx, ses, st, a.person)
}

// guard is what follows the guardian's own proof.
func (s *Store) guard(ctx context.Context, ses gate.Session, st Stand, guardian person.ID) (string, error) {
	if st.Guardian.Same(st.Subject) {
		return "", fault.New(fault.Invalid, "guardian.same_person").With("Field", "subject_name")
	}
	if err := s.MayGuard(ctx, ses.Campaign, st.Subject); err != nil {
		return "", err
	}
	subject, err := s.meet(ctx, st.Subject)
	if err != nil {
		return "", err
	}
	bucket, err := guardian.Bucket()
	if err != nil {
		return "", err
	}
	consent := sha256.Sum256([]byte(st.Consent))
	a := &guardAct{row: guardRow{
		guardKey: guardKey{bucket, guardian, ses.Campaign}, subject: string(subject), relation: string(st.Relation),
		ownPhone: st.OwnPhone, consent: consent[:],
	}}
	if err := s.inBooking(ctx, a); err != nil || a.refusal != nil {
		return "", errors.Join(err, a.refusal)
	}
	return s.standIn(ctx, ses, st.Subject, booking.Actor{Kind: booking.ByGuardian, How: string(st.Relation), ID: string(guardian)})
}

// guardAct writes down for whom a guardian books, in the guardian's bucket: their
// number is bounded there (rule B81).
type guardAct struct {
	row     guardRow
	refusal error
}

// Bucket says where the act belongs.
func (a *guardAct) Bucket() int16 { return a.row.bucket }

// Wants names what the act reads. The guardian's own row is locked first, so that two
// acts of theirs follow each other also when there is no one yet.
func (a *guardAct) Wants(h *bookingHouse) {
	h.people.Want(personKey{a.row.bucket, a.row.guardian})
	h.guards.Want(a.row.guardKey)
}

// Run counts and writes.
func (a *guardAct) Run(h *bookingHouse) error {
	a.refusal = nil
	if _, _, err := h.people.One(personKey{a.row.bucket, a.row.guardian}); err != nil {
		return err
	}
	rows, err := h.guards.Rows(a.row.guardKey)
	if err != nil {
		return err
	}
	var before *guardRow
	for _, r := range rows {
		if r.subject == a.row.subject {
			before = r
		}
	}
	if a.refusal = person.MayGuard(len(rows), before != nil); a.refusal != nil {
		return nil
	}
	if before != nil {
		before.relation, before.ownPhone, before.consent, before.at = a.row.relation, a.row.ownPhone, a.row.consent, h.Now.Unix()
		h.guards.Change(before)
		return nil
	}
	fresh := a.row
	fresh.at = h.Now.Unix()
	return h.guards.Add(&fresh)
}

// lettersOfTwo tells the person at the phone on file, and the guardian at theirs; one
// message where that is one phone.
func (s *Store) lettersOfTwo(ctx context.Context, bucket int16, who person.Claim, guardian person.ID, lang string, forPerson, forGuardian message.Kind, values map[string]string) ([]letter, error) {
	g, err := s.readPerson(ctx, guardian)
	if err != nil {
		return nil, err
	}
	return s.lettersTo(bucket, who, g, lang, forPerson, forGuardian, values), nil
}

func (s *Store) lettersTo(bucket int16, who, guardian person.Claim, lang string, forPerson, forGuardian message.Kind, values map[string]string) []letter {
	all := []letter{s.letter(bucket, who.Mobile, lang, forPerson, values)}
	if guardian.Mobile != who.Mobile {
		all = append(all, s.letter(bucket, guardian.Mobile, lang, forGuardian, values))
	}
	return all
}

// cancelLetters tells the person that a reservation is cancelled, and a guardian who
// did it.
func (s *Store) cancelLetters(ctx context.Context, c caller, who person.Claim, lang string, r booking.Reservation) ([]letter, error) {
	if c.actor.Kind == booking.ByGuardian {
		return s.lettersOfTwo(ctx, c.bucket, who, person.ID(c.actor.ID), lang, message.CancelledForYou, message.CancelledByYou, s.bookingValues(r))
	}
	return []letter{s.letter(c.bucket, who.Mobile, lang, message.Cancelled, s.bookingValues(r))}, nil
}

// changeLetters tells the person where the doses are now, and a guardian who moved them.
func (s *Store) changeLetters(ctx context.Context, c caller, who person.Claim, lang string) (func(booking.Reservation) []letter, error) {
	if c.actor.Kind != booking.ByGuardian {
		return func(r booking.Reservation) []letter {
			return []letter{s.letter(c.bucket, who.Mobile, lang, message.Changed, s.bookingValues(r))}
		}, nil
	}
	g, err := s.readPerson(ctx, person.ID(c.actor.ID))
	return func(r booking.Reservation) []letter {
		return s.lettersTo(c.bucket, who, g, lang, message.ChangedForYou, message.ChangedByYou, s.bookingValues(r))
	}, err
}

// Ward is a reservation that a guardian made for somebody and may still change or cancel.
type Ward struct {
	Name        string
	Relation    person.Relation
	Reservation booking.Reservation
}

// Wards are the reservations that the guardian of a look-up made for others and that
// those have not taken over, the newest first.
func (s *Store) Wards(ctx context.Context, token string, browser [32]byte) ([]Ward, error) {
	g, err := s.openLookUp(token, browser)
	if err != nil {
		return nil, err
	}
	var subjects []guardRow
	err = s.booking.Read(ctx, `SELECT DISTINCT subject_id FROM guardianship WHERE guardian_id = $1 AND bucket = $2 ORDER BY subject_id`,
		personKey{g.bucket, g.person}.Args(), func(scan func(...any) error) error {
			var r guardRow
			err := scan(&r.subject)
			subjects = append(subjects, r)
			return err
		})
	if err != nil {
		return nil, unavailable("read guardianship", err)
	}
	var all []Ward
	for _, r := range subjects {
		of, err := s.wardsOf(ctx, g, person.ID(r.subject))
		if err != nil {
			return nil, err
		}
		all = append(all, of...)
	}
	return all, nil
}

func (s *Store) wardsOf(ctx context.Context, g caller, subject person.ID) ([]Ward, error) {
	c, err := wardCaller(g, subject)
	if err != nil {
		return nil, err
	}
	by, err := s.bookedBy(ctx, c)
	if err != nil {
		return nil, err
	}
	found, err := s.readReservations(ctx, c.bucket, subject, func(r *reservationRow) bool {
		b, known := by[booking.Number(r.number)]
		return known && everBooked(r) && b.MayTouch(c.actor) == nil
	})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	who, err := s.readPerson(ctx, subject)
	if err != nil {
		return nil, err
	}
	var all []Ward
	for _, r := range found {
		all = append(all, Ward{who.Name, person.Relation(by[r.Number].How), r})
	}
	return all, nil
}

// wardCaller is a guardian who acts for somebody.
func wardCaller(g caller, subject person.ID) (caller, error) {
	bucket, err := subject.Bucket()
	return caller{person: subject, bucket: bucket, actor: booking.Actor{Kind: booking.ByGuardian, ID: string(g.person)}}, err
}

// CancelWard cancels a reservation that the guardian of a look-up made, and tells
// both. Codes: those of Cancel; NotFound for everything that is not theirs.
func (s *Store) CancelWard(ctx context.Context, token string, browser [32]byte, n booking.Number, key booking.Key, lang string) (booking.Reservation, error) {
	c, err := s.forWard(ctx, token, browser, n)
	if err != nil {
		return booking.Reservation{}, err
	}
	return s.cancel(ctx, c, n, key, lang)
}

// ChangeWard is Change for a reservation that the guardian of a look-up made; both are told.
// Codes: those of Change; NotFound for everything that is not theirs; Conflict once the
// person has taken it over.
func (s *Store) ChangeWard(ctx context.Context, token string, browser [32]byte, n booking.Number, dose int, start time.Time, key booking.Key, lang string) (booking.Reservation, error) {
	c, err := s.forWard(ctx, token, browser, n)
	if err != nil {
		return booking.Reservation{}, err
	}
	return s.changeDoses(ctx, c, ChangeRequest{n, dose, start, key, lang})
}

// forWard is the guardian of a look-up as somebody who acts for the person of a number.
func (s *Store) forWard(ctx context.Context, token string, browser [32]byte, n booking.Number) (caller, error) {
	g, err := s.openLookUp(token, browser)
	if err != nil {
		return caller{}, err
	}
	subject, err := s.wardOf(ctx, g, n)
	if err != nil {
		return caller{}, err
	}
	return wardCaller(g, subject)
}

// wardOf finds whose a number is among those the guardian has ever booked for;
// touch decides whether it is still theirs to cancel.
func (s *Store) wardOf(ctx context.Context, g caller, n booking.Number) (person.ID, error) {
	var subject string
	err := s.booking.Read(ctx, `SELECT DISTINCT b.person_id FROM guardianship g JOIN booked_by b ON b.person_id = g.subject_id
	    WHERE g.guardian_id = $1 AND g.bucket = $2 AND b.number = $3 AND b.actor = $1 AND b.kind = 'guardian'`,
		append(personKey{g.bucket, g.person}.Args(), string(n)), func(scan func(...any) error) error { return scan(&subject) })
	if err != nil {
		return "", unavailable("find reservation", err)
	}
	if subject == "" {
		return "", unknownPerson()
	}
	return person.ID(subject), nil
}

// TakeOver makes a reservation that a guardian made the person's own: from then on the
// guardian can do nothing with it (rule B83).
func (s *Store) TakeOver(ctx context.Context, token string, browser [32]byte, n booking.Number) error {
	c, err := s.openLookUp(token, browser)
	if err != nil {
		return err
	}
	if _, _, err := s.bookedOnce(ctx, c, n); err != nil {
		return err
	}
	return s.inBooking(ctx, takeOverAct{c, n})
}

type takeOverAct struct {
	caller caller
	number booking.Number
}

// Wants names what the act reads.
func (a takeOverAct) Wants(h *bookingHouse) {
	h.bookedBy.Want(personKey{a.caller.bucket, a.caller.person})
}

// Run notes it, once.
func (a takeOverAct) Run(h *bookingHouse) error {
	_, err := h.touch(a.caller, a.number)
	return err
}

// BookedFor says who made the reservations of a look-up's person, where it was not
// they.
func (s *Store) BookedFor(ctx context.Context, token string, browser [32]byte) (map[booking.Number]booking.BookedBy, error) {
	c, err := s.openLookUp(token, browser)
	if err != nil {
		return nil, err
	}
	return s.bookedBy(ctx, c)
}
