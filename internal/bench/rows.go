package bench

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// bookingTables are the tables in which a booking leaves rows, and which of
// their rows are bookings'. by names the column that tells whose a row is; ""
// is any booking's: those rows are dealt out evenly.
var bookingTables = []struct{ name, where, by string }{
	{"reservation", "", "hold_id"},
	{"hold", "", "hold_id"},
	{"slot", "", ""},
	{"answer", "", "hold_id"},
	{"outbox", "WHERE kind = 'booked'", ""},
}

// batch is how many bookings a yardstick writes in a transaction.
const batch = 512

// database is what a bench does with a database beside the store.
type database interface {
	tables(ctx context.Context) ([]string, error)
	read(ctx context.Context, query string) (columns []string, rows [][]any, err error)
	run(ctx context.Context, statement string) error
	fill(ctx context.Context, tables []table) error
	dropIndexes(ctx context.Context, tables []string) (again []string, err error)
	settle(ctx context.Context) error // what was written before is no burden any more
	close(ctx context.Context) error
}

// table is the rows of one table by booking.
type table struct {
	name    string
	columns []string
	of      [][][]any // booking → its rows
}

// table is the table with the name; it panics on one that is not there.
func (l *load) table(name string) table {
	return l.tables[slices.IndexFunc(l.tables, func(t table) bool { return t.name == name })]
}

// column is where a column stands, or -1.
func (t table) column(name string) int { return slices.Index(t.columns, name) }

// load is every row that bookings left, for a yardstick to write again.
type load struct {
	bookings int
	tables   []table
	from     time.Time // when it was read
}

// readLoad reads what the store left after n bookings, in the order in which they
// came: by the second in their hold's id, and within a second at random. before is the number of rows of every table
// before the first booking; a table that grew and is not among bookingTables
// means that the yardstick would write less than the store does.
func readLoad(ctx context.Context, d database, n int, before map[string]int) (*load, error) {
	after, err := countRows(ctx, d)
	if err != nil {
		return nil, err
	}
	for name, count := range after {
		if count > before[name] && !isBookingTable(name) {
			return nil, fmt.Errorf("bookings leave rows in the table %s, which the yardstick does not write", name)
		}
	}
	l := &load{bookings: n, from: time.Now()}
	order := map[any]int{}
	for _, spec := range bookingTables {
		t, err := readTable(ctx, d, spec.name, spec.where)
		if err != nil {
			return nil, err
		}
		if spec.by == "" {
			l.deal(t)
			continue
		}
		if err := l.sort(t, spec.by, order); err != nil {
			return nil, err
		}
	}
	return l, nil
}

func isBookingTable(name string) bool {
	return slices.ContainsFunc(bookingTables, func(t struct{ name, where, by string }) bool { return t.name == name })
}

func countRows(ctx context.Context, d database) (map[string]int, error) {
	names, err := d.tables(ctx)
	if err != nil {
		return nil, err
	}
	counts := map[string]int{}
	for _, name := range names {
		_, rows, err := d.read(ctx, "SELECT count(*) FROM "+name)
		if err != nil {
			return nil, err
		}
		counts[name] = int(rows[0][0].(int64))
	}
	return counts, nil
}

// flatTable is a table's rows before they are given to their bookings.
type flatTable struct {
	name    string
	columns []string
	rows    [][]any
}

func readTable(ctx context.Context, d database, name, where string) (flatTable, error) {
	columns, rows, err := d.read(ctx, "SELECT * FROM "+name+" "+where)
	if err != nil {
		return flatTable{}, fmt.Errorf("read %s: %w", name, err)
	}
	return flatTable{name, columns, rows}, nil
}

// sort gives rows to the bookings they name. The first table sets the order.
func (l *load) sort(f flatTable, by string, order map[any]int) error {
	t := table{f.name, f.columns, make([][][]any, l.bookings)}
	at := t.column(by)
	if at < 0 {
		return fmt.Errorf("the table %s has no column %s", f.name, by)
	}
	if len(order) == 0 {
		drawOrder(f, at, order)
	}
	for _, row := range f.rows {
		i, known := order[row[at]]
		if !known || i >= l.bookings {
			return fmt.Errorf("the table %s has rows of more bookings than the %d that were made", f.name, l.bookings)
		}
		t.of[i] = append(t.of[i], row)
	}
	l.tables = append(l.tables, t)
	return nil
}

func drawOrder(f flatTable, at int, order map[any]int) {
	for _, row := range f.rows {
		if _, known := order[row[at]]; !known {
			order[row[at]] = len(order)
		}
	}
	ids := slices.Collect(maps.Keys(order))
	rand.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	slices.SortStableFunc(ids, func(a, b any) int { return strings.Compare(second(a), second(b)) })
	for i, id := range ids {
		order[id] = i
	}
}

// second is the part of a hold's id that tells when it was made.
func second(id any) string { return id.(string)[:8] }

// deal gives rows that name no booking out evenly.
func (l *load) deal(f flatTable) {
	t := table{f.name, f.columns, make([][][]any, l.bookings)}
	for i, row := range f.rows {
		booking := i * l.bookings / len(f.rows)
		t.of[booking] = append(t.of[booking], row)
	}
	l.tables = append(l.tables, t)
}

// rows are a table's rows of the bookings from..to.
func (t table) rows(from, to int) [][]any { return slices.Concat(t.of[from:min(to, len(t.of))]...) }

// count is how many rows there are in all.
func (l *load) count() int {
	n := 0
	for _, t := range l.tables {
		n += len(t.rows(0, l.bookings))
	}
	return n
}

// insert is the statement that writes one row, with numbered parameters.
func (t table) insert(parameter string) string {
	marks := make([]string, len(t.columns))
	for i := range marks {
		marks[i] = fmt.Sprintf("%s%d", parameter, i+1)
	}
	return "INSERT INTO " + t.name + " (" + strings.Join(t.columns, ", ") + ") VALUES (" + strings.Join(marks, ", ") + ")"
}
