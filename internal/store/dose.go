package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"naru/internal/booking"
	"naru/internal/fault"
	"naru/internal/person"
	"naru/internal/record"
	"naru/internal/staff"
)

// RecordOf reads a person's record; one with no entries is an empty record. Who asks must
// have been judged before: RecordFor does that for staff.
func (s *Store) RecordOf(ctx context.Context, id person.ID) (record.Record, error) {
	bucket, err := id.Bucket()
	if err != nil {
		return record.Record{}, err
	}
	v := &recordView{key: personKey{bucket, id}}
	if err := s.record.View(ctx, v); err != nil {
		return record.Record{}, unavailable("read record", err)
	}
	return s.unsealRecord(v.rows)
}

// hasRecord tells whether a person ("": nobody) has entries, which would be lost with them.
func (s *Store) hasRecord(ctx context.Context, id person.ID) (bool, error) {
	if id == "" {
		return false, nil
	}
	r, err := s.RecordOf(ctx, id)
	return len(r.Lines) > 0, err
}

// RecordFor is RecordOf for a member of staff who vaccinates at a place: the look is
// written down first (rule D7).
func (s *Store) RecordFor(ctx context.Context, c staff.Caller, at staff.Place, id person.ID) (r record.Record, err error) {
	look := staff.Act{Permission: staff.RecordDose, At: at, Person: string(id), Detail: map[string]string{"did": "look"}}
	err = s.Do(ctx, c, look, func(ctx context.Context) error {
		r, err = s.RecordOf(ctx, id)
		return err
	})
	return r, err
}

// recordView reads all entries of a person.
type recordView struct {
	key  personKey
	rows []*recordRow
}

// Wants names what is read.
func (v *recordView) Wants(h *recordHouse) { h.entries.Want(v.key) }

// Run reads.
func (v *recordView) Run(h *recordHouse) error {
	var err error
	v.rows, err = h.entries.Rows(v.key)
	return err
}

func (s *Store) unsealRecord(rows []*recordRow) (record.Record, error) {
	entries := make([]record.Entry, len(rows))
	for i, r := range rows {
		plain, err := s.people.Open("record_entry", "body", r.person+"/"+r.entry, r.body)
		if err != nil {
			return record.Record{}, err
		}
		d := json.NewDecoder(bytes.NewReader(plain))
		d.DisallowUnknownFields()
		if err := d.Decode(&entries[i]); err != nil {
			return record.Record{}, fmt.Errorf("entry %d of a record: %w", r.seq, err)
		}
		entries[i].ID, entries[i].Seq, entries[i].At = record.ID(r.entry), int(r.seq), unix(r.at)
	}
	return record.Of(entries), nil
}

// sealEntry is the row of an entry, without its number and time.
func (s *Store) sealEntry(key personKey, e record.Entry) (*recordRow, error) {
	r := &recordRow{bucket: key.bucket, person: string(key.person), entry: string(e.ID)}
	plain, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("write entry: %w", err)
	}
	r.body = s.people.Seal("record_entry", "body", r.person+"/"+r.entry, plain)
	return r, nil
}

// append adds a row after so many of the same person.
func (h *recordHouse) append(r *recordRow, after int) error {
	r.seq, r.at = int32(after+1), h.Now.Unix() //nolint:gosec // few entries a person
	return h.entries.Add(r)
}

// entryID is the entry that a key of a person's request leads to.
func entryID(id person.ID, key booking.Key) record.ID {
	sum := sha256.Sum256([]byte("naru/record/1 " + string(id) + " " + string(key)))
	return record.ID(hex.EncodeToString(sum[:16]))
}

// RecordDose writes down a dose given at its clinic. The same key with the same dose gives
// the entry of the first time; with another one code KeyReused. Codes: Invalid,
// Forbidden (at the dose's clinic), NotFound (the person), Conflict (the dose stands
// already: correct that entry).
func (s *Store) RecordDose(ctx context.Context, c staff.Caller, id person.ID, d record.Dose, key booking.Key) (record.Entry, error) {
	return s.writeFact(ctx, c, id, record.Fact{Dose: &d}, key)
}

// RecordTest writes down a test, as RecordDose does a dose.
func (s *Store) RecordTest(ctx context.Context, c staff.Caller, id person.ID, t record.Test, key booking.Key) (record.Entry, error) {
	return s.writeFact(ctx, c, id, record.Fact{Test: &t}, key)
}

// RecordRecovery writes down a recovery, as RecordDose does a dose.
func (s *Store) RecordRecovery(ctx context.Context, c staff.Caller, id person.ID, r record.Recovery, key booking.Key) (record.Entry, error) {
	return s.writeFact(ctx, c, id, record.Fact{Recovery: &r}, key)
}

// RecordExemption writes down an exemption, as RecordDose does a dose.
func (s *Store) RecordExemption(ctx context.Context, c staff.Caller, id person.ID, e record.Exemption, key booking.Key) (record.Entry, error) {
	return s.writeFact(ctx, c, id, record.Fact{Exemption: &e}, key)
}

func (s *Store) writeFact(ctx context.Context, c staff.Caller, id person.ID, f record.Fact, key booking.Key) (record.Entry, error) {
	if err := f.Check(s.opts.Agency, s.now()); err != nil {
		return record.Entry{}, err
	}
	e := record.Entry{ID: entryID(id, key), Fact: f, Author: record.Author{Staff: string(c.ID), Clinic: f.Clinic()}}
	detail := map[string]string{"did": "record", "kind": string(f.Kind()), "entry": string(e.ID)}
	return s.writeEntry(ctx, c, staff.Act{Permission: staff.RecordDose, At: s.PlaceOf(f.Clinic()), Person: string(id), Detail: detail}, e)
}

// CorrectRecord supersedes an entry by what is so, or by nothing (the zero fact) when it
// was not so at all. It needs record.correct, or dose.record at the clinic of an entry
// that this clinic wrote (rule D4). Codes: those of RecordDose, and Conflict for an entry
// that was corrected before.
func (s *Store) CorrectRecord(ctx context.Context, c staff.Caller, id person.ID, was record.ID, f record.Fact, why record.Reason, key booking.Key) (record.Entry, error) {
	if f.Kind() != record.Withdrawn {
		if err := f.Check(s.opts.Agency, s.now()); err != nil {
			return record.Entry{}, err
		}
	}
	r, err := s.RecordOf(ctx, id)
	if err != nil {
		return record.Entry{}, err
	}
	before, _ := r.Find(was) // one that is not there is refused by the act, with its entry in the audit
	at := s.PlaceOf(before.Author.Clinic)
	permission := staff.CorrectRecord
	if before.Author.Clinic != "" && c.May(permission, at) != nil {
		permission = staff.RecordDose
	}
	e := record.Entry{ID: entryID(id, key), Fact: f, Supersedes: was, Reason: why, Author: record.Author{Staff: string(c.ID), Clinic: before.Author.Clinic}}
	detail := map[string]string{"did": "correct", "kind": string(f.Kind()), "entry": string(e.ID), "supersedes": string(before.ID), "reason": string(why)}
	return s.writeEntry(ctx, c, staff.Act{Permission: permission, At: at, Person: string(id), Detail: detail}, e)
}

func (s *Store) writeEntry(ctx context.Context, c staff.Caller, act staff.Act, e record.Entry) (record.Entry, error) {
	id := person.ID(act.Person)
	bucket, err := id.Bucket()
	if err != nil {
		return record.Entry{}, err
	}
	a := &entryAct{store: s, key: personKey{bucket, id}, entry: e}
	err = s.Do(ctx, c, act, func(ctx context.Context) error {
		if _, err := s.readPerson(ctx, id); err != nil {
			return err
		}
		if err := s.inRecord(ctx, a); err != nil {
			return err
		}
		return a.refusal
	})
	if err != nil {
		return record.Entry{}, err
	}
	return a.written, nil
}

// entryAct puts an entry at the end of a person's record.
type entryAct struct {
	store   *Store
	key     personKey
	entry   record.Entry
	written record.Entry
	refusal error
}

// Bucket is the person's.
func (a *entryAct) Bucket() int16 { return a.key.bucket }

// Wants names what the act reads.
func (a *entryAct) Wants(h *recordHouse) { h.entries.Want(a.key) }

// Run decides over the whole record and writes one row.
func (a *entryAct) Run(h *recordHouse) error {
	a.refusal, a.written = nil, record.Entry{}
	rows, err := h.entries.Rows(a.key)
	if err != nil {
		return err
	}
	r, err := a.store.unsealRecord(rows)
	if err != nil {
		return err
	}
	if before, ok := r.Find(a.entry.ID); ok {
		a.written, a.refusal = before.Entry, sameEntry(before.Entry, a.entry)
		return nil
	}
	if a.refusal = r.May(a.entry); a.refusal != nil {
		return nil
	}
	a.written = a.entry
	a.written.Seq, a.written.At = len(rows)+1, h.Now
	row, err := a.store.sealEntry(a.key, a.written)
	if err != nil {
		return err
	}
	return h.append(row, len(rows))
}

// sameEntry refuses a key that comes with another body.
func sameEntry(was, now record.Entry) error {
	was.Author.Staff, now.Author.Staff = "", "" // a colleague may repeat it
	a, err1 := json.Marshal(was)
	b, err2 := json.Marshal(now)
	if err1 == nil && err2 == nil && bytes.Equal(a, b) {
		return nil
	}
	return fault.New(fault.KeyReused, "booking.key_reused")
}
