package drill

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// What the configuration promises, line by line, and that HAProxy takes it.
func TestProxyConfig(t *testing.T) {
	t.Parallel()
	page := filepath.Join(t.TempDir(), "it's a page.html")
	text := proxyConfig([]*node{{name: "node1", url: "http://127.0.0.1:16001"}, {name: "node2", url: "http://127.0.0.1:16002"}}, page)
	for _, want := range []string{
		"bind fd@3\n", "stats socket fd@4 level user\n", "nbthread 1\n",
		"retries 3\n", "retry-on conn-failure\n", "option redispatch 1\n",
		"balance leastconn\n", "inter 500ms fall 2 rise 1\n",
		"use_backend alive if { nbsrv(ready) eq 0 }\n", "uri " + readyPath + " ", "uri " + livePath + " ",
		"backend " + readyGroup + "\n", "backend " + aliveGroup + "\n",
		"hdr Naru-Proxy %s ", "set-header Naru-Node %s\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in the configuration", want)
		}
	}
	for _, never := range []string{"cookie", "stick", "shutdown-sessions", "0rtt-rejected", "empty-response", "response-timeout", "all-retryable", "%!", "0.0.0.0", "%HU", "%HP", "%r "} {
		if strings.Contains(text, never) {
			t.Errorf("%q is in the configuration", never)
		}
	}
	for _, server := range []string{"server node1 127.0.0.1:16001\n", "server node2 127.0.0.1:16002\n"} {
		if strings.Count(text, server) != 2 {
			t.Errorf("%q is not in both groups", server)
		}
	}
	program := haproxy(t)
	file := filepath.Join(filepath.Dir(page), "haproxy.cfg")
	must(t, os.WriteFile(page, []byte(proxyPage), 0o600))
	must(t, os.WriteFile(file, []byte(text), 0o600))
	check := exec.CommandContext(t.Context(), program, "-c", "-f", file)
	for range 2 {
		_, socket, err := socket()
		must(t, err)
		defer func() { must(t, socket.Close()) }()
		check.ExtraFiles = append(check.ExtraFiles, socket)
	}
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("haproxy: %v\n%s", err, out)
	}
}

func haproxy(t *testing.T) string {
	t.Helper()
	program, err := findProxy(os.Getenv("PATH"))
	if err != nil {
		t.Skip(err)
	}
	return program
}

func TestProxyPageIsNotBlank(t *testing.T) {
	t.Parallel()
	if blank([]byte(proxyPage)) || strings.Contains(proxyPage, "://") || strings.Contains(proxyPage, "%") {
		t.Error("the proxy's page is blank, or leads outside")
	}
}

func TestFindProxy(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "haproxy"), []byte("#!/bin/sh\n"), 0o700)) //nolint:gosec // a program
	if got, err := findProxy("relative:" + dir); err != nil || got != filepath.Join(dir, "haproxy") {
		t.Errorf("%q, %v", got, err)
	}
	for _, none := range []string{"/usr/sbin/haproxy", "/usr/local/sbin/haproxy"} {
		if _, err := os.Stat(none); err == nil {
			return // it is installed
		}
	}
	if _, err := findProxy(t.TempDir()); err == nil || !strings.Contains(err.Error(), "Debian package haproxy") {
		t.Errorf("%v; it must say what to install", err)
	}
}

// Two nodes that live: people reach both, one that dies is left out, and what was
// sent to it is sent to nobody else.
func TestProxy(t *testing.T) {
	t.Parallel()
	haproxy(t)
	asked, stuck := make(chan string, 100), make(chan struct{})
	servers := map[string]*httptest.Server{"node1": playNode("node1", asked, stuck), "node2": playNode("node2", asked, stuck)}
	defer servers["node1"].Close()
	defer servers["node2"].Close()
	defer close(stuck)
	p, err := startProxy([]*node{{name: "node1", url: servers["node1"].URL}, {name: "node2", url: servers["node2"].URL}}, t.TempDir())
	must(t, err)
	c, err := newClient(p.url)
	must(t, err)
	defer c.close()

	seen := map[string]bool{}
	for range 20 {
		r := c.do(t.Context(), "", get("/"))
		if r.err != nil || string(r.body) != "<main>"+strings.TrimPrefix(p.url, "http://") {
			t.Fatalf("%q, %v; the name people use must reach the node", r.body, r.err)
		}
		seen[r.node] = true
	}
	if len(seen) != 2 {
		t.Errorf("20 requests reached %v only", seen)
	}

	answers := make(chan reply, 1)
	go func() { answers <- c.do(t.Context(), "", post("/stuck")) }()
	victim := <-asked
	servers[victim].Listener.Close() //nolint:errcheck,gosec // it dies
	servers[victim].CloseClientConnections()
	if r := <-answers; r.err == nil && (r.proxyFor != victim || r.status != 502 || blank(r.body)) {
		t.Errorf("what was sent to the dead node: %+v", r)
	}
	for range 20 {
		if r := c.do(t.Context(), "", post("/")); r.err != nil || r.status != 200 || r.node == victim {
			t.Errorf("after %s died: %+v", victim, r)
		}
	}
	must(t, p.waitFor(t.Context(), victim, isDown))
	select {
	case name := <-asked:
		t.Errorf("%s was given what was sent to %s", name, victim)
	case <-time.After(10 * time.Millisecond):
	}
	if must(t, p.stop()); p.downs != 1 || !p.child.ended() {
		t.Errorf("%d nodes taken out of service", p.downs)
	}
}

// playNode is a server that is well, and gets stuck when asked to.
func playNode(name string, asked chan<- string, stuck <-chan struct{}) *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case readyPath, livePath:
			return
		case "/stuck":
			asked <- name
			<-stuck
		}
		_, _ = io.WriteString(w, "<main>"+r.Host)
	}))
}

const statsTable = "# pxname,svname,scur,status,chkdown\nready,node1,4,UP,0\nready,node2,0,DOWN 1/2,3\nready,node3,,UP 1/2,\n\n"

func TestProxyStats(t *testing.T) {
	t.Parallel()
	all, err := parseProxyStats(strings.NewReader(statsTable))
	must(t, err)
	want := map[string]served{"node1": {up: true, sessions: 4}, "node2": {downs: 3}, "node3": {up: true}}
	if !maps.Equal(all, want) {
		t.Errorf("%v", all)
	}
	for what, table := range map[string]string{"nothing": "", "another table": "# a,b\n1,2\n", "not a table": "# svname,\"status"} {
		if _, err := parseProxyStats(strings.NewReader(table)); err == nil {
			t.Errorf("%s was read", what)
		}
	}
}

func FuzzProxyStats(f *testing.F) {
	for _, table := range []string{statsTable, "", "svname,status,chkdown,scur\na,UP,-1,-1\n"} {
		f.Add(table)
	}
	f.Fuzz(func(t *testing.T, table string) {
		all, err := parseProxyStats(strings.NewReader(table))
		for name, s := range all {
			if err != nil || s.downs < 0 || s.sessions < 0 {
				t.Errorf("%s: %v, %v", name, s, err)
			}
		}
	})
}
