// Package message decides about messages to people's phones: what is urgent, what
// waits for the morning, who carries it, when it is tried again and when it is given
// up, and when somebody is reminded. It promises at least once: only what a provider
// took, or what is no longer true, is not tried again. It never holds a number, a
// name or a text, and sends nothing. Rules: docs/rules/message.md.
package message

import (
	"slices"
	"time"
)

// Kind says what a message is about; its text is "message.<kind>" of the catalogue.
type Kind string

// The kinds.
const (
	Code            Kind = "code"
	Booked          Kind = "booked"
	Changed         Kind = "changed"
	Cancelled       Kind = "cancelled"
	BookedForYou    Kind = "booked_for_you" // by a guardian, to whom it is for
	BookedByYou     Kind = "booked_by_you"  // by a guardian, to the guardian
	CancelledForYou Kind = "cancelled_for_you"
	CancelledByYou  Kind = "cancelled_by_you"
	ChangedForYou   Kind = "changed_for_you"
	ChangedByYou    Kind = "changed_by_you"
	ClinicMoved     Kind = "clinic_moved"   // by the clinic: Nth, Before, After, Why
	ClinicClosed    Kind = "clinic_closed"  // by the clinic, and the person is to choose another time: Nth, Before, Why
	CampaignMoved   Kind = "campaign_moved" // by the agency, many at once: Old, New, Why
	Withdrawn       Kind = "withdrawn"      // cancelled by the agency: Old, Why
	DayBefore       Kind = "day_before"     // reminder
	SameDay         Kind = "same_day"       // reminder
)

// Urgent says that somebody waits in front of a page for it (rule M3).
func (k Kind) Urgent() bool { return k == Code }

// Waits says that it is not sent at night (rule M8): nobody asked for it just now.
func (k Kind) Waits() bool {
	return slices.Contains([]Kind{ClinicMoved, ClinicClosed, CampaignMoved, Withdrawn, DayBefore, SameDay}, k)
}

// Reminds says that it is a reminder, which is true only while the dose is booked at
// that time (rule M9).
func (k Kind) Reminds() bool { return k == DayBefore || k == SameDay }

// CodeLife is how long a code is worth sending: it can be typed in no longer.
const CodeLife = 3 * time.Minute

// State is how far a message is.
type State string

// The states. A message that was handed over is Sent until its provider says more.
const (
	Queued    State = "queued"    // to be sent, or being sent
	Sent      State = "sent"      // its provider took it
	Delivered State = "delivered" // its provider says that it arrived
	Failed    State = "failed"    // given up: a dead letter, for staff to see
	Dropped   State = "dropped"   // no longer true when its turn came
	Repeated  State = "repeated"  // was given up, and staff had it sent again as another message
)

// ProviderID names a provider of the agency file.
type ProviderID string

// Development is the address of a provider that exists in development alone: what it
// takes goes to a page.
const Development = "development"

// Channel is the way a provider brings messages.
type Channel string

// The channels.
const (
	Text Channel = "text" // SMS, or LMS when it is longer
	Talk Channel = "talk" // a message in a messenger, such as 알림톡
)

// Provider is one that carries messages.
type Provider struct {
	ID        ProviderID
	URL       string // https, http on this machine, or Development
	Channel   Channel
	PerSecond int           // all nodes together; 0: no bound
	InFlight  int           // calls of one node that wait at once
	Deadline  time.Duration // of one call
}

// Plan is what an agency says about its messages.
type Plan struct {
	Providers []Provider
	Codes     []ProviderID // who carries codes, the next when the one before fails
	Others    []ProviderID // who carries everything else
	Quiet     Quiet
	Reminders []Reminder
}

// Route is who carries a kind, in the order in which they are tried; never empty.
func (p Plan) Route(k Kind) []ProviderID {
	if k.Urgent() {
		return p.Codes
	}
	return p.Others
}

// Next is who comes after a provider on the way of a kind, "" when nobody does.
func (p Plan) Next(k Kind, after ProviderID) ProviderID {
	route := p.Route(k)
	i := slices.Index(route, after)
	if i < 0 || i+1 == len(route) {
		return ""
	}
	return route[i+1]
}

// Provider finds one by its id.
func (p Plan) Provider(id ProviderID) (Provider, bool) {
	i := slices.IndexFunc(p.Providers, func(o Provider) bool { return o.ID == id })
	if i < 0 {
		return Provider{}, false
	}
	return p.Providers[i], true
}

// DefaultPlan is that of an agency file that says nothing of messages: a provider for
// development carries all, nobody is reminded.
func DefaultPlan() Plan {
	id := ProviderID(Development)
	return Plan{
		Providers: []Provider{{ID: id, URL: Development, Channel: Text, InFlight: 200, Deadline: 5 * time.Second}},
		Codes:     []ProviderID{id}, Others: []ProviderID{id}, Quiet: Quiet{From: 21 * 60, To: 8 * 60},
	}
}
