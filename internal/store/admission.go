package store

import (
	"encoding/binary"
	"time"

	"naru/internal/gate"
	"naru/internal/person"
)

// The states of an admission.
const (
	admissionTurn   = "turn"   // called and here, no seat yet
	admissionLive   = "live"   // has a session
	admissionLapsed = "lapsed" // the session ended; may come again
	admissionDone   = "done"   // booked
)

// admissionRow is a ticket that entered; a new one has state "".
type admissionRow struct {
	bucket            int16
	campaign          string
	ticket            []byte
	place             int64
	state             string
	turnAt            int64
	session           []byte
	proven            bool
	provenAt          int64
	person            string
	browser           []byte
	expires           int64
	challenger        []byte
	challengerExpires int64
	entries           int32
}

func (r *admissionRow) Group() ticketKey {
	return ticketKey{r.bucket, r.campaign, gate.TicketID(r.ticket)}
}

func (r *admissionRow) Values() []any {
	return []any{
		r.bucket, r.campaign, r.ticket, r.place, r.state, r.turnAt, r.session, r.proven, r.provenAt,
		r.person, r.browser, r.expires, r.challenger, r.challengerExpires, r.entries,
	}
}

func (r *admissionRow) Into() []any {
	return []any{
		&r.bucket, &r.campaign, &r.ticket, &r.place, &r.state, &r.turnAt, &r.session, &r.proven, &r.provenAt,
		&r.person, &r.browser, &r.expires, &r.challenger, &r.challengerExpires, &r.entries,
	}
}

// admission reads a ticket's admission, an empty row when it never entered.
func (h *gateHouse) admission(campaign string, id gate.TicketID) (*admissionRow, error) {
	r, found, err := h.admissions.One(keyOf(campaign, id))
	if err != nil || found {
		return r, err
	}
	return &admissionRow{
		bucket: ticketBucket(id), campaign: campaign, ticket: id[:],
		session: make([]byte, 16), browser: make([]byte, 32), challenger: make([]byte, 16),
	}, nil
}

// save adds a row that is new, at its place, and changes one that is not.
func (h *gateHouse) save(r *admissionRow, place uint64, before string) error {
	if before == "" {
		r.place = int64(place) //nolint:gosec // a place in a line
		return h.admissions.Add(r)
	}
	h.admissions.Change(r)
	return nil
}

// facts are the row as the gate's rules see it.
func (r *admissionRow) facts() gate.Admission {
	return gate.Admission{
		Session: [16]byte(r.session), Browser: [32]byte(r.browser), Proven: r.proven, Expires: unix(r.expires),
		Entries: int(r.entries), Challenge: r.challenge(),
	}
}

func (r *admissionRow) challenge() gate.Challenge {
	return gate.Challenge{Session: [16]byte(r.challenger), Expires: unix(r.challengerExpires)}
}

func (r *admissionRow) setChallenge(c gate.Challenge) {
	r.challenger, r.challengerExpires = c.Session[:], stamp(c.Expires)
}

// freshTurn says whether the ticket is among the turns that wait for a seat.
func (r *admissionRow) freshTurn(now time.Time) bool {
	return r.state == admissionTurn && unix(r.turnAt).After(now.Add(-gate.TurnFresh)) && !r.facts().SlowLine()
}

// seatsNow are the sessions of a line as the acts before left them.
func (h *gateHouse) seatsNow(l *lineRow) (*seatsRow, gate.Seats, error) {
	r, found, err := h.seats.One(campaignKey(l.campaign))
	if err != nil || !found {
		return nil, gate.Seats{}, err
	}
	limit := int(l.cap)
	return r, gate.Seats{
		Cap: limit, UnprovenCap: gate.UnprovenBudget(limit), Live: int(r.live), Unproven: int(r.unproven),
	}, nil
}

// countSeats counts the sessions and turns of a line anew.
func (h *gateHouse) countSeats(l *lineRow) (*seatsRow, gate.Seats, error) {
	var live, unproven, turns int32
	if _, err := h.Row(`SELECT count(*), count(*) FILTER (WHERE NOT proven) FROM admission
	    WHERE campaign = $1 AND state = 'live' AND expires_at > $2`, []any{l.campaign, h.Now.Unix()}, &live, &unproven); err != nil {
		return nil, gate.Seats{}, err
	}
	if _, err := h.Row(`SELECT count(*) FROM admission WHERE campaign = $1 AND state = 'turn' AND turn_at >= $2 AND entries <= $3`,
		[]any{l.campaign, h.Now.Add(-gate.TurnFresh).Unix(), gate.MaxReentries}, &turns); err != nil {
		return nil, gate.Seats{}, err
	}
	r, _, err := h.seats.One(campaignKey(l.campaign))
	if err != nil {
		return nil, gate.Seats{}, err
	}
	if r.live != live || r.unproven != unproven || r.turns != turns {
		r.live, r.unproven, r.turns = live, unproven, turns
		h.seats.Change(r)
	}
	return h.seatsNow(l)
}

// turn is a ticket that was called, is here, and has no seat yet.
type turn struct {
	ticket gate.TicketID
	place  uint64
}

// turnsAhead counts the turns before a place. They are read once a transaction
// and kept as the acts change them.
func (h *gateHouse) turnsAhead(campaign string, place uint64, me gate.TicketID) (int, error) {
	all, read := h.turns[campaign]
	if !read {
		err := h.Query(`SELECT ticket_id, place FROM admission WHERE campaign = $1 AND state = 'turn' AND turn_at >= $2 AND entries <= $3`,
			[]any{campaign, h.Now.Add(-gate.TurnFresh).Unix(), gate.MaxReentries}, func(scan func(...any) error) error {
				var id []byte
				var at int64
				if err := scan(&id, &at); err != nil {
					return err
				}
				all = append(all, turn{gate.TicketID(id), uint64(at)}) //nolint:gosec // a place
				return nil
			})
		if err != nil {
			return 0, err
		}
		h.setTurns(campaign, all)
	}
	ahead := 0
	for _, t := range all {
		if t.place < place && t.ticket != me {
			ahead++
		}
	}
	return ahead, nil
}

func (h *gateHouse) setTurns(campaign string, all []turn) {
	h.turns[campaign] = all
}

// turned notes that a ticket joined the turns, or left them.
func (h *gateHouse) turned(campaign string, id gate.TicketID, place uint64, here bool) {
	all, read := h.turns[campaign]
	if !read {
		return
	}
	if here {
		h.setTurns(campaign, append(all, turn{id, place}))
		return
	}
	for i := range all {
		if all[i].ticket == id {
			h.setTurns(campaign, append(all[:i:i], all[i+1:]...))
			return
		}
	}
}

// ticketBucket is the bucket of a ticket's admission.
func ticketBucket(id gate.TicketID) int16 {
	return int16(binary.BigEndian.Uint16(id[:]) % person.Buckets)
}
