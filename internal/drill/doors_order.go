package drill

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"
)

// demonstration is the button that opens a campaign on a demonstration server. No
// real service has it (web registers it in development only), so it is left out.
const demonstration = "POST /demo/open/"

// knocksOf makes a request of each pattern of http.ServeMux.
func knocksOf(patterns []string, campaign string) []knock {
	fill := strings.NewReplacer("{campaign}", campaign, "{file...}", "manifest.json", "{version}", "1", "{file}", "wait.js", "{nth}", "1", "{$}", "")
	var all []knock
	for _, p := range patterns {
		if strings.HasPrefix(p, demonstration) {
			continue
		}
		method, path, found := strings.Cut(p, " ")
		if !found {
			method, path = "GET", p
		}
		all = append(all, knock{method: method, target: fill.Replace(path), body: everyField})
	}
	return all
}

// beforeTheGate are pages in front of it: on which whoever has a ticket proves who they
// are before the opening (rule I8), and the form with which a guardian joins for somebody
// (rule B80). They are no steps of the booking, and what they lead to is counted in the
// databases.
var beforeTheGate = regexp.MustCompile(`^(/[a-z]{2})?/c/[^/]+/(early|guardian)(/|\?|$)`)

// isStep says whether an address is behind the gate.
func isStep(k knock) bool {
	if path, err := url.PathUnescape(k.target); err == nil && beforeTheGate.MatchString(path) {
		return false
	}
	return strings.HasPrefix(k.target, "/c/") && strings.Count(k.target, "/") > 2 &&
		!strings.HasSuffix(k.target, "/join") && !strings.HasSuffix(k.target, "/enter") && !strings.HasSuffix(k.target, "/wait")
}

// deepLinks opens the addresses of the steps before the opening: as somebody with
// nothing, with a ticket, in each language, and as a program.
func (s *suite) deepLinks(ctx context.Context, d *device) {
	s.try("deep links", "addresses of every step before the opening, with nothing and with a ticket, in both languages, as a page and as a program", func(t *Trick) {
		for _, k := range s.routes {
			if !isStep(k) {
				continue
			}
			for _, prefix := range []string{"", "/en"} {
				for _, accept := range [][]string{nil, {"Accept: application/json"}} {
					tried := k
					tried.target, tried.headers = prefix+k.target, accept
					for _, who := range []*device{s.device(d.who), d.copied()} {
						if a := who.probe(ctx, t, tried); a.status == 200 {
							t.opens("%s %s was answered 200", k.method, k.target)
						}
					}
				}
			}
		}
	})
}

// orders calls every endpoint before and after every other, and all of them in
// many random orders, keeping whatever cookies come.
func (s *suite) orders(ctx context.Context, d *device) {
	n := len(s.routes)
	step, permutations := 1, 40
	if s.small {
		step, permutations = 17, 5
	}
	s.try("every order", fmt.Sprintf("%d endpoints, pair after pair (every %s of %d pairs) and all in %d random orders, cookies kept", n, nth(step), n*n, permutations), func(t *Trick) {
		for at := 0; at < n*n && ctx.Err() == nil; at += step {
			pair := d.copied()
			pair.probe(ctx, t, s.routes[at/n])
			pair.probe(ctx, t, s.routes[at%n])
		}
		for range permutations {
			fresh := s.device(d.who)
			for _, i := range s.rnd.Perm(n) {
				k := s.routes[i]
				if strings.HasSuffix(k.target, "/join") && k.method == "POST" {
					k = joinKnock(s.later, d.who)
				}
				fresh.probe(ctx, t, k)
			}
		}
	})
}

func nth(step int) string {
	if step == 1 {
		return "one"
	}
	return fmt.Sprintf("%dth", step)
}

// early enters the campaign people wait for, with real tickets, up to a second
// before it opens.
func (s *suite) early(ctx context.Context) {
	s.try("enter before the opening", "real tickets of the lobby, again and again until a second before the opening", func(t *Trick) {
		for time.Until(s.st.opens) > time.Second && ctx.Err() == nil {
			for _, d := range s.mine {
				k, before := enterKnock(s.main), time.Now()
				a := d.copied().do(ctx, k)
				what := opened(a)
				if before.Add(a.took).After(s.st.opens) {
					what = "" // the answer took that long
				}
				t.saw(k, a, what)
			}
			rest(ctx, 200*time.Millisecond)
		}
	})
}

// beforeTurn knocks with tickets that are far back in the open line: reloads,
// entering in parallel, and with the network cut. Whatever was let in is judged
// by the serving number.
func (s *suite) beforeTurn(ctx context.Context) error {
	late := make([]*device, 6)
	var err error
	for i := range late {
		if late[i], err = s.attacker(ctx, s.main); err != nil {
			return err
		}
		s.mayNot(late[i], s.main, "it never proved")
		s.onlyOnce(late[i], "it knocked in parallel before its turn")
	}
	s.try("reload storm", "the waiting page and enter, over and over on eight connections, from the back of the line: no place changes, none is called early", func(t *Trick) {
		s.storm(ctx, t, late)
	})
	return nil
}

// stormFor bounds the storm; it ends earlier when everybody was called.
const stormFor = 8 * time.Second

func (s *suite) storm(ctx context.Context, t *Trick, late []*device) {
	ends := time.Now().Add(stormFor)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			d := late[i%len(late)].copied()
			place, known, ahead := uint64(0), false, uint64(0)
			for n := 0; time.Now().Before(ends) && ctx.Err() == nil; n++ {
				if n%4 == 3 {
					s.knockEarly(ctx, t, d, place, known)
					continue
				}
				k := knock{method: "GET", target: "/c/" + s.main + "/wait"}
				a := d.do(ctx, k)
				t.saw(k, a, "")
				p, seen := number(a.body, "data-place")
				serving, _ := number(a.body, "data-serving")
				if !seen {
					continue
				}
				if known && (p != place || p-min(p, serving) > ahead) {
					t.harms("a place moved from %d (%d ahead) to %d (%d ahead)", place, ahead, p, p-min(p, serving))
				}
				place, known, ahead = p, true, p-min(p, serving)
			}
		})
	}
	all.Wait()
}

// knockEarly enters; a session for a place that the board does not call, then or
// within two seconds (a node may be behind), is a jump. Every third one is cut.
func (s *suite) knockEarly(ctx context.Context, t *Trick, d *device, place uint64, known bool) {
	k := enterKnock(s.main)
	a := d.do(ctx, k)
	t.saw(k, a, "")
	if opened(a) == "" || !known {
		return
	}
	for range 20 {
		if b, err := s.st.boardOf(ctx, s.st.url); err == nil && b.Serving > place {
			return
		}
		rest(ctx, 100*time.Millisecond)
	}
	t.opens("a session for place %d, which was not called", place)
}
