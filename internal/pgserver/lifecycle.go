package pgserver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// launch starts the postmaster and waits until it answers; one that does not is
// killed. The turn is held for the start alone, so that a server can be killed
// also while it recovers.
func (s *Server) launch(ctx context.Context) error {
	p, err := s.begin()
	if err != nil {
		return err
	}
	if err := s.answers(ctx, p); err != nil {
		s.turn.Lock()
		defer s.turn.Unlock()
		return fmt.Errorf("%w; the end of %s:\n%s", errors.Join(err, s.crash(p)), s.Log(), s.lastWords())
	}
	return nil
}

func (s *Server) begin() (*program, error) {
	s.turn.Lock()
	defer s.turn.Unlock()
	if s.PID() != 0 {
		return nil, errors.New("it is running; Stop or Kill it first")
	}
	if err := errors.Join(s.putDown(), s.configure()); err != nil {
		return nil, err
	}
	p, err := s.logged(s.command("postgres", "-D", s.data()))
	if err != nil {
		return nil, err
	}
	s.seen.Lock()
	defer s.seen.Unlock()
	s.now = p
	return p, nil
}

// answers waits until the server takes connections. It asks over the socket:
// what answers there is this server and no other.
func (s *Server) answers(ctx context.Context, p *program) error {
	ctx, cancel := context.WithTimeout(ctx, answersWithin)
	defer cancel()
	return until(ctx, func() (bool, error) {
		if p.ended() {
			return false, fmt.Errorf("the server has ended (%w)", cmp.Or(p.err, errInOrder))
		}
		if !s.saysReady(p) {
			return false, nil
		}
		_, err := s.ask(ctx, "SELECT true")
		return err == nil, nil
	})
}

var errInOrder = errors.New("in good order")

// Restart starts a server again after Kill or Stop, on the same port with the
// same data, and returns when it has recovered and answers. It may be killed
// while it recovers; Restart then returns an error and may be called again.
func (s *Server) Restart(ctx context.Context) error {
	err := os.MkdirAll(s.sockets, 0o700)
	if err == nil {
		err = s.as.give(s.sockets)
	}
	if err == nil {
		err = s.launch(ctx)
	}
	if err != nil {
		return fmt.Errorf("restart postgres: %w", err)
	}
	return nil
}

// Stop ends the server in good order: sessions are cut, everything is written.
// One that does not end in half a minute is killed, which is an error. The
// folder with the data stays. Stopping twice, or after Kill, is no error.
func (s *Server) Stop() error {
	s.turn.Lock()
	defer s.turn.Unlock()
	if err := errors.Join(s.shutDown(), os.RemoveAll(s.sockets)); err != nil {
		return fmt.Errorf("stop postgres: %w", err)
	}
	return nil
}

func (s *Server) shutDown() error {
	pid := s.PID()
	if pid == 0 {
		return s.putDown()
	}
	if s.frozen != nil {
		if err := s.thaw(); err != nil {
			return errors.Join(err, s.kill())
		}
	}
	if err := signal(pid, syscall.SIGINT); err != nil {
		return err
	}
	late := time.NewTimer(stopsWithin)
	defer late.Stop()
	select {
	case <-s.program().done:
		return nil
	case <-late.C:
		return errors.Join(fmt.Errorf("not done after %v, so it was killed", stopsWithin), s.kill())
	}
}
