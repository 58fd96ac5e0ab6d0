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
	startedAt         int64
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
		r.bucket, r.campaign, r.ticket, r.lane, r.place, r.state, r.turnAt, r.session, r.proven, r.provenAt, r.startedAt,
		r.person, r.browser, r.expires, r.challenger, r.challengerExpires, r.entries,
	}
}

func (r *admissionRow) Into() []any {
	return []any{
		&r.bucket, &r.campaign, &r.ticket, &r.lane, &r.place, &r.state, &r.turnAt, &r.session, &r.proven, &r.provenAt, &r.startedAt,
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

// laneCount is what the leader counts of a lane.
type laneCount struct{ live, unproven, overdue, turns int32 }

// isOverdue is true of sessions whose holders have not begun to prove who they are.
const isOverdue = `NOT proven AND started_at = 0`

// countSeats counts the sessions and turns of a campaign's lanes anew. Sessions
// that were not begun to be proven within the time are overdue: nobody waits for them.
func (h *gateHouse) countSeats(l *lineRow, within time.Duration) error {
	counts := map[string]*laneCount{}
	of := func(lane string) *laneCount {
		if counts[lane] == nil {
			counts[lane] = &laneCount{}
		}
		return counts[lane]
	}
	var lane string
	var c laneCount
	overdue := h.Now.Add(gate.UnprovenFor - within).Unix()
	err1 := h.Query(`SELECT lane, count(*), count(*) FILTER (WHERE NOT proven), count(*) FILTER (WHERE `+isOverdue+` AND expires_at <= $3) FROM admission
	    WHERE campaign = $1 AND state = 'live' AND expires_at > $2 GROUP BY lane`, []any{l.campaign, h.Now.Unix(), overdue}, func(scan func(...any) error) error {
		err := scan(&lane, &c.live, &c.unproven, &c.overdue)
		*of(lane) = c
		return err
	})
	err2 := h.Query(`SELECT lane, count(*) FROM admission WHERE campaign = $1 AND state = 'turn' AND turn_at >= $2 AND entries <= $3 GROUP BY lane`,
		[]any{l.campaign, h.Now.Add(-gate.TurnFresh).Unix(), gate.MaxReentries}, func(scan func(...any) error) error {
			err := scan(&lane, &c.turns)
			of(lane).turns = c.turns
			return err
		})
	rows, err3 := h.lanes.Rows(campaignKey(l.campaign))
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	shares := sharesOf(rows)
	for _, r := range rows {
		c := of(r.lane)
		idle := int32(gate.Idle(int(c.overdue), shares.Seats(gate.Lane(r.lane), int(l.cap)))) //nolint:gosec // no more than overdue
		live, unproven := c.live-idle, c.unproven-idle
		if r.live != live || r.unproven != unproven || r.turns != c.turns {
			r.live, r.unproven, r.turns = live, unproven, c.turns
			h.lanes.Change(r)
		}
	}
	return nil
}

// starting is how long people inside took to begin their proof, on average.
func (h *gateHouse) starting(campaign string) (mean time.Duration, people int, err error) {
	var sum int64
	_, err = h.Row(`SELECT count(*), coalesce(CAST(sum(started_at - turn_at) AS bigint), 0) FROM admission
	    WHERE campaign = $1 AND state = 'live' AND expires_at > $2 AND started_at >= turn_at`, []any{campaign, h.Now.Unix()}, &people, &sum)
	if people > 0 {
		mean = time.Duration(sum) * time.Second / time.Duration(people)
	}
	return mean, people, err
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
