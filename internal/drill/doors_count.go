package drill

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"

	"naru/internal/db"
	"naru/internal/gate"
)

// Order is what the public draw says about honest people, beside what happened to
// them.
type Order struct {
	Honest    int    `json:"honest"`      // with a ticket
	Lobby     int    `json:"lobby"`       // of them in the draw
	Admitted  int    `json:"admitted"`    // of them
	NotInRoll int    `json:"not_in_roll"` // lobby tickets whose leaf the public roll does not have
	Moved     int    `json:"moved"`       // places that are not those of the public draw, on a page or in the database
	OutOfTurn int    `json:"out_of_turn"` // admitted before the serving number had reached the place of the public draw
	Back      int    `json:"back"`        // admissions at which the serving number was below an earlier one
	Wrong     string `json:"wrong"`       // what a check of the public draw found; "" nothing
}

// publicDraw reads what anybody can read, while the server runs.
func (s *suite) publicDraw(ctx context.Context) (publicDraw, error) {
	doc := s.wire.do(ctx, knock{method: "GET", target: "/draw/" + s.main + "/draw.json"})
	file := s.wire.do(ctx, knock{method: "GET", target: "/draw/" + s.main + "/roll.bin"})
	d, err := gate.ParseDraw(doc.body)
	if err != nil {
		return publicDraw{}, fmt.Errorf("read the public draw: %w", err)
	}
	roll, err := gate.ReadRoll(bytes.NewReader(file.body))
	if err != nil {
		return publicDraw{}, fmt.Errorf("read the public roll: %w", err)
	}
	return publicDraw{d, roll}, nil
}

// admittedTicket is what the database says of a ticket that was let in.
type admittedTicket struct {
	place, serving uint64 // at the first time
	times          int
}

// countDoors computes what the attackers got from the databases, and the honest
// people's places from the public draw.
func (r *Result) countDoors(ctx context.Context, st *stage, s *suite, crowd *Crowd, draw publicDraw) error {
	snap, err := db.OpenSnapshot(ctx, st.dir, st.db.url, "booking", "gate")
	if err != nil {
		return err
	}
	in := map[gate.TicketID]*admittedTicket{}
	r.Order = &Order{}
	err = errors.Join(r.Order.readAdmitted(ctx, snap, s.main, in), s.believe(ctx, snap, st, in), snap.Close())
	if err != nil {
		return fmt.Errorf("count what the attackers got: %w", err)
	}
	r.Order.recompute(crowd, draw, in)
	r.Tricks = s.all
	for _, t := range s.all {
		r.Bypasses += t.Bypasses
		r.Probes += t.Attempts
	}
	return nil
}

func (o *Order) readAdmitted(ctx context.Context, snap db.Snapshot, campaign string, in map[gate.TicketID]*admittedTicket) error {
	var before uint64
	return snap.Read(ctx, `SELECT campaign, ticket_id, place, serving FROM gate.admitted ORDER BY seq`, nil, func(scan func(...any) error) error {
		var of string
		var id []byte
		var place, serving uint64
		if err := scan(&of, &id, &place, &serving); err != nil || of != campaign || len(id) != 16 {
			return err
		}
		if serving < before {
			o.Back++
		}
		before = serving
		a := in[gate.TicketID(id)]
		if a == nil {
			a = &admittedTicket{place: place, serving: serving}
			in[gate.TicketID(id)] = a
		}
		a.times++
		return nil
	})
}

// believe looks in the databases for what attackers got; no answer is believed.
func (s *suite) believe(ctx context.Context, snap db.Snapshot, st *stage, in map[gate.TicketID]*admittedTicket) error {
	var err error
	s.try("what the databases say", "sessions and reservations looked up after the servers had ended", func(t *Trick) {
		for _, q := range []struct{ what, query string }{
			{"admissions to the campaign that was never open", `SELECT count(*) FROM gate.admitted WHERE campaign = '` + laterID + `'`},
			{"turns or sessions of the campaign that was never open", `SELECT count(*) FROM gate.admission WHERE campaign = '` + laterID + `'`},
			{"reservations in the campaign that was never open", `SELECT count(*) FROM booking.reservation WHERE campaign = '` + laterID + `'`},
			{"people proven in the campaign that was never open", `SELECT count(*) FROM booking.person_session WHERE campaign = '` + laterID + `'`},
			{"admissions before the opening", fmt.Sprintf(`SELECT count(*) FROM gate.admitted WHERE at < %d`, st.opens.Unix())},
			{"admissions without a ticket", `SELECT count(*) FROM gate.admitted a LEFT JOIN gate.ticket t USING (campaign, ticket_id) WHERE t.ticket_id IS NULL`},
			{"turns or sessions without a ticket", `SELECT count(*) FROM gate.admission a LEFT JOIN gate.ticket t USING (campaign, ticket_id) WHERE t.ticket_id IS NULL`},
			{"bookings under a place that was never proven", `SELECT count(*) FROM booking.reservation r LEFT JOIN gate.admission a USING (campaign, ticket_id)
			    WHERE r.state = 'booked' AND (a.ticket_id IS NULL OR NOT a.proven OR a.person_id <> r.person_id)`},
			{"people with two live sessions", `SELECT count(*) FROM (SELECT 1 FROM gate.admission WHERE state = 'live' AND proven GROUP BY campaign, person_id HAVING count(*) > 1) AS x`},
		} {
			n := 0
			err = errors.Join(err, snap.Read(ctx, q.query, nil, func(scan func(...any) error) error { return scan(&n) }))
			t.Attempts++
			t.Answers["0"]++
			if n > 0 {
				t.Answers["0"]--
				t.Answers["more"]++
				t.Bypasses += n - 1
				t.opens("%d %s", n, q.what)
			}
		}
		err = errors.Join(err, s.tellTickets(ctx, snap, t, in))
	})
	return err
}

// tellTickets looks up the attackers' own tickets.
func (s *suite) tellTickets(ctx context.Context, snap db.Snapshot, t *Trick, in map[gate.TicketID]*admittedTicket) error {
	for id, why := range s.once {
		t.Attempts++
		if a := in[id]; a != nil && a.times > 1 {
			t.opens("a ticket was let in %d times though %s", a.times, why)
		}
	}
	t.Attempts += len(s.never)
	return snap.Read(ctx, `SELECT ticket_id FROM booking.reservation`, nil, func(scan func(...any) error) error {
		var id []byte
		if err := scan(&id); err != nil || len(id) != 16 {
			return err
		}
		if why, mayNot := s.never[gate.TicketID(id)]; mayNot {
			t.opens("ticket %s… has a reservation though %s", hex.EncodeToString(id[:3]), why)
		}
		return nil
	})
}

// recompute works out the places of honest people from the public draw alone.
func (o *Order) recompute(crowd *Crowd, draw publicDraw, in map[gate.TicketID]*admittedTicket) {
	found := gate.VerifyDraw(draw.doc, draw.roll, gate.Noted{})
	for _, f := range found {
		if f.Status == gate.Wrong {
			o.Wrong = f.Check + ": " + f.Detail
		}
	}
	seed, held := draw.doc.SeedBytes()
	if !held {
		o.Wrong = "the draw was not held"
		return
	}
	for _, c := range crowd.people {
		t, err := gate.PeekTicket(c.jar.value(ticketCookie))
		if err != nil {
			continue
		}
		o.Honest++
		if t.Kind == gate.Lobby {
			o.Lobby++
			if _, there := draw.roll.Index(gate.Leaf(t.ID)); !there {
				o.NotInRoll++
			}
		}
		o.place(c, gate.Ticket{ID: t.ID, Kind: t.Kind, Number: t.Number}.Place(seed, draw.doc.L), in[t.ID])
	}
}

func (o *Order) place(c *citizen, place uint64, in *admittedTicket) {
	if c.placeKnown && c.place != place {
		o.Moved++
	}
	if in == nil {
		return
	}
	o.Admitted++
	if in.place != place {
		o.Moved++
	}
	if place >= in.serving {
		o.OutOfTurn++
	}
}

// againstDoors is what the tricks say against the run.
func (r *Result) againstDoors() []string {
	var against []string
	for _, t := range r.Tricks {
		if !t.Held {
			against = append(against, "trick not held: "+t.Name)
		}
	}
	if o := r.Order; o != nil {
		for _, c := range []struct {
			n    int
			what string
		}{{o.NotInRoll, "honest people missing from the public roll"}, {o.Moved, "honest places moved"}, {o.OutOfTurn, "admitted out of turn"}, {o.Back, "serving numbers that went back"}} {
			if c.n != 0 {
				against = append(against, fmt.Sprintf("%d %s", c.n, c.what))
			}
		}
		if o.Wrong != "" {
			against = append(against, "the public draw is wrong: "+o.Wrong)
		}
	}
	if r.Bots != nil && r.Bots.against() != "" {
		against = append(against, r.Bots.against())
	}
	return against
}
