package drill

import (
	"context"
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
	"time"

	"naru/internal/gate"
)

// device is one browser in an attacker's hands, or of the person attacked.
type device struct {
	s   *suite
	who *owner
	jar jar
}

func (s *suite) device(who *owner) *device { return &device{s: s, who: who} }

// copied is another browser with the same cookies but those whose names begin
// with one of the prefixes.
func (d *device) copied(without ...string) *device {
	other := &device{s: d.s, who: d.who}
	for _, c := range d.jar.cookies {
		left := false
		for _, prefix := range without {
			left = left || strings.HasPrefix(c.name, prefix)
		}
		if !left {
			other.jar.cookies = append(other.jar.cookies, c)
		}
	}
	return other
}

// do sends a request with the browser's cookies and keeps those that come.
func (d *device) do(ctx context.Context, k knock) answer {
	k.cookies = d.jar.header()
	a := d.s.wire.do(ctx, k)
	for _, line := range a.header["Set-Cookie"] {
		d.jar.take(line)
	}
	return a
}

// probe is a try that must open nothing.
func (d *device) probe(ctx context.Context, t *Trick, k knock) answer {
	a, what := d.tries(ctx, k)
	t.saw(k, a, what)
	return a
}

// tries makes a request and goes where it leads, as long as that is a step: a way
// to a door is not yet an open one.
func (d *device) tries(ctx context.Context, k knock) (first answer, what string) {
	first = d.do(ctx, k)
	last, what := first, opened(first)
	for range 3 {
		to := last.header.Get("Location")
		if what != "" || !stepPath.MatchString(to) || !strings.HasPrefix(to, "/") {
			break
		}
		last = d.do(ctx, knock{method: "GET", target: to})
		what = opened(last)
	}
	return first, what
}

func form(fields ...string) string {
	values := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		values.Set(fields[i], fields[i+1])
	}
	return values.Encode()
}

func (d *device) join(ctx context.Context, campaign string) answer {
	return d.do(ctx, joinKnock(campaign, d.who))
}

func joinKnock(campaign string, who *owner) knock {
	return knock{method: "POST", target: "/c/" + campaign + "/join", body: form("name", who.name, "born", who.born, "mobile", who.mobile, "consent", "yes")}
}

func enterKnock(campaign string) knock {
	return knock{method: "POST", target: "/c/" + campaign + "/enter"}
}

func (d *device) enter(ctx context.Context, campaign string) answer {
	return d.do(ctx, enterKnock(campaign))
}

// ticket is what the browser's ticket says.
func (d *device) ticket(campaign string) gate.PeekedTicket {
	t, _ := gate.PeekTicket(d.jar.value(ticketCookie + campaign)) // zero: it has none
	return t
}

func (d *device) session(campaign string) string { return d.jar.value(sessionCookie + campaign) }

// prove asks for a code, reads it on the person's own phone and types it: false
// when that did not lead on within a time.
func (d *device) prove(ctx context.Context, campaign string, within time.Duration) bool {
	until := time.Now().Add(within)
	tried := map[string]bool{}
	for _, code := range d.codes(ctx) {
		tried[code] = true // sent before, perhaps to somebody else's browser
	}
	old := len(tried)
	for ; time.Now().Before(until) && ctx.Err() == nil; rest(ctx, 500*time.Millisecond) {
		if len(tried) == old {
			d.do(ctx, knock{method: "POST", target: "/c/" + campaign + "/prove/send"})
		}
		for _, code := range d.codes(ctx) {
			if tried[code] {
				continue
			}
			tried[code] = true
			a := d.do(ctx, knock{method: "POST", target: "/c/" + campaign + "/prove", body: form("code", code)})
			if a.status == 303 && strings.HasSuffix(a.header.Get("Location"), "/book") {
				return true
			}
		}
	}
	return false
}

// codes are those on the phone of the device's owner.
func (d *device) codes(ctx context.Context) []string {
	a := d.s.wire.do(ctx, knock{method: "GET", target: "/inbox.json?kind=code&to=" + d.who.mobile})
	var messages []struct{ Kind, Body string }
	_ = json.Unmarshal(a.body, &messages) // none then
	var all []string
	for _, m := range messages {
		if code := digitsOf(m.Body, 6); m.Kind == "code" && code != "" {
			all = append(all, code)
		}
	}
	return all
}

// The steps behind the gate show themselves by their forms, whatever address led
// there.
var (
	stepForm = regexp.MustCompile(`action="(?:/[a-z]{2})?/c/[^"/]+/(prove|prove/send|extend|confirm|release|hold|clinic|clinics|region)"|class="(number)">|(BEGIN:VCALENDAR)|action="(?:/[a-z]{2})?/(lookup/cancel)"`)
	stepPath = regexp.MustCompile(`/c/[^/?]+/(book|prove|eligible|region|clinics|times|confirm|done)(?:[?/.]|$)`)
)

// opened says what of the flow an answer gives, "" nothing.
func opened(a answer) string {
	for _, line := range a.header["Set-Cookie"] {
		name, rest, _ := strings.Cut(line, "=")
		if (strings.HasPrefix(name, sessionCookie) || name == "__Host-naru-lookup") && !strings.HasPrefix(rest, ";") {
			return "a session"
		}
	}
	if m := stepForm.FindSubmatch(a.body); m != nil {
		return "the page of " + string(m[1]) + string(m[2]) + string(m[3]) + string(m[4])
	}
	return ""
}
