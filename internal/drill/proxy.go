package drill

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// proxy is the HAProxy that spreads people over the nodes.
type proxy struct {
	url     string
	version string
	stats   string // address of its stats
	child   *child
	log     *os.File
	cpu     time.Duration
	downs   int // times it took a node out of service; known when it was stopped
}

// findProxy is the program; Debian keeps it where only root's PATH leads.
func findProxy(path string) (string, error) {
	for _, dir := range append(filepath.SplitList(path), "/usr/sbin", "/usr/local/sbin") {
		if program, err := exec.LookPath(filepath.Join(dir, "haproxy")); err == nil && filepath.IsAbs(program) {
			return program, nil
		}
	}
	return "", errors.New("several nodes stand behind HAProxy, which is not on this machine: install the Debian package haproxy")
}

// proxyVersion is what the program says of itself, without the date.
func proxyVersion(program string) string {
	said, err := exec.Command(program, "-v").Output() //nolint:gosec // looked up
	if err != nil {
		return "HAProxy"
	}
	line, _, _ := strings.Cut(string(said), "\n")
	name, _, _ := strings.Cut(line, " 20") // the date
	return name
}

// startProxy starts a proxy before the nodes; its files are in dir.
func startProxy(nodes []*node, dir string) (*proxy, error) {
	program, err := findProxy(os.Getenv("PATH"))
	if err != nil {
		return nil, err
	}
	page, config := filepath.Join(dir, "haproxy.html"), filepath.Join(dir, "haproxy.cfg")
	err = errors.Join(os.WriteFile(page, []byte(proxyPage), 0o600), os.WriteFile(config, []byte(proxyConfig(nodes, page)), 0o600))
	if err != nil {
		return nil, fmt.Errorf("write the proxy's files: %w", err)
	}
	p := &proxy{version: proxyVersion(program)}
	if p.log, err = os.Create(filepath.Join(dir, "haproxy.log")); err != nil { //nolint:gosec // the drill's own folder
		return nil, err
	}
	if err := p.start(program, config); err != nil {
		return nil, errors.Join(fmt.Errorf("start the proxy: %w", err), p.log.Close())
	}
	return p, nil
}

// start hands the proxy the sockets it listens on.
func (p *proxy) start(program, config string) error {
	people, peopleFile, err := socket()
	if err != nil {
		return err
	}
	defer func() { _ = peopleFile.Close() }() // the proxy has its own hold of it
	stats, statsFile, err := socket()
	if err != nil {
		return err
	}
	defer func() { _ = statsFile.Close() }()
	p.url, p.stats = "http://"+people, stats
	cmd := command(program, "-db", "-f", config)
	cmd.ExtraFiles = []*os.File{peopleFile, statsFile} // peopleSocket and statsSocket
	cmd.Stdout, cmd.Stderr = p.log, p.log
	p.child, err = begin(cmd)
	return err
}

// socket listens on a free port of the loopback address. What comes before the
// proxy takes it over waits.
func socket() (address string, file *os.File, err error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	defer func() { _ = l.Close() }() // the file stays
	file, err = l.(*net.TCPListener).File()
	return l.Addr().String(), file, err
}

// serves says how it serves each node.
func (p *proxy) serves(ctx context.Context) (map[string]served, error) {
	var d net.Dialer
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	conn, err := d.DialContext(ctx, "tcp4", p.stats)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }() // read to its end or of no use
	deadline, _ := ctx.Deadline()
	if err := conn.SetDeadline(deadline); err != nil {
		return nil, err
	}
	if _, err := fmt.Fprintf(conn, "show stat %s 4 -1\n", readyGroup); err != nil {
		return nil, err
	}
	return parseProxyStats(conn)
}

// What one may wait for.
func isUp(s served) bool    { return s.up }
func isDown(s served) bool  { return !s.up }
func isEmpty(s served) bool { return s.sessions == 0 }

// waitFor waits until the proxy serves a node as wanted.
func (p *proxy) waitFor(ctx context.Context, name string, wanted func(served) bool) error {
	for {
		if now, err := p.serves(ctx); err == nil && wanted(now[name]) {
			return nil
		}
		if p.child.ended() {
			return p.died()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (p *proxy) died() error {
	return fmt.Errorf("the proxy ended by itself (%v); see %s", p.child.err, p.log.Name())
}

// stop asks it how it went and ends it.
func (p *proxy) stop() error {
	if p.child.ended() {
		return errors.Join(p.died(), p.log.Close())
	}
	all, err := p.serves(context.Background())
	for _, s := range all {
		p.downs += s.downs
	}
	p.child.kill() // nobody is connected any more, and it has nothing to write
	p.cpu = p.child.used()
	return errors.Join(err, p.log.Close())
}
