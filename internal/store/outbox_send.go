package store

import (
	"context"
	"time"

	"naru/internal/fault"
	"naru/internal/message"
)

// Lease asks for messages to send.
type Lease struct {
	Provider message.ProviderID
	Urgent   bool          // codes, or all the rest
	Most     int           // at once
	Life     time.Duration // how long nobody else sends them; longer than the sending takes
}

// LeaseMessages takes messages to be sent by this node, those that wait longest first
// (rules M1, M6). Until the lease ends no other node gets them; a node that dies loses
// them to another, which sends them again under the same id. What came of each is to be
// told by NoteMessage.
func (s *Store) LeaseMessages(ctx context.Context, l Lease) ([]Message, error) {
	p, known := s.opts.Agency.Messages.Provider(l.Provider)
	if !known || l.Most < 1 {
		return nil, nil
	}
	a := &leaseLettersAct{lease: l, perSecond: p.PerSecond, holder: s.chain}
	err := s.booking.Read(ctx, `SELECT bucket, id FROM outbox WHERE state = 'queued' AND provider = $1 AND urgent = $2 AND due_at <= $3
	    ORDER BY due_at LIMIT $4`, []any{string(l.Provider), l.Urgent, s.now().Unix(), l.Most}, func(scan func(...any) error) error {
		var k letterKey
		err := scan(&k.bucket, &k.id)
		a.keys = append(a.keys, k)
		return err
	})
	if err != nil {
		return nil, unavailable("read outbox", err)
	}
	if len(a.keys) == 0 {
		return nil, nil
	}
	if err := s.inBooking(ctx, a); err != nil {
		return nil, err
	}
	all := make([]Message, 0, len(a.leased))
	for _, r := range a.leased {
		m, err := s.unsealLetter(&r)
		if err != nil {
			return nil, fault.Wrap(fault.Internal, "error.internal", err)
		}
		all = append(all, m)
	}
	return all, nil
}

type leaseLettersAct struct {
	lease     Lease
	perSecond int
	holder    string
	keys      []letterKey
	leased    []letterRow
}

// Wants names what the act reads.
func (a *leaseLettersAct) Wants(h *bookingHouse) {
	for _, k := range a.keys {
		h.outbox.Want(k)
	}
	if a.perSecond > 0 {
		h.paces.WantOr(&paceRow{provider: string(a.lease.Provider)})
	}
}

// Run is no hot act: it writes to many buckets. What another node took meanwhile is
// left to it.
func (a *leaseLettersAct) Run(h *bookingHouse) error {
	h.Everywhere()
	a.leased = nil
	var ready []*letterRow
	for _, k := range a.keys {
		r, found, err := h.outbox.One(k)
		if err != nil {
			return err
		}
		if found && r.state == string(message.Queued) && r.provider == string(a.lease.Provider) && r.due <= h.Now.Unix() {
			ready = append(ready, r)
		}
	}
	n, err := h.pace(a.lease, a.perSecond, len(ready))
	if err != nil {
		return err
	}
	for _, r := range ready[:n] {
		r.attempts, r.holder, r.due = r.attempts+1, a.holder, h.Now.Add(a.lease.Life).Unix()
		h.outbox.Change(r)
		a.leased = append(a.leased, *r)
	}
	return nil
}

// pace says how many the provider may get now, and counts them.
func (h *bookingHouse) pace(l Lease, perSecond, want int) (int, error) {
	if perSecond == 0 || want == 0 {
		return want, nil
	}
	row, err := h.paces.OneOr(&paceRow{provider: string(l.Provider)})
	if err != nil {
		return 0, err
	}
	n, next := message.Pace{Next: time.UnixMilli(row.next)}.Take(perSecond, want, l.Urgent, h.Now)
	if n > 0 {
		row.next = next.Next.UnixMilli()
		h.paces.Change(row)
	}
	return n, nil
}

// Told is what a provider answered.
type Told struct {
	Answer message.Answer
	Wait   time.Duration // what it asks for before the next try; it then gets nothing at all for so long
	Cause  string        // a word of the provider, for staff
}

// NoteMessage writes down what came of sending a message (rules M2, M4). One that was
// taken is sent, whoever has the lease by now; what else is told counts from the holder
// of the lease only.
func (s *Store) NoteMessage(ctx context.Context, m Message, t Told) error {
	return s.inBooking(ctx, &noteAct{plan: s.opts.Agency.Messages, zone: s.opts.Agency.Zone, messages: []Message{m}, told: t})
}

// Delivered notes the same of many messages: that a provider took them when failed is
// nil, that nobody knows otherwise. It is for who sends alone (a bench).
func (s *Store) Delivered(ctx context.Context, messages []Message, failed error) error {
	if len(messages) == 0 {
		return nil
	}
	t := Told{Answer: message.Taken}
	if failed != nil {
		t.Answer = message.Unsure
	}
	return s.inBooking(ctx, &noteAct{plan: s.opts.Agency.Messages, zone: s.opts.Agency.Zone, messages: messages, told: t})
}

type noteAct struct {
	plan     message.Plan
	zone     *time.Location
	messages []Message
	told     Told
}

// Bucket says where the act belongs.
func (a *noteAct) Bucket() int16 { return a.messages[0].Bucket }

// Wants names what the act reads.
func (a *noteAct) Wants(h *bookingHouse) {
	for _, m := range a.messages {
		h.outbox.Want(letterKey{m.Bucket, m.ID})
	}
	if a.told.Wait > 0 {
		h.paces.WantOr(&paceRow{provider: string(a.messages[0].Provider)})
	}
}

// Run writes to many buckets where there are many messages. One that is no longer
// there was deleted meanwhile.
func (a *noteAct) Run(h *bookingHouse) error {
	if len(a.messages) > 1 {
		h.Everywhere()
	}
	for _, m := range a.messages {
		r, found, err := h.outbox.One(letterKey{m.Bucket, m.ID})
		if err != nil {
			return err
		}
		if !found || r.state != string(message.Queued) || r.provider != string(m.Provider) {
			continue
		}
		if a.told.Answer != message.Taken && r.holder != m.holder {
			continue
		}
		r.decide(a.plan.After(r.try(), a.told.Answer, a.told.Wait, h.Now, a.zone), a.told.Cause, h.Now)
		h.outbox.Change(r)
	}
	if a.told.Wait == 0 {
		return nil
	}
	row, err := h.paces.OneOr(&paceRow{provider: string(a.messages[0].Provider)})
	if err != nil {
		return err
	}
	row.next = message.Pace{Next: time.UnixMilli(row.next)}.Rest(a.told.Wait, h.Now).Next.UnixMilli()
	h.paces.Change(row)
	return nil
}

func (r *letterRow) try() message.Try {
	return message.Try{Kind: message.Kind(r.kind), Provider: message.ProviderID(r.provider), Attempts: int(r.attempts), Written: unix(r.at)}
}

// decide writes a decision into the row.
func (r *letterRow) decide(d message.Decision, cause string, now time.Time) {
	r.state, r.provider, r.holder, r.cause = string(d.State), string(d.Provider), "", cause
	if d.Anew {
		r.attempts = 0
	}
	switch d.State {
	case message.Queued:
		r.due = d.Due.Unix()
	case message.Sent:
		r.sentAt = now.Unix()
	case message.Delivered:
		r.endedAt = now.Unix()
		if r.sentAt == 0 { // it reports faster than this node notes
			r.sentAt = now.Unix()
		}
	default:
		r.endedAt = now.Unix()
	}
}
