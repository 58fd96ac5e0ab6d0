package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"naru/internal/fault"
	"naru/internal/issue"
	"naru/internal/person"
	"naru/internal/record"
)

// BulkIssue says what is issued to everybody, and how fast.
type BulkIssue struct {
	By      Issuer
	Format  issue.Format
	Batch   string
	Rate    int                                        // certificates a second at most
	AnyHour bool                                       // also at busy hours
	Wait    func(context.Context, time.Duration) error // ends early with the context
	Told    func(done, of int64)                       // of people, after each round
}

// BulkIssued is what came of it.
type BulkIssued struct {
	People int64
	Issued int64 // certificates that are there now, old ones too
	Left   int64 // entries that the form has no words for
}

// bulkRound is how many people are taken at once.
const bulkRound = 64

// IssueAll issues the certificates of everybody who has a record, in the order of their
// ids (rule T48). Repeated, it makes none twice. It waits at busy hours, and keeps its own
// rate so that it leaves room for those who ask for theirs.
func (s *Store) IssueAll(ctx context.Context, b BulkIssue) (BulkIssued, error) {
	var r BulkIssued
	var of int64
	if err := s.record.ReadRow(ctx, `SELECT count(DISTINCT person_id) FROM record_entry`, nil, &of); err != nil {
		return r, unavailable("count people", err)
	}
	for last := person.ID(""); ; {
		if quiet := issue.QuietAt(s.now(), s.opts.Agency.Zone); !b.AnyHour && quiet.After(s.now()) {
			if err := b.Wait(ctx, quiet.Sub(s.now())); err != nil {
				return r, err
			}
		}
		began := s.now()
		round, err := s.peopleAfter(ctx, last)
		if err != nil || len(round) == 0 {
			return r, err
		}
		before := r.Issued
		if err := s.issueRound(ctx, b, round, &r); err != nil {
			return r, fmt.Errorf("issue after %d people: %w", r.People, err)
		}
		last = round[len(round)-1]
		b.Told(r.People, of)
		due := time.Duration(r.Issued-before) * time.Second / time.Duration(b.Rate)
		if err := b.Wait(ctx, max(0, due-s.now().Sub(began))); err != nil {
			return r, err
		}
	}
}

func (s *Store) peopleAfter(ctx context.Context, last person.ID) ([]person.ID, error) {
	var all []person.ID
	err := s.record.Read(ctx, `SELECT DISTINCT person_id FROM record_entry WHERE person_id > $1 ORDER BY person_id LIMIT $2`,
		[]any{string(last), bulkRound}, func(scan func(...any) error) error {
			var id person.ID
			err := scan(&id)
			all = append(all, id)
			return err
		})
	if err != nil {
		return nil, unavailable("read people", err)
	}
	return all, nil
}

// issueRound issues to some people at once: their acts are written together.
func (s *Store) issueRound(ctx context.Context, b BulkIssue, round []person.ID, r *BulkIssued) error {
	var wg sync.WaitGroup
	done := make([]BulkIssued, len(round))
	errs := make([]error, len(round))
	for i, id := range round {
		wg.Go(func() { done[i], errs[i] = s.issueTo(ctx, b, id) })
	}
	wg.Wait()
	for _, d := range done {
		r.People += d.People
		r.Issued += d.Issued
		r.Left += d.Left
	}
	return errors.Join(errs...)
}

func (s *Store) issueTo(ctx context.Context, b BulkIssue, id person.ID) (BulkIssued, error) {
	d := BulkIssued{People: 1}
	rec, err := s.RecordOf(ctx, id)
	if err != nil {
		return d, err
	}
	for _, e := range certified(rec, b.Format) {
		switch _, err := s.IssueCredential(ctx, b.By, Wanted{Person: id, Entry: e.ID, Format: b.Format, Batch: b.Batch}); fault.CodeOf(err) {
		case "":
			d.Issued++
		case fault.Invalid, fault.Conflict: // it cannot be said, or was corrected meanwhile
			d.Left++
		default:
			return d, err
		}
	}
	return d, nil
}

// certified are the entries that get a certificate: each of those that stand; a card is one
// for all doses, so it hangs on the last.
func certified(rec record.Record, f issue.Format) []record.Entry {
	all := rec.Standing()
	if f != issue.SHC {
		return all
	}
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].Dose != nil {
			return all[i : i+1]
		}
	}
	return nil
}
