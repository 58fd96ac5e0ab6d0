package store

import (
	"time"

	"naru/internal/booking"
	"naru/internal/person"
)

// bookedByRow says who made a reservation that its person did not make alone.
type bookedByRow struct {
	key                      personKey
	number, kind, how, actor string
	at, takenAt              int64
}

func (r *bookedByRow) Group() personKey { return r.key }

func (r *bookedByRow) Values() []any {
	return []any{string(r.key.person), r.key.bucket, r.number, r.kind, r.how, r.actor, r.at, r.takenAt}
}

func (r *bookedByRow) Into() []any {
	return []any{&r.key.person, &r.key.bucket, &r.number, &r.kind, &r.how, &r.actor, &r.at, &r.takenAt}
}

func (r *bookedByRow) bookedBy() booking.BookedBy {
	b := booking.BookedBy{Actor: booking.Actor{Kind: booking.ActorKind(r.kind), How: r.how, ID: r.actor}, At: unix(r.at)}
	if r.takenAt > 0 {
		b.TakenAt = unix(r.takenAt)
	}
	return b
}

// guardKey names those for whom somebody may book in a campaign.
type guardKey struct {
	bucket   int16
	guardian person.ID
	campaign string
}

func (k guardKey) Bucket() int16 { return k.bucket }
func (k guardKey) Args() []any   { return []any{string(k.guardian), k.bucket, k.campaign} }

// guardRow is one of them.
type guardRow struct {
	guardKey
	subject, relation string
	ownPhone          bool
	consent           []byte
	at                int64
}

func (r *guardRow) Group() guardKey { return r.guardKey }

func (r *guardRow) Values() []any {
	return []any{string(r.guardian), r.bucket, r.campaign, r.subject, r.relation, r.ownPhone, r.consent, r.at}
}

func (r *guardRow) Into() []any {
	return []any{&r.guardian, &r.bucket, &r.campaign, &r.subject, &r.relation, &r.ownPhone, &r.consent, &r.at}
}

// noteActor writes down who booked, where that was not the person, in the
// transaction that books.
func (h *bookingHouse) noteActor(session *sessionRow, n booking.Number, now time.Time) error {
	by, err := booking.ParseActor(session.actor)
	if err != nil || by.Self() {
		return err
	}
	return h.bookedBy.Add(&bookedByRow{
		key: personKey{session.bucket, person.ID(session.person)}, number: string(n),
		kind: string(by.Kind), how: by.How, actor: by.ID, at: now.Unix(),
	})
}

// touch asks whether somebody may change or cancel a reservation, and notes that it
// is the person's own from now on when it was the person who came (rule B83).
func (h *bookingHouse) touch(c caller, n booking.Number) (refusal, err error) {
	rows, err := h.bookedBy.Rows(personKey{c.bucket, c.person})
	if err != nil {
		return nil, err
	}
	var row *bookedByRow
	for _, r := range rows {
		if r.number == string(n) {
			row = r
		}
	}
	b := booking.BookedBy{}
	if row != nil {
		b = row.bookedBy()
	}
	if refusal := b.MayTouch(c.actor); refusal != nil {
		return refusal, nil
	}
	if row != nil && row.takenAt == 0 && c.actor.Kind != booking.ByGuardian {
		row.takenAt = h.Now.Unix()
		h.bookedBy.Change(row)
	}
	return nil, nil
}
