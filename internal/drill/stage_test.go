package drill

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestOpeningMustBeReachable(t *testing.T) {
	t.Parallel()
	_, _, c := july(t)
	for what, d := range map[string]struct {
		now   time.Time
		shift bool
		want  string
	}{
		"past":               {c.OpeningAt(), false, "past"},
		"past and moved":     {c.OpeningAt().Add(time.Hour), true, ""},
		"in ten minutes":     {c.OpeningAt().Add(-10 * time.Minute), false, ""},
		"tomorrow":           {c.OpeningAt().Add(-24 * time.Hour), false, "more than"},
		"tomorrow and moved": {c.OpeningAt().Add(-24 * time.Hour), true, ""},
	} {
		s := &stage{o: Options{ShiftToNow: d.shift}, campaign: c}
		err := s.checkOpening(d.now)
		var wrong *UsageError
		if d.want == "" && err != nil || d.want != "" && (!errors.As(err, &wrong) || !strings.Contains(err.Error(), d.want) || !strings.Contains(err.Error(), "--shift-to-now")) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestOpeningIsMovedWholly(t *testing.T) {
	t.Parallel()
	_, _, c := july(t)
	now := time.Date(2026, 1, 2, 3, 4, 5, 678, time.UTC)
	s := &stage{o: Options{ShiftToNow: true}, campaign: c, lobby: 10 * time.Second}
	s.setOpening(now)
	opens, closes := s.campaign.Gate.Lobby(s.campaign.Windows[0])
	if !s.campaign.OpeningAt().Equal(s.opens) || !opens.Before(now) || s.opens.Sub(closes) != closesBefore {
		t.Errorf("opens %v, lobby %v to %v", s.opens, opens, closes)
	}
	if left := closes.Sub(now); left < startAllowance+s.lobby {
		t.Errorf("%v until the lobby closes, too little for start and lobby", left)
	}
	if c.OpeningAt().Year() != 2021 || s.campaign.Gate.RatePerSecond != c.Gate.RatePerSecond || s.campaign.Gate.Cap != c.Gate.Cap {
		t.Error("the file's campaign was changed, or more of it than the times")
	}
}

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	good := Options{Citizens: 1, Duration: time.Second}
	must(t, good.check())
	many := Options{Citizens: 1, Duration: time.Second, DB: Postgres, Nodes: 16, KillAt: []float64{0.1}, PauseAt: []float64{0.2}, KillDBAt: []float64{0.3}}
	must(t, many.check())
	there := Options{Citizens: 1, Duration: time.Second, Target: "http://127.0.0.1:1", DB: "postgres://127.0.0.1/x"}
	must(t, there.check())
	for what, spoil := range map[string]func(*Options){
		"nobody":                   func(o *Options) { o.Citizens = 0 },
		"too many":                 func(o *Options) { o.Citizens = 1_000_001 },
		"no time":                  func(o *Options) { o.Duration = 0 },
		"a kill after the end":     func(o *Options) { o.KillAt = []float64{0.5, 1} },
		"killing another's server": func(o *Options) { o.Target, o.KillAt = "http://127.0.0.1:1", []float64{0.5} },
		"moving another's times":   func(o *Options) { o.Target, o.ShiftToNow = "http://127.0.0.1:1", true },
		"pausing another's server": func(o *Options) { o.Target, o.PauseAt = "http://127.0.0.1:1", []float64{0.5} },
		"more of another's server": func(o *Options) { o.Target, o.DB, o.Nodes = "http://127.0.0.1:1", "postgres://127.0.0.1/x", 2 },
		"a base for another's":     func(o *Options) { o.Target, o.DB = "http://127.0.0.1:1", Postgres },
		"a pause before the start": func(o *Options) { o.PauseAt = []float64{0} },
		"an endless pause":         func(o *Options) { o.PauseAt, o.PauseFor = []float64{0.5}, time.Hour },
		"fewer than no nodes":      func(o *Options) { o.Nodes = -1 },
		"too many nodes":           func(o *Options) { o.Nodes, o.DB = 17, Postgres },
		"nodes of SQLite":          func(o *Options) { o.Nodes = 2 },
		"a database far away":      func(o *Options) { o.DB = "postgres://db.example/x" },
		"an unknown database":      func(o *Options) { o.DB = "oracle" },
		"killing SQLite":           func(o *Options) { o.KillDBAt = []float64{0.5} },
		"killing another's":        func(o *Options) { o.DB, o.KillDBAt = "postgres://127.0.0.1/x", []float64{0.5} },
	} {
		o := good
		spoil(&o)
		var wrong *UsageError
		if err := o.check(); !errors.As(err, &wrong) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
