package store

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"naru/internal/booking"
	"naru/internal/clinic"
	"naru/internal/fault"
	"naru/internal/person"
)

// The kinds of messages; each is a text of the catalogue ("message.<kind>").
const (
	messageCode      = "code"
	messageBooked    = "booked"
	messageChanged   = "changed"
	messageCancelled = "cancelled"

	messageBookedForYou    = "booked_for_you"
	messageBookedByYou     = "booked_by_you"
	messageCancelledForYou = "cancelled_for_you"
	messageCancelledByYou  = "cancelled_by_you"
)

// The states of a message.
const (
	messageQueued = "queued"
	messageSent   = "sent"
	messageFailed = "failed" // tried maxAttempts times
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
}

// letter seals a message; its values are written out in the reader's language
// when it is sent.
func (s *Store) letter(bucket int16, phone, lang, kind string, values map[string]string) letter {
	var id [16]byte
	_, _ = rand.Read(id[4:])                                  // never fails: see crypto/rand
	binary.BigEndian.PutUint32(id[:], uint32(s.now().Unix())) //nolint:gosec // seconds until 2106; what is sent together is stored together
	l := letter{bucket: bucket, id: hex.EncodeToString(id[:]), kind: kind, lang: lang}
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
	return h.outbox.Add(&letterRow{letter: l, phoneSum: l.phone[:], state: messageQueued, at: h.Now.Unix()})
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
}

const selectMessage = `SELECT bucket, id, kind, lang, recipient, body, sent_at FROM outbox `

// Queued reads messages that wait to be sent, oldest first.
func (s *Store) Queued(ctx context.Context, limit int) ([]Message, error) {
	return s.readMessages(ctx, selectMessage+`WHERE state = 'queued' ORDER BY created_at LIMIT $1`, limit)
}

// inboxReach is how many of the newest messages are searched for a phone number:
// only codes have an index by phone.
const inboxReach = 1000

// Inbox reads what was sent, newest first: to one phone number, or to all when
// phone is "". Of one number it finds every code, and what else is among the
// newest messages. It is for the development provider's inbox only.
func (s *Store) Inbox(ctx context.Context, phone string, limit int) ([]Message, error) {
	if phone == "" {
		return s.readMessages(ctx, selectMessage+`WHERE state = 'sent' ORDER BY id DESC LIMIT $1`, limit)
	}
	codes, err := s.Codes(ctx, phone, limit)
	if err != nil {
		return nil, err
	}
	x := s.people.Lookup(person.ForPhone, phone)
	others, err := s.readMessages(ctx, selectMessage+`WHERE phone = $1 AND kind <> 'code' AND state = 'sent'
	    AND id >= coalesce((SELECT id FROM outbox ORDER BY id DESC LIMIT 1 OFFSET $2), '') ORDER BY id DESC LIMIT $3`, x.Sum[:], inboxReach, limit)
	all := append(codes, others...)
	slices.SortStableFunc(all, func(a, b Message) int { return strings.Compare(b.ID[:8], a.ID[:8]) })
	return all[:min(limit, len(all))], err
}

// Codes reads the codes sent to a phone number, newest first; for the
// development provider's inbox only.
func (s *Store) Codes(ctx context.Context, phone string, limit int) ([]Message, error) {
	x := s.people.Lookup(person.ForPhone, phone)
	return s.readMessages(ctx, selectMessage+`WHERE phone = $1 AND kind = 'code' AND state = 'sent' ORDER BY created_at DESC LIMIT $2`, x.Sum[:], limit)
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
	var m Message
	var to, body []byte
	var sent int64
	if err := scan(&m.Bucket, &m.ID, &m.Kind, &m.Lang, &to, &body, &sent); err != nil {
		return m, err
	}
	phone, err := s.people.Open("outbox", "recipient", m.ID, to)
	if err != nil {
		return m, err
	}
	text, err := s.people.Open("outbox", "body", m.ID, body)
	if err != nil {
		return m, err
	}
	m.To = string(phone)
	if sent > 0 {
		m.SentAt = unix(sent)
	}
	err = json.Unmarshal(text, &m.Values)
	return m, err
}

// Delivered notes what became of messages: sent when err is nil, tried once
// more otherwise, and failed for good after maxAttempts.
func (s *Store) Delivered(ctx context.Context, messages []Message, failed error) error {
	return s.inBooking(ctx, deliveredAct{messages, failed})
}

const maxAttempts = 5

type deliveredAct struct {
	messages []Message
	failed   error
}

// Wants names what the act reads.
func (a deliveredAct) Wants(h *bookingHouse) {
	for _, m := range a.messages {
		h.outbox.Want(letterKey{m.Bucket, m.ID})
	}
}

// Run is no hot act: it writes to many buckets. A message that is no longer there
// was deleted meanwhile.
func (a deliveredAct) Run(h *bookingHouse) error {
	h.Everywhere()
	for _, m := range a.messages {
		r, found, err := h.outbox.One(letterKey{m.Bucket, m.ID})
		if err != nil {
			return err
		}
		if !found {
			continue
		}
		r.attempts++
		switch {
		case a.failed == nil:
			r.state, r.sentAt = messageSent, h.Now.Unix()
		case r.attempts >= maxAttempts:
			r.state = messageFailed
		}
		h.outbox.Change(r)
	}
	return nil
}

// unknownPerson is what look-ups answer for everybody they do not find.
func unknownPerson() error { return fault.New(fault.NotFound, "booking.not_found") }
