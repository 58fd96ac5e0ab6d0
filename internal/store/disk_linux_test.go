package store_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"naru/internal/booking"
	"naru/internal/fault"
)

// boundFiles makes every write of this process fail that would let a file grow
// by more than space bytes over the largest database file there is now.
func boundFiles(t testing.TB, dir, space string) {
	t.Helper()
	if space == "" {
		return
	}
	n, err := strconv.ParseUint(space, 10, 64)
	must(t, err)
	largest := uint64(0)
	files, err := filepath.Glob(filepath.Join(dir, "*.db*"))
	must(t, err)
	for _, f := range files {
		info, err := os.Stat(f)
		must(t, err)
		largest = max(largest, uint64(info.Size())) //nolint:gosec // sizes are not negative
	}
	signal.Ignore(syscall.SIGXFSZ) // the write shall fail, not the process
	must(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: largest + n, Max: largest + n}))
}

// TestFailedWriteEndsTheProcess lets the disk refuse a write in the middle of
// booking: the store says that the process must end, and the next one finds
// everything that was acknowledged (rule B14).
func TestFailedWriteEndsTheProcess(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.openGate()
	must(t, h.Close())
	c := h.child(0, "600000", time.Minute)
	all := map[booking.Number]bool{}
	for _, n := range c.acknowledged(h, 1_000_000) {
		all[n] = true
	}
	var exit *exec.ExitError
	if err := c.Wait(); !errors.As(err, &exit) || exit.ExitCode() != statusFatal {
		t.Fatalf("the process ended with %v, want status %d; it said: %s", err, statusFatal, c.said.String())
	}
	if !bytes.Contains(c.said.Bytes(), []byte("fatal: ")) || len(all) == 0 {
		t.Fatalf("%d were acknowledged; the process said: %s", len(all), c.said.String())
	}
	h.checkAcknowledged(all)
}

// TestFullDiskLosesNothingAndGoesOn fills the disk while people book. Each act
// is refused as "unavailable", what was acknowledged is there, and with space
// again the same store goes on.
func TestFullDiskLosesNothingAndGoesOn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=3m"); err != nil {
		t.Skipf("a disk of its own cannot be mounted here (root is needed): %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	h := newHouseOf(t, dir, tinyFiles(t))
	h.openGate()
	all := map[booking.Number]bool{}
	booked := func(first, people int) (last error) {
		for n := range people {
			r, err := h.citizen(first + n).book()
			if err != nil {
				return err
			}
			all[r] = true
		}
		return nil
	}
	must(t, booked(0, 3))
	ballast := filepath.Join(dir, "ballast")
	fill(t, ballast)
	err := booked(100, 60)
	wantCode(t, err, fault.Unavailable)
	for range 3 { // nor is anything half done by those who repeat
		wantCode(t, booked(200, 1), fault.Unavailable)
	}
	must(t, os.Remove(ballast))
	must(t, h.Ready(context.Background()))
	must(t, booked(300, 3))
	must(t, h.Close())
	h.checkAcknowledged(all)
}

// fill writes a file until the disk takes no more.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	must(t, err)
	defer func() { _ = f.Close() }()
	for block := make([]byte, 4096); len(block) > 0; {
		if _, err := f.Write(block); err != nil {
			if !errors.Is(err, syscall.ENOSPC) {
				t.Fatal(err)
			}
			block = block[:len(block)/2]
		}
	}
}
