package pgserver

import (
	"fmt"
	"io"
	"os/exec"
	"strings"
)

// guard is a shell that waits for a line from us. A process that stands still
// does not hear that we died, so if no line comes but the end of the pipe, the
// guard kills what is frozen.
type guard struct {
	program *program
	line    io.WriteCloser
}

func (s *Server) guard(family []int) (*guard, error) {
	pids := strings.Trim(fmt.Sprint(family), "[]")
	script := fmt.Sprintf("read released || { kill -KILL %s; ipcrm -m %d; }", pids, s.status().memory)
	cmd := exec.Command("/bin/sh", "-c", script)
	cmd.Dir = "/"
	cmd.SysProcAttr = s.as.attributes() // without dieWithUs: it outlives us by a moment
	line, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	p, err := run(cmd)
	if err != nil {
		return nil, fmt.Errorf("start the guard: %w", err)
	}
	return &guard{program: p, line: line}, nil
}

// release sends the guard home, if there is one.
func (s *Server) release() error {
	g := s.frozen
	if g == nil {
		return nil
	}
	s.frozen = nil
	if _, err := io.WriteString(g.line, "released\n"); err != nil {
		return fmt.Errorf("release the guard: %w", err)
	}
	<-g.program.done
	return g.program.err
}

// putDown lets the guard kill what a postmaster that died left standing still.
func (s *Server) putDown() error {
	g := s.frozen
	if g == nil {
		return nil
	}
	s.frozen = nil
	err := g.line.Close()
	<-g.program.done // how it ended does not matter: some may have been dead
	return err
}
