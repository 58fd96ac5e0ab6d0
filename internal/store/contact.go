package store

import (
	"context"
	"encoding/binary"
	"encoding/hex"

	"naru/internal/caldate"
	"naru/internal/fault"
	"naru/internal/person"
	"naru/internal/visit"
)

// leadsToPerson begins what is stored of a person's contact handle. A caller's has
// nothing stored: it is the number itself (rule V20).
const leadsToPerson = "person:"

// issuerKeys are the keys of the MAC over contact handles, the newest first.
func (s *Store) issuerKeys() (keys [][]byte) {
	for _, x := range s.people.Lookups(person.ForContact, "naru issuer") {
		keys = append(keys, x.Sum[:])
	}
	return keys
}

// NewContacts makes a person's contact handles, one a day, which a wallet or platform
// seals into visits (rule V10). Days are today to 35 days ahead, else code Invalid. Each
// call gives new handles; what they lead to is known here alone, until the 29th day.
func (s *Store) NewContacts(ctx context.Context, id person.ID, days []visit.Day) ([]visit.Contact, error) {
	today, _ := visit.DayOf(caldate.Of(s.now(), s.opts.Agency.Zone))
	var all []visit.Contact
	for _, day := range days {
		if day < today || day > today+visit.AheadDays {
			return nil, fault.New(fault.Invalid, "visit.day_bad")
		}
		c := visit.NewContact(s.issuerKeys()[0], visit.ByCode, day)
		if err := s.keepContact(ctx, c, day, leadsToPerson+string(id)); err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

func (s *Store) keepContact(ctx context.Context, c visit.Contact, day visit.Day, leads string) error {
	to := dateDay(day.Date())
	sealed := s.people.Seal("contact", "leads", hex.EncodeToString(c.Handle[:]), []byte(leads))
	return s.register.contacts.Add(ctx, to, [][]any{{contactBucket(c), c.Handle[:], int32(to), sealed}})
}

func contactBucket(c visit.Contact) int16 {
	return int16(binary.BigEndian.Uint16(c.Handle[:]) % person.Buckets) //nolint:gosec // below Buckets
}

// leadsTo is what a handle of a day leads to; "" when nobody knows it.
func (s *Store) leadsTo(ctx context.Context, c visit.Contact, day visit.Day) (leads string, err error) {
	err = s.register.contacts.Read(ctx, dateDay(day.Date()), `WHERE bucket = $1 AND handle = $2`, []any{contactBucket(c), c.Handle[:]},
		func(scan func(...any) error) error {
			var bucket int16
			var at int32
			var handle, sealed []byte
			if err := scan(&bucket, &handle, &at, &sealed); err != nil {
				return err
			}
			plain, err := s.people.Open("contact", "leads", hex.EncodeToString(handle), sealed)
			leads = string(plain)
			return err
		})
	if err != nil {
		return "", unavailable("read contacts", err)
	}
	return leads, nil
}
