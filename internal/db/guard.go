package db

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"
)

// Guard refuses servers a node must not write to: a standby, another cluster,
// and a primary with an older timeline than one this node has seen, which is a
// primary that was replaced and does not know it (DESIGN §3). What was seen is
// kept in File, so that a restart does not forget it.
type Guard struct {
	File string // "": in memory only

	mu       sync.Mutex
	system   string
	timeline uint32
	read     bool
	open     map[net.Conn]bool // connections of this process
}

// tracked is a connection the guard can end.
type tracked struct {
	net.Conn
	guard *Guard
}

// Close ends the connection; nobody needs to end it again.
func (c *tracked) Close() error {
	c.guard.mu.Lock()
	delete(c.guard.open, net.Conn(c))
	c.guard.mu.Unlock()
	return c.Conn.Close()
}

func (g *Guard) track(dial func(context.Context, string, string) (net.Conn, error)) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		raw, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		c := &tracked{raw, g}
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.open == nil {
			g.open = map[net.Conn]bool{}
		}
		g.open[c] = true
		return c, nil
	}
}

const timelineQuery = `SELECT pg_is_in_recovery(), (SELECT system_identifier FROM pg_control_system()),
    CASE WHEN pg_is_in_recovery() THEN '' ELSE substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END`

func (g *Guard) validate(ctx context.Context, conn *pgconn.PgConn) error {
	r := conn.ExecParams(ctx, timelineQuery, nil, nil, nil, nil).Read()
	if r.Err != nil {
		return r.Err
	}
	if len(r.Rows) != 1 || len(r.Rows[0]) != 3 {
		return errors.New("the server does not say what it is")
	}
	if string(r.Rows[0][0]) == "t" {
		return errors.New("the server is a standby")
	}
	timeline, err := strconv.ParseUint(string(r.Rows[0][2]), 16, 32)
	if err != nil {
		return fmt.Errorf("timeline: %w", err)
	}
	newer, err := g.see(string(r.Rows[0][1]), uint32(timeline))
	if newer {
		g.leaveOld(conn.Conn())
	}
	return err
}

// leaveOld ends all connections but the one to a primary that has just taken
// over: whoever waits for an answer of the old one, which may stand still and say
// nothing, is told that the outcome is unknown.
func (g *Guard) leaveOld(fresh net.Conn) {
	if t, ok := fresh.(*tls.Conn); ok {
		fresh = t.NetConn()
	}
	g.mu.Lock()
	var old []net.Conn
	for c := range g.open {
		if c != fresh {
			old = append(old, c)
		}
	}
	g.mu.Unlock()
	for _, c := range old {
		_ = c.Close() // its user gets the error
	}
}

// see takes note of a primary; newer says that it has replaced another.
func (g *Guard) see(system string, timeline uint32) (newer bool, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.load(); err != nil {
		return false, err
	}
	switch {
	case g.system != "" && g.system != system:
		return false, fmt.Errorf("the server is of another cluster (%s, not %s); if that is meant, remove %s", system, g.system, g.File)
	case timeline < g.timeline:
		return false, fmt.Errorf("the server's timeline %d is older than %d: it was replaced by another primary", timeline, g.timeline)
	case g.system == system && g.timeline == timeline:
		return false, nil
	}
	newer = g.system != ""
	g.system, g.timeline = system, timeline
	return newer, g.save()
}

func (g *Guard) load() error {
	if g.read || g.File == "" {
		return nil
	}
	text, err := os.ReadFile(g.File)
	if errors.Is(err, fs.ErrNotExist) {
		g.read = true
		return nil
	}
	if err != nil {
		return err
	}
	system, timeline, ok := strings.Cut(strings.TrimSpace(string(text)), " ")
	n, err := strconv.ParseUint(timeline, 10, 32)
	if !ok || err != nil {
		return fmt.Errorf("%s does not say which primary was seen; remove it if the database is right", g.File)
	}
	g.system, g.timeline, g.read = system, uint32(n), true
	return nil
}

func (g *Guard) save() error {
	if g.File == "" {
		return nil
	}
	temp, err := os.CreateTemp(filepath.Dir(g.File), ".primary-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temp.Name()) }() // after the rename there is nothing to remove
	_, err = fmt.Fprintln(temp, g.system, g.timeline)
	if err := errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return err
	}
	return os.Rename(temp.Name(), g.File)
}
