package db

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// files keeps each day in a SQLite file of its own: NAME-2021-07-12.db.
type files struct {
	o       DiaryOptions
	addMany string
	addOne  string

	mu   sync.Mutex
	open map[Day]*dayFile
}

// dayFile is one day. Its lock is held while it is written, closed or removed.
type dayFile struct {
	mu   sync.Mutex
	f    *sqliteFile // nil: closed
	idle int         // checkpoints since it was last written
}

// idleAfter is how many looks for a checkpoint a file stays open without being written.
const idleAfter = 600

func openFiles(o DiaryOptions) *files {
	into := "INSERT INTO " + o.Table.Name + " (" + o.Table.ColumnNames() + ") VALUES "
	row := "(" + list(o.Table.Columns, ", ", func(int, Column) string { return "?" }) + ")"
	end := " ON CONFLICT DO NOTHING"
	return &files{
		o: o, open: map[Day]*dayFile{}, addOne: into + row + end,
		addMany: into + strings.Repeat(row+", ", manyRows-1) + row + end,
	}
}

func (s *files) path(day Day) string {
	return filepath.Join(s.o.Dir, s.o.Table.Name+"-"+day.String()+".db")
}

func (s *files) day(day Day) *dayFile {
	s.mu.Lock()
	defer s.mu.Unlock()
	one := s.open[day]
	if one == nil {
		one = &dayFile{}
		s.open[day] = one
	}
	return one
}

func (s *files) writers() int { return 1 }

// dayWork holds the day's lock until it is finished.
type dayWork struct {
	work
	of *dayFile
}

func (w dayWork) finish() { w.work.finish(); w.of.mu.Unlock() }

func (s *files) begin(ctx context.Context, day Day, writer int) (work, error) {
	one := s.day(day)
	one.mu.Lock()
	one.idle = 0
	if one.f == nil {
		f, err := openDay(ctx, s.path(day), s.o)
		if err != nil {
			one.mu.Unlock()
			return nil, away("open "+day.String(), err)
		}
		one.f = f
	}
	w, err := one.f.begin(ctx, writer)
	if err != nil {
		one.mu.Unlock()
		return nil, err
	}
	return dayWork{w, one}, nil
}

// openDay opens a file for writing and makes its table.
func openDay(ctx context.Context, path string, o DiaryOptions) (*sqliteFile, error) {
	if err := touchPrivate(path); err != nil {
		return nil, err
	}
	f := &sqliteFile{name: filepath.Base(path), path: path, fatal: o.Fatal}
	var err error
	if f.write, err = OpenFile(path, "&_txlock=immediate&_pragma=wal_autocheckpoint(0)&_pragma=journal_size_limit(1048576)", 1); err != nil {
		return nil, err
	}
	if _, err = f.write.ExecContext(ctx, o.Create); err == nil {
		f.writer, err = newSQLiteConn(ctx, f.write)
	}
	if err == nil {
		f.checks, err = OpenFile(path, "", 1)
	}
	if err != nil {
		return nil, errors.Join(err, f.close())
	}
	return f, nil
}

func (s *files) add(ctx context.Context, w work, _ Day, rows [][]any) error {
	for ; len(rows) >= manyRows; rows = rows[manyRows:] {
		if _, err := w.exec(ctx, s.addMany, slices.Concat(rows[:manyRows]...)...); err != nil {
			return err
		}
	}
	for _, row := range rows {
		if _, err := w.exec(ctx, s.addOne, row...); err != nil {
			return err
		}
	}
	return nil
}

// read uses a connection of its own: days are read rarely.
func (s *files) read(ctx context.Context, day Day, where string, args []any, each func(scan func(...any) error) error) error {
	if _, err := os.Stat(s.path(day)); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	f, err := OpenFile(s.path(day), "&_pragma=query_only(1)", 1)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // nothing was written
	rows, err := f.QueryContext(ctx, "SELECT "+s.o.Table.ColumnNames()+" FROM "+s.o.Table.Name+" "+where, args...)
	return ScanRows(rows, err, each)
}

func (s *files) list(context.Context) ([]Day, error) {
	names, err := filepath.Glob(filepath.Join(s.o.Dir, s.o.Table.Name+"-????-??-??.db*"))
	var all []Day
	for _, name := range names { // of a day whose removal was cut short the log may be all there is
		var y, m, d int
		text := strings.TrimPrefix(filepath.Base(name), s.o.Table.Name+"-")
		if n, err := fmt.Sscanf(text, "%04d-%02d-%02d.db", &y, &m, &d); n != 3 || err != nil {
			continue
		}
		if day := DayOf(y, m, d); !slices.Contains(all, day) {
			all = append(all, day)
		}
	}
	return all, err
}

// drop removes the file with its log. The day's lock keeps its writer away; the writers
// of other days go on.
func (s *files) drop(_ context.Context, day Day) error {
	one := s.day(day)
	one.mu.Lock()
	defer one.mu.Unlock()
	var errs []error
	if one.f != nil {
		errs = append(errs, one.f.close())
		one.f = nil
	}
	for _, end := range []string{"-wal", "-shm", ""} {
		if err := os.Remove(s.path(day) + end); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// all are the days that this process has open.
func (s *files) all() (open []*dayFile) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.open {
		open = append(open, one)
	}
	return open
}

func (s *files) checkpoint(ctx context.Context) error {
	var errs []error
	for _, one := range s.all() {
		errs = append(errs, one.checkpoint(ctx))
	}
	return errors.Join(errs...)
}

func (one *dayFile) checkpoint(ctx context.Context) error {
	one.mu.Lock()
	f := one.f
	if one.idle++; f != nil && one.idle > idleAfter {
		one.f = nil
		defer one.mu.Unlock()
		return f.close()
	}
	one.mu.Unlock() // the writer does not wait
	if f == nil {
		return nil
	}
	return f.checkpoint(ctx)
}

func (s *files) close() error {
	var errs []error
	for _, one := range s.all() {
		one.mu.Lock()
		if one.f != nil {
			errs = append(errs, one.f.close())
			one.f = nil
		}
		one.mu.Unlock()
	}
	return errors.Join(errs...)
}
