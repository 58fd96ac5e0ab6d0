package db

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"naru/internal/combine"
)

// Diary keeps rows by the day they are of, each day in a SQLite file or a PostgreSQL
// partition of its own, which is dropped whole: nothing of it is left in a table, an
// index or a log that goes on. Rows are only added; one that is there already stays as
// it is, so that what was added may be added again. Safe for concurrent use.
type Diary struct {
	table *Table
	days  days
	next  []*combine.Queue[*page]
	turn  atomic.Uint64
}

// Day is a date in digits, 20210712; every table of a Diary has it in the column day.
type Day int32

// DayOf is the day of a date.
func DayOf(year, month, day int) Day { return Day(year*10000 + month*100 + day) } //nolint:gosec // a date

// String is the day as files are named: 2021-07-12.
func (d Day) String() string { return fmt.Sprintf("%04d-%02d-%02d", d/10000, d/100%100, d%100) }

// DiaryOptions say what a diary is.
type DiaryOptions struct {
	Options        // Name names the schema and the migrations of PostgreSQL, Writers its connections
	Table   *Table // PostgreSQL: the parent of the partitions; SQLite: the table of every file, which is named after it
	Create  string // SQLite: the statement that makes the table in a new file
}

// page is what one caller adds of one day.
type page struct {
	day  Day
	rows [][]any
}

// days is where an engine keeps them.
type days interface {
	begin(ctx context.Context, day Day, writer int) (work, error) // makes the day when it is not there
	add(ctx context.Context, w work, day Day, rows [][]any) error
	read(ctx context.Context, day Day, where string, args []any, each func(scan func(...any) error) error) error
	list(ctx context.Context) ([]Day, error)
	drop(ctx context.Context, day Day) error
	writers() int
	checkpoint(ctx context.Context) error
	close() error
}

// Bounds of a diary's queues: a page may have hundreds of rows.
const (
	waitingPages  = 2048
	pagesTogether = 128
)

// OpenDiary opens a diary; its days are opened when they are needed.
func OpenDiary(ctx context.Context, o DiaryOptions) (*Diary, error) {
	d := &Diary{table: o.Table}
	var err error
	if o.URL == "" {
		d.days = openFiles(o)
	} else if d.days, err = openPartitions(ctx, o); err != nil {
		return nil, err
	}
	o.Combine.Depth, o.Combine.MaxBatch = waitingPages, pagesTogether
	o.Combine.Poison = func(error) bool { return false } // rows are checked before: what fails is everybody's
	if o.Watch != nil {
		o.Combine.Now = func() time.Time { return time.Time{}.Add(o.Watch()) }
	}
	for writer := range d.days.writers() {
		d.next = append(d.next, combine.New(o.Combine, func(ctx context.Context, batch []*page) error { return d.write(ctx, writer, batch) }))
	}
	return d, nil
}

// Add adds rows of one day, in the order of the table's columns, at any time of the
// life of the diary. Errors are those of Database.Do; after any of them the same rows
// may be added again.
func (d *Diary) Add(ctx context.Context, day Day, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	return answer(d.next[d.turn.Add(1)%uint64(len(d.next))].Do(ctx, &page{day, rows}))
}

// write writes the pages of each day in a transaction.
func (d *Diary) write(ctx context.Context, writer int, batch []*page) error {
	slices.SortStableFunc(batch, func(a, b *page) int { return cmp.Compare(a.day, b.day) })
	for len(batch) > 0 {
		n := slices.IndexFunc(batch, func(p *page) bool { return p.day != batch[0].day })
		if n < 0 {
			n = len(batch)
		}
		if err := d.writeDay(ctx, writer, batch[:n]); err != nil {
			return err
		}
		batch = batch[n:]
	}
	return nil
}

func (d *Diary) writeDay(ctx context.Context, writer int, batch []*page) error {
	var rows [][]any
	for _, p := range batch {
		rows = append(rows, p.rows...)
	}
	slices.SortFunc(rows, compare) // two nodes that add the same rows do not wait in a circle, and neighbours are written together
	w, err := d.days.begin(ctx, batch[0].day, writer)
	if err != nil {
		return err
	}
	defer w.finish()
	if err := d.days.add(ctx, w, batch[0].day, rows); err != nil {
		w.rollback()
		return err
	}
	return w.commit(ctx)
}

// Read hands every row of a day to each, the columns in the order of the table. where is
// what follows FROM in SQL, "" for all rows. A day that is not there has none.
func (d *Diary) Read(ctx context.Context, day Day, where string, args []any, each func(scan func(...any) error) error) error {
	if err := d.days.read(ctx, day, where, args, each); err != nil {
		return fmt.Errorf("read %s of %s: %w", d.table.Name, day, err)
	}
	return nil
}

// Days lists the days that are there, the first first.
func (d *Diary) Days(ctx context.Context) ([]Day, error) {
	all, err := d.days.list(ctx)
	slices.Sort(all)
	return all, err
}

// DropBefore drops every day before the given one, whole, while others are written.
func (d *Diary) DropBefore(ctx context.Context, first Day) (dropped []Day, err error) {
	all, err := d.Days(ctx)
	if err != nil {
		return nil, err
	}
	for _, day := range all {
		if day >= first {
			break
		}
		if err := d.days.drop(ctx, day); err != nil {
			return dropped, fmt.Errorf("drop %s of %s: %w", d.table.Name, day, err)
		}
		dropped = append(dropped, day)
	}
	return dropped, nil
}

// Checkpoint moves what is committed from SQLite's logs into the files, and closes files
// that nobody has used for long.
func (d *Diary) Checkpoint(ctx context.Context) error { return d.days.checkpoint(ctx) }

// Close finishes what was taken and closes the connections.
func (d *Diary) Close() error {
	for _, q := range d.next {
		if err := q.Close(30 * time.Second); err != nil {
			return err
		}
	}
	return d.days.close()
}
