package message

import "time"

// Quiet are the hours of the night in which nobody is woken up, in minutes from
// midnight on the agency's clock. From later than To means over midnight; equal
// means never.
type Quiet struct{ From, To int }

// Until is the first instant from at on that is not in the quiet hours (rule M8).
func (q Quiet) Until(at time.Time, zone *time.Location) time.Time {
	if q.From == q.To {
		return at
	}
	local := at.In(zone)
	minute := local.Hour()*60 + local.Minute()
	over := q.From > q.To
	if over && minute < q.From && minute >= q.To || !over && (minute < q.From || minute >= q.To) {
		return at
	}
	day := local.Day()
	if over && minute >= q.From {
		day++
	}
	return time.Date(local.Year(), local.Month(), day, q.To/60, q.To%60, 0, 0, zone).UTC()
}

// Due is when a message of a kind that could be sent at an instant may be.
func (p Plan) Due(k Kind, at time.Time, zone *time.Location) time.Time {
	if !k.Waits() {
		return at
	}
	return p.Quiet.Until(at, zone)
}
