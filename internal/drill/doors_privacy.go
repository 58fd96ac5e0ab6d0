package drill

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// What a difference in time must be to count against the server: one look tells a
// known claim from a new one in more than 60 of 100 cases, and chance would show
// that in less than one run of a thousand.
const (
	tellingShare = 0.6
	tellingZ     = 3.3
)

// whoJoined joins with claims that are known and with new ones, in random order,
// and compares what comes back: status, header lines, lengths, and time.
func (s *suite) whoJoined(ctx context.Context) error {
	many := len(s.known)
	var err error
	s.try("who joined?", fmt.Sprintf("the lobby asked about %d claims that had joined and %d that had not, one by one in random order", many, many), func(t *Trick) {
		looks := map[bool]map[string]int{true: {}, false: {}}
		took := map[bool][]time.Duration{}
		for _, i := range s.rnd.Perm(2 * many) {
			isKnown := i < many
			var who *owner
			if isKnown {
				who = s.known[i]
			} else if who, err = s.claimant(); err != nil {
				return
			}
			k := joinKnock(s.later, who)
			a := s.wire.do(ctx, k)
			t.saw(k, a, opened(a))
			looks[isKnown][looksOf(a)]++
			took[isKnown] = append(took[isKnown], a.took)
		}
		for look := range looks[true] {
			if looks[false][look] == 0 {
				t.harms("only known claims are answered so: %.120s", look)
			}
		}
		t.compare(took[true], took[false])
	})
	return err
}

// joinKnown lets those join who are asked about later: somebody who is looked for
// has joined some time ago.
func (s *suite) joinKnown(ctx context.Context) error {
	many := 300
	if s.small {
		many = 100
	}
	for range many {
		d, err := s.attacker(ctx, s.later)
		if err != nil {
			return err
		}
		s.known = append(s.known, d.who)
	}
	return nil
}

// looksOf is all of an answer that does not differ from one claim to any other.
func looksOf(a answer) string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(a.header)) {
		for _, value := range a.header[name] {
			cookie, _, _ := strings.Cut(value, "=")
			lines = append(lines, fmt.Sprintf("%s %d %s", name, len(value), map[bool]string{true: cookie}[name == "Set-Cookie"]))
		}
	}
	return fmt.Sprintf("%d, body %d, %s", a.status, len(a.body), strings.Join(lines, ", "))
}

// compare says what the times tell, and judges it.
func (t *Trick) compare(known, fresh []time.Duration) {
	share, z := rankShare(known, fresh)
	telling := max(share, 1-share)
	t.notes("median %.2f ms for known, %.2f ms for new claims; one look at the time guesses right in %.0f of 100 cases (50 is chance, z %.1f); smaller differences than these numbers show are not excluded",
		milliseconds(median(known)), milliseconds(median(fresh)), 100*telling, math.Abs(z))
	if telling > tellingShare && math.Abs(z) > tellingZ {
		t.harms("the time tells who has joined")
	}
}

// rankShare is the share of pairs in which the first takes longer, ties by half
// (Mann and Whitney's U over n·m), and how far that is from chance in standard
// deviations, ties neglected.
func rankShare(a, b []time.Duration) (share, z float64) {
	type one struct {
		took  time.Duration
		first bool
	}
	var all []one
	for _, d := range a {
		all = append(all, one{d, true})
	}
	for _, d := range b {
		all = append(all, one{d, false})
	}
	slices.SortFunc(all, func(x, y one) int { return cmp.Compare(x.took, y.took) })
	ranks, n, m := 0.0, float64(len(a)), float64(len(b))
	for from := 0; from < len(all); {
		to := from
		for to < len(all) && all[to].took == all[from].took {
			to++
		}
		for _, x := range all[from:to] {
			if x.first {
				ranks += float64(from+1+to) / 2 // the mean of the ranks from+1 to to
			}
		}
		from = to
	}
	u := ranks - n*(n+1)/2
	return u / (n * m), (u - n*m/2) / math.Sqrt(n*m*(n+m+1)/12)
}

func median(all []time.Duration) time.Duration {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return sorted[len(sorted)/2]
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
