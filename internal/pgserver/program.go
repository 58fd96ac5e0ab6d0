package pgserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// program is a process we started and wait for.
type program struct {
	pid  int
	done chan struct{} // closed when it was waited for
	err  error         // how it ended; read after done
}

func (p *program) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// run starts a command. The system ends it when the thread that started it
// ends, so one goroutine keeps that thread until the process is gone.
func run(cmd *exec.Cmd) (*program, error) {
	p := &program{done: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		if err == nil {
			p.pid = cmd.Process.Pid
		}
		started <- err
		if err == nil {
			p.err = cmd.Wait()
		}
		close(p.done)
	}()
	return p, <-started
}

// command is one of PostgreSQL's programs, run as the account with its output
// in the log. Variables that steer PostgreSQL's programs are kept from it.
func (s *Server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Dir = s.dir
	cmd.SysProcAttr = s.as.attributes()
	dieWithUs(cmd.SysProcAttr)
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "PG") && !strings.HasPrefix(v, "LC_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, "LC_ALL=C")
	return cmd
}

// logged starts a program that writes to the log.
func (s *Server) logged(cmd *exec.Cmd) (*program, error) {
	log, err := os.OpenFile(s.Log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }() // the program has its own hold of it
	cmd.Stdout, cmd.Stderr = log, log
	return run(cmd)
}

// runTool runs a program to its end, or kills it when the context ends.
func (s *Server) runTool(ctx context.Context, name string, args ...string) error {
	p, err := s.logged(s.command(name, args...))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	select {
	case <-p.done:
	case <-ctx.Done():
		err = errors.Join(ctx.Err(), signal(-p.pid, syscall.SIGKILL)) // its group: it has helpers
		<-p.done
	}
	if err = errors.Join(err, p.err); err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, s.lastWords())
	}
	return nil
}

// until looks every few milliseconds whether something has come true.
func until(ctx context.Context, looks func() (bool, error)) error {
	tick := time.NewTicker(looksEvery)
	defer tick.Stop()
	for {
		yes, err := looks()
		if yes || err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// lastWords is the end of the log, for an error.
func (s *Server) lastWords() string {
	const lines, most = 12, 64 << 10
	text, err := os.ReadFile(s.Log())
	if err != nil {
		return "(no log: " + err.Error() + ")"
	}
	if len(text) > most {
		text = text[len(text)-most:]
	}
	all := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
