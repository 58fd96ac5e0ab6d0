package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"

	"naru/internal/audit"
	"naru/internal/fault"
	"naru/internal/person"
	"naru/internal/staff"
)

// Do is the one way by which staff act (rule S4): the caller must hold the
// permission at the act's place, and the entry that it was asked for is on disk
// before do runs. What came of it is the second entry; a refusal by a rule says
// which. do must not begin anything that outlives it.
func (s *Store) Do(ctx context.Context, c staff.Caller, a staff.Act, do func(context.Context) error) error {
	e := s.entry(c, a)
	if err := c.May(a.Permission, a.At); err != nil {
		e.Phase, e.Code = audit.Refused, string(fault.CodeOf(err))
		if werr := s.write(ctx, e); werr != nil {
			return werr
		}
		return err
	}
	return s.carry(ctx, e, do)
}

// carry writes an act down, runs it, and writes down what came of it.
func (s *Store) carry(ctx context.Context, e audit.Entry, do func(context.Context) error) error {
	e.Phase = audit.Asked
	if err := s.write(ctx, e); err != nil {
		return err
	}
	err := do(ctx)
	e.Phase = audit.Done
	switch code := fault.CodeOf(err); code {
	case "":
	case fault.Internal, fault.Unavailable, fault.UnknownOutcome:
		e.Phase, e.Code = audit.Failed, string(code)
	default:
		e.Phase, e.Code = audit.Refused, string(code)
	}
	if werr := s.write(context.WithoutCancel(ctx), e); werr != nil {
		s.opts.Log.Error("an act of staff is done and its second audit entry is not written", "act", e.Act, "error", werr)
	}
	return err
}

// Found names the person that an act turned out to be about, in an entry of its own:
// who is searched for is known only when they are found.
func (s *Store) Found(ctx context.Context, c staff.Caller, a staff.Act, who person.ID) error {
	e := s.entry(c, a)
	e.Phase, e.Person = audit.Done, string(who)
	return s.write(ctx, e)
}

func (s *Store) entry(c staff.Caller, a staff.Act) audit.Entry {
	var id [9]byte
	_, _ = rand.Read(id[:]) // never fails: see crypto/rand
	return audit.Entry{
		Chain: s.chain, Act: base64.RawURLEncoding.EncodeToString(id[:]), Staff: string(c.ID), Session: c.Session,
		What: string(a.Permission), Clinic: a.At.Clinic, Person: a.Person, Campaign: a.Campaign, Detail: a.Detail,
	}
}

func (s *Store) write(ctx context.Context, e audit.Entry) error {
	if err := s.inStaff(ctx, &auditAct{entry: e}); err != nil {
		return fault.Wrap(fault.Unavailable, "staff.audit_away", err)
	}
	return nil
}

// newChain names the chain of this start of this node.
func newChain() string {
	var id [12]byte
	_, _ = rand.Read(id[:]) // never fails: see crypto/rand
	return base64.RawURLEncoding.EncodeToString(id[:])
}

func chainOf(name string) chainKey {
	sum := sha256.Sum256([]byte(name))
	return chainKey{int16(binary.BigEndian.Uint16(sum[:]) % person.Buckets), name}
}

// auditAct puts an entry at the end of its chain.
type auditAct struct{ entry audit.Entry }

// Wants names what the act reads.
func (a *auditAct) Wants(h *staffHouse) { h.chains.Want(chainOf(a.entry.Chain)) }

// Run gives the entry its number and the hash over all before it.
func (a *auditAct) Run(h *staffHouse) error {
	key := chainOf(a.entry.Chain)
	head, err := h.chains.OneOr(&chainRow{chainKey: key, hash: make([]byte, 32)})
	if err != nil {
		return err
	}
	e := a.entry
	e.Seq, e.At = head.seq+1, h.Now
	text, err := json.Marshal(e.Detail)
	if err != nil {
		return fmt.Errorf("audit detail: %w", err)
	}
	sum := audit.Next(audit.Hash(head.hash), e)
	head.seq, head.hash = e.Seq, sum[:]
	h.chains.Change(head)
	return h.entries.Add(&entryRow{
		chainKey: key, seq: e.Seq, at: e.At.Unix(), act: e.Act, phase: string(e.Phase), staff: e.Staff, session: e.Session,
		what: e.What, clinic: e.Clinic, person: e.Person, campaign: e.Campaign, code: e.Code, text: string(text), hash: sum[:],
	})
}

// Refused writes down that an act was refused before it began, and returns the
// refusal, or that it could not be written.
func (s *Store) Refused(ctx context.Context, c staff.Caller, a staff.Act, refusal error) error {
	e := s.entry(c, a)
	e.Phase, e.Code = audit.Refused, string(fault.CodeOf(refusal))
	if err := s.write(ctx, e); err != nil {
		return err
	}
	return refusal
}
