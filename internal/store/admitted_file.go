package store

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"naru/internal/fault"
	"naru/internal/gate"
)

// recordFile is this node's public file of a line's admissions: lines are added,
// never changed. What it holds was led to by a signed head.
type recordFile struct {
	chain gate.Chain
	seq   int64 // of the last line
	size  int64
}

var errRewritten = errors.New("the admissions do not lead to the signed heads: the record was changed; the public file is left as it is, run naru db check")

// publishAdmitted adds to the file what the newest head covers, and shows the
// head then. A record that does not lead there is not published over the old one.
func (s *Store) publishAdmitted(ctx context.Context, l *line) error {
	head, booked, err := s.readHead(ctx, l)
	if err != nil || head.count == 0 {
		return err
	}
	if l.record == nil {
		if l.record, err = s.openRecord(ctx, l); err != nil {
			return fmt.Errorf("record %s: %w", l.row.id, err)
		}
	}
	for l.record.chain.Count < uint64(head.count) { //nolint:gosec // a count
		if err := s.extendRecord(ctx, l); err != nil {
			return fmt.Errorf("record %s: %w", l.row.id, err)
		}
	}
	if !bytes.Equal(l.record.chain.Head[:], head.head) {
		return fmt.Errorf("record %s: %w", l.row.id, errRewritten)
	}
	d := head.document(l.keys, l.private())
	d.Booked = booked
	shown := Admissions{Head: d, JSON: d.Encode(), Size: l.record.size}
	l.admissions.Store(&shown)
	return nil
}

func (s *Store) readHead(ctx context.Context, l *line) (r headRow, booked *gate.Booked, err error) {
	err = s.gate.Read(ctx, `SELECT count, seq, head, at, signature FROM admitted_head WHERE campaign = $1 ORDER BY count DESC LIMIT 1`,
		[]any{l.row.id}, func(scan func(...any) error) error { return scan(r.into()...) })
	if err != nil {
		return r, nil, err
	}
	if r.count > 0 && !r.signedBy(l.keys, l.private()) {
		return r, nil, fmt.Errorf("record %s: %w", l.row.id, errForged)
	}
	err = s.gate.Read(ctx, `SELECT reservations, unadmitted, at, signature FROM admitted_booked WHERE campaign = $1`, []any{l.row.id},
		func(scan func(...any) error) error {
			var n, without int64
			booked = &gate.Booked{}
			err := scan(&n, &without, &booked.At, (*[]byte)(&booked.Signature))
			booked.Reservations, booked.Unadmitted = uint64(n), uint64(without) //nolint:gosec // counts
			return err
		})
	return r, booked, err
}

// openRecord finds how far the file on disk goes: to the last head that its lines
// lead to. What is behind it was not finished when the process ended, and is cut.
func (s *Store) openRecord(ctx context.Context, l *line) (*recordFile, error) {
	heads := map[uint64]headRow{}
	err := s.gate.Read(ctx, `SELECT count, seq, head, at, signature FROM admitted_head WHERE campaign = $1`, []any{l.row.id},
		func(scan func(...any) error) error {
			var r headRow
			err := scan(r.into()...)
			heads[uint64(r.count)] = r //nolint:gosec // a count
			return err
		})
	if err != nil {
		return nil, err
	}
	path := s.recordPath(l.published)
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o640) //nolint:gosec // the operator's own folder
	if err != nil {
		return nil, err
	}
	at := &recordFile{chain: gate.NewChain(l.keys.Campaign(), l.keys.Epoch())}
	if err := at.find(f, heads); err != nil { // what was published stays as it is
		return nil, errors.Join(err, f.Close())
	}
	return at, errors.Join(f.Truncate(at.size), f.Close())
}

func (at *recordFile) find(f io.Reader, heads map[uint64]headRow) error {
	chain, size, lines := at.chain, int64(0), bufio.NewReader(f)
	for {
		line, err := lines.ReadSlice('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		chain, size = chain.Add(line[:len(line)-1]), size+int64(len(line))
		r, signed := heads[chain.Count]
		if !signed {
			continue
		}
		if !bytes.Equal(r.head, chain.Head[:]) {
			return errRewritten
		}
		*at = recordFile{chain, r.seq, size}
	}
}

// extendRecord writes the lines up to the next head, at most recordAtOnce, and
// syncs them before they count.
func (s *Store) extendRecord(ctx context.Context, l *line) error {
	next, text, to := *l.record, bytes.Buffer{}, headRow{}
	err := s.gate.Read(ctx, `SELECT count, seq, head, at, signature FROM admitted_head WHERE campaign = $1 AND count > $2 ORDER BY count LIMIT 1`,
		[]any{l.row.id, int64(next.chain.Count)}, func(scan func(...any) error) error { return scan(to.into()...) }) //nolint:gosec // a count
	if err != nil {
		return err
	}
	if !to.signedBy(l.keys, l.private()) {
		return errForged
	}
	err = s.gate.Read(ctx, `SELECT `+admittedColumns+` FROM admitted WHERE campaign = $1 AND seq > $2 AND seq <= $3 ORDER BY seq`,
		[]any{l.row.id, next.seq, to.seq}, func(scan func(...any) error) error {
			var row admission
			if err := scan(row.into()...); err != nil {
				return err
			}
			a, err := row.line(l.keys, l.private(), next.chain.Count+1)
			if err != nil {
				return err
			}
			line := a.Line()
			next.chain, next.seq = next.chain.Add(line), row.seq
			text.Write(append(line, '\n'))
			return nil
		})
	if err != nil {
		return err
	}
	if int64(next.chain.Count) != to.count || !bytes.Equal(next.chain.Head[:], to.head) { //nolint:gosec // a count
		return errRewritten
	}
	f, err := os.OpenFile(s.recordPath(l.published), os.O_WRONLY, 0o640) //nolint:gosec // the operator's own folder
	if err != nil {
		return err
	}
	_, err = f.WriteAt(text.Bytes(), next.size)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	next.size += int64(text.Len())
	*l.record = next
	return nil
}

const recordName = "admitted.csv"

func (s *Store) recordPath(p Published) string {
	return filepath.Join(s.opts.Dir, "public", string(p.Campaign.ID), strconv.Itoa(int(p.Epoch)), recordName)
}

// Admissions are the public record of a line as far as it is signed.
type Admissions struct {
	Head gate.Head
	JSON []byte
	Size int64 // of the file, up to the head
}

// Admissions returns the newest head; it does not touch the database. Nothing
// signed yet is a fault of code NotFound.
func (s *Store) Admissions(id string) (Admissions, error) {
	l, err := s.line(id)
	if err != nil {
		return Admissions{}, err
	}
	shown := l.admissions.Load()
	if shown == nil {
		return Admissions{}, fault.New(fault.NotFound, "gate.admitted_not_yet")
	}
	return *shown, nil
}

// AdmittedFile opens the file of the record, up to the newest head.
func (s *Store) AdmittedFile(id string) (*os.File, Admissions, error) {
	shown, err := s.Admissions(id)
	if err != nil {
		return nil, shown, err
	}
	l, err := s.line(id)
	if err != nil {
		return nil, shown, err
	}
	f, err := os.Open(s.recordPath(l.published))
	if err != nil {
		return nil, shown, fault.Wrap(fault.NotFound, "gate.admitted_not_yet", err)
	}
	return f, shown, nil
}
