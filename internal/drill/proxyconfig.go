package drill

import (
	"fmt"
	"net/url"
	"strings"
)

// The proxy stands in front of several nodes as HAProxy would on a real service:
// any node may get any request, nobody is bound to one (docs/adr/0012).

// Addresses at which a node says whether it can do its work, and that it lives.
const (
	readyPath = "/readyz"
	livePath  = "/livez"
)

// The proxy's groups of servers: those that can do their work, and, when there is
// none, those that can at least say so.
const (
	readyGroup = "ready"
	aliveGroup = "alive"
)

// proxyHeader marks the proxy's own answers of 500 and above; its value is the
// node it could not get an answer from. On all others nodeHeader names the node
// that gave them.
const (
	proxyHeader = "Naru-Proxy"
	nodeHeader  = "Naru-Node"
)

// The sockets are ours and handed over, so that no port can be taken in between.
const (
	peopleSocket = 3 // file descriptors
	statsSocket  = 4
)

const proxySettings = `# Written by naru drill; one process, loopback only.
global
    nbthread 1
    maxconn 4000
    no strict-limits
    stats socket fd@%d level user
    log stdout format raw local0 info

defaults
    mode http
    log global
    # Only what went wrong: when it came, status, how it ended, node, time until
    # connected and in all, tries. No address: it may hold a telephone number.
    option dontlog-normal
    log-format "%%tr %%ST %%ts %%b/%%s connect=%%Tc took=%%Ta tries=%%rc %%HM"
    timeout connect 2s
    timeout client 60s
    # So long does somebody wait for a node that stands still. Requests are not cut
    # when a node goes out of service: one that is only late to answer its check
    # would lose all of them.
    timeout server 20s
    timeout http-request 10s
    timeout http-keep-alive 10s
    timeout queue 10s
    # A check is two durable writes: a busy node may take a second for them.
    timeout check 2s
    # Tried again only where no connection came about; what was sent is never
    # sent twice by anybody but the person who pressed.
    retries 3
    retry-on conn-failure
    option redispatch 1
`

const proxyGroups = `
# What everybody reads alike, for as long as the nodes say (a board: one second).
cache public
    total-max-size 16
    max-object-size 1000000
    max-age 5
    process-vary on

frontend people
    bind fd@%d
    acl public path_beg /board/ /draw/
    http-request cache-use public if public
    http-response cache-store public
    use_backend alive if { nbsrv(ready) eq 0 }
    default_backend ready
    http-response set-header %s %%s

backend ready
    balance leastconn
    option httpchk
    http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host 127.0.0.1 hdr Connection close
    http-check expect status 200
    default-server check inter 500ms fall 2 rise 1
%s
# Nobody can do the work, the database is away: boards, waiting pages and reasons
# come from those who live.
backend alive
    balance leastconn
    option httpchk
    http-check send meth GET uri /livez ver HTTP/1.1 hdr Host 127.0.0.1 hdr Connection close
    http-check expect status 200
    default-server check inter 500ms fall 2 rise 1
%s`

// proxyConfig is the proxy's configuration for nodes at their addresses; page is
// the file of the page it shows when no node answers.
func proxyConfig(nodes []*node, page string) string {
	var text, servers strings.Builder
	fmt.Fprintf(&text, proxySettings, statsSocket)
	for _, status := range []int{502, 503, 504} {
		fmt.Fprintf(&text, "    http-error status %d content-type \"text/html; charset=utf-8\" file %s hdr %s %%s hdr Retry-After 2 hdr Cache-Control no-store\n",
			status, quotedForProxy(page), proxyHeader)
	}
	for _, n := range nodes {
		u, err := url.Parse(n.url)
		if err != nil {
			panic(err) // it listens there
		}
		fmt.Fprintf(&servers, "    server %s %s\n", n.name, u.Host)
	}
	fmt.Fprintf(&text, proxyGroups, peopleSocket, nodeHeader, servers.String(), servers.String())
	return text.String()
}

// quotedForProxy is a word in the proxy's strong quotes, in which nothing but the
// quote itself has a meaning.
func quotedForProxy(word string) string {
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// proxyPage is what people see when the proxy has nobody to ask: never blank,
// and what to do next.
const proxyPage = `<!DOCTYPE html>
<html lang="ko">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>잠시 후 다시 시도해 주세요</title></head>
<body><main>
<h1>잠시 후 다시 시도해 주세요</h1>
<p>응답을 받지 못했습니다. 순서와 예약은 그대로 보관되어 있습니다. 몇 초 뒤에 같은 버튼을 다시 눌러 주세요. 두 번 눌러도 한 번만 처리됩니다.</p>
<p lang="en">There was no answer. Your place and your booking are kept. Press the same button again in a few seconds; pressing twice counts once.</p>
</main></body>
</html>
`
