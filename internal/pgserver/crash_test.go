package pgserver

import (
	"context"
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestKillKeepsWhatWasAcknowledged(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	must(t, s.Create(t.Context(), "clinic", ""))
	url, first := s.URL("clinic"), s.PID()
	execute(t, url, "CREATE TABLE seat (person int)", "INSERT INTO seat VALUES (1)", "BEGIN", "INSERT INTO seat VALUES (2)")

	pids, memory := family(t, s), s.status().memory
	must(t, s.Kill())
	noneNow(t, pids)
	same(t, "PID while it is down", s.PID(), 0)
	same(t, "shared memory left behind", sharedMemory(t, memory), false)
	must(t, s.Kill())

	must(t, s.Restart(t.Context()))
	same(t, "address after the restart", s.URL("clinic"), url)
	same(t, "acknowledged, and not", value(t, url, "SELECT string_agg(person::text, ',') FROM seat"), "1")
	if s.PID() == 0 || s.PID() == first {
		t.Errorf("the postmaster was %d and is %d", first, s.PID())
	}
	if err := s.Restart(t.Context()); err == nil {
		t.Error("a running server was started a second time")
	}
}

// sharedMemory tells whether a block of System V memory exists, where Linux says so.
func sharedMemory(t *testing.T, block int) bool {
	t.Helper()
	if block == 0 {
		t.Error("the server said nothing of its memory")
	}
	text, err := os.ReadFile("/proc/sysvipc/shm")
	if err != nil {
		t.Logf("cannot look for shared memory: %v", err)
		return false
	}
	for line := range strings.Lines(string(text)) {
		if words := strings.Fields(line); len(words) > 1 && parseStatus(words[1]).pid == block {
			return true
		}
	}
	return false
}

func TestKillWhileItRecovers(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	execute(t, s.URL("postgres"), "CREATE TABLE seat AS SELECT generate_series(1, 20000) AS person")
	must(t, s.Kill())
	interrupted := 0
	for range 3 {
		restarted := make(chan error, 1)
		go func() { restarted <- s.Restart(t.Context()) }()
		must(t, until(t.Context(), func() (bool, error) { return s.PID() != 0, nil }))
		must(t, s.Kill())
		if err := <-restarted; err != nil {
			interrupted++
		}
		same(t, "PID after the kill", s.PID(), 0)
	}
	if interrupted == 0 {
		t.Error("not one of three kills came before the end of recovery")
	}
	must(t, s.Restart(t.Context()))
	same(t, "rows", value(t, s.URL("postgres"), "SELECT count(*)::text FROM seat"), "20000")
}

func TestPauseFreezesAndResumeGoesOn(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	conn := open(t, s.URL("postgres"))
	must(t, s.Pause())
	if err := s.Pause(); err == nil {
		t.Error("paused twice")
	}
	for _, pid := range family(t, s) {
		same(t, "a process stands still", state(t, pid), 'T')
	}

	answer := make(chan error, 1)
	go func() {
		_, err := conn.Exec(t.Context(), "SELECT 1")
		answer <- err
	}()
	select {
	case err := <-answer:
		t.Fatalf("a paused server answered: %v", err)
	case <-time.After(200 * time.Millisecond):
	}
	late, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := s.ask(late, "SELECT true"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a newcomer was not kept waiting: %v", err)
	}

	must(t, s.Resume())
	must(t, <-answer)
	if err := s.Resume(); err == nil {
		t.Error("resumed twice")
	}
}

func state(t *testing.T, pid int) rune {
	t.Helper()
	all, err := processes()
	must(t, err)
	for _, p := range all {
		if p.pid == pid {
			return rune(p.state)
		}
	}
	return 0
}

func TestPausedServerEnds(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	die := func() error {
		err := signal(s.PID(), syscall.SIGKILL)
		<-s.program().done
		return err
	}
	for name, end := range map[string]func() error{
		"Stop":                              s.Stop,
		"Kill":                              s.Kill,
		"its postmaster's death, then Stop": func() error { return errors.Join(die(), s.Stop()) },
		"its postmaster's death, then Kill": func() error { return errors.Join(die(), s.Kill()) },
	} {
		must(t, s.Pause())
		pids := append(family(t, s), s.frozen.program.pid)
		if err := end(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		noneNow(t, pids)
		must(t, s.Restart(t.Context()))
	}
	must(t, s.Pause())
	must(t, die())
	must(t, s.Restart(t.Context()))
}
