package store

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"naru/internal/fault"
	"naru/internal/incident"
	"naru/internal/staff"
)

// Said is what staff say about an incident, in every language of the agency.
type Said struct {
	Channels []incident.Channel
	Area     incident.Area
	Degree   incident.Degree // Working: it is over
	Began    time.Time       // zero: now
	Ended    time.Time       // zero: now, where it is over
	Says     incident.Text
}

// DeclareIncident begins one (rules N1, N2). Codes: Forbidden, Invalid.
func (s *Store) DeclareIncident(ctx context.Context, c staff.Caller, said Said) (incident.Incident, error) {
	var raw [6]byte
	_, _ = rand.Read(raw[:]) // never fails: see crypto/rand
	id := incident.ID(base64.RawURLEncoding.EncodeToString(raw[:]))
	return s.onIncident(ctx, c, id, "declare", func(_ incident.Incident, now time.Time) (incident.Incident, error) {
		began := said.Began
		if began.IsZero() {
			began = now
		}
		first := incident.Update{At: now, By: string(c.ID), Degree: said.Degree, Says: said.Says}
		return incident.Declare(id, said.Channels, said.Area, began, first, s.opts.Agency.LanguageCodes())
	})
}

// UpdateIncident adds what is known now; a degree of Working ends it. Codes: Forbidden,
// NotFound, Invalid, Conflict (it is over).
func (s *Store) UpdateIncident(ctx context.Context, c staff.Caller, id incident.ID, said Said) (incident.Incident, error) {
	return s.onIncident(ctx, c, id, "update", func(i incident.Incident, now time.Time) (incident.Incident, error) {
		ended := said.Ended
		if ended.IsZero() && said.Degree == incident.Working {
			ended = now
		}
		u := incident.Update{At: now, By: string(c.ID), Degree: said.Degree, Says: said.Says}
		return i.With(u, ended, s.opts.Agency.LanguageCodes())
	})
}

// AllowMeanwhile says what is acceptable while an incident lasts; the id and a beginning
// that is not given are made (rule N3). Codes as UpdateIncident.
func (s *Store) AllowMeanwhile(ctx context.Context, c staff.Caller, id incident.ID, m incident.Mode) (incident.Incident, error) {
	return s.onIncident(ctx, c, id, "allow", func(i incident.Incident, now time.Time) (incident.Incident, error) {
		if m.ID == "" {
			var raw [6]byte
			_, _ = rand.Read(raw[:]) // never fails: see crypto/rand
			m.ID = base64.RawURLEncoding.EncodeToString(raw[:])
		}
		if m.From.IsZero() {
			m.From = now
		}
		return i.WithMode(m, s.opts.Agency.LanguageCodes())
	})
}

// EndMeanwhile ends a mode; that it was in force stays known. Codes: Forbidden, NotFound.
func (s *Store) EndMeanwhile(ctx context.Context, c staff.Caller, id incident.ID, mode string) (incident.Incident, error) {
	return s.onIncident(ctx, c, id, "end mode", func(i incident.Incident, now time.Time) (incident.Incident, error) {
		return i.WithoutMode(mode, now)
	})
}

// onIncident is the one way to change an incident: judged and written down first.
func (s *Store) onIncident(ctx context.Context, c staff.Caller, id incident.ID, did string, change func(incident.Incident, time.Time) (incident.Incident, error)) (incident.Incident, error) {
	a := &incidentAct{id: id, fresh: did == "declare", change: change}
	act := staff.Act{Permission: staff.DeclareIncident, Detail: map[string]string{"did": did, "incident": string(id)}}
	err := s.Do(ctx, c, act, func(ctx context.Context) error { return errors.Join(s.inStaff(ctx, a), a.refusal) })
	if err != nil {
		return incident.Incident{}, err
	}
	return a.after, nil
}

type incidentAct struct {
	id      incident.ID
	fresh   bool
	change  func(incident.Incident, time.Time) (incident.Incident, error)
	after   incident.Incident
	refusal error
}

// Run reads, decides and writes; the lock lets one change at a time be made.
func (a *incidentAct) Run(h *staffHouse) error {
	a.refusal, a.after = nil, incident.Incident{}
	if err := h.Share("incident", true); err != nil {
		return err
	}
	var before incident.Incident
	if !a.fresh {
		var body []byte
		found, err := h.Row(`SELECT body FROM incident WHERE incident_id = $1`, []any{string(a.id)}, &body)
		if err != nil {
			return err
		}
		if !found {
			a.refusal = fault.New(fault.NotFound, "incident.unknown")
			return nil
		}
		if err := json.Unmarshal(body, &before); err != nil {
			return err
		}
	}
	a.after, a.refusal = a.change(before, h.Now)
	if a.refusal != nil {
		return nil
	}
	body, err := json.Marshal(a.after)
	if err != nil {
		return err
	}
	_, err = h.Exec(`INSERT INTO incident (incident_id, body, changed_at) VALUES ($1, $2, $3)
	    ON CONFLICT (incident_id) DO UPDATE SET body = excluded.body, changed_at = excluded.changed_at`, string(a.id), body, h.Now.Unix())
	return err
}

// Incidents are all of them, the newest first.
func (s *Store) Incidents(ctx context.Context) ([]incident.Incident, error) {
	var all []incident.Incident
	err := s.staff.Read(ctx, `SELECT body FROM incident`, nil, func(scan func(...any) error) error {
		var body []byte
		if err := scan(&body); err != nil {
			return err
		}
		var i incident.Incident
		err := json.Unmarshal(body, &i)
		all = append(all, i)
		return err
	})
	if err != nil {
		return nil, unavailable("read incidents", err)
	}
	slices.SortFunc(all, func(a, b incident.Incident) int {
		return cmp.Or(b.Began.Compare(a.Began), cmp.Compare(a.ID, b.ID))
	})
	return all, nil
}
