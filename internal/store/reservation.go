package store

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"naru/internal/booking"
	"naru/internal/fault"
	"naru/internal/person"
)

// reservationRow is one dose of a reservation.
type reservationRow struct {
	bucket          int16
	person, disease string
	dose            int32
	hold, number    string
	campaign        string
	ticket          []byte
	clinic          string
	start           int64
	state           string
	freed           bool
	expires         int64
	read            int64 // due, as it was read
	extends         int32
	createdAt       int64
}

func (r *reservationRow) Group() personKey { return personKey{r.bucket, person.ID(r.person)} }

func (r *reservationRow) Values() []any {
	return []any{
		r.person, r.bucket, r.disease, r.dose, r.hold, r.number, r.campaign, r.ticket, r.clinic,
		r.start, r.state, r.freed, r.expires, r.due(), r.extends, r.createdAt,
	}
}

func (r *reservationRow) Into() []any {
	return []any{
		&r.person, &r.bucket, &r.disease, &r.dose, &r.hold, &r.number, &r.campaign, &r.ticket, &r.clinic,
		&r.start, &r.state, &r.freed, &r.expires, &r.read, &r.extends, &r.createdAt,
	}
}

// due is from when on the sweeper looks at the row: it ends what waits, and frees
// the places of what has ended. 0: there is nothing to do.
func (r *reservationRow) due() int64 {
	if r.at() == booking.Booked || r.at().Attended() || r.freed {
		return 0
	}
	return r.expires
}

func (r *reservationRow) reservation() booking.Reservation {
	return booking.Reservation{
		Number: booking.Number(r.number), HoldID: booking.HoldID(r.hold), Campaign: r.campaign, Disease: r.disease,
		Clinic: r.clinic, State: booking.State(r.state), Expires: unix(r.expires), Extends: int(r.extends), CreatedAt: unix(r.createdAt),
	}
}

// gather joins the rows of doses into reservations, the newest last. keep must
// leave one row a dose: a dose that was changed has several. Where the doses are in
// several states, one that is booked says how the reservation stands.
func gather(rows []*reservationRow, keep func(*reservationRow) bool) []booking.Reservation {
	var kept []*reservationRow
	for _, r := range rows {
		if keep(r) {
			kept = append(kept, r)
		}
	}
	slices.SortFunc(kept, func(a, b *reservationRow) int {
		return cmp.Or(cmp.Compare(a.createdAt, b.createdAt), cmp.Compare(a.number, b.number), cmp.Compare(a.dose, b.dose))
	})
	var all []booking.Reservation
	for _, r := range kept {
		if n := len(all); n == 0 || all[n-1].Number != booking.Number(r.number) {
			all = append(all, r.reservation())
		}
		last := &all[len(all)-1]
		if r.at() == booking.Booked {
			last.State = booking.Booked
		}
		d := r.place()
		d.Given = r.at() == booking.Used
		last.Doses = append(last.Doses, d)
	}
	return all
}

func (r *reservationRow) place() booking.Dose {
	return booking.Dose{Number: int(r.dose), Start: unix(r.start), HoldID: booking.HoldID(r.hold)}
}

func (r *reservationRow) at() booking.State { return booking.State(r.state) }

// liveFor keeps what is pending or booked for a disease.
func liveFor(disease string) func(*reservationRow) bool {
	return func(r *reservationRow) bool { return r.disease == disease && r.at().Live() }
}

// inState keeps the doses of a reservation number that are in a state.
func inState(n booking.Number, state booking.State) func(*reservationRow) bool {
	return func(r *reservationRow) bool { return r.number == string(n) && r.at() == state }
}

// ledTo keeps what an answer led to: the doses of one hold, or of one hold a
// dose. Rows of reservations keep their times and are never deleted, so the
// holds are all that a first answer needs to be given again (rule B11).
func ledTo(answer booking.HoldID) func(*reservationRow) bool {
	return func(r *reservationRow) bool { return r.hold == string(holdOf(answer, r.dose)) }
}

// holdOf is the hold of a dose in an answer.
func holdOf(answer booking.HoldID, dose int32) booking.HoldID {
	holds := strings.Fields(string(answer))
	switch {
	case len(holds) == 1:
		return answer
	case int(dose) <= len(holds):
		return booking.HoldID(holds[dose-1])
	}
	return ""
}

// answerOf names the holds of doses, in the order of the doses.
func answerOf(doses []booking.Dose) booking.HoldID {
	var holds []string
	for _, d := range doses {
		holds = append(holds, string(d.HoldID))
	}
	return booking.HoldID(strings.Join(holds, " "))
}

// ofHold keeps the doses of one hold.
func ofHold(hold booking.HoldID) func(*reservationRow) bool {
	return func(r *reservationRow) bool { return r.hold == string(hold) }
}

// reservation reads one of the person's; it is empty when there is none.
func (h *bookingHouse) reservation(c caller, hold booking.HoldID) (booking.Reservation, error) {
	rows, err := h.reservations.Rows(personKey{c.bucket, c.person})
	if all := gather(rows, ofHold(hold)); err == nil && len(all) > 0 {
		return all[0], nil
	}
	return booking.Reservation{}, err
}

// standing is what a hold came to: the hold as it is or, once it was confirmed,
// the reservation of its number as it stands now.
func (h *bookingHouse) standing(c caller, hold booking.HoldID) (booking.Reservation, error) {
	r, err := h.reservation(c, hold)
	if err != nil || r.HoldID == "" {
		return r, err
	}
	rows, err := h.reservations.Rows(personKey{c.bucket, c.person})
	if booked := gather(rows, inState(r.Number, booking.Booked)); len(booked) > 0 {
		return booked[0], err
	}
	return r, err
}

// firstAnswer is a reservation as it was when the answer was given (rule B11).
func firstAnswer(rows []*reservationRow, answer booking.HoldID, state booking.State) booking.Reservation {
	all := gather(rows, ledTo(answer))
	if len(all) == 0 {
		return booking.Reservation{}
	}
	all[0].State = state
	return all[0]
}

// readReservations reads what a person has outside any transaction, oldest first.
func (s *Store) readReservations(ctx context.Context, bucket int16, id person.ID, keep func(*reservationRow) bool) ([]booking.Reservation, error) {
	var rows []*reservationRow
	err := s.booking.Read(ctx, `SELECT `+reservationTable.ColumnNames()+` FROM reservation WHERE person_id = $1 AND bucket = $2`,
		personKey{bucket, id}.Args(), func(scan func(...any) error) error {
			r := &reservationRow{}
			rows = append(rows, r)
			return scan(r.Into()...)
		})
	if err != nil {
		return nil, unavailable("read reservations", err)
	}
	return gather(rows, keep), nil
}

// setState moves all doses of a hold from one state to another, if they are there.
func (h *bookingHouse) setState(k personKey, hold booking.HoldID, from, to booking.State) error {
	rows, err := h.reservations.Rows(k)
	for _, r := range rows {
		if r.hold == string(hold) && r.state == string(from) {
			r.state = string(to)
			h.reservations.Change(r)
		}
	}
	return err
}

// answerTo is the answer a key was given, nil when it is new. A person's answers
// are read together: the next step finds them where nobody else writes.
func (h *bookingHouse) answerTo(c caller, key booking.Key) (*answerRow, error) {
	rows, err := h.answers.Rows(personKey{c.bucket, c.person})
	for _, r := range rows {
		if r.key == string(key) {
			return r, nil
		}
	}
	return nil, err
}

// answered looks an idempotency key up: the hold it led to, "" when it is new.
func (h *bookingHouse) answered(c caller, key booking.Key, body [32]byte) (hold booking.HoldID, refusal, err error) {
	r, err := h.answerTo(c, key)
	if err != nil || r == nil {
		return "", nil, err
	}
	if string(r.body) != string(body[:]) {
		return "", fault.New(fault.KeyReused, "booking.key_reused"), nil
	}
	return booking.HoldID(r.hold), nil, nil
}

func (h *bookingHouse) answer(c caller, key booking.Key, body [32]byte, hold booking.HoldID) error {
	return h.answers.Add(&answerRow{
		bucket: c.bucket, person: string(c.person), key: string(key), body: body[:], hold: string(hold), at: h.Now.Unix(),
	})
}

// wantPerson names what every booking step of a person reads, the session first:
// who holds it decides alone.
func (h *bookingHouse) wantPerson(c caller, key booking.Key) {
	h.sessions.Want(c.sessionKey())
	h.reservations.Want(personKey{c.bucket, c.person})
	if key != "" {
		h.answers.Want(personKey{c.bucket, c.person})
	}
}
