package db

import (
	"fmt"
	"strconv"
	"strings"
)

// Table describes a table once for both databases: its columns, the first of
// which are its key, and which of them change. The statements that read rows by
// key and write them are made from it; everything else is hand-written SQL
// (docs/adr/0009).
type Table struct {
	Name    string
	Columns []Column
	Key     int  // the first Key columns name one row
	Group   int  // the first Group columns are what acts read by; 0: rows are only added
	Lock    bool // PostgreSQL: reading locks the row until the end of the transaction
	change  []int
	sum     []int // columns that add up when two nodes add the same row at once
}

// Column is a column's name and its type, in PostgreSQL's word.
type Column struct {
	Name string
	Type string // int2, int4, int8, float8, bool, text or bytea
}

// NewTable reads columns written as "bucket int2, campaign text, ..."; a type
// that ends in "!" is of a column that changes, one in "+" of a number that
// changes and adds up: two nodes may add the same row at once, and a CHECK of the
// table bounds the sum. It panics on what is not so: tables are part of the program.
func NewTable(name, columns string, key, group int, lock bool) *Table {
	t := &Table{Name: name, Key: key, Group: group, Lock: lock}
	for text := range strings.SplitSeq(columns, ",") {
		c := Column{}
		if n, err := fmt.Sscan(text, &c.Name, &c.Type); n != 2 || err != nil {
			panic("table " + name + ": column " + text)
		}
		kind, sums := strings.CutSuffix(c.Type, "+")
		if sums {
			t.sum = append(t.sum, len(t.Columns))
		}
		kind, changes := strings.CutSuffix(kind, "!")
		if c.Type = kind; changes || sums {
			t.change = append(t.change, len(t.Columns))
		}
		t.Columns = append(t.Columns, c)
	}
	if key < 1 || key > len(t.Columns) || group > key || len(t.change) > 0 && t.change[0] < key {
		panic("table " + name + ": key")
	}
	return t
}

// changing are the columns an UPDATE sets, followed by the key.
func (t *Table) changing() (set, where []Column) {
	for _, i := range t.change {
		set = append(set, t.Columns[i])
	}
	return set, t.Columns[:t.Key]
}

func (t *Table) sums() (all []Column) {
	for _, i := range t.sum {
		all = append(all, t.Columns[i])
	}
	return all
}

// changeValues are the values of a row for an UPDATE of SQLite.
func (t *Table) changeValues(values []any) []any {
	all := make([]any, 0, len(t.change)+t.Key)
	for _, i := range t.change {
		all = append(all, values[i])
	}
	return append(all, values[:t.Key]...)
}

// ColumnNames are the columns, joined by commas, in the order of Values.
func (t *Table) ColumnNames() string { return names(t.Columns, "") }

func names(columns []Column, prefix string) string {
	return list(columns, ", ", func(_ int, c Column) string { return prefix + c.Name })
}

// arrays are "$1::int2[], $2::text[], ...".
func arrays(columns []Column) string {
	return list(columns, ", ", func(i int, c Column) string { return number(i) + "::" + c.Type + "[]" })
}

func number(i int) string { return "$" + strconv.Itoa(i+1) }

func list(columns []Column, between string, text func(i int, c Column) string) string {
	all := make([]string, len(columns))
	for i, c := range columns {
		all[i] = text(i, c)
	}
	return strings.Join(all, between)
}

// statements are the texts for one table in one database.
type statements struct{ load, look, ensure, add, addMany, change, remove string }

// manyRows is how many rows one statement adds to a SQLite table where there are
// as many: the key's place is looked up once for rows that are neighbours.
const manyRows = 32

// sqliteStatements work on one row, or one group, at a time.
func (t *Table) sqliteStatements() statements {
	set, key := t.changing()
	at := func(first int) func(int, Column) string {
		return func(i int, c Column) string { return c.Name + " = " + number(first+i) }
	}
	into := "INSERT INTO " + t.Name + " (" + t.ColumnNames() + ") VALUES "
	row := "(" + list(t.Columns, ", ", func(int, Column) string { return "?" }) + ")"
	s := statements{
		add:     into + row,
		addMany: into + strings.Repeat(row+", ", manyRows-1) + row,
		change:  "UPDATE " + t.Name + " SET " + list(set, ", ", at(0)) + " WHERE " + list(key, " AND ", at(len(set))),
		remove:  "DELETE FROM " + t.Name + " WHERE " + list(key, " AND ", at(0)),
	}
	if t.Group > 0 {
		s.load = "SELECT " + t.ColumnNames() + " FROM " + t.Name + " WHERE " + list(t.Columns[:t.Group], " AND ", at(0))
	}
	if t.Key > t.Group {
		s.load += " ORDER BY " + names(key, "")
	}
	s.look = s.load
	return s
}

// postgresStatements work on many rows at once, given as one array a column.
//
// Each must use the table's key, however few rows the table had when the
// statement was planned: a plan made over an empty table and kept would read the
// whole of it for every row once it has grown. So rows are looked up one by one
// in a subquery that the planner may not join (OFFSET 0), and changed where it
// found them. Rows are locked in the order in which they are asked for,
// which is that of their keys: two nodes never wait for each other in a circle.
func (t *Table) postgresStatements() statements {
	set, key := t.changing()
	same := func(_ int, c Column) string { return "t." + c.Name + " = v." + c.Name }
	given := func(columns []Column) string {
		return "unnest(" + arrays(columns) + ") AS v (" + names(columns, "") + ")"
	}
	found := func(columns []Column, what, more string) string {
		return given(columns) + " CROSS JOIN LATERAL (SELECT " + what + " FROM " + t.Name + " t WHERE " + list(columns, " AND ", same) + more + ") t"
	}
	into := "INSERT INTO " + t.Name + " (" + t.ColumnNames() + ") SELECT * FROM " + given(t.Columns)
	s := statements{
		add:    into,
		ensure: into + " ON CONFLICT DO NOTHING",
		change: "UPDATE " + t.Name + " t SET " + list(set, ", ", func(_ int, c Column) string { return c.Name + " = v." + c.Name }) +
			" FROM (SELECT v.*, t.ctid AS at FROM " + given(t.Columns) + " CROSS JOIN LATERAL (SELECT t.ctid FROM " + t.Name + " t WHERE " +
			list(key, " AND ", same) + " OFFSET 0) t) v WHERE t.ctid = v.at",
		remove: "DELETE FROM " + t.Name + " WHERE ctid = ANY (ARRAY(SELECT t.ctid FROM " + found(key, "t.ctid", " OFFSET 0") + "))",
	}
	if len(t.sum) > 0 {
		s.add += " ON CONFLICT (" + names(key, "") + ") DO UPDATE SET " +
			list(t.sums(), ", ", func(_ int, c Column) string { return c.Name + " = " + t.Name + "." + c.Name + " + excluded." + c.Name })
	}
	if t.Group > 0 {
		s.look = "SELECT " + names(t.Columns, "t.") + " FROM " + found(t.Columns[:t.Group], names(t.Columns, "t."), " ORDER BY "+names(key, "t.")+" OFFSET 0")
		s.load = s.look
	}
	if t.Lock {
		s.load = "SELECT " + names(t.Columns, "t.") + " FROM " + found(t.Columns[:t.Group], names(t.Columns, "t."), " ORDER BY "+names(key, "t.")+" OFFSET 0 FOR UPDATE")
	}
	return s
}
