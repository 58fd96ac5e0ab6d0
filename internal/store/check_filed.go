package store

import (
	"context"
	"encoding/binary"

	"naru/internal/booking"
	"naru/internal/db"
	"naru/internal/gate"
	"naru/internal/person"
)

// filedRows is a query for a bucket and what names it; at says where a row
// belongs. A row in another bucket is there, and nobody finds it.
type filedRows struct {
	query string
	text  func(string) int16
	bytes func([]byte) int16
}

// nowhere is the bucket of what names none.
const nowhere = int16(-1)

var filed = []filedRows{
	{query: `SELECT bucket, person_id FROM booking.person`, text: bucketOfPerson},
	{query: `SELECT bucket, claim FROM booking.person_lookup`, bytes: bucketOfClaim},
	{query: `SELECT bucket, stable FROM booking.person_stable`, bytes: bucketOfClaim},
	{query: `SELECT bucket, claim FROM booking.proof_attempt`, bytes: bucketOfClaim},
	{query: `SELECT bucket, person_id FROM booking.person_session`, text: bucketOfPerson},
	{query: `SELECT bucket, person_id FROM booking.reservation`, text: bucketOfPerson},
	{query: `SELECT bucket, number FROM booking.reservation`, text: bucketOfNumber},
	{query: `SELECT bucket, person_id FROM booking.answer`, text: bucketOfPerson},
	{query: `SELECT bucket, person_id FROM booking.booked_by`, text: bucketOfPerson},
	{query: `SELECT bucket, guardian_id FROM booking.guardianship`, text: bucketOfPerson},
	{query: `SELECT bucket, hold_id FROM booking.hold`, text: bucketOfHold},
	{query: `SELECT bucket, clinic_id FROM booking.hold`, text: clinicBucket},
	{query: `SELECT bucket, clinic_id FROM booking.slot`, text: clinicBucket},
	{query: `SELECT bucket, claim FROM gate.ticket`, bytes: bucketOfClaim},
	{query: `SELECT bucket, ticket_id FROM gate.admission`, bytes: bucketOfTicket},
	{query: `SELECT bucket, ticket_id FROM gate.early_proof`, bytes: bucketOfTicket},
	{query: `SELECT bucket, ticket_id FROM gate.admitted`, bytes: bucketOfTicket},
	{query: `SELECT bucket, ticket_id FROM gate.lane_place`, bytes: bucketOfTicket},
}

func (m *More) file(ctx context.Context, snap db.Snapshot, f filedRows) error {
	return snap.Read(ctx, f.query, nil, func(scan func(...any) error) error {
		var bucket, belongs int16
		if f.text != nil {
			var name string
			if err := scan(&bucket, &name); err != nil {
				return err
			}
			belongs = f.text(name)
		} else {
			var name []byte
			if err := scan(&bucket, &name); err != nil {
				return err
			}
			belongs = f.bytes(name)
		}
		if bucket != belongs {
			m.Misfiled++
		}
		return nil
	})
}

func bucketOfPerson(id string) int16 {
	bucket, err := person.ID(id).Bucket()
	if err != nil {
		return nowhere
	}
	return bucket
}

func bucketOfNumber(text string) int16 {
	n, err := booking.ParseNumber(text)
	if err != nil {
		return nowhere
	}
	return n.Bucket()
}

func bucketOfHold(id string) int16 {
	bucket, ok := booking.HoldID(id).Bucket()
	if !ok {
		return nowhere
	}
	return bucket
}

func bucketOfClaim(sum []byte) int16 {
	if len(sum) < 2 {
		return nowhere
	}
	return int16(binary.BigEndian.Uint16(sum) % person.Buckets) // as person.Index
}

func bucketOfTicket(id []byte) int16 {
	if len(id) != len(gate.TicketID{}) {
		return nowhere
	}
	return ticketBucket(gate.TicketID(id))
}
