//go:build linux

package faults

import (
	"errors"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// scratch holds every folder of the tests until the end; its path is short, for
// the sockets in it.
var scratch string

func TestMain(m *testing.M) {
	if os.Getenv(nodeVariable) != "" {
		beNode()
		return
	}
	var err error
	if scratch, err = os.MkdirTemp("", "naru-f-"); err != nil {
		log.Fatal(err)
	}
	status := m.Run()
	if err := report.write(os.Getenv("NARU_FAULTS_REPORT")); err != nil {
		log.Print(err)
		status = max(status, 1)
	}
	if allKills() > 0 {
		if dir, err := pattern(); err == nil {
			_ = os.RemoveAll(dir) // left over at worst
		}
	}
	_ = os.RemoveAll(scratch) // left over at worst
	os.Exit(status)
}

// allKills is how many kills were asked for, 0 when faults were not asked for.
func allKills() int {
	n, _ := strconv.Atoi(os.Getenv("NARU_FAULTS"))
	return max(0, n)
}

// need leaves a test out when faults were not asked for. Scenarios wait more than
// they work, so they run side by side.
func need(t *testing.T) {
	t.Helper()
	if allKills() == 0 {
		t.Skip("faults are made with NARU_FAULTS=20 (make faults)")
	}
	t.Parallel()
}

// kills is a scenario's share of all kills, two at least.
func kills(percent int) int { return max(2, allKills()*percent/100) }

// schedule is the random source of a scenario: the seed, and who asks.
func schedule(t *testing.T) *rand.Rand {
	t.Helper()
	seed := rand.Uint64() //nolint:gosec // moments of a test, no secret
	if text := os.Getenv("NARU_FAULTS_SEED"); text != "" {
		var err error
		seed, err = strconv.ParseUint(text, 10, 64)
		must(t, err)
	}
	t.Logf("NARU_FAULTS_SEED=%d", seed)
	var name uint64
	for _, c := range t.Name() {
		name = name*31 + uint64(c) //nolint:gosec // any number will do
	}
	return rand.New(rand.NewPCG(seed, name)) //nolint:gosec // as above
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// results are the rows of the table that a recorded run writes.
type results struct {
	mu   sync.Mutex
	rows []string
}

var report results

func (r *results) add(cells ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	text := make([]string, len(cells))
	for i, c := range cells {
		text[i] = fmt.Sprint(c)
	}
	r.rows = append(r.rows, "| "+strings.Join(text, " | ")+" |")
}

const reportHead = `| scenario | faults | people | acknowledged acts | booked at the end | acks lost | tickets changed | not answered at first | longest silence | histories: slots, people, tickets (operations) |
|---|---|---|---|---|---|---|---|---|---|`

// write appends what happened to a file.
func (r *results) write(path string) error {
	if path == "" || len(r.rows) == 0 {
		return nil
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644) //nolint:gosec // the caller's own file
	if err != nil {
		return err
	}
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease") // left out where there is none
	_, err = fmt.Fprintf(f, "\n## Run of %s: NARU_FAULTS=%d, %d cores, %s, Linux %s\n\n%s\n%s\n", time.Now().UTC().Format("2 January 2006 15:04 UTC"),
		allKills(), runtime.NumCPU(), runtime.Version(), strings.TrimSpace(string(kernel)), reportHead, strings.Join(r.rows, "\n"))
	return errors.Join(err, f.Close())
}
