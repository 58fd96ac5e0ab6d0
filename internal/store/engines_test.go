package store_test

import (
	"context"
	"log"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"naru/examples"
	"naru/internal/agency"
	"naru/internal/pgserver"
	"naru/internal/store"
)

// databases are the tests' own PostgreSQL, started by the first test that asks.
// These tests are about behaviour, so it does not wait for the disk; what must
// survive a crash is shown on servers that do.
var databases = pgserver.Pool{Prepare: prepare, Settings: map[string]string{"fsync": "off"}}

// closeDatabases stops the server, if one was started.
func closeDatabases() int {
	if err := databases.Close(); err != nil {
		log.Print(err)
		return 1
	}
	return 0
}

// prepare brings the template's schema up to date. No keys may be known to it:
// every house makes its own.
func prepare(url string) error {
	dir, err := os.MkdirTemp("", "naru-template-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // it held a throw-away key
	a, err := agency.Load(examples.AgencyYAML)
	if err != nil {
		return err
	}
	return store.Migrate(context.Background(), store.Options{Dir: dir, DB: url, Now: time.Now, Agency: a, Fatal: func(err error) { panic(err) }})
}

const postgresName = "postgres"

// onBoth runs a test of the store's behaviour over SQLite and over PostgreSQL,
// unchanged: what is true of one must be true of the other.
func onBoth(t *testing.T, test func(*testing.T)) {
	t.Helper()
	t.Parallel()
	t.Run("sqlite", test)
	t.Run(postgresName, test)
}

// onPostgres says which of the two a house is for.
func onPostgres(t testing.TB) bool {
	return strings.Contains(t.Name(), "/"+postgresName)
}

// needPostgres leaves a test out where PostgreSQL is not installed; in CI nothing
// is left out.
func needPostgres(t testing.TB) {
	t.Helper()
	if _, err := pgserver.Find(); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
}

// newDatabase is an empty database with the schema.
func newDatabase(t testing.TB) string {
	t.Helper()
	needPostgres(t)
	url, drop, err := databases.Database(context.Background())
	must(t, err)
	t.Cleanup(drop)
	return url
}

// onPostgresOnly is onBoth for what only several nodes can show.
func onPostgresOnly(t *testing.T, test func(*testing.T)) {
	t.Helper()
	t.Parallel()
	t.Run(postgresName, test)
}

// copyKeys gives a node the keys of another.
func copyKeys(t testing.TB, from, to string) {
	t.Helper()
	must(t, os.CopyFS(filepath.Join(to, "keys"), os.DirFS(filepath.Join(from, "keys"))))
}
