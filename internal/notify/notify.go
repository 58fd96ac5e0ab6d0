// Package notify brings messages to people's phones: it takes them from the
// outbox, writes them out in the reader's language and hands them to a
// provider. It promises at least once: a message is marked as sent only after
// the provider took it, and carries its id so that a provider can drop a
// repeat. It never logs a number or a text.
package notify

import (
	"context"
	"log/slog"
	"time"

	"naru/internal/agency"
	"naru/internal/i18n"
	"naru/internal/store"
)

// Outgoing is one message as a provider gets it. ID stays the same when it is
// tried again.
type Outgoing struct {
	ID   string
	To   string // canonical digits of the agency's phone rule
	Text string
}

// Provider sends messages to phones. An error means it was not taken.
type Provider interface {
	Send(ctx context.Context, o Outgoing) error
}

// Development is the provider of demos and drills: it sends nothing anywhere.
// The inbox page, on loopback only, is the phone on which its messages arrive.
type Development struct{}

var _ Provider = Development{}

// Send takes every message.
func (Development) Send(context.Context, Outgoing) error { return nil }

// Postman empties the outbox. All fields but Log are needed.
type Postman struct {
	Store     *store.Store
	Provider  Provider
	Catalogue *i18n.Catalogue
	Agency    *agency.Agency
	Log       *slog.Logger
}

const (
	round     = 200                    // messages in one reading of the outbox
	lookAgain = 2 * time.Second        // for what was left over or written by another process
	lookSoon  = 250 * time.Millisecond // of the node that sends for all: the others cannot call it
)

// Run sends until ctx ends: at once when the store says there is something, and
// every two seconds for what failed. Of many nodes the one that leads sends; when
// another takes over in the middle of a round, some of it may be sent twice.
func (p *Postman) Run(ctx context.Context) {
	every := lookAgain
	if p.Store.Shared() {
		every = lookSoon
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.Store.Mail():
		case <-tick.C:
		}
		if p.Store.Shared() && !p.Store.Leads() { // one node sends, or everybody would
			continue
		}
		for p.deliver(ctx) == round {
		}
	}
}

// deliver sends one round and returns how many it sent.
func (p *Postman) deliver(ctx context.Context) int {
	queued, err := p.Store.Queued(ctx, round)
	if err != nil {
		p.log("outbox cannot be read", err)
		return 0
	}
	var sent []store.Message
	for _, m := range queued {
		if err := p.Provider.Send(ctx, Outgoing{m.ID, m.To, Text(p.Catalogue, p.Agency, m)}); err != nil {
			p.log("provider refused a message", err)
			p.note(ctx, []store.Message{m}, err)
			continue
		}
		sent = append(sent, m)
	}
	p.note(ctx, sent, nil)
	return len(sent)
}

func (p *Postman) note(ctx context.Context, messages []store.Message, failed error) {
	if len(messages) == 0 {
		return
	}
	if err := p.Store.Delivered(ctx, messages, failed); err != nil {
		p.log("outbox cannot be written", err)
	}
}

func (p *Postman) log(what string, err error) {
	if p.Log != nil {
		p.Log.Error(what, "error", err)
	}
}

// Text writes a message out in its language: catalogue text "message.<kind>",
// with days and times as the agency shows them.
func Text(c *i18n.Catalogue, a *agency.Agency, m store.Message) string {
	args := map[string]any{
		"Service": a.In(m.Lang, a.Name), "Helpline": a.Helpline.Number, "Dose1": "", "Dose2": "",
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
