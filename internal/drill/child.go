package drill

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// child is a process the drill started. It ends with the drill, however that
// ends, also while it stands still.
type child struct {
	pid  int
	cmd  *exec.Cmd
	done chan struct{} // closed when it was waited for
	err  error         // how it ended; read after done
}

// command is a program without the settings of naru in the environment: they are
// for the operator's own servers, not for the drill's.
func command(program string, args ...string) *exec.Cmd {
	cmd := exec.Command(program, args...) //nolint:gosec // naru itself, or the proxy that was looked up
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "NARU_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	return cmd
}

// politely is a command behind the crowd in the machine's own queue: a real crowd
// is elsewhere, and one that waits for the server's processor is not open loop.
// The server only has it harder.
func politely(program string, args ...string) *exec.Cmd {
	nice, err := exec.LookPath("nice")
	if err != nil {
		return command(program, args...)
	}
	return command(nice, append([]string{"-n", strconv.Itoa(politeness), program}, args...)...)
}

// politeness is the nice value of nodes and database. The proxy, which on a real
// service is elsewhere too, stands beside the crowd.
const politeness = 5

// begin starts a command in a process group of its own: Ctrl-C reaches us, and
// we end it in good order. The system ends it when the thread that started it
// ends, so one goroutine keeps that thread until the process is gone.
func begin(cmd *exec.Cmd) (*child, error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	dieWithUs(cmd.SysProcAttr)
	c := &child{cmd: cmd, done: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		if err == nil {
			c.pid = cmd.Process.Pid
		}
		started <- err
		if err == nil {
			c.err = cmd.Wait()
		}
		close(c.done)
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return c, nil
}

func (c *child) ended() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// signal tells the process something; that it has ended is no error.
func (c *child) signal(what syscall.Signal) error {
	if c.ended() {
		return nil
	}
	if err := c.cmd.Process.Signal(what); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("%v to process %d: %w", what, c.pid, err)
	}
	return nil
}

// kill ends the process at once, as a power cut would, and waits.
func (c *child) kill() {
	_ = c.signal(syscall.SIGKILL) // it may have ended by itself
	<-c.done
}

// stop asks the process to end and waits; one that takes too long is killed.
func (c *child) stop(within time.Duration) error {
	if err := c.signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-c.done:
		return c.err
	case <-time.After(within):
		c.kill()
		return fmt.Errorf("it did not end within %v", within)
	}
}

// used is the processor time of a process that has ended.
func (c *child) used() time.Duration {
	<-c.done
	if c.cmd.ProcessState == nil {
		return 0
	}
	return c.cmd.ProcessState.UserTime() + c.cmd.ProcessState.SystemTime()
}

// announcement waits in a program's output for the line that begins with a mark,
// and takes the rest of the output away.
type announcement struct {
	mark string
	said chan string // the rest of the line, once
	line []byte
	done bool
}

var _ io.Writer = (*announcement)(nil)

func newAnnouncement(mark string) *announcement {
	return &announcement{mark: mark, said: make(chan string, 1)}
}

// Write is called by one goroutine only.
func (a *announcement) Write(text []byte) (int, error) {
	for _, c := range text {
		switch {
		case a.done:
			return len(text), nil
		case c != '\n':
			a.line = append(a.line, c)
			continue
		}
		if rest, found := strings.CutPrefix(string(a.line), a.mark); found {
			a.said <- strings.TrimSpace(rest)
			a.done = true
		}
		a.line = a.line[:0]
	}
	return len(text), nil
}
