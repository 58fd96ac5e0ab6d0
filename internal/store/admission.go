package store

import (
	"encoding/binary"
	"errors"
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
	lane              string
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
		r.bucket, r.campaign, r.ticket, r.lane, r.place, r.state, r.turnAt, r.session, r.proven, r.provenAt,
		r.person, r.browser, r.expires, r.challenger, r.challengerExpires, r.entries,
	}
}

func (r *admissionRow) Into() []any {
	return []any{
		&r.bucket, &r.campaign, &r.ticket, &r.lane, &r.place, &r.state, &r.turnAt, &r.session, &r.proven, &r.provenAt,
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
		bucket: ticketBucket(id), campaign: campaign, ticket: id[:], lane: string(gate.Web),
		session: make([]byte, 16), browser: make([]byte, 32), challenger: make([]byte, 16),
	}, nil
}

// save adds a row that is new and changes one that is not; from now on the ticket
// stands at this place of this lane.
func (h *gateHouse) save(r *admissionRow, lane gate.Lane, place uint64, before string) error {
	r.lane, r.place = string(lane), int64(place) //nolint:gosec // a place in a line
	if before == "" {
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

// seatsNow are the sessions of a lane as the acts before left them; nil when the
// campaign has no such lane.
func (h *gateHouse) seatsNow(l *lineRow, lane gate.Lane) (*laneRow, gate.Seats, error) {
	rows, err := h.lanes.Rows(campaignKey(l.campaign))
	if err != nil {
		return nil, gate.Seats{}, err
	}
	r := laneOf(rows, lane)
	if r == nil {
		return nil, gate.Seats{}, nil
	}
	limit := sharesOf(rows).Seats(lane, int(l.cap))
	return r, gate.Seats{
		Cap: limit, UnprovenCap: gate.UnprovenBudget(limit), Live: int(r.live), Unproven: int(r.unproven),
	}, nil
}

// countSeats counts the sessions and turns of a campaign's lanes anew.
func (h *gateHouse) countSeats(l *lineRow) error {
	type count struct{ live, unproven, turns int32 }
	counts := map[string]*count{}
	of := func(lane string) *count {
		if counts[lane] == nil {
			counts[lane] = &count{}
		}
		return counts[lane]
	}
	var errs []error
	errs = append(errs, h.Query(`SELECT lane, count(*), count(*) FILTER (WHERE NOT proven) FROM admission
	    WHERE campaign = $1 AND state = 'live' AND expires_at > $2 GROUP BY lane`, []any{l.campaign, h.Now.Unix()}, func(scan func(...any) error) error {
		var lane string
		var live, unproven int32
		err := scan(&lane, &live, &unproven)
		of(lane).live, of(lane).unproven = live, unproven
		return err
	}))
	errs = append(errs, h.Query(`SELECT lane, count(*) FROM admission WHERE campaign = $1 AND state = 'turn' AND turn_at >= $2 AND entries <= $3 GROUP BY lane`,
		[]any{l.campaign, h.Now.Add(-gate.TurnFresh).Unix(), gate.MaxReentries}, func(scan func(...any) error) error {
			var lane string
			var turns int32
			err := scan(&lane, &turns)
			of(lane).turns = turns
			return err
		}))
	rows, err := h.lanes.Rows(campaignKey(l.campaign))
	if err := errors.Join(append(errs, err)...); err != nil {
		return err
	}
	for _, r := range rows {
		if c := of(r.lane); r.live != c.live || r.unproven != c.unproven || r.turns != c.turns {
			r.live, r.unproven, r.turns = c.live, c.unproven, c.turns
			h.lanes.Change(r)
		}
	}
	return nil
}

// turn is a ticket that was called, is here, and has no seat yet.
type turn struct {
	ticket gate.TicketID
	place  uint64
	first  bool // the ticket never had a session
}

// turnsAhead counts the turns before a place, all or only those of tickets that never
// had a session. They are read once a transaction
// and kept as the acts change them.
func (h *gateHouse) turnsAhead(k laneKey, place uint64, me gate.TicketID, first bool) (int, error) {
	all, read := h.turns[k]
	if !read {
		err := h.Query(`SELECT ticket_id, place, entries FROM admission WHERE campaign = $1 AND lane = $2 AND state = 'turn' AND turn_at >= $3 AND entries <= $4`,
			[]any{k.campaign, string(k.lane), h.Now.Add(-gate.TurnFresh).Unix(), gate.MaxReentries}, func(scan func(...any) error) error {
				var id []byte
				var at int64
				var entries int
				if err := scan(&id, &at, &entries); err != nil {
					return err
				}
				all = append(all, turn{gate.TicketID(id), uint64(at), entries == 0}) //nolint:gosec // a place
				return nil
			})
		if err != nil {
			return 0, err
		}
		h.turns[k] = all
	}
	ahead := 0
	for _, t := range all {
		if t.place < place && t.ticket != me && (t.first || !first) {
			ahead++
		}
	}
	return ahead, nil
}

// turned notes that a ticket joined the turns, or left them.
func (h *gateHouse) turned(k laneKey, t turn, here bool) {
	all, read := h.turns[k]
	if !read {
		return
	}
	if here {
		h.turns[k] = append(all, t)
		return
	}
	for i := range all {
		if all[i].ticket == t.ticket {
			h.turns[k] = append(all[:i:i], all[i+1:]...)
			return
		}
	}
}

// ticketBucket is the bucket of a ticket's admission.
func ticketBucket(id gate.TicketID) int16 {
	return int16(binary.BigEndian.Uint16(id[:]) % person.Buckets)
}
