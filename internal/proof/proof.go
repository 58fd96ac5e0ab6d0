// Package proof speaks to the providers that prove who somebody is, and watches
// how they do. It promises that a call has a deadline, that no more calls of a
// node wait for one provider than its bulkhead holds, that a provider that does
// not answer is probed before people are sent to it again, and that what goes
// wrong at a provider is a fault of code Unavailable: never the person's. It
// decides nothing about a person, and logs nothing of one. Rules I1 to I12 in
// docs/rules/identity.md.
package proof

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"naru/internal/fault"
	"naru/internal/identity"
)

// Human is whom a provider has recognised, in the provider's words. Stable is its
// identifier, which stays.
type Human struct{ Name, Born, Mobile, Stable string }

// Redirect is a provider to which people go and from which they come back.
type Redirect interface {
	// Address is where to send the person. It asks nobody.
	Address(state, nonce, verifier string) (string, error)
	// Answer exchanges the code that came back for the human. Code Invalid when
	// the code or the answer is not to this person's question; any other error
	// is the provider's.
	Answer(ctx context.Context, code, nonce, verifier string) (Human, error)
	// Ping asks whether the provider answers at all.
	Ping(ctx context.Context) error
}

// Desk is the providers of a node. Safe for concurrent use.
type Desk struct {
	now func() time.Time
	log *slog.Logger

	mu  sync.Mutex
	all []*counter // in the agency's order
}

// counter is one provider at the desk.
type counter struct {
	of       identity.Provider
	meter    *identity.Meter
	pace     identity.Pace
	redirect Redirect // nil for codes
	said     identity.Light
}

// NewDesk opens a desk; every provider of kind Redirect must be in redirects.
func NewDesk(all []identity.Provider, redirects map[identity.ID]Redirect, now func() time.Time, log *slog.Logger) (*Desk, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	d := &Desk{now: now, log: log}
	for _, p := range all {
		if (p.Kind == identity.Redirect) != (redirects[p.ID] != nil) {
			return nil, fmt.Errorf("provider %s: nothing here speaks to a provider of kind %s", p.ID, p.Kind)
		}
		d.all = append(d.all, &counter{of: p, meter: identity.NewMeter(p), redirect: redirects[p.ID]})
	}
	return d, nil
}

// State is a provider with its light.
type State struct {
	identity.Provider
	Light identity.Light
}

// States are all providers, in the agency's order.
func (d *Desk) States() []State {
	d.mu.Lock()
	defer d.mu.Unlock()
	var all []State
	for _, c := range d.all {
		all = append(all, State{c.of, d.light(c)})
	}
	return all
}

// Lights are all lights, as this node sees them.
func (d *Desk) Lights() map[identity.ID]identity.Light {
	all := map[identity.ID]identity.Light{}
	for _, s := range d.States() {
		all[s.ID] = s.Light
	}
	return all
}

// light also tells the operator of each change.
func (d *Desk) light(c *counter) identity.Light {
	l := c.meter.Light(d.now())
	if l != c.said {
		d.log.Warn("the light of a provider has changed", "provider", c.of.ID, "from", c.said.String(), "to", l.String())
		c.said = l
	}
	return l
}

func (d *Desk) find(id identity.ID) (*counter, error) {
	for _, c := range d.all {
		if c.of.ID == id {
			return c, nil
		}
	}
	return nil, fault.New(fault.Invalid, "identity.no_provider").With("Field", "provider")
}

// Choose says whether a person may be sent to a provider now: Unavailable
// "identity.down" when its light says it is, Invalid for one that is not there.
// Before the opening it also keeps the pace of early proofs (rule I8).
func (d *Desk) Choose(id identity.ID, early bool) (identity.Provider, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c, err := d.find(id)
	if err != nil {
		return identity.Provider{}, err
	}
	l := d.light(c)
	if l == identity.Down {
		return identity.Provider{}, fault.New(fault.Unavailable, "identity.down")
	}
	if early {
		if refusal := c.pace.Take(c.of, l, d.now()); refusal != nil {
			return identity.Provider{}, refusal
		}
	}
	return c.of, nil
}

// Coder is the provider that sends codes; found is false when the agency has none.
func (d *Desk) Coder() (p identity.Provider, found bool) {
	for _, c := range d.all {
		if c.of.Kind == identity.Code {
			return c.of, true
		}
	}
	return identity.Provider{}, false
}

// Address is where to send a person who has chosen a provider. Code Unavailable
// "identity.down" when it has never answered.
func (d *Desk) Address(id identity.ID, state, nonce, verifier string) (string, error) {
	c, err := d.redirectOf(id)
	if err != nil {
		return "", err
	}
	to, err := c.redirect.Address(state, nonce, verifier)
	if err != nil {
		return "", fault.Wrap(fault.Unavailable, "identity.down", err)
	}
	return to, nil
}

func (d *Desk) redirectOf(id identity.ID) (*counter, error) {
	c, err := d.find(id)
	if err == nil && c.redirect == nil {
		err = fault.New(fault.Invalid, "identity.no_provider").With("Field", "provider")
	}
	return c, err
}

// Answer exchanges what came back for the human, within the provider's deadline
// and bulkhead. Code Invalid when it proves nothing; Unavailable "identity.down",
// "identity.busy" or "identity.failed" when it is the provider's fault.
func (d *Desk) Answer(ctx context.Context, id identity.ID, code, nonce, verifier string) (Human, error) {
	c, err := d.redirectOf(id)
	if err != nil {
		return Human{}, err
	}
	d.mu.Lock()
	call, refusal := c.meter.Begin(d.now())
	d.mu.Unlock()
	if refusal != nil {
		return Human{}, refusal
	}
	ctx, cancel := context.WithTimeout(ctx, c.of.Deadline)
	defer cancel()
	who, err := c.redirect.Answer(ctx, code, nonce, verifier)
	d.end(c, call, err)
	if err != nil && fault.CodeOf(err) != fault.Invalid {
		d.log.Warn("a provider failed", "provider", c.of.ID, "error", err)
		err = fault.Wrap(fault.Unavailable, "identity.failed", err)
	}
	return who, err
}

func (d *Desk) end(c *counter, call identity.Call, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c.meter.End(call, d.now(), outcome(err))
	d.light(c)
}

func outcome(err error) identity.Outcome {
	switch {
	case err == nil, fault.CodeOf(err) == fault.Invalid:
		return identity.Answered
	case errors.Is(err, context.DeadlineExceeded):
		return identity.TimedOut
	case errors.Is(err, context.Canceled):
		return identity.Abandoned
	}
	return identity.Failed
}

// Watch measures a call that is made whatever the light: the postman's, whose
// messages wait in the outbox until they are taken.
func (d *Desk) Watch(ctx context.Context, id identity.ID, call func(context.Context) error) error {
	d.mu.Lock()
	c, err := d.find(id)
	if err != nil {
		d.mu.Unlock()
		return call(ctx)
	}
	began, refusal := c.meter.Begin(d.now())
	d.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, c.of.Deadline)
	defer cancel()
	err = call(ctx)
	if refusal == nil {
		d.end(c, began, err)
	}
	return err
}

// probeEvery is how often the desk looks whether a probe is due.
const probeEvery = 500 * time.Millisecond

// Run probes until ctx ends.
func (d *Desk) Run(ctx context.Context) {
	tick := time.NewTicker(probeEvery)
	defer tick.Stop()
	var probes sync.WaitGroup
	defer probes.Wait()
	for {
		for _, c := range d.all {
			probes.Go(func() { d.probe(ctx, c) })
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Probe makes every probe that is due, and returns when they have ended.
func (d *Desk) Probe(ctx context.Context) {
	for _, c := range d.all {
		d.probe(ctx, c)
	}
}

// probe asks a provider that can be asked. One that only sends codes cannot: it
// is taken to answer, so that people try it again once it has cooled; if it still
// fails them it cools for longer.
func (d *Desk) probe(ctx context.Context, c *counter) {
	d.mu.Lock()
	call, due := c.meter.BeginProbe(d.now())
	d.mu.Unlock()
	if !due {
		return
	}
	if c.redirect == nil {
		d.end(c, call, nil)
		return
	}
	ctx, cancel := context.WithTimeout(ctx, c.of.Deadline)
	defer cancel()
	d.end(c, call, c.redirect.Ping(ctx))
}
