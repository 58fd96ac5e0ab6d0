package history

import "fmt"

// owners remembers whose each thing is, and finds things of two.
type owners map[string]owned

type owned struct {
	by     string
	record Record
}

// claim notes that a thing is somebody's; told is the record that says so.
func (o owners) claim(thing, by string, told Record) *Illegal {
	before, taken := o[thing]
	if !taken {
		o[thing] = owned{by, told}
		return nil
	}
	if before.by == by {
		return nil
	}
	p := part{thing, nil}
	for _, r := range []Record{before.record, told} {
		p.ops = append(p.ops, r.op(r.Act, r.span()))
	}
	return Model{name: "shared"}.illegal(p, fmt.Sprintf("belongs to %s and to %s", before.by, by), []int{0, 1})
}

// personsShare finds hold ids and reservation numbers of two people.
func personsShare(s story) *Illegal {
	o := owners{}
	for _, r := range s.records {
		who, _, ok := deedOf(r.Act)
		if !ok {
			continue
		}
		var hold, number string
		switch a := r.Answer.(type) {
		case Held:
			hold, number = a.Hold, a.Number
		case Booked:
			hold, number = a.Hold, a.Number
		}
		for _, thing := range []string{named("hold ", hold), named("number ", number)} {
			if thing == "" {
				continue
			}
			if bad := o.claim(thing, who.String(), r); bad != nil {
				return bad
			}
		}
	}
	return nil
}

// claimsShare finds tickets, late numbers and sessions of two claims.
func (rules TicketRules) claimsShare(s story) *Illegal {
	o := owners{}
	for _, r := range s.records {
		var bad *Illegal
		switch act := r.Act.(type) {
		case Join:
			if told, ok := r.Answer.(Joined); ok {
				bad = o.claimTicket(act, told, r, rules)
			}
		case Enter:
			if told, ok := r.Answer.(Session); ok {
				bad = o.claim("session "+told.ID, place(act.Campaign, act.Claim), r)
			}
		}
		if bad != nil {
			return bad
		}
	}
	return nil
}

func (o owners) claimTicket(act Join, told Joined, r Record, rules TicketRules) *Illegal {
	by := place(act.Campaign, act.Claim)
	bad := o.claim("ticket "+told.Ticket, by, r)
	if bad != nil || !told.Late || rules.Shared != nil && rules.Shared(act.Campaign, told.Number) {
		return bad
	}
	return o.claim(fmt.Sprintf("late number %d of %s", told.Number, act.Campaign), by, r)
}
