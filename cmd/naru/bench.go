package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"naru/internal/agency"
	"naru/internal/bench"
	"naru/internal/i18n"
	"naru/internal/store"
	"naru/internal/web"
)

// BenchCmd is "naru bench".
type BenchCmd struct {
	Name        string  `arg:"" help:"What is measured: book, gate, join, record, verify, issue, visit."`
	Measure     string  `placeholder:"NAME" help:"This measure alone (default: all of the bench)."`
	Runs        int     `default:"5" help:"Runs of each side; the median counts."`
	Seconds     float64 `default:"2" help:"Length of a run of each side, about."`
	Callers     int     `default:"1024" help:"Who act on the store at once in the engine and flat measures."`
	Rows        int     `default:"1000000" help:"Reservations in the largest table of flat_sqlite and flat_postgres; lines loaded in all by record_sqlite; visits of 28 days in days_sqlite."`
	Connections int     `default:"50000" help:"Open connections in the measure connections."`
	Waiters     int     `default:"1000000" help:"People in line in the measure waiters."`
	DB          string  `name:"db" placeholder:"postgres|URL" help:"PostgreSQL to measure: a server's URL (databases are made on it and dropped), or postgres for a throw-away server (default)."`
	Data        string  `default:"naru-data" placeholder:"DIR" help:"Folder on the disk to measure; the bench works in DIR/bench and removes what it made there."`
	Agency      string  `placeholder:"FILE" help:"Agency file (default: Korea)."`
	JSON        bool    `name:"json" help:"Print each result as one JSON object on a line."`
	CPUProfile  string  `name:"cpuprofile" placeholder:"FILE" help:"Write a CPU profile of the whole bench, yardsticks included."`
}

// Run measures: status 0 when every measure was taken, 1 when one failed or was
// left out because a program is missing.
func (cmd *BenchCmd) Run(env *Env) (err error) {
	o, err := cmd.options(env)
	if err != nil {
		return err
	}
	if o.Dir, err = benchFolder(cmd.Data); err != nil {
		return fmt.Errorf("bench %s: %w", cmd.Name, err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(o.Dir)) }()
	stop, err := profile(cmd.CPUProfile)
	if err != nil {
		return err
	}
	defer stop()
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	if err := bench.Run(ctx, o, cmd.tell(env.Stdout)); err != nil {
		return fmt.Errorf("bench %s: %w", cmd.Name, err)
	}
	return nil
}

func (cmd *BenchCmd) options(env *Env) (bench.Options, error) {
	o := bench.Options{
		Bench: cmd.Name, Measure: cmd.Measure, Runs: cmd.Runs, Length: time.Duration(cmd.Seconds * float64(time.Second)),
		Callers: cmd.Callers, Rows: cmd.Rows, Connections: cmd.Connections, Waiters: cmd.Waiters, Log: env.Stderr,
	}
	switch {
	case cmd.DB == "" || cmd.DB == "postgres":
	case strings.HasPrefix(cmd.DB, "postgres://") || strings.HasPrefix(cmd.DB, "postgresql://"):
		o.DB = cmd.DB
	default:
		return o, usage(errors.New("--db: write postgres, or the URL of a server: postgres://user@host:5432/database"))
	}
	self, err := os.Executable()
	if err != nil {
		return o, fmt.Errorf("find the program itself: %w", err)
	}
	o.Command = func(args ...string) *exec.Cmd { return itself(self, args...) }
	if o.Agency, err = loadAgency(cmd.Agency); err != nil {
		return o, usage(err)
	}
	if err := o.Check(); err != nil {
		return o, usage(err)
	}
	o.Web = func(s *store.Store, now func() time.Time) (*http.Server, error) { return benchServer(o.Agency, s, now) }
	return o, nil
}

// itself is this program without the settings in the environment: they are for
// the operator's own servers.
func itself(program string, args ...string) *exec.Cmd {
	cmd := exec.Command(program, args...) //nolint:gosec // naru itself
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "NARU_") })
	return cmd
}

// benchFolder is a new folder that is removed at the end. Others may pass
// through it: PostgreSQL runs as another user when root measures.
func benchFolder(data string) (string, error) {
	parent, err := filepath.Abs(filepath.Join(data, "bench"))
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(parent, 0o755); err != nil { //nolint:gosec // see above
		return "", err
	}
	dir, err := os.MkdirTemp(parent, "run-")
	if err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o711) //nolint:gosec // see above
}

// benchServer is the server of "naru serve", with its log thrown away where the
// system does it.
func benchServer(a *agency.Agency, s *store.Store, now func() time.Time) (*http.Server, error) {
	catalogue, err := i18n.New()
	if err != nil {
		return nil, err
	}
	nowhere, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	handler, err := web.New(web.Options{
		Store: s, Agency: a, Catalogue: catalogue, Now: now, Development: true,
		Log: slog.New(slog.NewJSONHandler(nowhere, nil)),
	})
	if err != nil {
		return nil, errors.Join(err, nowhere.Close())
	}
	server := web.HTTPServer("", handler)
	server.RegisterOnShutdown(func() { _ = nowhere.Close() })
	return server, nil
}

// tell prints results as they come.
func (cmd *BenchCmd) tell(w io.Writer) func(bench.Result) error {
	if cmd.JSON {
		return func(r bench.Result) error { return r.JSON(w) }
	}
	first := true
	return func(r bench.Result) error {
		if first {
			first = false
			if err := bench.Head(w); err != nil {
				return err
			}
		}
		return r.Row(w)
	}
}
