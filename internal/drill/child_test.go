package drill

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestAnnouncement(t *testing.T) {
	t.Parallel()
	a := newAnnouncement("listening on ")
	for _, part := range []string{"making\nlisten", "ing on http://127.0.0.1:1 \nlistening on 2\n", strings.Repeat("x", 100)} {
		if n, err := a.Write([]byte(part)); n != len(part) || err != nil {
			t.Fatal(n, err)
		}
	}
	if got := <-a.said; got != "http://127.0.0.1:1" || len(a.said) != 0 || len(a.line) != 0 {
		t.Errorf("%q, and %d more", got, len(a.said))
	}
}

// The operator's settings are not the drill's: a database named there must not
// be played on.
func TestChildrenDoNotSeeSettings(t *testing.T) {
	t.Setenv("NARU_DB", "postgres://far.example/real")
	t.Setenv("KEPT", "yes")
	env := strings.Join(command("true").Env, "\n")
	if strings.Contains(env, "NARU_") || !strings.Contains(env, "KEPT=yes") {
		t.Errorf("environment: %s", env)
	}
}

func TestChildEnds(t *testing.T) {
	t.Parallel()
	for what, end := range map[string]func(*child) error{
		"asked":               func(c *child) error { return c.stop(10 * time.Second) },
		"killed":              func(c *child) error { c.kill(); return c.err },
		"killed while paused": func(c *child) error { _ = c.signal(syscall.SIGSTOP); c.kill(); return c.err },
		"deaf":                func(c *child) error { _ = c.signal(syscall.SIGSTOP); return c.stop(10 * time.Millisecond) },
	} {
		c, err := begin(exec.Command("/bin/sh", "-c", "exec sleep 60"))
		must(t, err)
		if c.ended() {
			t.Errorf("%s: it ended by itself", what)
		}
		if err := end(c); err == nil || !c.ended() || c.used() < 0 {
			t.Errorf("%s: %v", what, err)
		}
		if _, err := os.FindProcess(c.pid); err != nil || c.signal(syscall.SIGTERM) != nil {
			t.Errorf("%s: a signal to who has ended must be no error", what)
		}
	}
	if _, err := begin(exec.Command("/no/such/program")); err == nil {
		t.Error("nothing was started")
	}
}
