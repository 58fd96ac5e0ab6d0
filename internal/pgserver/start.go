package pgserver

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
)

// Start starts a server and returns when it answers. A folder without data gets
// a new, empty cluster; one with data goes on where it stopped. The context
// bounds the start only. The error quotes the end of the server's log.
func Start(ctx context.Context, o Options) (*Server, error) {
	s, err := prepare(o)
	if err == nil {
		err = s.initialise(ctx)
	}
	if err == nil {
		err = s.open(ctx, freePort)
	}
	if err != nil {
		return nil, fmt.Errorf("start postgres: %w", err)
	}
	return s, nil
}

// prepare finds the programs and the account and makes the folder.
func prepare(o Options) (*Server, error) {
	if err := checkSettings(o.Settings); err != nil {
		return nil, err
	}
	if o.Dir == "" {
		return nil, errors.New("no folder given; make one with TempDir")
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, err
	}
	s := &Server{bin: o.Bin, dir: dir, settings: maps.Clone(o.Settings)}
	if s.bin == "" {
		if s.bin, err = Find(); err != nil {
			return nil, err
		}
	}
	if s.as, err = whoRuns(); err != nil {
		return nil, err
	}
	if err = s.as.own(dir); err != nil {
		return nil, err
	}
	return s, nil
}

// initialise makes the cluster unless there is one. It is built aside and
// renamed, so that an interrupted initdb leaves nothing that looks like one.
func (s *Server) initialise(ctx context.Context) error {
	if _, err := os.Stat(s.data()); err == nil {
		return nil
	}
	return s.fill(ctx, "initdb", "--auth=trust", "--username="+superuser,
		"--encoding=UTF8", "--locale=C", "--no-sync", "--pgdata="+s.unfinished())
}

// fill runs a program that fills the unfinished folder and puts the result in
// the place of the data.
func (s *Server) fill(ctx context.Context, name string, args ...string) error {
	if err := os.RemoveAll(s.unfinished()); err != nil {
		return err
	}
	if err := s.runTool(ctx, name, args...); err != nil {
		return err
	}
	return os.Rename(s.unfinished(), s.data())
}

// open starts the postmaster with a new port and a new socket folder, again
// if somebody else took the port in between.
func (s *Server) open(ctx context.Context, newPort func() (int, error)) error {
	sockets, err := s.as.socketFolder()
	if err != nil {
		return err
	}
	s.sockets = sockets
	for range 5 {
		if s.port, err = newPort(); err != nil {
			break
		}
		if err = s.launch(ctx); err == nil {
			return nil
		}
		if portIsFree(s.port) {
			break
		}
	}
	return errors.Join(err, os.RemoveAll(s.sockets))
}
