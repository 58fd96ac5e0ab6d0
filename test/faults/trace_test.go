//go:build linux

package faults

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// call is one system call of a trace.
type call struct {
	pid        string
	name       string
	text       string // arguments and result
	begun, end float64
}

// traced are the calls that write, sync and answer, with what they write.
var traced = []string{"-ttt", "-T", "-y", "-s", "200000", "-e", "trace=read,recvfrom,pwrite64,write,writev,fsync,fdatasync,sendto"}

func needStrace(t *testing.T) {
	t.Helper()
	need(t)
	out, err := exec.Command("strace", "-o", "/dev/null", "true").CombinedOutput()
	if err != nil {
		t.Skipf("strace is missing or may not trace (apt-get install strace): %v %s", err, out)
	}
}

var (
	callLine = regexp.MustCompile(`^(?:(\d+) +)?(\d+\.\d+) (.*)$`)
	callTook = regexp.MustCompile(`<(\d+\.\d+)>$`)
	callName = regexp.MustCompile(`^(?:<\.\.\. )?(\w+)`)
)

// readTrace reads strace's output; a call that was interrupted in the listing is
// put together again: it begins at its first line.
func readTrace(t *testing.T, path string) (calls []call) {
	t.Helper()
	f, err := os.Open(path) //nolint:gosec // our own trace
	must(t, err)
	defer func() { _ = f.Close() }()
	in := bufio.NewScanner(f)
	in.Buffer(nil, 64<<20)
	open := map[string]call{}
	for in.Scan() {
		m := callLine.FindStringSubmatch(in.Text())
		if m == nil {
			continue
		}
		at, _ := strconv.ParseFloat(m[2], 64)
		name := callName.FindStringSubmatch(m[3])
		if name == nil {
			continue
		}
		c := call{pid: m[1], name: name[1], text: m[3], begun: at, end: at}
		switch before, resumed := open[m[1]]; {
		case strings.HasSuffix(m[3], "<unfinished ...>"):
			open[m[1]] = c
			continue
		case resumed && strings.HasPrefix(m[3], "<... "):
			c.begun, c.text = before.begun, before.text+c.text
			delete(open, m[1])
		}
		if took := callTook.FindStringSubmatch(m[3]); took != nil {
			long, _ := strconv.ParseFloat(took[1], 64)
			c.end = c.begun + long
		}
		calls = append(calls, c)
	}
	must(t, in.Err())
	return calls
}

// first is the first call from one moment on that has all the words.
func first(t *testing.T, calls []call, from float64, words ...string) call {
	t.Helper()
	best := call{}
	for _, c := range calls {
		if c.begun < from || best.name != "" && best.begun <= c.begun {
			continue
		}
		all := true
		for _, w := range words {
			all = all && strings.Contains(c.text, w)
		}
		if all {
			best = c
		}
	}
	if best.name == "" {
		t.Fatalf("no call with %q after %f among %d", words, from, len(calls))
	}
	return best
}

// bookOne books for one person, and returns the key with which the last button
// was pressed.
func bookOne(t *testing.T, c *cluster) (key, number string) {
	t.Helper()
	w := &crowd{cluster: c, began: time.Now(), patience: 10 * time.Second}
	w.setUp()
	v := w.atLastButton(t)
	q := v.ask("confirm")
	q.Key, q.Hold = v.key(), v.hold
	a, ok := v.confirmOnce(q)
	if !ok || a.Fault != "" {
		t.Fatalf("not confirmed: %+v", a)
	}
	return q.Key, a.Number
}

// atLastButton is a person who holds a place and has not confirmed.
func (w *crowd) atLastButton(t *testing.T) *visitor {
	t.Helper()
	v := &visitor{client: w.newClient(0, 1), n: int(w.people.Add(1)), cookie: "first"}
	if !v.join() || !v.enter() || !v.prove() || !v.take() {
		t.Fatal("the person does not come to the last button")
	}
	return v
}

// SQLite: the booking is written to the log, the log is synced, and only then
// the person is told.
func TestOrderOfWriteSyncAnswerSQLite(t *testing.T) {
	needStrace(t)
	dir := newFolder(t)
	furnish(t, dir, "", opensNow())
	trace := filepath.Join(dir, "trace")
	under := append([]string{"strace", "-D", "-f", "-o", trace}, traced...)
	c := startCluster(t, &cluster{t: t, nodes: []*process{{name: "node-0", dir: dir, under: under}}})
	c.opened()
	key, number := bookOne(t, c)
	c.nodes[0].kill()
	rest(300 * time.Millisecond) // strace writes its last lines
	calls := readTrace(t, trace)
	asked := first(t, calls, 0, "read(", `\"op\":\"confirm\"`, key)
	written := first(t, calls, asked.begun, "pwrite64(", "booking.db-wal>", key)
	synced := first(t, calls, written.end, "sync(", "booking.db-wal>", "= 0 <")
	answered := first(t, calls, asked.begun, "write(", "socket:", `\"booked\":true`, number)
	inOrder(t, asked, written, synced, answered)
	report.add("strace, SQLite: pwrite64 of the WAL, its sync, the answer", "1 booking", 1, "-", "-", "-", "-", "-", gaps(asked, written, synced, answered), "-")
}

func endedAfter(calls []call, moment float64) (later []call) {
	for _, c := range calls {
		if c.end > moment {
			later = append(later, c)
		}
	}
	return later
}

func inOrder(t *testing.T, calls ...call) {
	t.Helper()
	for i, c := range calls {
		t.Logf("%.6f to %.6f  %.60s ... %s", c.begun, c.end, c.text, c.text[max(0, len(c.text)-20):])
		if i > 0 && c.begun < calls[i-1].end {
			t.Errorf("%s began at %f, before %s had ended", c.name, c.begun, calls[i-1].name)
		}
	}
}

func gaps(calls ...call) string {
	var all []string
	for i := 1; i < len(calls); i++ {
		all = append(all, fmt.Sprintf("%s +%.0f µs", calls[i].name, (calls[i].begun-calls[0].begun)*1e6))
	}
	return strings.Join(all, ", ")
}

// PostgreSQL: the server writes the booking to its log, syncs it, tells the node
// that it is committed, and the node tells the person.
func TestOrderOfWriteSyncAnswerPostgres(t *testing.T) {
	needStrace(t)
	server := newServer(t)
	url := server.URL(database1)
	dir := newFolder(t)
	furnish(t, dir, url, opensNow())
	theirs := filepath.Join(dir, "trace-server")
	detach := traceServer(t, server.PID(), theirs)
	ours := filepath.Join(dir, "trace-node")
	under := append([]string{"strace", "-D", "-f", "-o", ours}, traced...)
	c := startCluster(t, &cluster{t: t, db: url, nodes: []*process{{name: "node-0", dir: dir, db: url, under: under}}})
	c.opened()
	key, number := bookOne(t, c)
	c.nodes[0].kill()
	detach()
	node, log := readTrace(t, ours), readTrace(t, theirs)
	asked := first(t, node, 0, "read(", `\"op\":\"confirm\"`, key)
	written := first(t, log, asked.begun, "pwrite64(", "/pg_wal/", key)
	synced := first(t, log, written.end, "sync(", "/pg_wal/", "= 0 <")
	committed := first(t, log, synced.end, "sendto(", "COMMIT")
	committed.end = committed.begun // the node may read what is sent before the call has returned
	heard := first(t, endedAfter(node, committed.begun), 0, "read(", "COMMIT")
	answered := first(t, node, asked.begun, "write(", "socket:", `\"booked\":true`, number)
	inOrder(t, asked, written, synced, committed)
	inOrder(t, heard, answered)
	report.add("strace, PostgreSQL: pwrite64 of the WAL, its sync, COMMIT to the node, the answer", "1 booking", 1, "-", "-", "-", "-", "-",
		gaps(asked, written, synced, committed, answered), "-")
}

// traceServer traces every process of a server and those it will start, and
// returns what ends it.
func traceServer(t *testing.T, pid int, path string) (detach func()) {
	t.Helper()
	args := append([]string{"-f", "-o", path}, traced...)
	args = append(args, "-p", strconv.Itoa(pid))
	children, err := exec.Command("ps", "-o", "pid=", "--ppid", strconv.Itoa(pid)).Output() //nolint:gosec // a number
	must(t, err)
	for _, child := range strings.Fields(string(children)) {
		args = append(args, "-p", child)
	}
	cmd := exec.Command("strace", args...) //nolint:gosec // strace
	must(t, cmd.Start())
	rest(500 * time.Millisecond) // it attaches
	ended := false
	detach = func() {
		if !ended {
			ended = true
			_ = cmd.Process.Signal(syscall.SIGINT)
			_ = cmd.Wait() // ends by the signal
		}
	}
	t.Cleanup(detach)
	return detach
}
