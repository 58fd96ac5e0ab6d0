package db

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
)

// Group names the rows that an act reads together: one person's reservations,
// one slot. Bucket is the bucket they are in, or NoBucket for small tables.
type Group interface {
	comparable
	Bucket() int16
	Args() []any // the values of the table's first Group columns
}

// NoBucket is the bucket of small tables that every bucket may read.
const NoBucket = -1

// Row is one row of a table, in the order of its columns.
type Row[K Group] interface {
	Group() K
	Values() []any
	Into() []any // pointers
}

// Sheet is one table as a batch sees it: rows are read before the acts decide,
// changed in memory, and written together after the last act. It belongs to one
// transaction and one goroutine at a time; where nobody else writes the next
// transaction goes on with what this one knew.
type Sheet[K Group, R Row[K]] struct {
	of     *Table
	t      *Tx
	fresh  func() R
	groups map[K][]*cell[R]
	older  map[K][]*cell[R] // of transactions before, until they are asked for again
	order  []*cell[R]       // what is to be written, in the order of the acts
	wanted []K
	makes  []R // rows that are made when they are not there
}

type cell[R any] struct {
	row   R
	state state
	queue bool // is in order
}

type state uint8

const (
	asRead   state = iota
	possible       // not in the table; becomes added when it is changed
	added
	changed
	removed
)

// NewSheet adds a table to the transaction. Tables are read, locked and written
// in the order in which they are added.
func NewSheet[K Group, R Row[K]](t *Tx, of *Table, fresh func() R) *Sheet[K, R] {
	s := &Sheet[K, R]{of: of, t: t, fresh: fresh, groups: map[K][]*cell[R]{}}
	t.sheets = append(t.sheets, s)
	return s
}

// Want names a group that the act will read, so that it is read together with
// everybody's. It is a hint: what was not named is read when it is asked for.
func (s *Sheet[K, R]) Want(k K) {
	if !s.known(k) {
		s.groups[k] = nil
		s.wanted = append(s.wanted, k)
	}
}

// known says that a group was read, in this transaction or one before.
func (s *Sheet[K, R]) known(k K) bool {
	if _, ok := s.groups[k]; ok {
		return true
	}
	cells, ok := s.older[k]
	if ok {
		s.groups[k] = cells
		delete(s.older, k)
	}
	return ok
}

// Nothing says that a group has no rows: what it names was made by this act.
func (s *Sheet[K, R]) Nothing(k K) {
	if !s.known(k) {
		s.groups[k] = nil
	}
}

// WantOr is Want for a group of one row, which is made when it is not there: so
// that it can be locked, unless it is one that adds up.
func (s *Sheet[K, R]) WantOr(row R) {
	if !s.known(row.Group()) {
		if len(s.of.sum) == 0 {
			s.makes = append(s.makes, row)
		}
		s.Want(row.Group())
	}
}

// Peek returns what was read of a group, without reading.
func (s *Sheet[K, R]) Peek(k K) []R {
	s.known(k)
	return alive(s.groups[k])
}

// Rows returns the rows of a group as the acts before left them.
func (s *Sheet[K, R]) Rows(k K) ([]R, error) {
	if err := s.t.enter(k.Bucket()); err != nil {
		return nil, fmt.Errorf("%s: %w", s.of.Name, err)
	}
	s.Want(k)
	if len(s.wanted) > 0 {
		if err := s.t.work.load(s.t.ctx, []sheet{s}); err != nil {
			return nil, fmt.Errorf("read %s: %w", s.of.Name, err)
		}
	}
	return alive(s.groups[k]), nil
}

// One returns the only row of a group; found is false when there is none.
func (s *Sheet[K, R]) One(k K) (row R, found bool, err error) {
	rows, err := s.Rows(k)
	if err != nil || len(rows) == 0 {
		return row, false, err
	}
	return rows[0], true, nil
}

// OneOr returns the only row of a group, or row itself when there is none; it
// is then added as soon as it is changed.
func (s *Sheet[K, R]) OneOr(row R) (R, error) {
	s.WantOr(row)
	before, found, err := s.One(row.Group())
	if err != nil || found {
		return before, err
	}
	s.groups[row.Group()] = []*cell[R]{{row: row, state: possible}}
	return row, nil
}

func alive[R any](cells []*cell[R]) []R {
	var rows []R
	for _, c := range cells {
		if c.state != removed {
			rows = append(rows, c.row)
		}
	}
	return rows
}

// Add adds a row.
func (s *Sheet[K, R]) Add(row R) error {
	k := row.Group()
	if err := s.t.enter(k.Bucket()); err != nil {
		return fmt.Errorf("%s: %w", s.of.Name, err)
	}
	c := &cell[R]{row: row, state: added}
	if s.of.Group > 0 {
		s.known(k)
		s.groups[k] = append(s.groups[k], c)
	}
	s.enqueue(c)
	return nil
}

// Change says that a row that was read has other values now.
func (s *Sheet[K, R]) Change(row R) { s.mark(row, changed) }

// Remove deletes a row that was read.
func (s *Sheet[K, R]) Remove(row R) { s.mark(row, removed) }

func (s *Sheet[K, R]) mark(row R, to state) {
	for _, c := range s.groups[row.Group()] {
		if any(c.row) != any(row) {
			continue
		}
		switch {
		case c.state == possible && to == changed:
			c.state = added
		case c.state == added && to == changed:
		case c.state == added: // and gone again: nothing was ever there
			c.state = removed
			c.queue = false
			s.unqueue(c)
			return
		default:
			c.state = to
		}
		s.enqueue(c)
		return
	}
	panic("change of a row of " + s.of.Name + " that was not read")
}

func (s *Sheet[K, R]) enqueue(c *cell[R]) {
	if !c.queue {
		c.queue = true
		s.order = append(s.order, c)
	}
}

func (s *Sheet[K, R]) unqueue(c *cell[R]) {
	for i := range s.order {
		if s.order[i] == c {
			s.order = append(s.order[:i], s.order[i+1:]...)
			return
		}
	}
}

// sheet is what the engines see of a Sheet.
type sheet interface {
	table() *Table
	wants() (groups, makes [][]any)
	take(scan func(...any) error) error // one row that was read
	taken()                             // all wanted groups were read
	writes(of state) [][]any
	written(alone bool)
	drop()
	age() // the transaction is over, and what it read is still true
}

func (s *Sheet[K, R]) table() *Table { return s.of }

func (s *Sheet[K, R]) wants() (groups, makes [][]any) {
	for _, k := range s.wanted {
		groups = append(groups, k.Args())
	}
	for _, r := range s.makes {
		makes = append(makes, r.Values())
	}
	slices.SortFunc(groups, compare) // the order in which rows are locked
	slices.SortFunc(makes, compare)
	return groups, makes
}

func (s *Sheet[K, R]) take(scan func(...any) error) error {
	r := s.fresh()
	if err := scan(r.Into()...); err != nil {
		return err
	}
	k := r.Group()
	s.groups[k] = append(s.groups[k], &cell[R]{row: r})
	return nil
}

// compare orders rows by their values, the key first.
func compare(a, b []any) int {
	for i := range a {
		c := 0
		switch x := a[i].(type) {
		case int16:
			c = cmp.Compare(x, b[i].(int16))
		case int32:
			c = cmp.Compare(x, b[i].(int32))
		case int64:
			c = cmp.Compare(x, b[i].(int64))
		case string:
			c = cmp.Compare(x, b[i].(string))
		case []byte:
			c = bytes.Compare(x, b[i].([]byte))
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

func (s *Sheet[K, R]) taken() { s.wanted, s.makes = s.wanted[:0], nil }

func (s *Sheet[K, R]) writes(of state) [][]any {
	var all [][]any
	for _, c := range s.order {
		if c.state == of {
			values := c.row.Values()
			if of == removed {
				values = values[:s.of.Key]
			}
			all = append(all, values)
		}
	}
	return all
}

// written notes what is in the table now. A row that added up with another node's
// is not known any more.
func (s *Sheet[K, R]) written(alone bool) {
	for _, c := range s.order {
		c.queue = false
		if !alone && c.state == added && len(s.of.sum) > 0 {
			delete(s.groups, c.row.Group())
		}
		if c.state != removed {
			c.state = asRead
		}
	}
	s.order = s.order[:0]
}

// keptGroups bounds what a sheet carries from one transaction into the next: it
// knows at most twice as many groups, and forgets those not asked for the longest.
const keptGroups = 30_000

func (s *Sheet[K, R]) age() {
	if len(s.groups) > keptGroups {
		s.groups, s.older = map[K][]*cell[R]{}, s.groups
	}
}

// drop forgets what was read: a statement may have changed it.
func (s *Sheet[K, R]) drop() {
	clear(s.groups)
	s.older = nil
	s.wanted, s.makes = nil, nil
}
