package store

import (
	"encoding/json"
	"slices"

	"naru/internal/fault"
	"naru/internal/issue"
	"naru/internal/record"
)

// intendAct writes down what is to be signed, or finds what was.
type intendAct struct {
	store   *Store
	key     personKey
	want    Wanted
	by      Issuer
	keys    []IssuerKey
	subject issue.Subject
	fresh   string
	row     credentialRow
	refusal error
}

// Bucket is the person's.
func (a *intendAct) Bucket() int16 { return a.key.bucket }

// Wants names what the act reads.
func (a *intendAct) Wants(h *recordHouse) {
	h.entries.Want(a.key)
	h.credentials.Want(a.key)
}

// Run decides over the person's record and certificates.
func (a *intendAct) Run(h *recordHouse) error {
	a.refusal, a.row = nil, credentialRow{}
	entries, err := h.entries.Rows(a.key)
	if err != nil {
		return err
	}
	r, err := a.store.unsealRecord(entries)
	if err != nil {
		return err
	}
	line, refusal := standing(r, a.want.Entry)
	if a.refusal = refusal; refusal != nil {
		return nil
	}
	rows, err := h.credentials.Rows(a.key)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if row.entry != string(a.want.Entry) || row.format != string(a.want.Format) || row.state == credentialRevoked || row.state == credentialVoid {
			continue
		}
		if row.state == credentialIntended && !a.maySign(row.key, h.Now.Unix()) { // its key went before it was signed
			row.state, row.changedAt = credentialVoid, h.Now.Unix()
			h.credentials.Change(row)
			continue
		}
		a.row = *row
		return nil
	}
	return a.intend(h, r, line)
}

func standing(r record.Record, id record.ID) (record.Line, error) {
	line, ok := r.Find(id)
	switch {
	case !ok:
		return line, fault.New(fault.NotFound, "record.entry_unknown")
	case line.By != "" || line.Kind() == record.Withdrawn:
		return line, fault.New(fault.Conflict, "record.corrected_before")
	}
	return line, nil
}

func (a *intendAct) maySign(key string, now int64) bool {
	return slices.ContainsFunc(a.keys, func(k IssuerKey) bool { return k.ID == key && k.Revoked.IsZero() && now < k.GoodUntil.Unix() })
}

func (a *intendAct) intend(h *recordHouse, r record.Record, line record.Line) error {
	place := a.store.PlaceOf(line.Fact.Clinic())
	k, ok := pickKey(a.keys, a.want.Format, place.Regions, h.Now)
	if !ok {
		a.refusal = fault.New(fault.Unavailable, "issue.no_key")
		return nil
	}
	t := issue.Terms{ID: a.fresh, At: h.Now, Expires: k.GoodUntil, Agency: a.store.opts.Agency, By: a.by.By, Subject: a.subject}
	var in intent
	if a.want.Format == issue.SHC {
		c, err := issue.Card(r, line.Entry, t)
		in.SHC, a.refusal = &c, err
	} else {
		c, err := issue.Certificate(line.Entry, t)
		in.HC1, a.refusal = &c, err
	}
	if a.refusal != nil {
		return nil
	}
	plain, err := json.Marshal(in)
	if err != nil {
		return err
	}
	id := string(a.key.person)
	a.row = credentialRow{
		bucket: a.key.bucket, person: id, id: a.fresh, entry: string(a.want.Entry), format: string(a.want.Format), batch: a.want.Batch,
		key: k.ID, state: credentialIntended, intendedAt: h.Now.Unix(), changedAt: h.Now.Unix(), body: []byte{},
		intent: a.store.people.Seal("credential", "intent", id+"/"+a.fresh, plain),
	}
	row := a.row
	return h.credentials.Add(&row)
}

// markAct keeps what was signed, or marks it as given.
type markAct struct {
	store   *Store
	key     personKey
	id      string
	body    []byte // sealed
	give    bool
	row     credentialRow
	refusal error
}

// Bucket is the person's.
func (a *markAct) Bucket() int16 { return a.key.bucket }

// Wants names what the act reads.
func (a *markAct) Wants(h *recordHouse) { h.credentials.Want(a.key) }

// Run changes the state of one certificate. Who corrects an entry has made its intents
// void in the same transaction, so what is marked stands.
func (a *markAct) Run(h *recordHouse) error {
	a.refusal, a.row = nil, credentialRow{}
	rows, err := h.credentials.Rows(a.key)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(rows, func(r *credentialRow) bool { return r.id == a.id })
	if i < 0 {
		a.refusal = fault.New(fault.NotFound, "issue.unknown")
		return nil
	}
	row := rows[i]
	to := credentialSigned
	if a.give {
		to = credentialGiven
	}
	switch {
	case row.state == credentialRevoked || row.state == credentialVoid:
		a.refusal = fault.New(fault.Conflict, "issue.taken_back")
		return nil
	case a.give && row.state == credentialIntended:
		a.refusal = fault.New(fault.Conflict, "issue.not_signed")
		return nil
	case row.state == to, row.state == credentialGiven: // it was marked before, with the same bytes
	default:
		row.state, row.changedAt = to, h.Now.Unix()
		if !a.give {
			row.body = a.body
		}
		h.credentials.Change(row)
	}
	a.row = *row
	return nil
}

// revokeOf takes back the certificates of an entry that is superseded, in the transaction
// of the correction (rule T46); "" is no entry.
func (s *Store) revokeOf(h *recordHouse, key personKey, entry record.ID) error {
	if entry == "" {
		return nil
	}
	rows, err := h.credentials.Rows(key)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if row.entry != string(entry) {
			continue
		}
		if err := s.takeBack(h, row, "corrected"); err != nil {
			return err
		}
	}
	return nil
}

// takeBack makes an intent void, and a certificate revoked; what is either already stays.
func (s *Store) takeBack(h *recordHouse, row *credentialRow, reason string) error {
	switch row.state {
	case credentialIntended:
		row.state = credentialVoid
	case credentialSigned, credentialGiven:
		row.state = credentialRevoked
		if row.format == PassUse {
			if err := s.revokePass(h, row, reason); err != nil {
				return err
			}
			break
		}
		kind, value := revocationOf(s.opts.Agency.Country, row)
		if err := h.revoke(kind, value, reason); err != nil {
			return err
		}
	default:
		return nil
	}
	row.changedAt = h.Now.Unix()
	h.credentials.Change(row)
	return nil
}
