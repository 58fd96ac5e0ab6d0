package drill

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"naru/internal/db"
	"naru/internal/pgserver"
)

// The databases a drill is played on, beside the address of a server.
const (
	SQLite   = "sqlite"
	Postgres = "postgres" // a throw-away server of the drill's own
)

// downFor is how long a killed database stays away.
const downFor = 2 * time.Second

// database is where the nodes of a run keep everything.
type database struct {
	url    string           // "": SQLite in the run's folder
	what   string           // for people
	server *pgserver.Server // the throw-away one, or nil
	dir    string           // its folder
	kept   string           // where its log goes
	cpu    time.Duration    // of processes that were killed
}

// openDatabase makes the run's own database, empty. name tells it from all others.
func openDatabase(ctx context.Context, o Options, name, folder string) (*database, error) {
	switch o.DB {
	case "", SQLite:
		return &database{what: "SQLite"}, nil
	case Postgres:
		return startDatabase(ctx, name, folder)
	}
	d := &database{what: fmt.Sprintf("PostgreSQL, database %s, which stays (remove it with DROP DATABASE)", name)}
	var err error
	if d.url, err = createDatabase(ctx, o.DB, name); err != nil {
		return nil, fmt.Errorf("create database %s: %w", name, err)
	}
	return d, nil
}

// databaseName is a name no other run has: naru_drill_<time>_<seed>.
func databaseName(folder string) string {
	return "naru_drill_" + strings.ToLower(strings.ReplaceAll(filepath.Base(folder), "-", "_"))
}

// startDatabase starts a throw-away server in a folder that the user postgres
// can reach.
func startDatabase(ctx context.Context, name, folder string) (*database, error) {
	d := &database{what: "PostgreSQL, a throw-away server", kept: filepath.Join(folder, "postgres.log")}
	var err error
	if d.dir, err = pgserver.TempDir(); err != nil {
		return nil, err
	}
	if d.server, err = pgserver.Start(ctx, pgserver.Options{Dir: d.dir}); err == nil {
		d.beBehindTheCrowd()
		err = d.server.Create(ctx, name, "")
	}
	if err != nil {
		return nil, errors.Join(err, d.close())
	}
	d.url = d.server.URL(name)
	return d, nil
}

// beBehindTheCrowd gives the server the place in the machine's queue that nodes
// have; what it starts from now on inherits it.
func (d *database) beBehindTheCrowd() {
	_ = syscall.Setpriority(syscall.PRIO_PROCESS, d.server.PID(), politeness) // without it the crowd only has it harder
}

// kill ends the throw-away server as a crash of its machine would.
func (d *database) kill() error {
	d.cpu += familyCPU(d.server.PID())
	return d.server.Kill()
}

func (d *database) restart(ctx context.Context) error {
	err := d.server.Restart(ctx)
	if err == nil {
		d.beBehindTheCrowd()
	}
	return err
}

// used is the processor time of the throw-away server so far.
func (d *database) used() time.Duration {
	if d.server == nil {
		return 0
	}
	return d.cpu + familyCPU(d.server.PID())
}

// close stops the throw-away server and removes it; its log is kept in the run's
// folder. What was made on another's server stays.
func (d *database) close() error {
	var err error
	if d.server != nil {
		err = errors.Join(d.server.Stop(), keep(d.server.Log(), d.kept))
		d.server = nil
	}
	if d.dir != "" {
		err = errors.Join(err, os.RemoveAll(d.dir))
	}
	return err
}

func keep(file, as string) error {
	from, err := os.Open(file) //nolint:gosec // the throw-away server's log
	if err != nil {
		return err
	}
	defer func() { _ = from.Close() }() // only read
	to, err := os.Create(as)            //nolint:gosec // the drill's own folder
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	return errors.Join(err, to.Close())
}

// checkDatabase refuses every database that is not on this machine.
func checkDatabase(address string) error {
	if err := db.CheckURL(address); err != nil {
		return fmt.Errorf("%w, or one of the words sqlite and postgres", err)
	}
	c, err := pgx.ParseConfig(address)
	if err != nil {
		return errors.New("it cannot be read") // its text may hold the password
	}
	hosts := []string{c.Host}
	for _, f := range c.Fallbacks {
		hosts = append(hosts, f.Host)
	}
	for _, host := range hosts {
		if ip := net.ParseIP(host); host != "localhost" && !strings.HasPrefix(host, "/") && (ip == nil || !ip.IsLoopback()) {
			return fmt.Errorf("%s is not on this machine: a drill is played on a loopback address or a unix socket only", host)
		}
	}
	return nil
}

// createDatabase makes a database of its own on a server that was named, touches
// no other there, and returns its address.
func createDatabase(ctx context.Context, address, name string) (string, error) {
	own, err := withDatabase(address, name)
	if err != nil {
		return "", err
	}
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return "", err // says user, host and database, no password
	}
	_, err = conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize()+" TEMPLATE template0")
	return own, errors.Join(err, conn.Close(ctx))
}

// withDatabase is the address with another database in it.
func withDatabase(address, name string) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", errors.New("the address of the database cannot be read")
	}
	u.Path, u.RawPath = "/"+name, ""
	query := u.Query()
	query.Del("dbname")
	query.Del("database")
	u.RawQuery = query.Encode()
	return u.String(), nil
}
