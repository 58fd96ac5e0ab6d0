package drill

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"
)

// clocks says in every way a client can that it is later than it is (2021-07: a
// changed clock led past the queue).
func (s *suite) clocks(ctx context.Context, d *device) {
	s.try("client clock", "Date and other time headers, cookies, parameters and form fields that say the gate is open, and an edited board cookie", func(t *Trick) {
		for _, at := range []time.Time{time.Unix(0, 0), s.st.later.OpeningAt().Add(time.Second), time.Now().Add(24 * time.Hour), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)} {
			http, unix := at.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT"), fmt.Sprint(at.Unix())
			for _, h := range []string{
				"Date: " + http, "If-Modified-Since: " + http, "If-Unmodified-Since: " + http, "X-Request-Start: t=" + unix, "X-Timestamp: " + unix,
				"X-Client-Time: " + at.Format(time.RFC3339), "Last-Modified: " + http, "Age: 999999", "Expires: " + http,
			} {
				for _, k := range s.doors() {
					k.headers = []string{h}
					d.copied().probe(ctx, t, k)
				}
			}
			s.clockFields(ctx, t, d, unix)
		}
	})
}

func (s *suite) clockFields(ctx context.Context, t *Trick, d *device, unix string) {
	for _, name := range []string{"now", "time", "at", "t", "opens", "said", "date", "phase", "serving"} {
		for _, value := range []string{unix, "open", "seat"} {
			for _, k := range s.doors() {
				asked := k
				asked.target += "?" + form(name, value)
				d.copied().probe(ctx, t, asked)
				asked.target, asked.body = k.target, k.body+"&"+form(name, value)
				d.copied().probe(ctx, t, asked)
			}
		}
	}
	for _, board := range []string{"1." + unix + ".9999999", "1.1.18446744073709551615", "99.99.99", "1.2.3.4", "-1.-1.-1"} {
		fooled := d.copied(boardCookie)
		fooled.jar.take(boardCookie + s.later + "=" + board)
		for _, k := range append(s.doors(), knock{method: "GET", target: atLater(s, "/wait")}) {
			fooled.copied().probe(ctx, t, k)
		}
	}
}

// evil is a name that no answer may repeat.
const evil = "evil.example"

// forwarded claims to be a proxy, the machine itself or an administrator.
func (s *suite) forwarded(ctx context.Context, d *device) {
	s.try("X-Forwarded-*, Forwarded", "headers by which proxies vouch for clients, names, paths and users; none may open a step or come back in an answer", func(t *Trick) {
		for _, h := range vouches {
			for _, k := range append(s.doors(), knock{method: "GET", target: "/"}) {
				k.headers = []string{h}
				s.repeatsNothing(t, d.copied().probe(ctx, t, k))
			}
		}
	})
	s.try("X-Original-URL, X-Rewrite-URL", "the address of a step in a header, under the address of a public page", func(t *Trick) {
		for _, name := range []string{"X-Original-URL", "X-Rewrite-URL", "X-Original-URI", "X-Override-URL", "X-Forwarded-Uri", "X-Forwarded-Path", "X-Forwarded-Prefix", "X-Accel-Redirect", "X-Sendfile", "Content-Location", "X-Proxy-URL", "Destination"} {
			for _, door := range s.doors() {
				for _, public := range []string{"/", "/livez", atLater(s, ""), atLater(s, "/wait"), "/nowhere"} {
					k := knock{method: door.method, target: public, headers: []string{name + ": " + door.target}, body: door.body}
					s.repeatsNothing(t, d.copied().probe(ctx, t, k))
				}
			}
		}
	})
}

var vouches = []string{
	"X-Forwarded-For: 127.0.0.1", "X-Forwarded-For: 127.0.0.1, ::1, " + evil, "X-Forwarded-Host: " + evil, "X-Forwarded-Server: " + evil,
	"X-Forwarded-Proto: https", "X-Forwarded-Port: 443", "X-Forwarded-Scheme: https", "X-Real-IP: 127.0.0.1", "X-Client-IP: ::1", "True-Client-IP: 127.0.0.1",
	"CF-Connecting-IP: 127.0.0.1", "X-Cluster-Client-IP: 10.0.0.1", "X-Originating-IP: 127.0.0.1", "X-Host: " + evil, "X-HTTP-Host-Override: " + evil,
	"Forwarded: for=127.0.0.1;proto=https;host=" + evil + ";by=_hidden", `Forwarded: for="[::1]:1", for=unknown`, "Via: 1.1 " + evil,
	"X-Forwarded-User: admin", "Remote-User: admin", "X-Remote-User: admin", "X-Admin: true", "Authorization: Basic YWRtaW46YWRtaW4=", "Authorization: Bearer admin",
	"X-Naru-Admitted: 1", "X-Naru-Serving: 9999999", "X-Middleware-Subrequest: middleware", "X-Api-Key: admin", "Proxy-Authorization: Basic YWRtaW46YWRtaW4=",
	"X-Waitingroom: bypass", "X-Bypass: 1", "Referer: http://" + evil + "/c/x/done", "Sec-Fetch-Site: same-origin", "X-Requested-With: XMLHttpRequest",
}

// repeatsNothing finds the attacker's name in what came back.
func (s *suite) repeatsNothing(t *Trick, a answer) {
	for name, values := range a.header {
		if strings.Contains(strings.Join(values, " "), evil) {
			t.harms("the attacker's name came back in %s", name)
		}
	}
	if bytes.Contains(a.body, []byte(evil)) {
		t.harms("the attacker's name came back in a page")
	}
}

// overrides says one method and means another, and tries methods nobody serves.
func (s *suite) overrides(ctx context.Context, d *device) {
	s.try("method override", "X-HTTP-Method-Override and its kin, _method, and eleven methods at every endpoint", func(t *Trick) {
		for _, h := range []string{"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "X-Original-Method"} {
			for _, door := range s.doors() {
				for _, said := range []string{"GET", "POST", "HEAD", "PUT"} {
					for _, meant := range []string{"GET", "POST"} {
						k := knock{method: said, target: door.target, body: door.body, headers: []string{h + ": " + meant}}
						d.copied().probe(ctx, t, k)
						k.headers, k.target = nil, door.target+"?_method="+meant
						d.copied().probe(ctx, t, k)
					}
				}
			}
		}
		ticket := d.jar.value(ticketCookie)
		for _, k := range s.routes {
			for _, method := range []string{"HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get", "post", "JEFF"} {
				k.method = method
				if a := d.copied().probe(ctx, t, k); bytes.Contains(a.body, []byte(ticket)) {
					t.harms("%s gave the ticket back in a body", method)
				}
			}
		}
	})
}

// hosts speaks to the server under other names.
func (s *suite) hosts(ctx context.Context, d *device) {
	s.try("Host tricks", "other names, ports and spellings in Host, two of them, none, and whole addresses as targets", func(t *Trick) {
		address := s.wire.address
		for _, host := range []string{evil, "localhost", "LOCALHOST", "127.0.0.1", "127.1", "[::1]", "0", address + "@" + evil, evil + "@" + address, address + ".", address + "#" + evil, address + "/" + evil, " ", "a b", strings.Repeat("a", 3000), "naru\x00", "%31%32%37.0.0.1"} {
			for _, k := range append(s.doors(), knock{method: "GET", target: "/"}) {
				k.host = host
				s.repeatsNothing(t, d.copied().probe(ctx, t, k))
			}
		}
		for _, k := range s.doors() {
			for _, prefix := range []string{"http://" + evil, "http://" + address, "https://" + address, "HTTP://" + address, "http://u:p@" + address, "http://" + evil + "@" + address, "ftp://" + address, "//" + evil, "http:"} {
				whole := k
				whole.target = prefix + k.target
				s.repeatsNothing(t, d.copied().probe(ctx, t, whole))
				whole.host = evil
				s.repeatsNothing(t, d.copied().probe(ctx, t, whole))
			}
			twice := k
			twice.headers = []string{"Host: " + evil}
			s.repeatsNothing(t, d.copied().probe(ctx, t, twice))
		}
	})
}
