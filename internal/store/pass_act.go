package store

import (
	"encoding/hex"
	"encoding/json"
	"slices"

	"naru/internal/caldate"
	"naru/internal/fault"
	"naru/internal/issue"
	"naru/internal/pass"
)

// passAct writes down what a wallet asks for, or finds what was.
type passAct struct {
	store   *Store
	key     personKey
	load    PassLoad
	keys    []IssuerKey
	name    string
	born    caldate.Date
	fresh   string
	row     credentialRow
	refusal error
}

// Bucket is the person's.
func (a *passAct) Bucket() int16 { return a.key.bucket }

// Wants names what the act reads.
func (a *passAct) Wants(h *recordHouse) {
	h.entries.Want(a.key)
	h.credentials.Want(a.key)
}

// Run decides over the person's record and what was loaded before.
func (a *passAct) Run(h *recordHouse) error {
	a.refusal, a.row = nil, credentialRow{}
	proof, regions, err := a.proof(h)
	if err != nil || a.refusal != nil {
		return err
	}
	rows, err := h.credentials.Rows(a.key)
	if err != nil {
		return err
	}
	var live []*credentialRow
	for _, row := range rows {
		if row.format != PassUse || row.entry != string(a.load.Entry) || row.state == credentialRevoked || row.state == credentialVoid {
			continue
		}
		if row.state == credentialIntended && !a.maySign(row.key, h.Now.Unix()) { // its key went before it was signed
			row.state, row.changedAt = credentialVoid, h.Now.Unix()
			h.credentials.Change(row)
			continue
		}
		in, err := a.store.openPassIntent(row)
		if err != nil {
			return err
		}
		if slices.Equal(in.Keys, a.load.Keys) {
			a.row = *row
			return nil
		}
		live = append(live, row)
	}
	return a.intend(h, proof, regions, live)
}

// proof is what the entry proves; what does not is refused.
func (a *passAct) proof(h *recordHouse) (p pass.Proof, regions []string, err error) {
	if a.load.Entry == YoungEntry {
		p, a.refusal = issue.YoungPass(a.born, a.store.today())
		return p, nil, nil
	}
	entries, err := h.entries.Rows(a.key)
	if err != nil {
		return p, nil, err
	}
	r, err := a.store.unsealRecord(entries)
	if err != nil {
		return p, nil, err
	}
	line, refusal := standing(r, a.load.Entry)
	if a.refusal = refusal; refusal != nil {
		return p, nil, nil
	}
	p, a.refusal = issue.Pass(line.Entry, a.store.opts.Agency)
	return p, a.store.PlaceOf(line.Fact.Clinic()).Regions, nil
}

func (a *passAct) maySign(key string, now int64) bool {
	return slices.ContainsFunc(a.keys, func(k IssuerKey) bool { return k.ID == key && k.Revoked.IsZero() && now < k.GoodUntil.Unix() })
}

// intend takes the oldest load back where there are too many, and writes the new one down.
func (a *passAct) intend(h *recordHouse, proof pass.Proof, regions []string, live []*credentialRow) error {
	k, ok := pickKey(a.keys, passFormat, regions, h.Now)
	if !ok {
		a.refusal = fault.New(fault.Unavailable, "issue.no_key")
		return nil
	}
	slices.SortFunc(live, func(x, y *credentialRow) int { return int(x.intendedAt - y.intendedAt) })
	for len(live) >= maxPassLoads {
		if err := a.store.takeBack(h, live[0], "loads"); err != nil {
			return err
		}
		live = live[1:]
	}
	plain, err := json.Marshal(passIntent{proof, a.load.Keys, a.name, a.born.String()})
	if err != nil {
		return err
	}
	id := string(a.key.person)
	a.row = credentialRow{
		bucket: a.key.bucket, person: id, id: a.fresh, entry: string(a.load.Entry), format: PassUse, batch: PassUse,
		key: k.ID, state: credentialIntended, intendedAt: h.Now.Unix(), changedAt: h.Now.Unix(), body: []byte{},
		intent: a.store.people.Seal("credential", "intent", id+"/"+a.fresh, plain),
	}
	row := a.row
	return h.credentials.Add(&row)
}

// revokePass puts every credential of a load on the list.
func (s *Store) revokePass(h *recordHouse, row *credentialRow, reason string) error {
	in, err := s.openPassIntent(row)
	if err != nil {
		return err
	}
	for n := range in.Keys {
		id := passID(row.id, n)
		if err := h.revoke(revokedPass, hex.EncodeToString(id[:]), reason); err != nil {
			return err
		}
	}
	return nil
}
