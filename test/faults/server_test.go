//go:build linux

package faults

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"

	"naru/internal/pgserver"
)

const database1 = "naru"

// pattern is a stopped server with an empty database that tests copy: initdb
// takes most of a start.
var pattern = sync.OnceValues(func() (string, error) {
	dir, err := pgserver.TempDir()
	if err != nil {
		return "", err
	}
	s, err := pgserver.Start(context.Background(), pgserver.Options{Dir: dir})
	if err != nil {
		return dir, err
	}
	if err := s.Create(context.Background(), database1, ""); err != nil {
		return dir, err
	}
	return dir, s.Stop()
})

// newServer is a PostgreSQL of the test's own, with an empty database.
func newServer(t *testing.T) *pgserver.Server {
	t.Helper()
	if _, err := pgserver.Find(); err != nil {
		t.Skip(err)
	}
	from, err := pattern()
	must(t, err)
	dir := serverFolder(t)
	if said, err := exec.Command("cp", "-Rp", from+"/.", dir).CombinedOutput(); err != nil { //nolint:gosec // our own folders
		t.Fatal(fmt.Errorf("copy the pattern: %w: %s", err, said))
	}
	s, err := pgserver.Start(t.Context(), pgserver.Options{Dir: dir})
	must(t, err)
	t.Cleanup(func() { _ = s.Stop() })
	return s
}

// newStandby is a synchronous standby of a primary.
func newStandby(t *testing.T, primary *pgserver.Server) *pgserver.Server {
	t.Helper()
	s, err := primary.Standby(t.Context(), pgserver.Options{Dir: serverFolder(t)})
	must(t, err)
	t.Cleanup(func() { _ = s.Stop() })
	return s
}

// serverFolder is a folder the server's own user can reach.
func serverFolder(t *testing.T) string {
	t.Helper()
	dir, err := pgserver.TempDir()
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}
