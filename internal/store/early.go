package store

import (
	"context"
	"crypto/sha256"
	"errors"

	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/person"
)

// EarlyProof is what is known of a ticket's proof before the opening.
type EarlyProof struct {
	Taken bool // proofs are taken now
	Made  bool // one was made from the asking browser
}

// EarlyProof says how a ticket stands. From another browser than the one that
// proved it looks as if nobody had.
func (s *Store) EarlyProof(ctx context.Context, t gate.Ticket, browser [32]byte) (EarlyProof, error) {
	v, err := s.View(t.Campaign)
	if err != nil {
		return EarlyProof{}, err
	}
	var n int
	k := keyOf(t.Campaign, t.ID)
	err = s.gate.ReadRow(ctx, `SELECT count(*) FROM early_proof WHERE bucket = $1 AND campaign = $2 AND ticket_id = $3 AND browser = $4`,
		append(k.Args(), browser[:]), &n)
	if err != nil {
		return EarlyProof{}, unavailable("read early proof", err)
	}
	return EarlyProof{Taken: v.Board.Phase.TakesEarly(), Made: n > 0}, nil
}

// SendEarlyCode sends a code to the phone of the claim a ticket was made with,
// before the opening. The limits of SendCode hold; who paces the provider is the
// caller (rule I8).
func (s *Store) SendEarlyCode(ctx context.Context, t gate.Ticket, browser [32]byte, c person.Claim, lang string) error {
	v, err := s.View(t.Campaign)
	if err != nil {
		return err
	}
	if !v.Board.Phase.TakesEarly() {
		return fault.New(fault.Conflict, "gate.early_over")
	}
	return s.sendCode(ctx, c, browser, lang, true)
}

// ProveEarly takes the code of SendEarlyCode. What it proves is kept: when the
// ticket's turn comes, this browser's session is proven at once.
func (s *Store) ProveEarly(ctx context.Context, t gate.Ticket, browser [32]byte, c person.Claim, code string) error {
	code, err := person.ParseCode(code)
	if err != nil {
		return err
	}
	a := s.proof(c, browser, code)
	if err := s.inBooking(ctx, a); err != nil || a.refusal != nil {
		return errors.Join(err, a.refusal)
	}
	return s.keepEarly(ctx, t, browser, a.person)
}

// ProveEarlyAs is ProveEarly with the answer of a provider that named the human.
func (s *Store) ProveEarlyAs(ctx context.Context, t gate.Ticket, browser [32]byte, c person.Claim, stable string) error {
	a, err := s.follows(ctx, c, stable)
	if err != nil {
		return err
	}
	if err := s.inBooking(ctx, a); err != nil { // the person, no session yet
		return err
	}
	return s.keepEarly(ctx, t, browser, a.person)
}

func (s *Store) keepEarly(ctx context.Context, t gate.Ticket, browser [32]byte, id person.ID) error {
	a := &earlyAct{ticket: t, browser: browser, person: string(id)}
	if err := s.atGate(ctx, a); err != nil {
		return err
	}
	return a.refusal
}

type earlyAct struct {
	ticket  gate.Ticket
	browser [32]byte
	person  string
	refusal error
}

// Wants names what the act reads.
func (a *earlyAct) Wants(h *gateHouse) {
	h.wantLine(a.ticket.Campaign)
	h.earlies.Want(keyOf(a.ticket.Campaign, a.ticket.ID))
}

// Run decides in the transaction, with the phase in which it is written.
func (a *earlyAct) Run(h *gateHouse) error {
	a.refusal = nil
	l, err := h.line(a.ticket.Campaign)
	if err != nil {
		return err
	}
	if l == nil {
		a.refusal = fault.New(fault.NotFound, "campaign.unknown")
		return nil
	}
	k := keyOf(a.ticket.Campaign, a.ticket.ID)
	r, found, err := h.earlies.One(k)
	if err != nil {
		return err
	}
	var before gate.Early
	if found {
		before = r.facts()
	}
	if refusal := gate.ProveEarly(l.at(), before, a.person); refusal != nil {
		a.refusal = refusal
		return nil
	}
	if !found {
		return h.earlies.Add(&earlyRow{key: k, ticket: k.ticket[:], person: a.person, browser: a.browser[:], provenAt: h.Now.Unix()})
	}
	r.browser, r.provenAt = a.browser[:], h.Now.Unix()
	h.earlies.Change(r)
	return nil
}

// findEarly notes who proved from the asking browser before the opening, when the
// session that was decided on can be theirs.
func (a *enterAct) findEarly(h *gateHouse) error {
	r, found, err := h.earlies.One(keyOf(a.ticket.Campaign, a.ticket.ID))
	if err == nil && found && r.facts().Opens(a.browser, a.decision.Outcome) {
		a.early = r.person
	}
	return err
}

// enterEarly proves the session that was just given by the proof made before the
// opening, under the rules of any proof (G25, G26). When that fails, the session
// stands unproven, and the person can prove as everybody does.
func (s *Store) enterEarly(ctx context.Context, l *line, a *enterAct) (Entry, error) {
	token, err := s.proveByEarly(ctx, l, a)
	if err == nil {
		return Entry{Session: token}, nil
	}
	s.opts.Log.Warn("an early proof did not open a session", "campaign", a.ticket.Campaign, "error", err)
	return entryOf(l, a)
}

func (s *Store) proveByEarly(ctx context.Context, l *line, a *enterAct) (string, error) {
	id := person.ID(a.early)
	if _, err := s.readPerson(ctx, id); err != nil { // another proof may have led the claim to another person since
		return "", err
	}
	ses := a.session()
	take := &sessionAct{
		campaign: ses.Campaign, ticket: ses.Ticket, lives: l.published.sessionLife(), person: id, session: earlySession(ses.ID),
	}
	if err := s.inBooking(ctx, take); err != nil {
		return "", err
	}
	return s.give(ctx, l, ses, take)
}

// earlySession is the id of the proven session that follows an unproven one: the
// same each time, so that asking twice at once gives one session.
func earlySession(unproven [16]byte) [16]byte {
	sum := sha256.Sum256(append([]byte("naru/early/1"), unproven[:]...))
	return [16]byte(sum[:16])
}
