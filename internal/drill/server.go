package drill

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// server is the process the drill started: the same executable, "serve", on a
// port of 127.0.0.1.
type server struct {
	args  []string
	exe   string
	log   *os.File // its standard error
	url   string
	cmd   *exec.Cmd
	ended chan error

	cpu   time.Duration // of processes that have ended
	rssMB int           // peak
}

// Times a server is given.
const (
	startsWithin = 60 * time.Second
	endsWithin   = 30 * time.Second
)

// startServer starts a server over the folder and waits until it listens.
func startServer(ctx context.Context, o Options, dir string) (*server, error) {
	log, err := os.Create(filepath.Join(dir, "server.log")) //nolint:gosec // the drill's own folder
	if err != nil {
		return nil, err
	}
	s := &server{exe: o.Executable, log: log, args: []string{"serve", "--data", dir, "--development"}}
	if o.AgencyFile != "" {
		s.args = append(s.args, "--agency", o.AgencyFile)
	}
	if o.CPUProfile != "" {
		s.args = append(s.args, "--cpuprofile", o.CPUProfile)
	}
	if err := s.start(ctx, "127.0.0.1:0"); err != nil {
		return nil, errors.Join(err, log.Close())
	}
	return s, nil
}

// politely starts the server behind the crowd in the machine's own queue: a real
// crowd is elsewhere, and one that waits for the server's processor is not open
// loop. The server only has it harder.
func politely(exe string, args ...string) *exec.Cmd {
	if nice, err := exec.LookPath("nice"); err == nil {
		return exec.Command(nice, append([]string{"-n", "5", exe}, args...)...) //nolint:gosec // itself
	}
	return exec.Command(exe, args...) //nolint:gosec // itself
}

func (s *server) start(ctx context.Context, listen string) error {
	s.cmd = politely(s.exe, append(s.args, "--listen", listen)...)
	s.cmd.Stderr = s.log
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := s.cmd.Start(); err != nil {
		return fmt.Errorf("start the server: %w", err)
	}
	said := make(chan string, 1)
	read := make(chan struct{})
	go func() { defer close(read); readAddress(out, said) }()
	s.ended = make(chan error, 1)
	go func() { <-read; s.ended <- s.cmd.Wait() }()
	select {
	case s.url = <-said:
		return nil
	case err := <-s.ended:
		s.ended <- err
		err = fmt.Errorf("the server ended at once (%v); see %s", err, s.log.Name())
		return err
	case <-time.After(startsWithin):
	case <-ctx.Done():
	}
	s.kill()
	return fmt.Errorf("the server did not say within %v where it listens; see %s", startsWithin, s.log.Name())
}

// readAddress waits for the line that says where the server listens, and reads the
// rest away.
func readAddress(out io.Reader, said chan<- string) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if url, found := strings.CutPrefix(lines.Text(), "listening on "); found {
			said <- strings.TrimSpace(url)
			break
		}
	}
	_, _ = io.Copy(io.Discard, out) // until it ends
}

// restart starts it again where it was.
func (s *server) restart(ctx context.Context) error {
	return s.start(ctx, strings.TrimPrefix(s.url, "http://"))
}

// kill ends the process at once, as a power cut would end it.
func (s *server) kill() {
	s.sample()
	_ = s.cmd.Process.Kill() // it may have ended by itself
	s.wait(endsWithin)
}

// stop ends the process as an operator does, and waits.
func (s *server) stop() error {
	s.sample()
	_ = s.cmd.Process.Signal(syscall.SIGTERM) // it may have ended by itself
	err := s.wait(endsWithin)
	return errors.Join(err, s.log.Close())
}

func (s *server) wait(limit time.Duration) error {
	select {
	case err := <-s.ended:
		s.ended <- err
		if p := s.cmd.ProcessState; p != nil {
			s.cpu += p.UserTime() + p.SystemTime()
		}
		return err
	case <-time.After(limit):
		_ = s.cmd.Process.Kill()
		<-s.ended
		return fmt.Errorf("the server did not end within %v", limit)
	}
}

// gone says whether the process has ended by itself.
func (s *server) gone() bool {
	select {
	case err := <-s.ended:
		s.ended <- err
		return true
	default:
		return false
	}
}

// sample notes the process's peak of memory.
func (s *server) sample() {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(s.cmd.Process.Pid) + "/status")
	if err != nil {
		return // another kind of system, or it has ended
	}
	for line := range strings.Lines(string(text)) {
		if rest, found := strings.CutPrefix(line, "VmHWM:"); found {
			kb, _ := strconv.Atoi(strings.Fields(rest)[0])
			s.rssMB = max(s.rssMB, kb/1024)
		}
	}
}
