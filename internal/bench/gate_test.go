package bench

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// The client counts each whole answer once, and nothing else.
func TestLoadCountsAnswers(t *testing.T) {
	t.Parallel()
	needLinux(t)
	for name, every := range map[string]time.Duration{"as fast as possible": 0, "now and then": 20 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int64
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				asked.Add(1)
				_, _ = io.WriteString(w, "board")
			}))
			defer s.Close()
			r, err := loadOf(s, 7, every).Run(t.Context())
			must(t, err)
			if n := int(asked.Load()); r.Connections != 7 || r.Errors != 0 || r.Answers < 7 || r.Answers > n || r.Answers < n-8 { // one to learn the length, and those in flight
				t.Errorf("%+v, the server counted %d", r, n)
			}
			if most := int(r.Seconds/0.02)*7 + 7; every > 0 && r.Answers > most {
				t.Errorf("%d answers on 7 connections in %g s, want %d at most", r.Answers, r.Seconds, most)
			}
		})
	}
}

// What is not the answer it was is an error and never an answer.
func TestLoadCountsErrors(t *testing.T) {
	t.Parallel()
	needLinux(t)
	for name, spoil := range map[string]http.HandlerFunc{
		"a refusal":     func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) },
		"longer":        func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "a longer board") },
		"no answer":     func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"another state": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotModified) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int64
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if asked.Add(1) > 1 {
					spoil(w, r)
					return
				}
				_, _ = io.WriteString(w, "board")
			}))
			defer s.Close()
			r, err := loadOf(s, 3, 0).Run(t.Context())
			must(t, err)
			if r.Answers != 0 || r.Errors != 3 {
				t.Errorf("%+v, want 3 errors", r)
			}
		})
	}
}

func TestLoadStaysOnThisMachine(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{"192.0.2.1:80", "example.org:80", "", "127.0.0.1"} {
		if _, err := (Load{Addr: addr, Connections: 1}).Run(t.Context()); err == nil {
			t.Errorf("%q was loaded", addr)
		}
	}
}

func loadOf(s *httptest.Server, connections int, every time.Duration) Load {
	return Load{Addr: s.Listener.Addr().String(), Path: "/", Connections: connections, Length: 300 * time.Millisecond, Every: every}
}

func needLinux(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("the client is for Linux")
	}
}

// nginx serves the same bytes under the same path, and is gone afterwards.
func TestNginxServesTheBoard(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("nginx"); err != nil {
		t.Skip(err)
	}
	p, err := startNginx(t.Context(), t.TempDir(), "/board/x", []byte("the board"))
	must(t, err)
	answer, err := http.Get("http://" + p.addr + "/board/x")
	must(t, err)
	body, err := io.ReadAll(answer.Body)
	must(t, errors.Join(err, answer.Body.Close()))
	if string(body) != "the board" || answer.Header.Get("Cache-Control") == "" || answer.Header.Get("Etag") == "" {
		t.Errorf("%v %s", answer.Header, body)
	}
	if before := resident(p.cmd.Process.Pid); before < 1<<20 {
		t.Errorf("it has %d bytes of memory", before)
	}
	must(t, p.stop())
	if _, err := http.Get("http://" + p.addr + "/board/x"); err == nil {
		t.Error("it still answers")
	}
}

func TestNginxThatIsMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := openBoard(64)(t.Context(), benchForTest(t, sqlite))
	var missing *MissingError
	if !errors.As(err, &missing) || !strings.Contains(err.Error(), "install the Debian package nginx") {
		t.Errorf("said %v", err)
	}
}

// The measure lets everybody in line, and takes the line to its opening.
func TestWaitersJoin(t *testing.T) {
	t.Parallel()
	b := benchForTest(t, sqlite)
	b.Waiters, b.Callers = 1000, 64
	s, err := openWaiters(t.Context(), b)
	must(t, err)
	_, err = s.ours(t.Context())
	must(t, err)
	w := s.(*waitSides)
	v, err := w.town.View(w.town.id())
	must(t, err)
	if v.Board.L != 1000 || v.Seed == nil || len(w.stages) != 5 {
		t.Errorf("%d in the lobby, stages %+v", v.Board.L, w.stages)
	}
	must(t, s.close())
}

// waitersEnv asks for the whole measure; NARU_WAITERS=1000000 takes minutes.
const waitersEnv = "NARU_WAITERS"

// A waiter beyond the first 100,000 holds no memory of the server.
func TestWaitersHoldNoMemory(t *testing.T) {
	if os.Getenv(waitersEnv) == "" {
		t.Skip(waitersEnv + " is not set")
	}
	b := benchForTest(t, sqlite)
	b.Waiters, b.Callers = 1_000_000, 1024
	s, err := openWaiters(t.Context(), b)
	must(t, err)
	each, err := s.ours(t.Context())
	must(t, errors.Join(err, s.close()))
	if each > waiterBound {
		t.Errorf("%.1f bytes for each waiter, want %d at most", each, waiterBound)
	}
}
