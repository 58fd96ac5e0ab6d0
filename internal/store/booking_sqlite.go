package store

import (
	"context"
	"errors"
	"time"

	"naru/internal/booking"
	"naru/internal/fault"
	"naru/internal/person"
)

const selectReservation = `SELECT hold_id, number, campaign, disease, clinic_id, dose, start, state, expires_at, extends, created_at
    FROM reservation WHERE bucket = ?1 AND person_id = ?2 `

// gather joins the rows of doses into reservations, in the order they come.
type gather struct{ all []booking.Reservation }

func (g *gather) add(scan func(...any) error) error {
	var r booking.Reservation
	var d booking.Dose
	var start, expires, created int64
	if err := scan(&r.HoldID, &r.Number, &r.Campaign, &r.Disease, &r.Clinic, &d.Number, &start, &r.State, &expires, &r.Extends, &created); err != nil {
		return err
	}
	r.Expires, r.CreatedAt, d.Start = unix(expires), unix(created), unix(start)
	if n := len(g.all); n > 0 && g.all[n-1].HoldID == r.HoldID {
		g.all[n-1].Doses = append(g.all[n-1].Doses, d)
		return nil
	}
	r.Doses = []booking.Dose{d}
	g.all = append(g.all, r)
	return nil
}

// liveReservations are the person's pending and booked ones for a disease.
func (t *tx) liveReservations(bucket int16, id person.ID, disease string) ([]booking.Reservation, error) {
	g := &gather{}
	err := t.rows(selectReservation+`AND disease = ?3 AND state IN ('pending', 'booked') ORDER BY hold_id, dose`,
		[]any{bucket, id, disease}, g.add)
	return g.all, err
}

func (t *tx) reservation(bucket int16, id person.ID, hold booking.HoldID) (booking.Reservation, error) {
	g := &gather{}
	err := t.rows(selectReservation+`AND hold_id = ?3 ORDER BY dose`, []any{bucket, id, hold}, g.add)
	if err != nil || len(g.all) == 0 {
		return booking.Reservation{}, err
	}
	return g.all[0], nil
}

// readReservations reads what a person has, newest first; where narrows it.
func (s *Store) readReservations(ctx context.Context, bucket int16, id person.ID, where string, args ...any) ([]booking.Reservation, error) {
	g := &gather{}
	rows, err := s.booking.readRows(ctx, selectReservation+where, append([]any{bucket, id}, args...)...)
	if err := scanRows(rows, err)(g.add); err != nil {
		return nil, unavailable("read reservations", err)
	}
	return g.all, nil
}

func (t *tx) addReservation(c caller, p *personSession, r booking.Reservation, dose int) error {
	var start int64
	if dose == 1 {
		start = r.Doses[0].Start.Unix()
	}
	_, err := t.exec(`INSERT INTO reservation (bucket, person_id, disease, dose, hold_id, number, campaign, ticket_id, clinic_id,
	    start, state, expires_at, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)`,
		c.bucket, c.person, r.Disease, dose, r.HoldID, r.Number, r.Campaign, p.ticket[:], r.Clinic,
		start, r.State, r.Expires.Unix(), r.CreatedAt.Unix())
	return err
}

// setState moves all doses of a hold from one state to another, if they are there.
func (t *tx) setState(c caller, hold booking.HoldID, from, to booking.State) error {
	_, err := t.exec(`UPDATE reservation SET state = ?1 WHERE bucket = ?2 AND person_id = ?3 AND hold_id = ?4 AND state = ?5`,
		to, c.bucket, c.person, hold, from)
	return err
}

// answered looks an idempotency key up: the hold it led to, "" when it is new.
func (t *tx) answered(c caller, key booking.Key, body [32]byte) (hold booking.HoldID, refusal, err error) {
	var before []byte
	found, err := t.row(`SELECT body, hold_id FROM answer WHERE bucket = ?1 AND person_id = ?2 AND key = ?3`,
		[]any{c.bucket, c.person, key}, &before, &hold)
	if err != nil || !found {
		return "", nil, err
	}
	if string(before) != string(body[:]) {
		return "", fault.New(fault.KeyReused, "booking.key_reused"), nil
	}
	return hold, nil, nil
}

func (t *tx) answer(c caller, key booking.Key, body [32]byte, hold booking.HoldID) error {
	_, err := t.exec(`INSERT INTO answer (bucket, person_id, key, body, hold_id, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)`,
		c.bucket, c.person, key, body[:], hold, t.now.Unix())
	return err
}

// answersLive is how long a key is remembered (DESIGN §3).
const answersLive = 48 * time.Hour

// Forget deletes what is no longer needed: old keys, codes and tries.
func (s *Store) Forget(ctx context.Context) error { return s.booking.do(ctx, forgetAct{}) }

type forgetAct struct{}

func (forgetAct) run(t *tx) error {
	hour := t.now.Add(-max(person.CodeWindow, lookUpWindow)).Unix()
	for query, before := range map[string]int64{
		`DELETE FROM answer WHERE at < ?1`:                                                 t.now.Add(-answersLive).Unix(),
		`DELETE FROM outbox WHERE kind = 'code' AND created_at < ?1 AND state <> 'queued'`: hour,
		`DELETE FROM challenge WHERE since < ?1 AND sent_at < ?1`:                          hour,
		`DELETE FROM lookup_try WHERE since < ?1`:                                          hour,
	} {
		if _, err := t.exec(query, before); err != nil {
			return err
		}
	}
	return nil
}

// heldDoses are the places a hold has at its clinic.
func (t *tx) heldDoses(bucket int16, hold booking.HoldID) ([]booking.Dose, error) {
	var doses []booking.Dose
	err := t.rows(`SELECT dose, start FROM hold WHERE bucket = ?1 AND hold_id = ?2 ORDER BY dose`, []any{bucket, hold},
		func(scan func(...any) error) error {
			var d booking.Dose
			var start int64
			if err := scan(&d.Number, &start); err != nil {
				return err
			}
			d.Start = unix(start)
			doses = append(doses, d)
			return nil
		})
	return doses, err
}

// room says whether a slot has a place left; a slot nobody took yet has no row.
func (t *tx) room(bucket int16, clinicID string, p place) (bool, error) {
	var taken, capacity int
	found, err := t.row(`SELECT taken, capacity FROM slot WHERE bucket = ?1 AND clinic_id = ?2 AND start = ?3`,
		[]any{bucket, clinicID, p.start.Unix()}, &taken, &capacity)
	if err != nil {
		return false, err
	}
	return !found && p.capacity > 0 || found && taken < capacity, nil
}

func (t *tx) takePlace(bucket int16, clinicID string, hold booking.HoldID, dose int, p place) error {
	n, err := t.exec(`INSERT INTO slot (bucket, clinic_id, start, capacity, taken) VALUES (?1, ?2, ?3, ?4, 1)
	    ON CONFLICT (bucket, clinic_id, start) DO UPDATE SET taken = taken + 1`, bucket, clinicID, p.start.Unix(), p.capacity)
	if err != nil {
		return err
	}
	if n != 1 {
		return errors.New("take place: no slot was counted up")
	}
	_, err = t.exec(`INSERT INTO hold (bucket, hold_id, dose, clinic_id, start) VALUES (?1, ?2, ?3, ?4, ?5)`,
		bucket, hold, dose, clinicID, p.start.Unix())
	return err
}

// freeAct gives a hold's places back to the clinic. The rows are deleted and
// counted down together, so it can be repeated.
type freeAct struct {
	clinic string
	hold   booking.HoldID
	freed  []booking.Dose
}

func (a *freeAct) run(t *tx) error {
	bucket := clinicBucket(a.clinic)
	var err error
	if a.freed, err = t.heldDoses(bucket, a.hold); err != nil || len(a.freed) == 0 {
		return err
	}
	if _, err := t.exec(`DELETE FROM hold WHERE bucket = ?1 AND hold_id = ?2`, bucket, a.hold); err != nil {
		return err
	}
	for _, d := range a.freed {
		if _, err := t.exec(`UPDATE slot SET taken = taken - 1 WHERE bucket = ?1 AND clinic_id = ?2 AND start = ?3`,
			bucket, a.clinic, d.Start.Unix()); err != nil {
			return err
		}
	}
	return nil
}

// freedAct notes in the person's bucket that the places were given back.
type freedAct struct {
	bucket int16
	person person.ID
	hold   booking.HoldID
}

func (a freedAct) run(t *tx) error {
	_, err := t.exec(`UPDATE reservation SET freed = 1 WHERE bucket = ?1 AND person_id = ?2 AND hold_id = ?3
	    AND state NOT IN ('pending', 'booked')`, a.bucket, a.person, a.hold)
	return err
}
