package store_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"naru/internal/db"
	"naru/internal/store"
)

// small are the tables that do not grow with the number of people. All others
// are cut into buckets (DESIGN §3).
var small = []string{
	"booking.goose_db_version", "booking.key_check", "booking.message_pace", "booking.static_file",
	"gate.lane", "gate.node_load", "gate.steering",
	"gate.admitted_booked", "gate.admitted_head", "gate.beacon_value", "gate.campaign", "gate.campaign_key", "gate.goose_db_version", "gate.late", "gate.lease", "gate.line",
	"gate.provider_light", "gate.recovery",
	"record.goose_db_version", "record.issuer_key", "record.record_load", "record.revocation", "record.rule_set", "record.scan_bundle", "record.trust_list",
	"staff.goose_db_version", "staff.incident", "staff.staff_account", "staff.staff_expected", "staff.staff_identity", "staff.staff_link", "staff.staff_passkey",
	"staff.staff_pin", "staff.staff_question", "staff.staff_search", "staff.staff_session", "staff.staff_try",
	"visit.goose_db_version", "visit.visit_case", "visit.visit_key",
}

func catalogue(t *testing.T) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), newDatabase(t))
	must(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// Every table that grows has "bucket smallint" in its primary key and in every
// unique index (first, or after an id that begins with its time: ADR 0015), and no
// key leads from one table into another: nothing in the schema needs two buckets
// at once.
func TestTablesThatGrowAreCutIntoBuckets(t *testing.T) {
	t.Parallel()
	conn, ctx := catalogue(t), context.Background()
	rows, err := conn.Query(ctx, `
	    SELECT n.nspname || '.' || c.relname,
	        coalesce((SELECT format_type(a.atttypid, a.atttypmod) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'bucket'), ''),
	        (SELECT count(*) FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary),
	        (SELECT count(*) FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND NOT EXISTS (
	            SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'bucket' AND a.attnum = ANY (i.indkey[0:1]))),
	        (SELECT count(*) FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f')
	    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	    WHERE c.relkind IN ('r', 'p') AND n.nspname IN ('gate', 'booking', 'staff', 'record', 'visit') ORDER BY 1`)
	must(t, err)
	seen := 0
	for rows.Next() {
		var name, bucket string
		var primary, elsewhere, foreign int
		must(t, rows.Scan(&name, &bucket, &primary, &elsewhere, &foreign))
		seen++
		switch {
		case foreign > 0:
			t.Errorf("%s has a key into another table", name)
		case slices.Contains(small, name):
		case bucket != "smallint":
			t.Errorf("%s grows and has no bucket smallint (it has %q)", name, bucket)
		case elsewhere > 0:
			t.Errorf("%s has %d unique indexes without its bucket among the first two columns", name, elsewhere)
		case primary == 0 && name != "gate.admitted": // a record in order of time, read whole
			t.Errorf("%s has no primary key", name)
		}
	}
	must(t, rows.Err())
	if seen < len(small)+10 {
		t.Errorf("only %d tables: the test has looked at the wrong place", seen)
	}
}

// What the program says of its tables is what both databases have.
func TestTablesAreAsDescribed(t *testing.T) { onBoth(t, testTablesAreAsDescribed) }

func testTablesAreAsDescribed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	snap, err := db.OpenSnapshot(context.Background(), h.dir, h.db, "gate", "booking", "staff", "record")
	must(t, err)
	defer func() { _ = snap.Close() }()
	for name, table := range store.Tables() {
		schema, _, _ := strings.Cut(name, ".")
		for _, c := range table.Columns {
			var kind string
			query, args := `SELECT lower(type) FROM pragma_table_info($1, $2) WHERE name = $3`, []any{table.Name, schema, c.Name}
			if h.db != "" {
				query = `SELECT udt_name::text FROM information_schema.columns WHERE table_name = $1 AND table_schema = $2 AND column_name = $3`
			}
			must(t, snap.Read(context.Background(), query, args, func(scan func(...any) error) error { return scan(&kind) }))
			want := c.Type
			if h.db == "" {
				want = map[string]string{"bytea": "blob", "text": "text", "float8": "real"}[c.Type]
				if want == "" {
					want = "integer"
				}
			}
			if kind != want {
				t.Errorf("%s.%s is %q, the program says %q", name, c.Name, kind, want)
			}
		}
	}
}

// A lookup by key must not be planned over another index, whatever the planner
// thought of the table when it was small: indexes beside the key begin with a
// column no lookup names, or are partial.
func TestNoOtherIndexServesALookup(t *testing.T) {
	t.Parallel()
	conn, ctx := catalogue(t), context.Background()
	for name, table := range store.Tables() {
		schema, _, _ := strings.Cut(name, ".")
		rows, err := conn.Query(ctx, `SELECT i.indexrelid::regclass::text, a.attname FROM pg_index i
		    JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
		    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
		    WHERE n.nspname = $1 AND c.relname = $2 AND NOT i.indisprimary AND i.indpred IS NULL`, schema, table.Name)
		must(t, err)
		for rows.Next() {
			var index, first string
			must(t, rows.Scan(&index, &first))
			for _, c := range table.Columns[:table.Group] {
				if c.Name == first {
					t.Errorf("%s begins with %s, by which %s is looked up; make it partial", index, first, name)
				}
			}
		}
		must(t, rows.Err())
	}
}
