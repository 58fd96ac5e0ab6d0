//go:build linux

package faults

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"naru/internal/fault"
)

// cluster is the nodes of one database. Its methods may be called from several
// goroutines; faults are made by one.
type cluster struct {
	t     *testing.T
	db    string // as one who looks on reaches it; "": SQLite
	nodes []*process
}

// process is one node: a folder that stays, and a process that comes and goes.
type process struct {
	t     *testing.T
	name  string
	dir   string
	db    string   // as this node reaches it
	under []string // a program that runs the node, and its arguments

	mu     sync.Mutex
	starts int
	socket string
	cmd    *exec.Cmd
}

// newSQLite is one node on its own files.
func newSQLite(t *testing.T, opens time.Time) *cluster {
	t.Helper()
	dir := newFolder(t)
	furnish(t, dir, "", opens)
	return startCluster(t, &cluster{t: t, nodes: []*process{{name: "node-0", dir: dir}}})
}

// newNodes is a node for each URL, which may lead to one database by ways of
// their own.
func newNodes(t *testing.T, db string, opens time.Time, urls ...string) *cluster {
	t.Helper()
	c := &cluster{t: t, db: db}
	for i, url := range urls {
		p := &process{name: fmt.Sprintf("node-%d", i), dir: newFolder(t), db: url}
		if i == 0 {
			furnish(t, p.dir, db, opens)
		} else {
			copyKeys(t, c.nodes[0].dir, p.dir)
		}
		c.nodes = append(c.nodes, p)
	}
	return startCluster(t, c)
}

func startCluster(t *testing.T, c *cluster) *cluster {
	t.Helper()
	for _, p := range c.nodes {
		p.t = t
		p.start()
		t.Cleanup(p.kill)
	}
	for _, p := range c.nodes {
		p.ready()
	}
	return c
}

// start starts the process; ready waits until it answers.
func (p *process) start() {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.starts++
	p.socket = filepath.Join(p.dir, fmt.Sprintf("s%d", p.starts))
	text, err := json.Marshal(orders{p.dir, p.db, p.socket})
	must(p.t, err)
	args := append(append([]string{}, p.under...), os.Args[0])
	cmd := exec.Command(args[0], args[1:]...) //nolint:gosec // the test binary itself
	cmd.Env = append(os.Environ(), nodeVariable+"="+string(text))
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := os.OpenFile(filepath.Join(p.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	must(p.t, err)
	cmd.Stdout, cmd.Stderr = out, out
	must(p.t, errors.Join(cmd.Start(), out.Close()))
	p.cmd = cmd
}

const startsWithin = 30 * time.Second // a crashed database may recover first, on a busy machine

func (p *process) ready() {
	p.t.Helper()
	if until(startsWithin, func() bool {
		a, err := p.askOnce(ask{Op: "state"})
		return err == nil && a.Fault == ""
	}) {
		return
	}
	said, _ := os.ReadFile(filepath.Join(p.dir, "log"))
	p.t.Fatalf("%s did not come up; it said:\n%s", p.name, tail(said))
}

func tail(text []byte) string { return string(text[max(0, len(text)-4000):]) }

// kill ends the process as kill -9 does; a process that is down stays down.
func (p *process) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return
	}
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait() // "killed" is what was wanted
	p.cmd = nil
}

func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	must(p.t, p.cmd.Process.Signal(s))
}

func (p *process) path() string { p.mu.Lock(); defer p.mu.Unlock(); return p.socket }

// askOnce asks over a line of its own.
func (p *process) askOnce(q ask) (told, error) {
	l, err := dial(p.path())
	if err != nil {
		return told{}, err
	}
	defer func() { _ = l.conn.Close() }()
	return l.ask(q, time.Second)
}

// openNow moves the opening to now, as an operator does: who gets no answer asks
// again.
func (p *process) openNow() {
	p.t.Helper()
	var a told
	var err error
	if !until(startsWithin, func() bool {
		a, err = p.askOnce(ask{Op: "open"})
		return err == nil && (a.Fault == "" || a.Fault == fault.Conflict) // moved already, and the answer was lost
	}) {
		p.t.Fatalf("the opening is not moved: %+v, %v", a, err)
	}
}

// leader is the node that says it leads, nil when none does.
func (c *cluster) leader(but *process) *process {
	for _, p := range c.nodes {
		if p == but {
			continue
		}
		if a, err := p.askOnce(ask{Op: "state"}); err == nil && a.Leads {
			return p
		}
	}
	return nil
}

// opened waits until every node shows the gate open.
func (c *cluster) opened() {
	c.t.Helper()
	for _, p := range c.nodes {
		if !until(startsWithin, func() bool {
			a, err := p.askOnce(ask{Op: "state"})
			return err == nil && a.Phase == "open"
		}) {
			c.t.Fatalf("%s does not open", p.name)
		}
	}
}

// until looks again and again until it is so, or the time is over.
func until(limit time.Duration, so func() bool) bool {
	for end := time.Now().Add(limit); ; {
		if so() {
			return true
		}
		if time.Now().After(end) {
			return false
		}
		rest(20 * time.Millisecond)
	}
}

// rest lets real processes go on; there is no clock of theirs to move.
func rest(d time.Duration) { <-time.After(d) }
