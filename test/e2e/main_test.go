package e2e

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// repository is where the tests start: go test runs in the package's folder.
const repository = "../.."

// scratch holds the binary and the browsers' profiles until the end.
var scratch string

func TestMain(m *testing.M) {
	var err error
	if scratch, err = os.MkdirTemp("", "naru-e2e-"); err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		os.Exit(1)
	}
	code := m.Run()
	endChromium()
	_ = os.RemoveAll(scratch) // left over at worst
	os.Exit(code)
}

// need leaves a test out when browser tests were not asked for, or when the
// Debian package it needs is missing; under CI a missing package fails it.
func need(t *testing.T, packages ...string) {
	t.Helper()
	if os.Getenv("NARU_E2E") != "1" {
		t.Skip("browser tests run with NARU_E2E=1 (make e2e)")
	}
	for _, name := range packages {
		if _, err := exec.LookPath(name); err == nil {
			continue
		}
		say := fmt.Sprintf("%s is not installed; run: sudo apt-get install -y %s", name, name)
		if os.Getenv("CI") != "" {
			t.Fatal(say)
		}
		t.Skip(say)
	}
}

// binary builds the program once for all tests; NARU_BIN names one that is
// built already.
var binary = sync.OnceValues(func() (string, error) {
	if built := os.Getenv("NARU_BIN"); built != "" {
		return filepath.Abs(built)
	}
	to := filepath.Join(scratch, "naru")
	cmd := exec.Command("go", "build", "-o", to, "./cmd/naru")
	cmd.Dir = repository
	if said, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build naru: %w\n%s", err, bytes.TrimSpace(said))
	}
	return to, nil
})

// tick is how often a condition of another process is looked at. Browser and
// server cannot be given a fake clock, so the tests look again until a deadline
// and never rest for a fixed time.
const tick = 50 * time.Millisecond

// patience is the deadline of what has no deadline of its own; generous, since
// the machine may be busy with other tests.
const patience = 30 * time.Second

// until looks at a condition until it holds, and fails the test at the deadline.
func until(t *testing.T, deadline time.Duration, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	look := time.NewTicker(tick)
	defer look.Stop()
	for !holds() {
		select {
		case <-ctx.Done():
			t.Fatalf("waited %s in vain: %s", deadline, what)
		case <-look.C:
		}
	}
}
