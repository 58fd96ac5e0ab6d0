package store

import (
	"context"
	"errors"
	"time"

	"naru/internal/fault"
	"naru/internal/person"
	"naru/internal/visit"
)

// Manager is somebody who looks after facilities: whoever answers at a telephone.
type Manager struct{ phone string }

// ManagedBy is a manager of a facility, for its own pages.
type ManagedBy struct {
	Phone string
	Owner bool // signed it up; stays
}

// phones are the keyed hashes of a telephone number, the newest first.
func (s *Store) phones(number string) []person.Index {
	return s.people.Lookups(person.ForFacility, "phone", number)
}

// SignUpFacility makes a facility whose first manager is its owner (rule V9).
func (s *Store) SignUpFacility(ctx context.Context, m Manager, f visit.Facility) (visit.FacilityID, error) {
	f.ID = visit.NewFacilityID()
	sealed := s.people.Seal("facility", "representative", string(f.ID), []byte(f.Representative))
	return f.ID, s.inRegister(ctx, func(h *visitHouse) error {
		h.Everywhere() // the facility's bucket and the telephone's
		if _, err := h.Exec(`INSERT INTO facility (bucket, facility_id, name, business, representative, made_at) VALUES ($1, $2, $3, $4, $5, $6)`,
			f.ID.Bucket(person.Buckets), string(f.ID), f.Name, f.Business, sealed, h.Now.Unix()); err != nil {
			return err
		}
		return s.addManager(h, f.ID, m.phone, true)
	})
}

func (s *Store) addManager(h *visitHouse, id visit.FacilityID, phone string, owner bool) error {
	x := s.phones(phone)[0]
	_, err := h.Exec(`INSERT INTO facility_manager (bucket, phone, facility_id, number, owner, added_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
		x.Bucket(), x.Sum[:], string(id), s.people.Seal("facility_manager", "number", string(id), []byte(phone)), owner, h.Now.Unix())
	return err
}

// facility reads one. Code NotFound.
func (s *Store) facility(ctx context.Context, id visit.FacilityID) (visit.Facility, error) {
	f := visit.Facility{}
	found := false
	err := s.readRegister(ctx, `SELECT facility_id, name, business, representative FROM facility WHERE bucket = $1 AND facility_id = $2`,
		[]any{id.Bucket(person.Buckets), string(id)}, func(scan func(...any) error) error {
			found = true
			var sealed []byte
			if err := scan(&f.ID, &f.Name, &f.Business, &sealed); err != nil {
				return err
			}
			plain, err := s.people.Open("facility", "representative", string(f.ID), sealed)
			f.Representative = string(plain)
			return err
		})
	if err == nil && !found {
		err = fault.New(fault.NotFound, "visit.facility_unknown")
	}
	return f, err
}

// Facilities are those a manager looks after.
func (s *Store) Facilities(ctx context.Context, m Manager) ([]visit.Facility, error) {
	var all []visit.Facility
	for _, x := range s.phones(m.phone) {
		var ids []visit.FacilityID
		err := s.readRegister(ctx, `SELECT facility_id FROM facility_manager WHERE bucket = $1 AND phone = $2 ORDER BY added_at`, []any{x.Bucket(), x.Sum[:]},
			func(scan func(...any) error) error {
				var id visit.FacilityID
				err := scan(&id)
				ids = append(ids, id)
				return err
			})
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			f, err := s.facility(ctx, id)
			if err != nil {
				return nil, err
			}
			all = append(all, f)
		}
	}
	return all, nil
}

// Managed is a facility for one of its managers. Code NotFound for everybody else's.
func (s *Store) Managed(ctx context.Context, m Manager, id visit.FacilityID) (visit.Facility, error) {
	for _, x := range s.phones(m.phone) {
		found := false
		err := s.readRegister(ctx, `SELECT owner FROM facility_manager WHERE bucket = $1 AND phone = $2 AND facility_id = $3`, []any{x.Bucket(), x.Sum[:], string(id)},
			func(scan func(...any) error) error { var owner bool; found = true; return scan(&owner) })
		if err != nil {
			return visit.Facility{}, err
		}
		if found {
			return s.facility(ctx, id)
		}
	}
	return visit.Facility{}, fault.New(fault.NotFound, "visit.facility_unknown")
}

// Managers lists who looks after a facility, the owner first.
func (s *Store) Managers(ctx context.Context, m Manager, id visit.FacilityID) ([]ManagedBy, error) {
	if _, err := s.Managed(ctx, m, id); err != nil {
		return nil, err
	}
	var all []ManagedBy
	err := s.readRegister(ctx, `SELECT number, owner FROM facility_manager WHERE facility_id = $1 ORDER BY owner DESC, added_at`, []any{string(id)},
		func(scan func(...any) error) error {
			var one ManagedBy
			var sealed []byte
			if err := scan(&sealed, &one.Owner); err != nil {
				return err
			}
			plain, err := s.people.Open("facility_manager", "number", string(id), sealed)
			one.Phone = string(plain)
			all = append(all, one)
			return err
		})
	return all, err
}

// AddManager lets another telephone look after a facility. Codes: NotFound, Full.
func (s *Store) AddManager(ctx context.Context, m Manager, id visit.FacilityID, phone string) error {
	all, err := s.Managers(ctx, m, id)
	if err != nil {
		return err
	}
	if len(all) >= visit.MaxManagers {
		return fault.New(fault.Full, "visit.managers_full")
	}
	return s.inRegister(ctx, func(h *visitHouse) error { return s.addManager(h, id, phone, false) })
}

// RemoveManager takes a telephone off a facility; its owner's stays. Code NotFound.
func (s *Store) RemoveManager(ctx context.Context, m Manager, id visit.FacilityID, phone string) error {
	if _, err := s.Managed(ctx, m, id); err != nil {
		return err
	}
	return s.inRegister(ctx, func(h *visitHouse) error {
		for _, x := range s.phones(phone) {
			if _, err := h.Exec(`DELETE FROM facility_manager WHERE bucket = $1 AND phone = $2 AND facility_id = $3 AND NOT owner`, x.Bucket(), x.Sum[:], string(id)); err != nil {
				return err
			}
		}
		return nil
	})
}

// managerLife is how long a manager stays signed in.
const managerLife = 12 * time.Hour

// managerToken is what a manager's cookie says once opened; it is bound to the browser.
type managerToken struct {
	Phone   string
	Expires int64
}

// managerClaim is what a manager's code is sent under: a telephone without a name is no
// person's claim.
func managerClaim(phone string) person.Claim { return person.Claim{Mobile: phone} }

// SendManagerCode sends a code to the telephone of somebody who looks after facilities,
// or is to. Limits are those of every code (rule P8).
func (s *Store) SendManagerCode(ctx context.Context, phone string, browser [32]byte, lang string) error {
	return s.sendCode(ctx, managerClaim(phone), browser, lang, true)
}

// ProveManager takes the code and gives a token for that browser. Codes are those of
// every code (rule P9).
func (s *Store) ProveManager(ctx context.Context, phone string, browser [32]byte, code string) (string, error) {
	code, err := person.ParseCode(code)
	if err != nil {
		return "", err
	}
	c := managerClaim(phone)
	a := &codeAct{claim: s.people.OfClaim(person.ForPerson, c), browser: browser, code: s.codeIndex(c, browser, code)}
	if err := errors.Join(s.inBooking(ctx, a), a.refusal); err != nil {
		return "", err
	}
	return sealJSON(s.people, "manager", hexOf(browser), managerToken{phone, s.now().Add(managerLife).Unix()}), nil
}

// Manager opens a manager's token. Code Unauthenticated.
func (s *Store) Manager(token string, browser [32]byte) (Manager, error) {
	var t managerToken
	err := openJSON(s.people, "manager", hexOf(browser), token, &t)
	if err != nil || s.now().Unix() >= t.Expires {
		return Manager{}, fault.Wrap(fault.Unauthenticated, "visit.enter_again", err)
	}
	return Manager{t.Phone}, nil
}

// codeAct checks a code that proves a telephone, and counts a wrong one.
type codeAct struct {
	claim   person.Index
	browser [32]byte
	code    person.Index
	refusal error
}

// Wants names what the act reads.
func (a *codeAct) Wants(h *bookingHouse) {
	h.challenges.Want(claimGroup{a.claim.Bucket(), a.claim.Sum})
}

// Run decides.
func (a *codeAct) Run(h *bookingHouse) error {
	a.refusal = nil
	r, err := h.challenge(a.claim, a.browser)
	if err != nil {
		return err
	}
	if r == nil {
		a.refusal = fault.New(fault.Expired, "person.code_expired")
		return nil
	}
	ch := person.Challenge{
		Browser: a.browser, SentAt: unix(r.sentAt), Tries: int(r.tries),
		Code: person.Index{Key: uint16(r.codeKey), Sum: [32]byte(r.code)}, //nolint:gosec // written from a uint16
	}
	if a.refusal = ch.Check(a.browser, a.code, h.Now); fault.CodeOf(a.refusal) == fault.Invalid {
		r.tries++
		h.challenges.Change(r)
	}
	return nil
}
