package notify

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"naru/internal/agency"
	"naru/internal/i18n"
	"naru/internal/message"
	"naru/internal/store"
)

// Postman empties the outbox. All fields but Log are needed; Providers has one for
// each of the agency's plan.
type Postman struct {
	Store     *store.Store
	Providers map[message.ProviderID]Provider
	Catalogue *i18n.Catalogue
	Agency    *agency.Agency
	Log       *slog.Logger
}

const (
	lookAgain = 2 * time.Second        // for what was left over, and for what is due later
	lookSoon  = 250 * time.Millisecond // where other nodes write as well: they cannot call this one
	leaseOver = 10 * time.Second       // a lease outlives the deadline of its call by this
	noteTries = 3                      // of writing down an answer before the lease is left to end
)

// urgentShare of a provider's calls is kept for codes.
const urgentShare = 4

// Run sends until ctx ends: at once when the store says there is something, and every
// few seconds for what failed. Every node sends; leases keep them apart.
func (p *Postman) Run(ctx context.Context) {
	var rounds []*rounds
	var wg sync.WaitGroup
	for _, of := range p.Agency.Messages.Providers {
		urgent := max(1, of.InFlight/urgentShare)
		for _, r := range []struct {
			urgent bool
			calls  int
		}{{true, urgent}, {false, max(1, of.InFlight-urgent)}} {
			one := newRounds(p, of, r.urgent, r.calls)
			rounds = append(rounds, one)
			wg.Go(func() { one.run(ctx) })
		}
	}
	p.wake(ctx, rounds)
	wg.Wait()
}

// wake tells every round when there may be something to send.
func (p *Postman) wake(ctx context.Context, all []*rounds) {
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
		for _, r := range all {
			r.call()
		}
	}
}

// rounds are the calls to one provider for codes, or for all the rest.
type rounds struct {
	postman *Postman
	of      message.Provider
	urgent  bool
	free    chan struct{} // one for each call that may be begun
	called  chan struct{}
}

func newRounds(p *Postman, of message.Provider, urgent bool, calls int) *rounds {
	r := &rounds{postman: p, of: of, urgent: urgent, free: make(chan struct{}, calls), called: make(chan struct{}, 1)}
	for range calls {
		r.free <- struct{}{}
	}
	return r
}

func (r *rounds) call() {
	select {
	case r.called <- struct{}{}:
	default:
	}
}

// run takes as many messages as calls are free, and sends each in a call of its own.
func (r *rounds) run(ctx context.Context) {
	var calls sync.WaitGroup
	defer calls.Wait()
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.called:
		}
		for r.send(ctx, &calls) {
		}
	}
}

// send says whether there may be more.
func (r *rounds) send(ctx context.Context, calls *sync.WaitGroup) bool {
	most := 0
	select { // waits for one, and takes what else is free
	case <-r.free:
		most++
	case <-ctx.Done():
		return false
	}
	for len(r.free) > 0 {
		<-r.free
		most++
	}
	leased, err := r.postman.Store.LeaseMessages(ctx, store.Lease{
		Provider: r.of.ID, Urgent: r.urgent, Most: most, Life: r.of.Deadline + leaseOver,
	})
	if err != nil && ctx.Err() == nil {
		r.postman.log("outbox cannot be read", err)
	}
	for range most - len(leased) {
		r.free <- struct{}{}
	}
	for _, m := range leased {
		calls.Go(func() {
			defer func() { r.free <- struct{}{} }()
			r.postman.Deliver(ctx, r.of, m)
		})
	}
	return len(leased) > 0
}

// Deliver sends one message that was leased, and writes down what came of it.
func (p *Postman) Deliver(ctx context.Context, of message.Provider, m store.Message) {
	still, err := p.Store.StillTrue(ctx, m)
	if err != nil || !still {
		if err != nil {
			p.log("a reminder cannot be looked at", err)
		}
		return
	}
	call, cancel := context.WithTimeout(ctx, of.Deadline)
	err = p.Providers[of.ID].Send(call, Outgoing{m.ID, message.Kind(m.Kind), m.To, m.Lang, Text(p.Catalogue, p.Agency, m)})
	cancel()
	if err != nil && ctx.Err() != nil {
		return // the node ends: another sends it when the lease has ended
	}
	told := toldBy(err)
	if err != nil && p.Log != nil {
		p.Log.Warn("a message was not taken", "provider", of.ID, "kind", m.Kind, "attempt", m.Attempts, "cause", told.Cause)
	}
	for range noteTries {
		if err = p.Store.NoteMessage(context.WithoutCancel(ctx), m, told); err == nil {
			return
		}
	}
	p.log("outbox cannot be written", err)
}

// toldBy is what an error of a provider says.
func toldBy(err error) store.Told {
	var r *Refusal
	switch {
	case err == nil:
		return store.Told{Answer: message.Taken}
	case errors.As(err, &r):
		return store.Told{Answer: r.Answer, Wait: r.Wait, Cause: r.Cause}
	}
	return store.Told{Answer: message.Unsure, Cause: "no_answer"}
}

func (p *Postman) log(what string, err error) {
	if p.Log != nil {
		p.Log.Error(what, "error", err)
	}
}
