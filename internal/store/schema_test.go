package store_test

import (
	"database/sql"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

//go:generate go test -run TestSchemaIsWrittenDown -update .

var update = flag.Bool("update", false, "write schema.sql anew")

// schema.sql is what the migrations make, for people who read; it is never run.
func TestSchemaIsWrittenDown(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	must(t, h.Close())
	var b strings.Builder
	b.WriteString("-- Made by go generate from the migrations; to read, not to run.\n")
	for _, name := range []string{"gate", "booking", "staff", "record", "visit"} {
		fmt.Fprintf(&b, "\n-- %s.db\n", name)
		db, err := sql.Open("sqlite", filepath.Join(h.dir, name+".db"))
		must(t, err)
		rows, err := db.Query(`SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'goose%'
		    AND name NOT LIKE 'sqlite%' ORDER BY tbl_name, type DESC, name`)
		must(t, err)
		for rows.Next() {
			var text string
			must(t, rows.Scan(&text))
			b.WriteString("\n" + text + ";\n")
		}
		must(t, rows.Err())
		_ = rows.Close()
		_ = db.Close()
	}
	if *update {
		must(t, os.WriteFile("schema.sql", []byte(b.String()), 0o644))
	}
	have, err := os.ReadFile("schema.sql")
	must(t, err)
	if string(have) != b.String() {
		t.Error("schema.sql is not what the migrations make; run make generate")
	}
}
