package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// movedSchemas are what a store keeps: schemas of a PostgreSQL, files of a folder.
var movedSchemas = []string{"gate", "booking", "staff", "record", "visit"}

// onlyInPostgres are tables whose content a folder keeps as files; moveDirectory
// takes over the first. A folder that has days of the register is not moved.
var onlyInPostgres = []string{"booking.static_file", "visit.visit", "visit.contact"}

// tablePlan is a table that both databases have.
type tablePlan struct {
	schema, name string
	columns      []columnPlan
	key          []int // places of the key among the columns
}

type columnPlan struct {
	name    string
	kind    columnKind
	counter bool // PostgreSQL counts it
}

func (t tablePlan) String() string { return t.schema + "." + t.name }

func (t tablePlan) columnNames() []string {
	var all []string
	for _, c := range t.columns {
		all = append(all, c.name)
	}
	return all
}

func (t tablePlan) keyNames() string {
	var all []string
	for _, i := range t.key {
		all = append(all, t.columns[i].name)
	}
	return strings.Join(all, ", ")
}

// plan is made from the catalogues of both databases, so that no table can be
// forgotten: one that only one of them knows stops the move.
func (m *Mover) plan(ctx context.Context) ([]tablePlan, error) {
	var all []tablePlan
	for _, schema := range movedSchemas {
		to, err := m.target.tables(ctx, schema)
		if err != nil {
			return nil, err
		}
		from, err := m.sourceTables(ctx, schema)
		if err != nil {
			return nil, err
		}
		to = slices.DeleteFunc(to, func(t tablePlan) bool { return slices.Contains(onlyInPostgres, t.String()) })
		paired, err := pair(from, to)
		if err != nil {
			return nil, err
		}
		all = append(all, paired...)
	}
	return all, nil
}

// pair joins the two descriptions of each table: types from PostgreSQL, keys from
// SQLite.
func pair(from map[string]sourceTable, to []tablePlan) ([]tablePlan, error) {
	for i, t := range to {
		s, ok := from[t.name]
		if !ok {
			return nil, fmt.Errorf("the folder has no table %s: the two schemas are not of the same version", t)
		}
		delete(from, t.name)
		if names := t.columnNames(); len(names) != len(s.columns) || !sameSet(names, s.columns) {
			return nil, fmt.Errorf("table %s has the columns %v in the folder and %v in the database", t, s.columns, names)
		}
		if len(s.key) == 0 {
			return nil, fmt.Errorf("table %s has no key", t)
		}
		for _, name := range s.key {
			to[i].key = append(to[i].key, slices.Index(t.columnNames(), name))
		}
	}
	for name := range from {
		return nil, fmt.Errorf("the database has no table %s: the two schemas are not of the same version", name)
	}
	return to, nil
}

func sameSet(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// tables reads a schema of the catalogue of PostgreSQL.
func (t *moveTarget) tables(ctx context.Context, schema string) ([]tablePlan, error) {
	rows, err := t.conn.Query(ctx, `SELECT c.relname::text, a.attname::text, format_type(a.atttypid, NULL), a.attidentity <> ''
	    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
	    WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
	    AND c.relname NOT LIKE 'goose%' ORDER BY c.relname COLLATE "C", a.attnum`, schema)
	if err != nil {
		return nil, err
	}
	var all []tablePlan
	var table, column, kind string
	var counter bool
	_, err = pgx.ForEachRow(rows, []any{&table, &column, &kind, &counter}, func() error {
		if n := len(all); n == 0 || all[n-1].name != table {
			all = append(all, tablePlan{schema: schema, name: table})
		}
		k, ok := kinds[kind]
		if !ok {
			return fmt.Errorf("column %s of %s.%s has the type %s, which a move does not know", column, schema, table, kind)
		}
		last := &all[len(all)-1]
		last.columns = append(last.columns, columnPlan{column, k, counter})
		return nil
	})
	return all, err
}

// sourceTable is a table as SQLite describes it.
type sourceTable struct{ columns, key []string }

func (m *Mover) sourceTables(ctx context.Context, schema string) (map[string]sourceTable, error) {
	all := map[string]sourceTable{}
	err := m.source.Read(ctx, `SELECT t.name, c.name, c.pk FROM `+schema+`.sqlite_master t JOIN pragma_table_info(t.name, $1) c
	    WHERE t.type = 'table' AND t.name NOT LIKE 'goose%' AND t.name NOT LIKE 'sqlite%' ORDER BY t.name, c.pk, c.cid`, []any{schema},
		func(scan func(...any) error) error {
			var table, column string
			var key int
			err := scan(&table, &column, &key)
			t := all[table]
			t.columns = append(t.columns, column)
			if key > 0 {
				t.key = append(t.key, column)
			}
			all[table] = t
			return err
		})
	return all, err
}
