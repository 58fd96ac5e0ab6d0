package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"

	"naru/internal/booking"
	"naru/internal/caldate"
	"naru/internal/fault"
	"naru/internal/person"
	"naru/internal/record"
)

// loadItem is one row of a bulk file on its way.
type loadItem struct {
	claims  []person.Index
	fresh   *personRow // who is made when nobody has the claim
	person  person.ID
	made    bool // by this load: nothing is recorded of them yet
	fact    record.Fact
	sealed  *recordRow
	known   bool  // the entry is there already
	fault   error // of the row itself
	refusal error // of what is there; decided in the transaction
}

func (it *loadItem) wrong() error { return errors.Join(it.fault, it.refusal) }

// Loaded says what became of some rows.
type Loaded struct {
	Added  int     // entries that are new
	Known  int     // entries that were there already, word for word
	Faults []error // by row; nil for those that are recorded
}

// LoadRound is how many rows are best loaded at once: as many as are decided and written
// well within the time for which a transaction's now may be used.
const LoadRound = 2000

// batchOfRows is a round of a load between its steps.
type batchOfRows struct {
	lines []record.FileLine
	items []*loadItem
}

// readRows is the first step: without a database.
func (s *Store) readRows(lines []record.FileLine) batchOfRows {
	b := batchOfRows{lines: lines, items: make([]*loadItem, len(lines))}
	today := caldate.Of(s.now(), s.opts.Agency.Zone)
	for i := range lines {
		b.items[i] = s.readRow(&lines[i], today)
	}
	return b
}

// CheckRow says what is wrong with a row by itself, as a load would.
func (s *Store) CheckRow(line *record.FileLine, today caldate.Date) error {
	return s.readRow(line, today).fault
}

func (s *Store) readRow(line *record.FileLine, today caldate.Date) *loadItem {
	it, row := &loadItem{fault: line.Fault}, &line.Row
	if it.fault != nil {
		return it
	}
	if it.fact, it.fault = row.Fact(); it.fault != nil {
		return it
	}
	if it.fault = it.fact.Check(s.opts.Agency, s.now()); it.fault != nil {
		return it
	}
	if row.PersonID != "" {
		it.person = person.ID(row.PersonID)
		_, it.fault = it.person.Bucket()
		return it
	}
	c, err := person.NewClaim(s.opts.Agency, row.Name, row.BirthDate, row.Mobile, today)
	if it.fault = err; err != nil {
		return it
	}
	it.claims = s.people.OfClaimAll(person.ForPerson, c)
	it.fresh = s.sealPerson(person.NewID(it.claims[0].Bucket(), s.now()), c)
	return it
}

// findPeople is the second step: in the people's database.
func (s *Store) findPeople(ctx context.Context, b batchOfRows) error {
	return s.inBooking(ctx, peopleAct(b))
}

type peopleAct batchOfRows

// Wants names what the act reads.
func (a peopleAct) Wants(h *bookingHouse) {
	for _, it := range a.items {
		switch {
		case it.fault != nil:
		case it.fresh != nil:
			h.wantClaims(it.claims)
		default:
			bucket, _ := it.person.Bucket() // checked when it was read
			h.people.Want(personKey{bucket, it.person})
		}
	}
}

// Run finds or makes everybody, in many buckets.
func (a peopleAct) Run(h *bookingHouse) error {
	h.Everywhere()
	for _, it := range a.items {
		if it.fault != nil {
			continue
		}
		if err := it.find(h); err != nil {
			return err
		}
	}
	return nil
}

func (it *loadItem) find(h *bookingHouse) error {
	it.made, it.refusal = false, nil
	if it.fresh == nil {
		bucket, _ := it.person.Bucket() // checked when it was read
		_, found, err := h.people.One(personKey{bucket, it.person})
		if err == nil && !found {
			it.refusal = fault.New(fault.NotFound, "record.person_known")
		}
		return err
	}
	id, err := h.personOf(it.claims)
	if it.person = id; err != nil || id != "" {
		return err
	}
	it.person, it.made = it.fresh.key.person, true
	return errors.Join(h.addPerson(it.fresh), h.lookups.Add(lookupTo(it.claims[0], it.person, false)))
}

// addEntries is the third step: in the database of records.
func (s *Store) addEntries(ctx context.Context, source string, b batchOfRows) (Loaded, error) {
	made := map[person.ID]bool{}
	for _, it := range b.items {
		if it.wrong() != nil {
			it.fault = it.wrong()
			continue
		}
		if it.made = it.made && !made[it.person]; it.made {
			made[it.person] = true
		}
		if err := s.sealItem(it, source); err != nil {
			return Loaded{}, err
		}
	}
	if err := s.inRecord(ctx, &rowsAct{s, b.items}); err != nil {
		return Loaded{}, err
	}
	l := Loaded{Faults: make([]error, len(b.items))}
	for i, it := range b.items {
		switch l.Faults[i] = it.wrong(); {
		case l.Faults[i] != nil:
		case it.known:
			l.Known++
		default:
			l.Added++
		}
	}
	return l, nil
}

// sealItem seals the row before the transaction, so that nobody waits for it there.
func (s *Store) sealItem(it *loadItem, source string) error {
	text, err := json.Marshal(it.fact)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(text)
	bucket, err := it.person.Bucket()
	if err != nil {
		return err
	}
	e := record.Entry{ID: entryID(it.person, booking.Key(hex.EncodeToString(sum[:]))), Fact: it.fact, Author: record.Author{Source: source, Clinic: it.fact.Clinic()}}
	it.sealed, err = s.sealEntry(personKey{bucket, it.person}, e)
	return err
}

type rowsAct struct {
	store *Store
	items []*loadItem
}

// Wants names what the act reads.
func (a *rowsAct) Wants(h *recordHouse) {
	for _, it := range a.items {
		switch {
		case it.fault != nil:
		case it.made:
			h.entries.Nothing(it.sealed.Group())
		default:
			h.entries.Want(it.sealed.Group())
		}
	}
}

// Run adds what is not there yet, in many buckets.
func (a *rowsAct) Run(h *recordHouse) error {
	h.Everywhere()
	for _, it := range a.items {
		if it.fault != nil {
			continue
		}
		if it.made {
			h.entries.Nothing(it.sealed.Group())
		}
		if err := a.add(h, it); err != nil {
			return err
		}
	}
	return nil
}

func (a *rowsAct) add(h *recordHouse, it *loadItem) error {
	rows, err := h.entries.Rows(it.sealed.Group())
	if err != nil {
		return err
	}
	it.known, it.refusal = false, nil
	if len(rows) > 0 {
		r, err := a.store.unsealRecord(rows)
		if err != nil {
			return err
		}
		_, it.known = r.Find(record.ID(it.sealed.entry))
		if it.known {
			return nil
		}
		if it.refusal = r.May(record.Entry{Fact: it.fact}); it.refusal != nil {
			return nil
		}
	}
	return h.append(it.sealed, len(rows))
}

// PersonOf finds the person of a claim. Code NotFound. Who asks must have been judged
// before.
func (s *Store) PersonOf(ctx context.Context, c person.Claim) (person.ID, error) {
	v := &claimView{claims: s.people.OfClaimAll(person.ForPerson, c)}
	if err := s.booking.View(ctx, v); err != nil {
		return "", unavailable("find person", err)
	}
	if v.facts.ByClaim == "" {
		return "", fault.New(fault.NotFound, "person.unknown")
	}
	return v.facts.ByClaim, nil
}
