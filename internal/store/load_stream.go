package store

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"sync"

	"naru/internal/record"
	"naru/internal/staff"
)

// LoadState is how far the load of a bulk file has come.
type LoadState struct {
	Lines    int64 // of the file, which are done
	Added    int64
	Known    int64 // were there already
	Rejected int64
	Aside    int64 // bytes of the file of rejected lines
}

// LoadState reads how far the file with this digest has come; a new one is at zero.
func (s *Store) LoadState(ctx context.Context, source string) (LoadState, error) {
	var l LoadState
	err := s.record.ReadRow(ctx, `SELECT lines, added, known, rejected, aside FROM record_load WHERE source = $1`, []any{source},
		&l.Lines, &l.Added, &l.Known, &l.Rejected, &l.Aside)
	if errors.Is(err, sql.ErrNoRows) {
		return l, nil
	}
	if err != nil {
		return l, unavailable("read load", err)
	}
	return l, nil
}

// SaveLoad writes down how far a file has come. It is called after what was rejected is
// on disk: a crash before repeats the round, which changes nothing.
func (s *Store) SaveLoad(ctx context.Context, source string, l LoadState) error {
	return s.inRecord(ctx, &saveLoadAct{source, l})
}

type saveLoadAct struct {
	source string
	state  LoadState
}

// Run writes the state.
func (a *saveLoadAct) Run(h *recordHouse) error {
	l := a.state
	_, err := h.Exec(`INSERT INTO record_load (source, lines, added, known, rejected, aside, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
	    ON CONFLICT (source) DO UPDATE SET lines = excluded.lines, added = excluded.added, known = excluded.known,
	        rejected = excluded.rejected, aside = excluded.aside, changed_at = excluded.changed_at`,
		a.source, l.Lines, l.Added, l.Known, l.Rejected, l.Aside, h.Now.Unix())
	return err
}

// ByConsole runs work that the machine's own console asked for, written down like any act
// of staff.
func (s *Store) ByConsole(ctx context.Context, p staff.Permission, detail map[string]string, do func(context.Context) error) error {
	console := staff.Caller{Account: staff.Account{Grants: []staff.Grant{{Role: staff.Admin}}}}
	return s.Do(ctx, console, staff.Act{Permission: p, Detail: detail}, do)
}

// LoadLines records the lines of a bulk file in rounds: next gives them, io.EOF after the
// last; done is told of each round, in order. source says where they are from. People are
// found by id or claim, and made when nobody has the claim. Every row has an entry made of
// its content, so what was loaded may be loaded again, whole or in part, from any file
// (rule D10). While one round is written the next is read; an error, also of next and done,
// ends the load, and the rounds that done was not told of are to be repeated.
func (s *Store) LoadLines(ctx context.Context, source string, next func() ([]record.FileLine, error), done func([]record.FileLine, Loaded) error) error {
	ctx, cancel := context.WithCancel(ctx)
	read, placed := make(chan batchOfRows, 1), make(chan batchOfRows, 1)
	var wg sync.WaitGroup
	if s.opts.DB == "" { // else the log grows with the file
		wg.Go(func() { s.repeat(ctx, checkpointEvery, "checkpoint", s.checkpoint) })
	}
	var errRead, errPlace error
	wg.Go(func() { defer close(read); errRead = s.readAll(ctx, next, read) })
	wg.Go(func() {
		defer close(placed)
		for b := range read {
			if errPlace = s.findPeople(ctx, b); errPlace != nil || !send(ctx, placed, b) {
				return
			}
		}
	})
	var err error
	for b := range placed {
		var l Loaded
		if l, err = s.addEntries(ctx, source, b); err == nil {
			err = done(b.lines, l)
		}
		if err != nil {
			break
		}
	}
	cancel()
	wg.Wait()
	return errors.Join(err, errPlace, errRead)
}

func (s *Store) readAll(ctx context.Context, next func() ([]record.FileLine, error), into chan<- batchOfRows) error {
	for {
		lines, err := next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil || !send(ctx, into, s.readRows(lines)) {
			return err
		}
	}
}

func send[T any](ctx context.Context, into chan<- T, v T) bool {
	select {
	case into <- v:
		return true
	case <-ctx.Done():
		return false
	}
}
