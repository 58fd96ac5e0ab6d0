package store

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"naru/internal/audit"
	"naru/internal/person"
	"naru/internal/staff"
)

// AuditQuery says which entries are read. Zero values do not filter.
type AuditQuery struct {
	Person person.ID
	Staff  staff.ID
	From   time.Time
	Until  time.Time // without it
	After  AuditMark // the last entry of the page before
}

// AuditMark is an entry's place in the order of reading.
type AuditMark struct {
	At    int64
	Chain string
	Seq   int64
}

// AuditPage is how many entries one page has.
const AuditPage = 50

// ReadAudit reads a page of the audit, the newest entry first, and says whether more
// follow. That somebody reads, and about whom, is an entry itself (rule S14). Code
// Forbidden.
func (s *Store) ReadAudit(ctx context.Context, c staff.Caller, q AuditQuery) (page []audit.Entry, more bool, err error) {
	act := staff.Act{Permission: staff.ReadAudit, Person: string(q.Person), Detail: map[string]string{"did": "read"}}
	if q.Staff != "" {
		act.Detail["account"] = string(q.Staff)
	}
	err = s.Do(ctx, c, act, func(ctx context.Context) error {
		var err error
		page, err = s.entries(ctx, q, AuditPage+1)
		return err
	})
	if len(page) > AuditPage {
		page, more = page[:AuditPage], true
	}
	return page, more, err
}

// TouchedBy lists what staff did with one person's data, the newest first, at most
// 1,000 entries: for the page that shows a person who looked. The caller of this has
// judged who may see it.
func (s *Store) TouchedBy(ctx context.Context, who person.ID) ([]audit.Entry, error) {
	if who == "" {
		return nil, nil
	}
	return s.entries(ctx, AuditQuery{Person: who}, 1000)
}

const entryColumns = `chain, seq, at, act, phase, staff_id, session, what, clinic, person, campaign, code, detail`

func (s *Store) entries(ctx context.Context, q AuditQuery, most int) ([]audit.Entry, error) {
	var where []string
	var args []any
	add := func(clause string, values ...any) {
		for _, v := range values {
			args = append(args, v)
			clause = strings.Replace(clause, "?", "$"+strconv.Itoa(len(args)), 1)
		}
		where = append(where, clause)
	}
	if q.Person != "" {
		add(`person = ? AND person <> ''`, string(q.Person))
	}
	if q.Staff != "" {
		add(`staff_id = ?`, string(q.Staff))
	}
	if !q.From.IsZero() {
		add(`at >= ?`, q.From.Unix())
	}
	if !q.Until.IsZero() {
		add(`at < ?`, q.Until.Unix())
	}
	if q.After != (AuditMark{}) {
		add(`(at, chain, seq) < (?, ?, ?)`, q.After.At, q.After.Chain, q.After.Seq)
	}
	query := `SELECT ` + entryColumns + ` FROM audit_entry`
	if len(where) > 0 {
		query += ` WHERE ` + strings.Join(where, ` AND `)
	}
	args = append(args, most)
	var all []audit.Entry
	err := s.staff.Read(ctx, query+` ORDER BY at DESC, chain DESC, seq DESC LIMIT $`+strconv.Itoa(len(args)), args,
		func(scan func(...any) error) error {
			e, err := scanEntry(scan)
			all = append(all, e)
			return err
		})
	if err != nil {
		return nil, unavailable("read audit", err)
	}
	return all, nil
}

// scanEntry reads entryColumns, and what more follows.
func scanEntry(scan func(...any) error, more ...any) (e audit.Entry, err error) {
	var at int64
	var detail string
	into := append([]any{
		&e.Chain, &e.Seq, &at, &e.Act, &e.Phase, &e.Staff, &e.Session, &e.What, &e.Clinic, &e.Person, &e.Campaign, &e.Code, &detail,
	}, more...)
	if err := scan(into...); err != nil {
		return e, err
	}
	e.At = unix(at)
	return e, json.Unmarshal([]byte(detail), &e.Detail)
}
