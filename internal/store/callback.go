package store

import (
	"context"
	"slices"
	"time"

	"naru/internal/fault"
	"naru/internal/person"
	"naru/internal/staff"
)

// Promise writes down that somebody will be called, by when and what about (rule S23).
// c.Name, c.Phone, c.About and c.Due are read. Codes: Forbidden, Invalid.
func (s *Store) Promise(ctx context.Context, by staff.Caller, c staff.Callback) (staff.Callback, error) {
	if err := staff.MayPromise(c.Due, s.now()); err != nil {
		return c, err
	}
	c.ID, c.PromisedBy, c.PromisedAt, c.State, c.Due = string(staff.NewID()), by.ID, s.now(), staff.CallOpen, c.Due.UTC().Truncate(time.Second)
	act := staff.Act{Permission: staff.KeepCallbacks, Detail: map[string]string{"did": "promise", "callback": c.ID}}
	a := &promiseAct{
		row: c, name: s.people.Seal("callback", "name", c.ID, []byte(c.Name)), phone: s.people.Seal("callback", "phone", c.ID, []byte(c.Phone)),
	}
	return c, s.Do(ctx, by, act, func(ctx context.Context) error { return s.inStaff(ctx, a) })
}

func callbackBucket(id string) int16 { return chainOf(id).bucket }

type promiseAct struct {
	row         staff.Callback
	name, phone []byte
}

// Run adds it.
func (a *promiseAct) Run(h *staffHouse) error {
	c := a.row
	_, err := h.Exec(`INSERT INTO callback (bucket, callback_id, name, phone, about, due, promised_by, promised_at, state, taken_by, taken_at, tries)
	    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', 0, 0)`, callbackBucket(c.ID), c.ID, a.name, a.phone,
		string(c.About), c.Due.Unix(), string(c.PromisedBy), c.PromisedAt.Unix(), string(c.State))
	return err
}

// maxCallbacks bounds the list: nobody calls more than these before it is read anew.
const maxCallbacks = 200

// Callbacks lists promised calls that are not over, the earliest due first; the
// member of staff must hold KeepCallbacks. Reading the list is written down.
func (s *Store) Callbacks(ctx context.Context, by staff.Caller) ([]staff.Callback, error) {
	var all []staff.Callback
	act := staff.Act{Permission: staff.KeepCallbacks, Detail: map[string]string{"did": "list"}}
	err := s.Do(ctx, by, act, func(ctx context.Context) error {
		var err error
		all, err = s.readCallbacks(ctx, `WHERE state IN ('open', 'taken') ORDER BY due, callback_id LIMIT $1`, maxCallbacks)
		return err
	})
	return all, err
}

func (s *Store) readCallbacks(ctx context.Context, where string, args ...any) ([]staff.Callback, error) {
	var all []staff.Callback
	err := s.staff.Read(ctx, `SELECT callback_id, name, phone, about, due, promised_by, promised_at, state, taken_by, taken_at, tries FROM callback `+where,
		args, func(scan func(...any) error) error {
			c, err := scanCallback(scan, s.people)
			all = append(all, c)
			return err
		})
	if err != nil {
		return nil, unavailable("read promised calls", err)
	}
	return slices.Clip(all), nil
}

func scanCallback(scan func(...any) error, keys *person.Keyring) (staff.Callback, error) {
	var c staff.Callback
	var name, phone []byte
	var due, promised, taken int64
	if err := scan(&c.ID, &name, &phone, &c.About, &due, &c.PromisedBy, &promised, &c.State, &c.TakenBy, &taken, &c.Tries); err != nil {
		return c, err
	}
	c.Due, c.PromisedAt = unix(due), unix(promised)
	if taken > 0 {
		c.TakenAt = unix(taken)
	}
	plain, err := keys.Open("callback", "name", c.ID, name)
	if err != nil {
		return c, err
	}
	c.Name = string(plain)
	plain, err = keys.Open("callback", "phone", c.ID, phone)
	c.Phone = string(plain)
	return c, err
}

// TakeCallback gives a promised call to one agent: of several who ask at once one gets
// it (rule S24). Codes: Forbidden, NotFound, Conflict.
func (s *Store) TakeCallback(ctx context.Context, by staff.Caller, id string) error {
	return s.onCallback(ctx, by, id, "take", func(c staff.Callback, now time.Time) (staff.Callback, error) { return c.Taken(by.ID, now) })
}

// EndCallback notes whether the person of a call that the agent has taken was reached.
// Codes: Forbidden, NotFound, Conflict.
func (s *Store) EndCallback(ctx context.Context, by staff.Caller, id string, reached bool) error {
	did := map[bool]string{true: "reached", false: "not reached"}[reached]
	return s.onCallback(ctx, by, id, did, func(c staff.Callback, now time.Time) (staff.Callback, error) {
		return c.Ended(by.ID, reached, now)
	})
}

func (s *Store) onCallback(ctx context.Context, by staff.Caller, id, did string, decide func(staff.Callback, time.Time) (staff.Callback, error)) error {
	act := staff.Act{Permission: staff.KeepCallbacks, Detail: map[string]string{"did": did, "callback": id}}
	return s.Do(ctx, by, act, func(ctx context.Context) error {
		found, err := s.readCallbacks(ctx, `WHERE bucket = $1 AND callback_id = $2`, callbackBucket(id), id)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return fault.New(fault.NotFound, "call.callback_unknown")
		}
		a := &callbackAct{before: found[0], decide: decide}
		if err := s.inStaff(ctx, a); err != nil {
			return err
		}
		return a.refusal
	})
}

// callbackAct changes a promised call by compare-and-set: whoever was second finds
// another row than they read.
type callbackAct struct {
	before  staff.Callback
	decide  func(staff.Callback, time.Time) (staff.Callback, error)
	refusal error
}

// Run decides and writes.
func (a *callbackAct) Run(h *staffHouse) error {
	a.refusal = nil
	b := a.before
	c, refusal := a.decide(b, h.Now)
	if a.refusal = refusal; refusal != nil {
		return nil
	}
	n, err := h.Exec(`UPDATE callback SET state = $1, due = $2, taken_by = $3, taken_at = $4, tries = $5
	    WHERE bucket = $6 AND callback_id = $7 AND state = $8 AND taken_by = $9 AND taken_at = $10 AND tries = $11`,
		string(c.State), c.Due.Unix(), string(c.TakenBy), stamp(c.TakenAt), c.Tries,
		callbackBucket(b.ID), b.ID, string(b.State), string(b.TakenBy), stamp(b.TakenAt), b.Tries)
	if err == nil && n == 0 {
		a.refusal = fault.New(fault.Conflict, "call.callback_taken")
	}
	return err
}
