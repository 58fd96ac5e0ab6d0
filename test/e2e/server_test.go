package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// server is one process of the program with a data folder of its own.
type server struct {
	t        *testing.T
	args     []string
	data     string
	campaign string // id of its one campaign
	url      string // http://localhost:PORT
	cmd      *exec.Cmd
	said     *transcript
}

// The campaigns the tests run.
const (
	demoCampaign = "demo-2021-07"
	slowCampaign = "slow-2021-07"
)

// demo starts the demonstration as make demo does; its lobby is open and closes
// only when the test opens the campaign.
func demo(t *testing.T) *server {
	t.Helper()
	need(t)
	s := &server{t: t, data: t.TempDir(), campaign: demoCampaign}
	fresh, err := prepared()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(s.data, os.DirFS(fresh)); err != nil {
		t.Fatal(err)
	}
	s.args = []string{"demo", "--data", s.data, "--opens-in", "1h"}
	s.start("127.0.0.1:0")
	until(t, patience, "the lobby opens", func() bool { return s.board().Phase == "lobby" })
	return s
}

// prepared is the data folder of a demonstration that was started once and
// ended at once: its 13,000 clinics are made for all tests together.
var prepared = sync.OnceValues(func() (string, error) {
	file, err := binary()
	if err != nil {
		return "", err
	}
	data := filepath.Join(scratch, "prepared")
	cmd := program(file, "demo", "--data", data, "--opens-in", "1h", "--listen", "127.0.0.1:0")
	said, err := cmd.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", err
	}
	lines := bufio.NewScanner(said)
	for lines.Scan() && !listening.MatchString(lines.Text()) {
	}
	err = cmd.Process.Signal(syscall.SIGTERM)
	_, _ = io.Copy(io.Discard, said) // until it has ended
	return data, errors.Join(err, cmd.Wait())
})

// slow starts a service that lets one person in per second, so that people can
// be watched while they wait.
func slow(t *testing.T) *server {
	t.Helper()
	return slowFrom(t, "20m", "lobby")
}

// slowFrom is the slow service with its opening moved, when it is in a phase.
func slowFrom(t *testing.T, opensIn, phase string) *server {
	t.Helper()
	need(t)
	s := &server{t: t, data: t.TempDir(), campaign: slowCampaign}
	s.run("campaign", "publish", "testdata/slow.yaml", "--data", s.data, "--shift-to-now", "--opens-in="+opensIn)
	s.args = []string{"serve", "--development", "--data", s.data}
	s.start("127.0.0.1:0")
	until(t, patience, "the campaign is "+phase, func() bool { return s.board().Phase == phase })
	return s
}

// run runs the program to its end.
func (s *server) run(args ...string) {
	s.t.Helper()
	cmd := s.command(args...)
	if said, err := cmd.CombinedOutput(); err != nil {
		s.t.Fatalf("naru %s: %v\n%s", strings.Join(args, " "), err, said)
	}
}

func (s *server) command(args ...string) *exec.Cmd {
	s.t.Helper()
	file, err := binary()
	if err != nil {
		s.t.Fatal(err)
	}
	return program(file, args...)
}

// program is the program with an environment that holds no flag of its own:
// NARU_DATA and the like would be taken for one.
func program(file string, args ...string) *exec.Cmd {
	cmd := exec.Command(file, args...)
	for _, pair := range os.Environ() {
		if !strings.HasPrefix(pair, "NARU_") {
			cmd.Env = append(cmd.Env, pair)
		}
	}
	return cmd
}

var listening = regexp.MustCompile(`listening on http://[^:]+:(\d+)`)

// start runs the server and returns when it says where it listens.
func (s *server) start(listen string) {
	s.t.Helper()
	s.cmd, s.said = s.command(append(s.args, "--listen", listen)...), &transcript{}
	s.cmd.Stdout, s.cmd.Stderr = s.said, s.said
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	cmd := s.cmd
	s.t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()
	})
	until(s.t, patience, "the server says where it listens; it said:\n"+s.said.String(), func() bool {
		found := listening.FindStringSubmatch(s.said.String())
		if found != nil {
			s.url = "http://localhost:" + found[1]
		}
		return found != nil
	})
}

// kill ends the server as a power cut would: no signal that it could answer.
func (s *server) kill() {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		s.t.Fatal(err)
	}
	_ = s.cmd.Wait() // says that it was killed
}

// restart starts it again on the same port and data.
func (s *server) restart() {
	s.t.Helper()
	s.start("127.0.0.1:" + s.url[strings.LastIndexByte(s.url, ':')+1:])
}

// open presses the demonstration's button that opens the campaign in seconds,
// and returns when it is open.
func (s *server) open() {
	s.t.Helper()
	s.announce()
	until(s.t, patience, "the campaign opens", func() bool { return s.board().Phase == "open" })
}

// announce presses that button and does not wait.
func (s *server) announce() {
	s.t.Helper()
	answer, err := http.PostForm(s.url+"/demo/open/"+s.campaign, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		s.t.Fatalf("open now: %s", answer.Status)
	}
}

// board is the public board, as far as the tests read it.
type board struct {
	Phase   string `json:"phase"`
	Serving int    `json:"serving"`
	Lobby   int    `json:"L"`
	Late    int    `json:"late"`
}

func (s *server) board() board {
	s.t.Helper()
	var b board
	s.read("/board/"+s.campaign, &b)
	return b
}

// code is the last one-time code sent to a phone, from the mock inbox; "" when
// there is none.
func (s *server) code(mobile string) string {
	s.t.Helper()
	var inbox []struct{ Kind, Body string }
	s.read("/inbox.json?to="+url.QueryEscape(mobile), &inbox)
	for _, m := range inbox {
		if m.Kind == "code" {
			return sixDigits.FindString(m.Body)
		}
	}
	return ""
}

var sixDigits = regexp.MustCompile(`\b\d{6}\b`)

func (s *server) read(path string, into any) {
	s.t.Helper()
	answer, err := http.Get(s.url + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		s.t.Fatalf("GET %s: %s", path, answer.Status)
	}
	if err := json.NewDecoder(bufio.NewReader(answer.Body)).Decode(into); err != nil {
		s.t.Fatalf("GET %s: %v", path, err)
	}
}

// crowd lets n made-up people join over plain HTTP.
func (s *server) crowd(n int) {
	s.t.Helper()
	stay := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for i := range n {
		c := citizen(5000 + i)
		answer, err := stay.PostForm(s.url+"/c/"+s.campaign+"/join", url.Values{
			"name": {c.name}, "born": {c.born}, "mobile": {c.mobile}, "consent": {"yes"},
		})
		if err != nil {
			s.t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusSeeOther {
			s.t.Fatalf("join: %s", answer.Status)
		}
	}
}

// transcript is what a process said; safe to read while it speaks.
type transcript struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (t *transcript) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.buf.Write(p)
}

func (t *transcript) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.buf.String()
}
