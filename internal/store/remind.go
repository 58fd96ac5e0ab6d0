package store

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"naru/internal/booking"
	"naru/internal/message"
	"naru/internal/person"
)

// remindEvery is how often the leader looks whether somebody is to be reminded.
const remindEvery = time.Minute

// remindAtOnce bounds the doses of one step of Remind.
const remindAtOnce = 500

// Remind writes the reminders that are due (rule M9), for the node that leads. A
// reminder's id is made of the place and the day, so however often a node begins again,
// each is written once. It goes through the doses in order of their times and remembers
// how far it is, for as long as this node leads.
func (s *Store) Remind(ctx context.Context) error {
	now := s.now()
	for _, r := range s.opts.Agency.Messages.Reminders {
		from, to, due := r.Window(now, s.opts.Agency.Zone)
		for done := from.IsZero(); !done; {
			var err error
			if done, err = s.remindSome(ctx, r, from, to, due); err != nil {
				return err
			}
		}
	}
	return nil
}

// reminded is how far the reminders of a day are; the loop of Remind only.
type reminded struct {
	due   time.Time
	start int64
	after string // person and hold of the last one
}

// remindSome writes one page and says whether it was the last.
func (s *Store) remindSome(ctx context.Context, r message.Reminder, from, to, due time.Time) (done bool, err error) {
	at := s.reminded[r.Days]
	if !at.due.Equal(due) {
		at = reminded{due: due}
	}
	all, err := s.readDue(ctx, max(from.Unix(), at.start), to.Unix(), at)
	if err != nil || len(all) == 0 {
		return true, err
	}
	errs := make([]error, len(all))
	var wg sync.WaitGroup
	for i, d := range all {
		wg.Go(func() { errs[i] = s.remind(ctx, r, d, due) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return true, err
	}
	last := all[len(all)-1]
	s.reminded[r.Days] = reminded{due, last.start, last.hold}
	s.callPostman()
	return len(all) < remindAtOnce, nil
}

// dueDose is a dose of which somebody is to be reminded.
type dueDose struct {
	personKey
	hold   string
	dose   int
	number booking.Number
	start  int64
}

func (s *Store) readDue(ctx context.Context, from, to int64, at reminded) ([]dueDose, error) {
	var all []dueDose
	err := s.booking.Read(ctx, `SELECT bucket, person_id, hold_id, dose, number, start FROM reservation
	    WHERE state = 'booked' AND start >= $1 AND start < $2 AND created_at < $3 AND (start > $4 OR hold_id > $5)
	    ORDER BY start, hold_id LIMIT $6`, []any{from, to, at.due.Unix(), at.start, at.after, remindAtOnce}, func(scan func(...any) error) error {
		var d dueDose
		err := scan(&d.bucket, &d.person, &d.hold, &d.dose, &d.number, &d.start)
		all = append(all, d)
		return err
	})
	if err != nil {
		return nil, unavailable("read who comes", err)
	}
	return all, nil
}

func (s *Store) remind(ctx context.Context, r message.Reminder, d dueDose, due time.Time) error {
	who, err := s.readPerson(ctx, d.person)
	if err != nil {
		return err
	}
	booked, err := s.readReservations(ctx, d.bucket, d.person, inState(d.number, booking.Booked))
	if err != nil || len(booked) == 0 {
		return err
	}
	values := s.bookingValues(booked[0])
	values["Start"] = unix(d.start).Format(time.RFC3339)
	values[remindsOf] = string(d.person) + "/" + string(d.number)
	id := message.ReminderID(r, d.hold, d.dose, due, d.bucket)
	l := s.letterNamed(id, d.bucket, who.Mobile, s.languageOf(ctx, d.personKey, who), r.Kind(), values)
	return s.inBooking(ctx, &remindAct{dose: d, letter: l})
}

// remindsOf is the value of a reminder that no text shows: whose dose it is about.
const remindsOf = "Of"

// languageOf is the language in which the person was written to last.
func (s *Store) languageOf(ctx context.Context, k personKey, who person.Claim) string {
	x := s.people.Lookup(person.ForPhone, who.Mobile)
	lang := s.opts.Agency.DefaultLanguage()
	err := s.booking.Read(ctx, `SELECT lang FROM outbox WHERE phone = $1 AND bucket = $2 ORDER BY created_at DESC LIMIT 1`,
		[]any{x.Sum[:], k.bucket}, func(scan func(...any) error) error { return scan(&lang) })
	if err != nil {
		s.opts.Log.Warn("a reminder is written in the default language", "error", err)
	}
	return lang
}

// remindAct posts a reminder unless it was posted before, or the dose is no longer
// booked at that time.
type remindAct struct {
	dose   dueDose
	letter letter
}

// Bucket says where the act belongs.
func (a *remindAct) Bucket() int16 { return a.dose.bucket }

// Wants names what the act reads.
func (a *remindAct) Wants(h *bookingHouse) {
	h.reservations.Want(a.dose.personKey)
	h.outbox.Want(letterKey{a.letter.bucket, a.letter.id})
}

// Run decides by the person's own rows.
func (a *remindAct) Run(h *bookingHouse) error {
	rows, err := h.reservations.Rows(a.dose.personKey)
	if err != nil {
		return err
	}
	_, there, err := h.outbox.One(letterKey{a.letter.bucket, a.letter.id})
	if err != nil || there {
		return err
	}
	for _, r := range rows {
		if r.hold == a.dose.hold && int(r.dose) == a.dose.dose && r.at() == booking.Booked && r.start == a.dose.start {
			return h.post(a.letter)
		}
	}
	return nil
}

// StillTrue says whether a message is still to be sent: a reminder is while the dose is
// booked at that time (rule M9), anything else always. One that is not is dropped.
func (s *Store) StillTrue(ctx context.Context, m Message) (bool, error) {
	if !message.Kind(m.Kind).Reminds() {
		return true, nil
	}
	start, err := time.Parse(time.RFC3339, m.Values["Start"])
	if err != nil {
		return false, s.dropMessage(ctx, m)
	}
	who, number, _ := strings.Cut(m.Values[remindsOf], "/")
	booked, err := s.readReservations(ctx, m.Bucket, person.ID(who), inState(booking.Number(number), booking.Booked))
	if err != nil {
		return false, err
	}
	for _, r := range booked {
		for _, d := range r.Doses {
			if message.StillTrue(d.Start, start, s.now()) {
				return true, nil
			}
		}
	}
	return false, s.dropMessage(ctx, m)
}

// dropMessage ends a message whose turn came when it was no longer true.
func (s *Store) dropMessage(ctx context.Context, m Message) error {
	return s.inBooking(ctx, &dropLetterAct{key: letterKey{m.Bucket, m.ID}, holder: m.holder})
}

type dropLetterAct struct {
	key    letterKey
	holder string
}

// Bucket says where the act belongs.
func (a *dropLetterAct) Bucket() int16 { return a.key.bucket }

// Wants names what the act reads.
func (a *dropLetterAct) Wants(h *bookingHouse) { h.outbox.Want(a.key) }

// Run drops what this node has the lease of.
func (a *dropLetterAct) Run(h *bookingHouse) error {
	r, found, err := h.outbox.One(a.key)
	if err != nil || !found || r.state != string(message.Queued) || r.holder != a.holder {
		return err
	}
	r.decide(message.Decision{State: message.Dropped, Provider: message.ProviderID(r.provider)}, "", h.Now)
	h.outbox.Change(r)
	return nil
}
