package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// program is a server in a process of its own. A nil one is not running.
type program struct {
	cmd  *exec.Cmd
	addr string
	log  *os.File
}

// startNaru starts "naru serve" over a folder, as operators do.
func startNaru(ctx context.Context, self func(args ...string) *exec.Cmd, dir string) (*program, error) {
	p := &program{cmd: self("serve", "--development", "--data", dir, "--listen", "127.0.0.1:0")}
	said, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.start(filepath.Join(dir, "server.log")); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(said).ReadString('\n')
	addr, found := strings.CutPrefix(strings.TrimSpace(line), "listening on http://")
	if !found {
		return nil, errors.Join(fmt.Errorf("naru serve did not start; see %s", p.log.Name()), err, p.stop(), ctx.Err())
	}
	p.addr = addr
	return p, nil
}

// nginxConf is what a careful operator writes for one small file.
const nginxConf = `daemon off; pid nginx.pid; error_log stderr; %s
worker_processes auto; worker_rlimit_nofile 200000;
events { use epoll; worker_connections 100000; multi_accept on; }
http {
  access_log off; server_tokens off; sendfile off; tcp_nodelay on;
  open_file_cache max=100 inactive=1h; open_file_cache_valid 60s;
  keepalive_timeout 1h; keepalive_requests 1000000000;
  client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3; uwsgi_temp_path t4; scgi_temp_path t5;
  types { } default_type application/json; etag on;
  server {
    listen %s reuseport backlog=4096; root html;
    add_header Cache-Control "public, max-age=1, stale-while-revalidate=5"; add_header X-Content-Type-Options nosniff; add_header Last-Modified "";
  }
}
`

// startNginx serves a text under a path.
func startNginx(ctx context.Context, dir, path string, text []byte) (*program, error) {
	file := filepath.Join(dir, "html", filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil { //nolint:gosec // its workers may be another user's
		return nil, err
	}
	addr, err := freeAddress()
	if err != nil {
		return nil, err
	}
	user := ""
	if os.Geteuid() == 0 {
		user = "user root;" // the folder is ours alone
	}
	conf := filepath.Join(dir, "nginx.conf")
	if err := errors.Join(os.WriteFile(file, text, 0o644), os.WriteFile(conf, fmt.Appendf(nil, nginxConf, user, addr), 0o644)); err != nil { //nolint:gosec // as above
		return nil, err
	}
	p := &program{cmd: exec.Command("nginx", "-p", dir, "-c", conf, "-e", "stderr"), addr: addr} //nolint:gosec // from the path, like any program
	if err := p.start(filepath.Join(dir, "nginx.log")); err != nil {
		return nil, err
	}
	for range 500 {
		if c, err := net.Dial("tcp", addr); err == nil {
			return p, c.Close()
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), p.stop())
		case <-time.After(10 * time.Millisecond):
		}
	}
	return nil, errors.Join(fmt.Errorf("nginx does not answer; see %s", p.log.Name()), p.stop())
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

func (p *program) start(log string) (err error) {
	if p.log, err = os.Create(log); err != nil { //nolint:gosec // the bench's own folder
		return err
	}
	p.cmd.Stderr = p.log
	askToEndWithUs(p.cmd) // nginx then ends its workers
	return p.cmd.Start()
}

// stop ends the program as operators do.
func (p *program) stop() error {
	if p == nil {
		return nil
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended by itself
	late := time.AfterFunc(20*time.Second, func() { _ = p.cmd.Process.Kill() })
	defer late.Stop()
	return errors.Join(p.cmd.Wait(), p.log.Close())
}
