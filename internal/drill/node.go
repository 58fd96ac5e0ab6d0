package drill

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// node is a server process the drill started: the same executable, "serve", on
// a port of 127.0.0.1, over a folder of its own.
type node struct {
	name        string // node1, node2, ...
	url         string
	exe         string
	args        []string
	db          string   // URL; "": SQLite in the folder
	log         *os.File // its standard error, over all its lives
	read, fence int64    // of the log so far, and of the last lead in it; the loop of faults only

	mu     sync.Mutex
	child  *child
	paused bool
	down   bool          // killed and not started again yet
	hurt   bool          // a fault has it, until it works again
	cpu    time.Duration // of processes that have ended
	rssMB  int           // peak
}

// Times a node is given.
const (
	startsWithin = 60 * time.Second
	endsWithin   = 30 * time.Second
)

// newNode prepares a node over a folder; nothing is started yet.
func newNode(o Options, name, dir, db string) (*node, error) {
	log, err := os.Create(filepath.Join(dir, "server.log")) //nolint:gosec // the drill's own folder
	if err != nil {
		return nil, err
	}
	n := &node{name: name, exe: o.Executable, db: db, log: log, args: []string{"serve", "--data", dir, "--development"}}
	if o.AgencyFile != "" {
		n.args = append(n.args, "--agency", o.AgencyFile)
	}
	if o.CPUProfile != "" {
		n.args = append(n.args, "--cpuprofile", o.CPUProfile+"."+name)
	}
	return n, nil
}

// start starts the node where it was, or anywhere the first time, and waits
// until it listens.
func (n *node) start(ctx context.Context) error {
	listen := strings.TrimPrefix(n.url, "http://")
	if listen == "" {
		var err error
		if listen, err = freeAddress(); err != nil {
			return err
		}
	}
	cmd := politely(n.exe, append(n.args, "--listen", listen)...)
	if n.db != "" {
		cmd.Env = append(cmd.Env, "NARU_DB="+n.db) // not in the arguments: everybody can read those
	}
	address := newAnnouncement("listening on ")
	cmd.Stdout, cmd.Stderr = address, n.log
	c, err := begin(cmd)
	if err != nil {
		return fmt.Errorf("start %s: %w", n.name, err)
	}
	n.mu.Lock()
	n.child, n.down = c, false
	n.mu.Unlock()
	select {
	case url := <-address.said:
		if n.url == "" { // it stays, whoever reads it meanwhile
			n.url = url
		}
		return nil
	case <-c.done:
		return fmt.Errorf("%s ended at once (%v); see %s", n.name, c.err, n.log.Name())
	case <-time.After(startsWithin):
	case <-ctx.Done():
	}
	c.kill()
	return fmt.Errorf("%s did not say within %v where it listens; see %s", n.name, startsWithin, n.log.Name())
}

// ready asks the node whether it can do its work.
func (n *node) ready(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, n.url+readyPath, nil)
	if err != nil {
		return false
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	_ = answer.Body.Close() // its status was all
	return answer.StatusCode == http.StatusOK
}

// kill ends the process at once, as a power cut would end it.
func (n *node) kill() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.sample()
	n.down = true
	n.child.kill()
	n.cpu += n.child.used()
}

// pause lets the process stand still: its connections stay open, its locks
// stay taken, and it hears nothing.
func (n *node) pause() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.paused = true
	return n.child.signal(syscall.SIGSTOP)
}

// resume lets a paused process go on as if no time had passed.
func (n *node) resume() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.paused {
		return nil
	}
	n.paused = false
	return n.child.signal(syscall.SIGCONT)
}

// up says that no fault has the node.
func (n *node) up() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return !n.hurt
}

func (n *node) setHurt(hurt bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.hurt = hurt
}

// gone says that the process has ended by itself.
func (n *node) gone() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return !n.down && n.child.ended()
}

// stop ends the process as an operator does, and waits.
func (n *node) stop() error {
	err := n.resume()
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.child == nil || n.down {
		return errors.Join(err, n.log.Close())
	}
	n.sample()
	n.down = true
	if ended := n.child.stop(endsWithin); ended != nil {
		err = errors.Join(err, fmt.Errorf("%s: %w", n.name, ended))
	}
	n.cpu += n.child.used()
	return errors.Join(err, n.log.Close())
}

// sample notes the process's peak of memory.
func (n *node) sample() {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(n.child.pid) + "/status")
	if err != nil {
		return // another kind of system, or it has ended
	}
	for line := range strings.Lines(string(text)) {
		if rest, found := strings.CutPrefix(line, "VmHWM:"); found {
			kb, _ := strconv.Atoi(strings.Fields(rest)[0])
			n.rssMB = max(n.rssMB, kb/1024)
		}
	}
}
