// Package pgserver runs throw-away PostgreSQL servers on this machine, for
// tests, drills and benches: it starts them, crashes them, freezes them, gives
// them a synchronous standby and promotes it.
//
// It promises that such a server is as durable as a real one (what it
// acknowledged survives Kill and Restart, and with a standby also Promote), that
// it listens on loopback only, and that it does not outlive the program that
// started it. It never touches a server it did not start, never asks for a
// password and never keeps anything that matters: whoever may log in to this
// machine may read and write the databases.
//
// docs/adr/0010-run-throwaway-postgres.md says why it is built this way.
package pgserver

import (
	"net"
	"net/url"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

// superuser is the database user everybody connects as.
const superuser = "naru"

const (
	answersWithin = 2 * time.Minute  // recovery of max_wal_size on a busy machine
	stopsWithin   = 30 * time.Second // the last checkpoint of a fast shutdown
	diesWithin    = 30 * time.Second // a killed process may still sit in an fsync
	looksEvery    = 5 * time.Millisecond
)

// Options say where a server lives and how it differs from the usual one.
type Options struct {
	// Bin is the folder of the PostgreSQL programs; empty asks Find.
	Bin string
	// Dir holds the data (Dir/data) and the log (Dir/postgres.log). It is made
	// if it is missing. When root runs the server it belongs to the user
	// postgres afterwards, and the folders above it must let that user through;
	// TempDir makes one that does.
	Dir string
	// Settings are entries of postgresql.conf that replace the usual ones.
	// Port, addresses and socket folder are the server's own and refused here.
	Settings map[string]string
}

// Server is one PostgreSQL server. Whoever started it calls Stop in the end, also
// after Kill, and removes its folder when it is no longer wanted. Its methods may
// be called from several goroutines; those that change whether it runs take turns.
type Server struct {
	bin, dir, sockets string
	port              int
	settings          map[string]string
	as                account

	turn   sync.Mutex // held by whoever starts, stops, freezes or kills
	seen   sync.Mutex // guards now, for PID while a turn is taken
	now    *program   // the postmaster; nil before the first start
	frozen *guard     // kills what is frozen if we die; nil when not frozen
}

// URL is where the database is reached over TCP, by every driver.
func (s *Server) URL(database string) string {
	u := url.URL{Scheme: "postgres", User: url.User(superuser), Path: "/" + database, RawQuery: "sslmode=disable"}
	u.Host = net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port))
	return u.String()
}

// SocketURL is where the database is reached over the unix socket. Only this
// user, the server's user and root can.
func (s *Server) SocketURL(database string) string {
	query := url.Values{"host": {s.sockets}, "port": {strconv.Itoa(s.port)}, "sslmode": {"disable"}}
	u := url.URL{Scheme: "postgres", User: url.User(superuser), Path: "/" + database, RawQuery: query.Encode()}
	return u.String()
}

// PID is the process id of the postmaster, 0 while the server is down.
func (s *Server) PID() int {
	p := s.program()
	if p == nil || p.ended() {
		return 0
	}
	return p.pid
}

// Log is the file the server writes its messages to.
func (s *Server) Log() string { return filepath.Join(s.dir, "postgres.log") }

func (s *Server) data() string       { return filepath.Join(s.dir, "data") }
func (s *Server) unfinished() string { return filepath.Join(s.dir, "data.unfinished") }

func (s *Server) program() *program {
	s.seen.Lock()
	defer s.seen.Unlock()
	return s.now
}
