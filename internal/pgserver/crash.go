package pgserver

import (
	"context"
	"errors"
	"fmt"
	"syscall"
)

// Kill ends the server as a crash of the machine would: the postmaster and
// every process below it at once, with no chance to write anything. It returns
// when all of them are gone; on a server that is down it does nothing. What was
// written and not yet synced to the disk is not lost, as it would be on a real
// machine: Kill proves the order of acts, not that they reach the disk.
func (s *Server) Kill() error {
	s.turn.Lock()
	defer s.turn.Unlock()
	if err := s.kill(); err != nil {
		return fmt.Errorf("kill postgres: %w", err)
	}
	return nil
}

func (s *Server) kill() error {
	if s.PID() == 0 {
		return s.putDown()
	}
	return errors.Join(s.crash(s.program()), s.release())
}

// crash freezes the family first: a postmaster that runs while its children
// die would mend the damage and start new ones.
func (s *Server) crash(p *program) error {
	if p.ended() {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), diesWithin)
	defer cancel()
	family, err := freeze(ctx, p)
	if err != nil {
		return err
	}
	for _, pid := range family {
		if err := signal(pid, syscall.SIGKILL); err != nil {
			return err
		}
	}
	<-p.done
	if err := await(ctx, family, process.gone); err != nil {
		return err
	}
	s.forgetMemory(ctx, p)
	return nil
}

// Pause freezes every process of the server: connections stay open and nothing
// answers. It returns when all of them stand still.
func (s *Server) Pause() error {
	s.turn.Lock()
	defer s.turn.Unlock()
	if s.PID() == 0 || s.frozen != nil {
		return errors.New("pause postgres: it is not running, or paused already")
	}
	ctx, cancel := context.WithTimeout(context.Background(), diesWithin)
	defer cancel()
	family, err := freeze(ctx, s.program())
	if err == nil {
		s.frozen, err = s.guard(family)
	}
	if err != nil {
		return fmt.Errorf("pause postgres: %w", errors.Join(err, s.thaw()))
	}
	return nil
}

// Resume lets a paused server go on where it stood.
func (s *Server) Resume() error {
	s.turn.Lock()
	defer s.turn.Unlock()
	if s.frozen == nil || s.PID() == 0 {
		return errors.New("resume postgres: it is not paused")
	}
	if err := s.thaw(); err != nil {
		return fmt.Errorf("resume postgres: %w", err)
	}
	return nil
}

func (s *Server) thaw() error {
	p := s.program()
	if p.ended() {
		return s.putDown()
	}
	family, err := familyOf(p.pid)
	if err != nil {
		return err
	}
	for _, pid := range family {
		err = errors.Join(err, signal(pid, syscall.SIGCONT))
	}
	return errors.Join(err, s.release())
}
