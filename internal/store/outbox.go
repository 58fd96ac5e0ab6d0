package store

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"time"

	"naru/internal/booking"
	"naru/internal/clinic"
	"naru/internal/fault"
	"naru/internal/message"
	"naru/internal/person"
)

// letter is a message on its way into the outbox, sealed.
type letter struct {
	bucket    int16
	id        string
	kind      string
	lang      string
	phone     [32]byte
	recipient []byte
	body      []byte
	urgent    bool
	provider  string
	due       int64
}

// letter seals a message; its values are written out in the reader's language
// when it is sent.
func (s *Store) letter(bucket int16, phone, lang string, kind message.Kind, values map[string]string) letter {
	var own [10]byte
	_, _ = rand.Read(own[:]) // never fails: see crypto/rand
	return s.letterNamed(message.NewID(own, s.now(), bucket), bucket, phone, lang, kind, values)
}

// letterNamed is letter for a message whose id is known: one that is written once.
func (s *Store) letterNamed(id string, bucket int16, phone, lang string, kind message.Kind, values map[string]string) letter {
	plan, now := s.opts.Agency.Messages, s.now()
	l := letter{
		bucket: bucket, id: id, kind: string(kind), lang: lang, urgent: kind.Urgent(),
		provider: string(plan.Route(kind)[0]), due: plan.Due(kind, now, s.opts.Agency.Zone).Unix(),
	}
	l.phone = s.people.Lookup(person.ForPhone, phone).Sum
	l.recipient = s.people.Seal("outbox", "recipient", l.id, []byte(phone))
	text, err := json.Marshal(values)
	if err != nil {
		panic(err) // a map of strings is always JSON
	}
	l.body = s.people.Seal("outbox", "body", l.id, text)
	return l
}

// bookingValues are the values of a message about a reservation. Times are
// written as instants; the text shows them in the agency's zone.
func (s *Store) bookingValues(r booking.Reservation) map[string]string {
	v := map[string]string{"Number": r.Number.String(), "Clinic": r.Clinic, "Address": ""}
	if d := s.Directory(); d != nil {
		if k, err := d.Clinic(clinic.ID(r.Clinic)); err == nil {
			v["Clinic"], v["Address"] = k.Name, k.Address
		}
	}
	for _, d := range r.Doses {
		v[fmt.Sprintf("Dose%d", d.Number)] = d.Start.UTC().Format(time.RFC3339)
	}
	return v
}

// post puts a letter into the outbox, in the transaction of what it tells.
func (h *bookingHouse) post(l letter) error {
	return h.outbox.Add(&letterRow{letter: l, phoneSum: l.phone[:], state: string(message.Queued), at: h.Now.Unix()})
}

func (h *bookingHouse) postAll(all []letter) error {
	for _, l := range all {
		if err := h.post(l); err != nil {
			return err
		}
	}
	return nil
}

// callPostman wakes the sender without waiting for it.
func (s *Store) callPostman() {
	select {
	case s.mail <- struct{}{}:
	default:
	}
}

// Mail says that there may be something to send.
func (s *Store) Mail() <-chan struct{} { return s.mail }

// Message is one message to a person, unsealed. Body values are by name;
// notify.Text writes them out.
type Message struct {
	Bucket int16
	ID     string
	Kind   string
	Lang   string
	To     string // phone number
	Values map[string]string
	SentAt time.Time // zero: not sent yet

	WrittenAt time.Time
	Provider  message.ProviderID // who carries it, or tries next
	Attempts  int                // with this provider
	holder    string             // under whose lease it was read
}

const selectMessage = `SELECT bucket, id, kind, lang, recipient, body, created_at, provider, attempts, holder, sent_at FROM outbox `

// Queued reads messages that wait to be sent or are being sent, oldest first,
// without a lease: for who looks, and for who is alone (a bench).
func (s *Store) Queued(ctx context.Context, limit int) ([]Message, error) {
	return s.readMessages(ctx, selectMessage+`WHERE state = 'queued' ORDER BY created_at LIMIT $1`, limit)
}

// Inbox reads what was sent, newest first: to one phone number, or to all when
// phone is "". It is for the development provider's inbox only.
func (s *Store) Inbox(ctx context.Context, phone string, limit int) ([]Message, error) {
	if phone == "" {
		return s.readMessages(ctx, selectMessage+`WHERE state IN ('sent', 'delivered') ORDER BY id DESC LIMIT $1`, limit)
	}
	x := s.people.Lookup(person.ForPhone, phone)
	return s.readMessages(ctx, selectMessage+`WHERE phone = $1 AND state IN ('sent', 'delivered') ORDER BY created_at DESC LIMIT $2`, x.Sum[:], limit)
}

// Codes reads the codes sent to a phone number, newest first; for the
// development provider's inbox only.
func (s *Store) Codes(ctx context.Context, phone string, limit int) ([]Message, error) {
	x := s.people.Lookup(person.ForPhone, phone)
	return s.readMessages(ctx, selectMessage+`WHERE phone = $1 AND kind = 'code' AND state IN ('sent', 'delivered') ORDER BY created_at DESC LIMIT $2`, x.Sum[:], limit)
}

func (s *Store) readMessages(ctx context.Context, query string, args ...any) ([]Message, error) {
	var all []Message
	err := s.booking.Read(ctx, query, args, func(scan func(...any) error) error {
		m, err := s.scanMessage(scan)
		if err != nil {
			return err
		}
		all = append(all, m)
		return nil
	})
	if err != nil {
		return nil, unavailable("read messages", err)
	}
	return all, nil
}

func (s *Store) scanMessage(scan func(...any) error) (Message, error) {
	r := &letterRow{}
	if err := scan(&r.bucket, &r.id, &r.kind, &r.lang, &r.recipient, &r.body, &r.at, &r.provider, &r.attempts, &r.holder, &r.sentAt); err != nil {
		return Message{}, err
	}
	return s.unsealLetter(r)
}

func (s *Store) unsealLetter(r *letterRow) (Message, error) {
	m := Message{
		Bucket: r.bucket, ID: r.id, Kind: r.kind, Lang: r.lang, WrittenAt: unix(r.at),
		Provider: message.ProviderID(r.provider), Attempts: int(r.attempts), holder: r.holder,
	}
	phone, err := s.people.Open("outbox", "recipient", m.ID, r.recipient)
	if err != nil {
		return m, err
	}
	text, err := s.people.Open("outbox", "body", m.ID, r.body)
	if err != nil {
		return m, err
	}
	m.To = string(phone)
	if r.sentAt > 0 {
		m.SentAt = unix(r.sentAt)
	}
	err = json.Unmarshal(text, &m.Values)
	return m, err
}

// unknownPerson is what look-ups answer for everybody they do not find.
func unknownPerson() error { return fault.New(fault.NotFound, "booking.not_found") }
