package pgserver

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// status is what a postmaster writes into its file postmaster.pid: who it is,
// which block of shared memory it holds, and how far it has come.
type status struct {
	pid    int
	memory int // 0 when it holds none
	ready  bool
}

// parseStatus reads postmaster.pid: the process id stands in line 1, key and
// number of the memory in line 7, the state in line 8. While a server starts the
// later lines are missing.
func parseStatus(text string) status {
	lines := strings.Split(text, "\n")
	var s status
	s.pid, _ = strconv.Atoi(strings.TrimSpace(lines[0])) // 0 when it is no number
	if len(lines) > 6 {
		if words := strings.Fields(lines[6]); len(words) == 2 {
			s.memory, _ = strconv.Atoi(words[1]) // 0 when it is no number
		}
	}
	s.ready = len(lines) > 7 && strings.TrimSpace(lines[7]) == "ready"
	return s
}

func (s *Server) status() status {
	text, err := os.ReadFile(filepath.Join(s.data(), "postmaster.pid"))
	if err != nil {
		return status{}
	}
	return parseStatus(string(text))
}

// saysReady is asked first while a server starts: it costs the server nothing,
// where a refused connection costs it a process and two lines of log.
func (s *Server) saysReady(p *program) bool {
	now := s.status()
	return now.ready && now.pid == p.pid
}

// forgetMemory frees the block of shared memory by which a killed server would
// be taken for a living one: a machine that crashed has no memory left either.
func (s *Server) forgetMemory(ctx context.Context, p *program) {
	last := s.status()
	if last.pid != p.pid || last.memory == 0 {
		return
	}
	// It does not matter if it is gone already, or if there is no ipcrm: the
	// next start finds the block unused and replaces it.
	_ = exec.CommandContext(ctx, "ipcrm", "-m", strconv.Itoa(last.memory)).Run()
}
