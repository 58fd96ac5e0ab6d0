// Package notify brings messages to people's phones: it takes them from the
// outbox, writes them out in the reader's language and hands them to a
// provider. It promises at least once: a message is marked as sent only after
// the provider took it, and carries its id as the key by which a provider knows a
// repeat. It never logs a number or a text. Rules: docs/rules/message.md.
package notify

import (
	"context"
	"fmt"
	"time"

	"naru/internal/agency"
	"naru/internal/i18n"
	"naru/internal/message"
	"naru/internal/store"
)

// Outgoing is one message as a provider gets it. ID stays the same when it is
// tried again.
type Outgoing struct {
	ID   string
	Kind message.Kind
	To   string // canonical digits of the agency's phone rule
	Lang string
	Text string
}

// Provider sends messages to phones. nil means that it took the message, a *Refusal
// what it said instead; any other error that nobody knows.
type Provider interface {
	Send(ctx context.Context, o Outgoing) error
}

// Refusal is what a provider says instead of taking a message.
type Refusal struct {
	Answer message.Answer // Refused, Busy or Unsure
	Wait   time.Duration  // what it asks for before the next try; 0: nothing
	Cause  string         // a word for staff
}

// Error names the cause, no number and no text.
func (r *Refusal) Error() string {
	return fmt.Sprintf("the provider did not take it: %s", r.Cause)
}

// Development is the provider of drills and of development: it sends nothing anywhere.
// The inbox page, on loopback only, is the phone on which its messages arrive.
type Development struct{}

var _ Provider = Development{}

// Send takes every message.
func (Development) Send(context.Context, Outgoing) error { return nil }

// Text writes a message out in its language: catalogue text "message.<kind>",
// with days and times as the agency shows them.
func Text(c *i18n.Catalogue, a *agency.Agency, m store.Message) string {
	args := map[string]any{
		"Service": a.In(m.Lang, a.Name), "Helpline": a.Helpline.Number, "Dose1": "", "Dose2": "",
		"Old": "", "New": "", "Why": "", "Start": "",
	}
	for name, value := range m.Values {
		args[name] = value
		if name == "Why" { // a reason is a text of the catalogue
			args[name] = c.T(m.Lang, value, nil)
		}
		if at, err := time.Parse(time.RFC3339, value); err == nil {
			args[name] = a.FormatDateTime(m.Lang, at)
		}
	}
	return c.T(m.Lang, "message."+m.Kind, args)
}
