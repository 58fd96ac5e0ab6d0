package drill

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"naru/internal/pgserver"
)

func TestDatabaseIsOfThisMachine(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"postgres://me@127.0.0.1:5432/x":                  "",
		"postgres://me@localhost/x":                       "",
		"postgres://me@[::1]/x":                           "",
		"postgresql:///x?host=/run/postgresql":            "",
		"postgres://me@127.0.0.1,localhost/x":             "",
		"postgres://me:secret@db.example/x":               "db.example is not on this machine",
		"postgres://me:secret@192.0.2.1/x":                "not on this machine",
		"postgres://me:secret@127.0.0.1,db.example/x":     "db.example is not on this machine",
		"postgres://me:secret@127.0.0.1/x?host=192.0.2.1": "not on this machine",
		"mysql://me:secret@127.0.0.1/x":                   "sqlite and postgres",
		"oracle":                                          "sqlite and postgres",
		"host=127.0.0.1 password=secret":                  "sqlite and postgres",
	} {
		err := checkDatabase(address)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret")) {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestDatabaseNames(t *testing.T) {
	t.Parallel()
	if got := databaseName("/x/drills/20260102T030405-7"); got != "naru_drill_20260102t030405_7" {
		t.Errorf("%q", got)
	}
	for address, want := range map[string]string{
		"postgres://a:b@127.0.0.1:5/old?sslmode=disable":      "postgres://a:b@127.0.0.1:5/new?sslmode=disable",
		"postgres://127.0.0.1/?dbname=old&database=old":       "postgres://127.0.0.1/new",
		"postgres:///old?host=%2Frun%2Fpostgresql&dbname=old": "postgres:///new?host=%2Frun%2Fpostgresql",
	} {
		got, err := withDatabase(address, "new")
		must(t, err)
		if got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
		if c, err := pgx.ParseConfig(got); err != nil || c.Database != "new" {
			t.Errorf("%s leads to %v, %v", got, c, err)
		}
	}
}

// On another's server the drill makes a database of its own and leaves the
// others as they are; the same one is not made twice.
func TestDatabaseOfItsOwn(t *testing.T) {
	t.Parallel()
	if _, err := pgserver.Find(); err != nil {
		t.Skip(err)
	}
	dir, err := pgserver.TempDir()
	must(t, err)
	server, err := pgserver.Start(t.Context(), pgserver.Options{Dir: dir})
	must(t, err)
	t.Cleanup(func() { must(t, server.Stop()) })
	must(t, server.Create(t.Context(), "theirs", ""))
	o := Options{DB: server.URL("theirs")}
	d, err := openDatabase(t.Context(), o, "naru_drill_x", t.TempDir())
	must(t, err)
	if d.url != server.URL("naru_drill_x") || !strings.Contains(d.what, "naru_drill_x") || d.used() != 0 {
		t.Errorf("%+v", d)
	}
	if _, err := openDatabase(t.Context(), o, "naru_drill_x", t.TempDir()); err == nil {
		t.Error("a database that was there is taken")
	}
	must(t, d.close())
	for _, name := range []string{"theirs", "naru_drill_x"} { // both are still there, empty
		conn, err := pgx.Connect(t.Context(), server.URL(name))
		must(t, err)
		var tables int
		must(t, conn.QueryRow(t.Context(), `SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace`).Scan(&tables))
		if tables != 0 {
			t.Errorf("%s has %d tables", name, tables)
		}
		must(t, conn.Close(t.Context()))
	}
}
