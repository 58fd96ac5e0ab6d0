package pgserver

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
)

// standbyName is what a standby calls itself and what the primary waits for.
const standbyName = "standby"

// Standby makes a second server that follows this one, and from its return on
// every commit here is answered only after it is on the disk of both. Settings
// and programs are this server's unless the options say otherwise. A server
// waits for one standby at a time.
func (s *Server) Standby(ctx context.Context, o Options) (*Server, error) {
	follower, err := s.follow(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("start a standby: %w", err)
	}
	if err := s.waitFor(ctx, standbyName); err != nil {
		alone := s.commitAlone(context.WithoutCancel(ctx)) // or every commit would hang
		return nil, errors.Join(fmt.Errorf("wait for the standby: %w", err), alone, follower.Stop())
	}
	return follower, nil
}

// follow copies the primary and starts the copy.
func (s *Server) follow(ctx context.Context, o Options) (*Server, error) {
	settings := maps.Clone(s.settings)
	if settings == nil {
		settings = map[string]string{}
	}
	maps.Copy(settings, o.Settings)
	o.Settings = settings
	if o.Bin == "" {
		o.Bin = s.bin
	}
	follower, err := prepare(o)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(follower.data()); err == nil {
		return nil, fmt.Errorf("%s holds a database already", follower.dir)
	}
	// The copy is not synced here: a server that starts on a backup does it first.
	err = follower.fill(ctx, "pg_basebackup", "--dbname="+s.replicationAddress(), "--no-password",
		"--wal-method=stream", "--checkpoint=fast", "--no-sync", "--write-recovery-conf", "--pgdata="+follower.unfinished())
	if err != nil {
		return nil, err
	}
	return follower, follower.open(ctx, freePort)
}

// replicationAddress goes over TCP: the socket folder may move, the port stays.
func (s *Server) replicationAddress() string {
	return fmt.Sprintf("host=127.0.0.1 port=%d user=%s application_name=%s", s.port, superuser, standbyName)
}

// waitFor makes commits wait for the named standby and returns when they do.
func (s *Server) waitFor(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(ctx, answersWithin)
	defer cancel()
	err := s.execute(ctx, "ALTER SYSTEM SET synchronous_standby_names = "+quoted(name), "SELECT pg_reload_conf()")
	if err != nil {
		return err
	}
	inStep := "SELECT current_setting('synchronous_standby_names') <> '' AND EXISTS (" +
		"SELECT FROM pg_stat_replication WHERE application_name = '" + name + "' AND sync_state = 'sync')"
	if err := until(ctx, func() (bool, error) { return s.ask(ctx, inStep) }); err != nil {
		return err
	}
	// Commits wait from when the checkpointer has read the setting, which the
	// view does not show. It reads it before it takes a request; only the second
	// is certain to come after.
	return s.execute(ctx, "CHECKPOINT", "CHECKPOINT")
}

// commitAlone undoes waitFor.
func (s *Server) commitAlone(ctx context.Context) error {
	return s.execute(ctx, "ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()")
}

// Promote makes a standby a primary that commits alone, and returns when it
// takes writes. What its primary acknowledged is there. The old primary must be
// dead or paused for good: nothing here keeps two primaries apart.
func (s *Server) Promote(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, answersWithin)
	defer cancel()
	if err := s.takeOver(ctx); err != nil {
		return fmt.Errorf("promote the standby: %w", err)
	}
	return nil
}

func (s *Server) takeOver(ctx context.Context) error {
	standby, err := s.ask(ctx, "SELECT pg_is_in_recovery()")
	if err != nil {
		return err
	}
	if !standby {
		return errors.New("it is a primary already")
	}
	if err := s.commitAlone(ctx); err != nil {
		return err
	}
	done, err := s.ask(ctx, "SELECT pg_promote()")
	if err != nil {
		return err
	}
	if !done {
		return errors.New("it is still in recovery; see " + s.Log())
	}
	const alone = "SELECT NOT pg_is_in_recovery() AND current_setting('synchronous_standby_names') = ''"
	return until(ctx, func() (bool, error) { return s.ask(ctx, alone) })
}
