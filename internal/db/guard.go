package db

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
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
	return g.see(string(r.Rows[0][1]), uint32(timeline))
}

func (g *Guard) see(system string, timeline uint32) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.load(); err != nil {
		return err
	}
	switch {
	case g.system != "" && g.system != system:
		return fmt.Errorf("the server is of another cluster (%s, not %s); if that is meant, remove %s", system, g.system, g.File)
	case timeline < g.timeline:
		return fmt.Errorf("the server's timeline %d is older than %d: it was replaced by another primary", timeline, g.timeline)
	case g.system == system && g.timeline == timeline:
		return nil
	}
	g.system, g.timeline = system, timeline
	return g.save()
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
