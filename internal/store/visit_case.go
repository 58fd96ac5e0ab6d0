package store

import (
	"context"
	"errors"
	"strings"
	"time"

	"naru/internal/caldate"
	"naru/internal/fault"
	"naru/internal/person"
	"naru/internal/staff"
	"naru/internal/visit"
)

// Contacted is one person of a case: who was there then. A caller is known by the
// telephone number alone.
type Contacted struct {
	Person    person.ID `json:"person,omitempty"`
	Phone     string    `json:"phone,omitempty"`
	Unproven  bool      `json:"unproven,omitempty"` // nobody vouched for the telephone number
	At        time.Time `json:"at"`
	People    int       `json:"people"`
	Elsewhere int       `json:"elsewhere,omitempty"` // other places that were shown the same code
}

// CaseResult is what comes out of a case.
type CaseResult struct {
	Contacts []Contacted `json:"contacts"`
	Visits   int         `json:"visits"`
	Unusable int         `json:"unusable"` // no issuer vouched for them, or not for then
}

// AskCase begins an investigation (rule V11): it is written down with who asked, and the
// sealed visits of the facility and span come out for the custodians. Nobody has been
// named yet. Codes: Forbidden, NotFound (no such facility).
func (s *Store) AskCase(ctx context.Context, c staff.Caller, x visit.Case) (visit.CaseFile, error) {
	f := visit.CaseFile{ID: x.ID, Number: x.Number, Reason: x.Reason, Facility: x.Facility, From: x.From, To: x.To, Stage: visit.Closed, Items: []visit.Item{}}
	err := s.Do(ctx, c, staff.Act{Permission: staff.OpenVisits, Detail: caseDetail("ask", x)}, func(ctx context.Context) error {
		if _, err := s.facility(ctx, x.Facility); err != nil {
			return err
		}
		visits, err := s.VisitsOf(ctx, x.Facility, x.From, x.To)
		if err != nil {
			return err
		}
		for _, v := range visits {
			f.Items = append(f.Items, visit.Item{Visit: v.ID[:], Day: v.Token.Day(), Bytes: v.Token})
		}
		reason := s.people.Seal("visit_case", "reason", x.ID, []byte(x.Reason))
		return s.inRegister(ctx, func(h *visitHouse) error {
			_, err := h.Exec(`INSERT INTO visit_case (case_id, number, reason, facility_id, since, until, staff_id, asked_at, visits, finished_at, found, unusable)
			    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0, 0)`,
				x.ID, x.Number, reason, string(x.Facility), x.From.Unix(), x.To.Unix(), string(c.ID), h.Now.Unix(), int32(len(visits))) //nolint:gosec // of one place and day
			return err
		})
	})
	if err != nil {
		return visit.CaseFile{}, err
	}
	return f, nil
}

func caseDetail(did string, x visit.Case) map[string]string {
	return map[string]string{
		"did": did, "id": x.ID, "case": x.Number, "facility": string(x.Facility),
		"from": x.From.UTC().Format(time.RFC3339), "to": x.To.UTC().Format(time.RFC3339),
	}
}

// Case reads a case. Code NotFound.
func (s *Store) Case(ctx context.Context, id string) (visit.Case, error) {
	all, err := s.cases(ctx, `WHERE case_id = $1`, id)
	if err != nil {
		return visit.Case{}, err
	}
	if len(all) == 0 {
		return visit.Case{}, fault.New(fault.NotFound, "visit.case_unknown")
	}
	return all[0].Case, nil
}

// CaseStand is a case and how far it is.
type CaseStand struct {
	visit.Case
	Asked, Finished         time.Time // Finished is zero while it is not
	Visits, Found, Unusable int
}

// Cases lists the newest cases; the look is written down.
func (s *Store) Cases(ctx context.Context, c staff.Caller) ([]CaseStand, error) {
	var all []CaseStand
	err := s.Do(ctx, c, staff.Act{Permission: staff.OpenVisits, Detail: map[string]string{"did": "list"}}, func(ctx context.Context) error {
		var err error
		all, err = s.cases(ctx, `ORDER BY asked_at DESC LIMIT 100`)
		return err
	})
	return all, err
}

func (s *Store) cases(ctx context.Context, where string, args ...any) (all []CaseStand, err error) {
	err = s.readRegister(ctx, `SELECT case_id, number, reason, facility_id, since, until, asked_at, visits, finished_at, found, unusable FROM visit_case `+where, args,
		func(scan func(...any) error) error {
			var x CaseStand
			var reason []byte
			var from, to, asked, finished int64
			if err := scan(&x.ID, &x.Number, &reason, &x.Facility, &from, &to, &asked, &x.Visits, &finished, &x.Found, &x.Unusable); err != nil {
				return err
			}
			plain, err := s.people.Open("visit_case", "reason", x.ID, reason)
			x.Reason, x.From, x.To, x.Asked = string(plain), unix(from), unix(to), unix(asked)
			if finished > 0 {
				x.Finished = unix(finished)
			}
			all = append(all, x)
			return err
		})
	return all, err
}

// FinishCase takes what both custodians have opened, and names who was there: only for
// visits that the register has at the facility and in the span, and only where the issuer
// vouched for the contact (rule V11). That each of them was named, and in which case, is
// durable before the answer; they read it on their own record. Codes: Forbidden, NotFound.
func (s *Store) FinishCase(ctx context.Context, c staff.Caller, f visit.CaseFile) (CaseResult, error) {
	x, err := s.Case(ctx, f.ID)
	if err != nil {
		return CaseResult{}, err
	}
	var result CaseResult
	act := staff.Act{Permission: staff.OpenVisits, Detail: caseDetail("finish", x)}
	err = s.Do(ctx, c, act, func(ctx context.Context) error {
		openings, err := s.judged(ctx, x, f)
		if err != nil {
			return err
		}
		result = CaseResult{Visits: len(openings), Contacts: []Contacted{}}
		for _, o := range openings {
			found, err := s.contacted(ctx, o)
			if err != nil {
				return err
			}
			if found == nil {
				result.Unusable++
				continue
			}
			result.Contacts = append(result.Contacts, *found)
		}
		if err := s.tellContacts(ctx, c, x, result.Contacts); err != nil {
			return err
		}
		return s.inRegister(ctx, func(h *visitHouse) error {
			_, err := h.Exec(`UPDATE visit_case SET finished_at = $2, found = $3, unusable = $4 WHERE case_id = $1`,
				x.ID, h.Now.Unix(), int32(len(result.Contacts)), int32(result.Unusable)) //nolint:gosec // of one place and day
			return err
		})
	})
	if err != nil {
		return CaseResult{}, err
	}
	return result, nil
}

// judged reads the visits of a case again and judges what was opened of them.
func (s *Store) judged(ctx context.Context, x visit.Case, f visit.CaseFile) ([]visit.Opening, error) {
	opened := map[visit.ID]visit.Item{}
	for _, one := range f.Items {
		opened[visit.ID(one.Visit)] = one
	}
	visits, err := s.VisitsOf(ctx, x.Facility, x.From, x.To)
	if err != nil {
		return nil, err
	}
	elsewhere, err := s.shownElsewhere(ctx, visits)
	if err != nil {
		return nil, err
	}
	var all []visit.Opening
	for _, v := range visits {
		contact, ok := opened[v.ID].Contact()
		o := visit.Judge(s.issuerKeys(), v, contact, ok)
		o.Elsewhere = elsewhere[v.ID]
		all = append(all, o)
	}
	return all, nil
}

// contacted is who an opening leads to; nil when it is unusable.
func (s *Store) contacted(ctx context.Context, o visit.Opening) (*Contacted, error) {
	if !o.Usable {
		return nil, nil
	}
	to := &Contacted{At: o.At, People: o.People, Elsewhere: o.Elsewhere}
	if caller, err := o.Contact.Caller(); err == nil {
		to.Phone, to.Unproven = "+"+caller.Number, !caller.Proven
		return to, nil
	}
	leads := ""
	day, _ := visit.DayOf(caldate.Of(o.At, s.opts.Agency.Zone))
	for _, d := range []visit.Day{day, day - min(day, 1), day + 1} { // the code may be of the day beside
		var err error
		if leads, err = s.leadsTo(ctx, o.Contact, d); err != nil {
			return nil, err
		}
		if leads != "" {
			break
		}
	}
	if id, ok := strings.CutPrefix(leads, leadsToPerson); ok {
		to.Person = person.ID(id)
		return to, nil
	}
	return nil, nil
}

// tellContacts writes down whom a case has named, each person once.
func (s *Store) tellContacts(ctx context.Context, c staff.Caller, x visit.Case, all []Contacted) error {
	told := map[person.ID]bool{}
	var errs []error
	for _, one := range all {
		if one.Person == "" || told[one.Person] {
			continue
		}
		told[one.Person] = true
		errs = append(errs, s.Found(ctx, c, staff.Act{Permission: staff.OpenVisits, Detail: caseDetail("contact", x)}, one.Person))
	}
	return errors.Join(errs...)
}
