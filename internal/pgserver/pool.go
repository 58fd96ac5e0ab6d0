package pgserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
)

// original is the database every other of a pool is copied from.
const original = "naru_template"

// Pool gives each test a database of its own from one server a process. The
// server is started by the first who asks and lives until Close. The zero Pool
// with a Prepare is ready; a Pool must not be copied.
type Pool struct {
	// Prepare fills the template once, for example by running the migrations.
	// It closes its connections before it returns. Nil leaves it empty.
	Prepare func(url string) error
	// Settings as in Options.
	Settings map[string]string

	mu     sync.Mutex
	server *Server
	dir    string
	err    error // why there is no server; it is not tried again
	made   int
}

// Database makes a new database, a copy of the template, and returns its URL.
// drop removes it again, whoever is still connected; Close removes those that
// were not dropped.
func (p *Pool) Database(ctx context.Context) (url string, drop func(), err error) {
	server, name, err := p.next(ctx)
	if err != nil {
		return "", nil, err
	}
	if err := server.Create(ctx, name, original); err != nil {
		return "", nil, err
	}
	drop = func() {
		// The context of a test has ended when it cleans up.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), answersWithin)
		defer cancel()
		_ = server.Drop(ctx, name) // Close removes what is left
	}
	return server.URL(name), drop, nil
}

// next is the server, started if it must be, and a name nobody has.
func (p *Pool) next(ctx context.Context) (*Server, string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.server == nil && p.err == nil {
		if p.err = p.start(ctx); p.err != nil {
			p.err = errors.Join(p.err, p.close())
		}
	}
	p.made++
	return p.server, "naru_" + strconv.Itoa(p.made), p.err
}

func (p *Pool) start(ctx context.Context) (err error) {
	if p.dir, err = TempDir(); err != nil {
		return err
	}
	if p.server, err = Start(ctx, Options{Dir: p.dir, Settings: p.Settings}); err != nil {
		return err
	}
	if err := p.server.Create(ctx, original, ""); err != nil {
		return err
	}
	if p.Prepare != nil {
		if err := p.Prepare(p.server.URL(original)); err != nil {
			return fmt.Errorf("prepare the template: %w", err)
		}
	}
	// A template with a guest cannot be copied.
	return p.server.execute(ctx, "ALTER DATABASE "+quoted(original)+" ALLOW_CONNECTIONS false")
}

// Close stops the server and removes its folder. A pool that was never asked
// has nothing to close; one that is closed gives no more databases.
func (p *Pool) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	err := p.close()
	if p.err == nil {
		p.err = errors.New("the pool of databases is closed")
	}
	return err
}

func (p *Pool) close() error {
	var err error
	if p.server != nil {
		err = p.server.Stop()
		p.server = nil
	}
	if p.dir != "" {
		err = errors.Join(err, os.RemoveAll(p.dir))
		p.dir = ""
	}
	return err
}
