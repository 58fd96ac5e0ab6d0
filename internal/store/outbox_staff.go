package store

import (
	"context"
	"crypto/rand"
	"time"

	"naru/internal/fault"
	"naru/internal/message"
	"naru/internal/person"
	"naru/internal/staff"
)

// MessageStanding is how far a message is, without its text. Times are zero where
// there is none.
type MessageStanding struct {
	ID        string
	Kind      string
	State     message.State
	To        string // phone number
	Provider  message.ProviderID
	Attempts  int
	WrittenAt time.Time
	SentAt    time.Time // its provider took it
	EndedAt   time.Time // it arrived, or was given up
	Due       time.Time // the next try, while it is queued
	Cause     string    // what the provider says
}

const selectStanding = `SELECT id, kind, recipient, state, provider, attempts, created_at, sent_at, ended_at, due_at, cause FROM outbox `

// standingsShown bounds what staff see at once, the newest first.
const standingsShown = 100

// MessagesOf is what was sent to a phone number, as the agency writes it down
// (agency.NormalisePhone), the newest first, for staff who may see messages. A phone
// can be several people's: nothing of what the messages say is there.
func (s *Store) MessagesOf(ctx context.Context, c staff.Caller, phone string) (all []MessageStanding, err error) {
	a := staff.Act{Permission: staff.SeeMessages, At: s.PlaceOf(""), Detail: map[string]string{"did": "look by phone"}}
	err = s.Do(ctx, c, a, func(ctx context.Context) error {
		all, err = s.messagesTo(ctx, phone)
		return err
	})
	return all, err
}

// MessagesOfCaller is MessagesOf for somebody whom an agent has found, written down with
// the person.
func (s *Store) MessagesOfCaller(ctx context.Context, c staff.Caller, claim person.Claim) (all []MessageStanding, err error) {
	id, err := s.knownAs(ctx, claim)
	if err != nil {
		return nil, err
	}
	a := staff.Act{Permission: staff.SeeMessages, At: s.PlaceOf(""), Person: string(id), Detail: map[string]string{"did": "look by person"}}
	err = s.Do(ctx, c, a, func(ctx context.Context) error {
		all, err = s.messagesTo(ctx, claim.Mobile)
		return err
	})
	return all, err
}

func (s *Store) messagesTo(ctx context.Context, phone string) ([]MessageStanding, error) {
	x := s.people.Lookup(person.ForPhone, phone)
	return s.standings(ctx, `WHERE phone = $1 ORDER BY created_at DESC LIMIT $2`, x.Sum[:], standingsShown)
}

// DeadLetters are the messages that were given up, the newest first. Codes are not
// among them: whoever asked has asked again.
func (s *Store) DeadLetters(ctx context.Context, c staff.Caller) (all []MessageStanding, err error) {
	a := staff.Act{Permission: staff.SeeMessages, At: s.PlaceOf(""), Detail: map[string]string{"did": "look at dead letters"}}
	err = s.Do(ctx, c, a, func(ctx context.Context) error {
		all, err = s.standings(ctx, `WHERE state = 'failed' AND kind <> 'code' ORDER BY created_at DESC LIMIT $1`, standingsShown)
		return err
	})
	return all, err
}

func (s *Store) standings(ctx context.Context, where string, args ...any) ([]MessageStanding, error) {
	var all []MessageStanding
	err := s.booking.Read(ctx, selectStanding+where, args, func(scan func(...any) error) error {
		var m MessageStanding
		var to []byte
		var written, sent, ended, due int64
		if err := scan(&m.ID, &m.Kind, &to, &m.State, &m.Provider, &m.Attempts, &written, &sent, &ended, &due, &m.Cause); err != nil {
			return err
		}
		phone, err := s.people.Open("outbox", "recipient", m.ID, to)
		if err != nil {
			return err
		}
		m.To, m.WrittenAt, m.SentAt, m.EndedAt = string(phone), unix(written), instant(sent), instant(ended)
		if m.State == message.Queued {
			m.Due = unix(due)
		}
		all = append(all, m)
		return nil
	})
	if err != nil {
		return nil, unavailable("read messages", err)
	}
	return all, nil
}

// instant is a stored time, zero where there is none.
func instant(at int64) time.Time {
	if at == 0 {
		return time.Time{}
	}
	return unix(at)
}

// SendAgain sends a dead letter once more, as another message: the provider would take
// the same for a repeat. Codes: NotFound, Conflict (it is no dead letter, or was sent
// again already).
func (s *Store) SendAgain(ctx context.Context, c staff.Caller, id string) error {
	a := staff.Act{Permission: staff.SeeMessages, At: s.PlaceOf(""), Detail: map[string]string{"did": "send again", "message": id}}
	err := s.Do(ctx, c, a, func(ctx context.Context) error {
		bucket, ok := message.BucketOf(id)
		if !ok {
			return fault.New(fault.NotFound, "messages.unknown")
		}
		all, err := s.readMessages(ctx, selectMessage+`WHERE id = $1 AND bucket = $2`, id, bucket)
		if err != nil {
			return err
		}
		if len(all) == 0 {
			return fault.New(fault.NotFound, "messages.unknown")
		}
		m := all[0]
		var own [10]byte
		_, _ = rand.Read(own[:]) // never fails: see crypto/rand
		again := &againAct{key: letterKey{bucket, id}}
		again.fresh = s.letterNamed(message.NewID(own, s.now(), bucket), bucket, m.To, m.Lang, message.Kind(m.Kind), m.Values)
		if err := s.inBooking(ctx, again); err != nil {
			return err
		}
		return again.refusal
	})
	if err == nil {
		s.callPostman()
	}
	return err
}

type againAct struct {
	key     letterKey
	fresh   letter
	refusal error
}

// Bucket says where the act belongs.
func (a *againAct) Bucket() int16 { return a.key.bucket }

// Wants names what the act reads.
func (a *againAct) Wants(h *bookingHouse) { h.outbox.Want(a.key) }

// Run sends a dead letter again, once.
func (a *againAct) Run(h *bookingHouse) error {
	a.refusal = nil
	r, found, err := h.outbox.One(a.key)
	if err != nil {
		return err
	}
	if !found || r.state != string(message.Failed) {
		a.refusal = fault.New(fault.Conflict, "messages.not_dead")
		return nil
	}
	r.state = string(message.Repeated)
	h.outbox.Change(r)
	return h.post(a.fresh)
}
