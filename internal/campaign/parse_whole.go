package campaign

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"naru/internal/caldate"
	"naru/internal/rulefile"
)

// overlaps applies the second half of rule C6: windows of one cohort never
// overlap, also when a rotation gives them different digits.
func (p *parser) overlaps(all []placed) {
	told := map[*rulefile.Map]bool{}
	for i, later := range all {
		for _, earlier := range all[:i] {
			name := shared(earlier.Cohorts, later.Cohorts)
			if name == "" || later.Opens.IsZero() || earlier.Closes.IsZero() || !later.Opens.Before(earlier.Closes) || told[later.block] {
				continue
			}
			told[later.block] = true
			later.block.Fault(later.key, fmt.Sprintf(
				"the window %q opens at %s, while %q is open for the same cohort %q until %s",
				later.Name, clock(later.Opens), earlier.Name, name, clock(earlier.Closes),
			), "let it open at "+clock(earlier.Closes)+" or later, or close the other one earlier")
		}
	}
}

func clock(t time.Time) string { return t.Format("2006-01-02 15:04") }

func shared(a, b []string) string {
	for _, name := range a {
		if slices.Contains(b, name) {
			return name
		}
	}
	return ""
}

// everyCohort applies rule C7: a cohort without a window, or a digit of the
// day of birth that no window takes, would leave people out silently.
func (p *parser) everyCohort() {
	for i, k := range p.c.Cohorts {
		if k.Name == "" {
			continue
		}
		var taken [10]bool
		windows, everyDigit := 0, false
		for _, w := range p.c.Windows {
			if !slices.Contains(w.Cohorts, k.Name) {
				continue
			}
			windows++
			if w.Rotation == nil {
				everyDigit = true
			} else {
				taken[w.Rotation.Digit] = true
			}
		}
		if windows == 0 {
			p.blocks[i].Fault("name", fmt.Sprintf("the cohort %q has no window", k.Name), "name it under cohorts of a window, or remove it")
			continue
		}
		if missing := missingDigits(taken); !everyDigit && missing != "" {
			p.blocks[i].Fault("name", fmt.Sprintf("people of %q whose day of birth ends in %s have no window", k.Name, missing), "lengthen the rotation to ten days, or add a window without rotation")
		}
	}
}

func missingDigits(taken [10]bool) string {
	var missing []string
	for digit, ok := range taken {
		if !ok {
			missing = append(missing, fmt.Sprint(digit))
		}
	}
	return strings.Join(missing, ", ")
}

func (p *parser) gate() {
	m := p.root.Map("gate")
	defer m.Close()
	g := Gate{LobbyOpens: 30 * time.Minute, LobbyCloses: 2 * time.Minute}
	if m.Has("lobby_opens") {
		g.LobbyOpens = m.Duration("lobby_opens", time.Second, 24*time.Hour)
	}
	if m.Has("lobby_closes") {
		g.LobbyCloses = m.Duration("lobby_closes", time.Second, time.Hour)
	}
	if g.LobbyOpens != 0 && g.LobbyOpens <= g.LobbyCloses {
		m.Fault("lobby_opens", "the lobby closes before it opens", "both count back from the opening: lobby_opens must be the longer one")
	}
	g.SessionMinutes = m.Int("session_minutes", 3, 120)
	g.Cap = m.Int("cap", 1, 10_000_000)
	g.RatePerSecond = m.Int("rate_per_second", 1, 1_000_000)
	g.FixedRate = m.Has("fixed_rate") && m.Bool("fixed_rate")
	if m.Has("lanes") {
		g.Lanes = p.lanes(m)
	}
	p.c.Gate = g
}

// maxShares is what all lanes beside the web may have together, in percent: the web
// is what most people come by.
const maxShares = 80

// lanes applies rule C22.
func (p *parser) lanes(g *rulefile.Map) (all []Lane) {
	shares, times := 0, 0
	for i, m := range g.Maps("lanes") {
		l := Lane{Name: m.Choice("lane", "phone", "assisted"), Share: m.Int("share_percent", 1, maxShares)}
		if m.Has("times_percent") {
			l.Times = m.Int("times_percent", 1, maxShares)
			l.Release = m.LocalTime("release", p.c.Zone)
			if len(p.c.Windows) > 0 && !l.Release.IsZero() && (l.Release.Before(p.c.OpeningAt()) || l.Release.After(p.c.ClosesAt())) {
				m.Fault("release", "the times are released before the opening or after the close", "choose a time while the campaign is open")
			}
		}
		m.Close()
		if slices.ContainsFunc(all, func(o Lane) bool { return o.Name == l.Name }) {
			g.FaultAt("lanes", i, fmt.Sprintf("the lane %q is there twice", l.Name), "keep one of them")
		}
		if shares, times = shares+l.Share, times+l.Times; shares > maxShares || times > maxShares {
			g.FaultAt("lanes", i, fmt.Sprintf("the lanes together have more than %d percent", maxShares), "leave the web its part")
		}
		all = append(all, l)
	}
	return all
}

// draw applies rule C9: the beacon's value must come after the roll is closed
// and before the opening.
func (p *parser) draw() {
	m := p.root.Map("draw")
	defer m.Close()
	d := Draw{Beacon: m.Slug("beacon")}
	switch round, at := m.Has("round"), m.Has("round_at"); {
	case round && at:
		m.Fault("round_at", "round stands beside round_at", "keep one of the two")
	case at:
		d.RoundAt = m.LocalTime("round_at", p.c.Zone)
		p.checkRound(m, d.RoundAt)
	default:
		d.Round = uint64(m.Int("round", 1, 2_000_000_000))
	}
	p.c.Draw = d
}

func (p *parser) checkRound(m *rulefile.Map, at time.Time) {
	if at.IsZero() || len(p.c.Windows) == 0 || p.c.Windows[0].Opens.IsZero() || p.c.Gate.LobbyCloses == 0 {
		return
	}
	_, closed := p.c.Gate.Lobby(p.c.Windows[0])
	if at.Before(closed) || at.After(p.c.OpeningAt()) {
		m.Fault("round_at", fmt.Sprintf("%s is not between the closing of the lobby and the first opening", clock(at)),
			fmt.Sprintf("choose a time from %s to %s on %s", closed.Format("15:04:05"), p.c.OpeningAt().Format("15:04"), caldate.Of(p.c.OpeningAt(), p.c.Zone)))
	}
}
