package pgserver

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if os.Getenv(callerVariable) != "" {
		beCaller() // see killed_test.go
		return
	}
	var err error
	if everything, err = TempDir(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(status int) {
		if err := os.RemoveAll(everything); err != nil {
			fmt.Fprintln(os.Stderr, err)
			status = max(status, 1)
		}
		os.Exit(status)
	}))
}

// everything holds the folders of all tests until the last has ended: ext4 is
// slow to make files where as many were removed a moment ago.
var everything string

// pattern is an empty cluster that tests copy: initdb takes most of a start.
var pattern = sync.OnceValues(func() (string, error) {
	dir := filepath.Join(everything, "pattern")
	s, err := prepare(Options{Dir: dir})
	if err == nil {
		err = s.initialise(context.Background())
	}
	return dir, err
})

// cluster is a new folder for a server that need not make its data.
func cluster(t *testing.T) string {
	t.Helper()
	wanted(t)
	from, err := pattern()
	must(t, err)
	dir := folder(t)
	if out, err := exec.Command("cp", "-Rp", from+"/.", dir).CombinedOutput(); err != nil {
		t.Fatalf("copy the pattern: %v: %s", err, out)
	}
	return dir
}

// folder is a new folder for a server.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp(everything, "test-")
	must(t, err)
	must(t, os.Chmod(dir, 0o755))
	return dir
}

// start is a new server, stopped and gone with the test.
func start(t *testing.T, settings map[string]string) *Server {
	t.Helper()
	s, err := Start(t.Context(), Options{Dir: cluster(t), Settings: settings})
	if err != nil {
		t.Fatal(err)
	}
	stopAtTheEnd(t, s)
	return s
}

// wanted skips a test on a machine without PostgreSQL.
func wanted(t *testing.T) {
	t.Helper()
	if _, err := Find(); err != nil {
		t.Skip(err)
	}
}

func stopAtTheEnd(t *testing.T, s *Server) {
	t.Helper()
	t.Cleanup(func() { must(t, s.Stop()) })
}

// must fails the test at once if an act failed.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// open connects to a database until the test ends.
func open(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	must(t, err)
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	return conn
}

// patience is for what would otherwise hang: nothing here takes so long.
const patience = 20 * time.Second

// execute runs statements as one user would, over TCP.
func execute(t *testing.T, url string, statements ...string) {
	t.Helper()
	conn := open(t, url)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// value is the one value a query gives, as text.
func value(t *testing.T, url, query string) (text string) {
	t.Helper()
	if err := open(t, url).QueryRow(t.Context(), query).Scan(&text); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return text
}

func same[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// noneNow fails if any of the processes is still there.
func noneNow(t *testing.T, pids []int) {
	t.Helper()
	var left []process
	for range 100 { // a process that was killed may need a turn of a busy processor to die
		all, err := processes()
		must(t, err)
		left = slices.DeleteFunc(all, func(p process) bool { return !slices.Contains(pids, p.pid) || p.gone() })
		if len(left) == 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	for _, p := range left {
		t.Errorf("process %d is still there (%c)", p.pid, p.state)
	}
}

// family is the server's processes now.
func family(t *testing.T, s *Server) []int {
	t.Helper()
	pids, err := familyOf(s.PID())
	must(t, err)
	if len(pids) < 4 {
		t.Fatalf("a server is a postmaster and several others, found %v", pids)
	}
	return pids
}

// nextLine reads one line of a program's output.
func nextLine(t *testing.T, r *bufio.Scanner) string {
	t.Helper()
	if !r.Scan() {
		t.Fatalf("no further line: %v", r.Err())
	}
	return r.Text()
}
