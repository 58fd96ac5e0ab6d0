package incident_test

import (
	"testing"
	"time"

	"naru/internal/fault"
	"naru/internal/incident"
)

var (
	langs = []string{"ko", "en"}
	says  = incident.Text{"ko": "인증서를 불러올 수 없습니다", "en": "Certificates cannot be loaded"}
	kst   = time.FixedZone("KST", 9*3600)
)

const (
	issuing  = incident.Channel("issuing")
	register = incident.Channel("register")
	seoul    = "1100000000"
	busan    = "2600000000"
)

func clock(hour, minute int) time.Time { return time.Date(2021, 12, 13, hour, minute, 0, 0, kst) }

func update(at time.Time, d incident.Degree) incident.Update {
	return incident.Update{At: at, By: "s", Degree: d, Says: says}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// noon is the failure of 13 December 2021: it began at 11:40 and was declared at 12:05.
func noon(t *testing.T) incident.Incident {
	t.Helper()
	i, err := incident.Declare("i1", []incident.Channel{issuing}, nil, clock(11, 40), update(clock(12, 5), incident.Down), langs)
	must(t, err)
	return i
}

func TestWhatWasSaidStays(t *testing.T) {
	t.Parallel()
	i := noon(t)
	slower, err := i.With(update(clock(13, 0), incident.Degraded), time.Time{}, langs)
	must(t, err)
	over, err := slower.With(update(clock(14, 0), incident.Working), clock(13, 50), langs)
	must(t, err)
	for at, want := range map[time.Time]incident.Degree{
		clock(11, 39): incident.Working, clock(11, 40): incident.Down, clock(12, 30): incident.Down, clock(13, 0): incident.Degraded,
		clock(13, 49): incident.Degraded, clock(13, 50): incident.Working,
	} {
		if got := over.DegreeAt(at); got != want {
			t.Errorf("at %v it was %s, want %s", at, got, want)
		}
	}
	if len(i.Updates) != 1 || len(slower.Updates) != 2 || !i.Open(clock(13, 0)) || over.Open(clock(15, 0)) {
		t.Error("an older state has changed")
	}
	if _, err := over.With(update(clock(15, 0), incident.Down), time.Time{}, langs); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("an incident that is over goes on: %v", err)
	}
}

func TestWhatCannotBeDeclared(t *testing.T) {
	t.Parallel()
	declare := func(channels []incident.Channel, began time.Time, u incident.Update) error {
		_, err := incident.Declare("i", channels, nil, began, u, langs)
		return err
	}
	i := noon(t)
	with := func(u incident.Update, ended time.Time) error { _, err := i.With(u, ended, langs); return err }
	korean := update(clock(12, 0), incident.Down)
	korean.Says = incident.Text{"ko": "멈춤"}
	for name, err := range map[string]error{
		"no channel":             declare(nil, clock(11, 0), update(clock(12, 0), incident.Down)),
		"not begun":              declare([]incident.Channel{issuing}, clock(12, 1), update(clock(12, 0), incident.Down)),
		"one language":           declare([]incident.Channel{issuing}, clock(11, 0), korean),
		"working":                declare([]incident.Channel{issuing}, clock(11, 0), update(clock(12, 0), incident.Working)),
		"a degree that is none":  declare([]incident.Channel{issuing}, clock(11, 0), update(clock(12, 0), "red")),
		"ends before it began":   with(update(clock(13, 0), incident.Working), clock(11, 0)),
		"ends in the future":     with(update(clock(13, 0), incident.Working), clock(13, 1)),
		"an end, and still down": with(update(clock(13, 0), incident.Down), clock(12, 50)),
		"over without an end":    with(update(clock(13, 0), incident.Working), time.Time{}),
		"out of order":           with(update(clock(12, 0), incident.Degraded), time.Time{}),
	} {
		if fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOneSentenceForEverybody(t *testing.T) {
	t.Parallel()
	mode := incident.Mode{
		ID: "m1", Channel: register, Area: incident.Area{seoul}, From: clock(12, 10), Accept: []incident.Means{incident.Call, incident.Handwritten}, Says: says,
	}
	i, err := noon(t).WithMode(mode, langs)
	must(t, err)
	later := mode
	later.ID, later.Area, later.From, later.Until = "m2", nil, clock(12, 30), clock(18, 0)
	i, err = i.WithMode(later, langs)
	must(t, err)
	all := []incident.Incident{i}
	for name, c := range map[string]struct {
		at     time.Time
		region string
		on     incident.Channel
		want   string
	}{
		"before it":          {clock(12, 9), seoul, register, ""},
		"in Seoul":           {clock(12, 10), seoul, register, "m1"},
		"not in Busan":       {clock(12, 10), busan, register, ""},
		"the newest first":   {clock(12, 30), seoul, register, "m2"},
		"everywhere":         {clock(12, 30), busan, register, "m2"},
		"nobody knows where": {clock(12, 10), "", register, ""},
		"another channel":    {clock(12, 30), seoul, issuing, ""},
		"after it":           {clock(18, 0), busan, register, ""},
	} {
		got := ""
		if modes := incident.Acceptable(all, c.at, c.region, c.on); len(modes) > 0 {
			got = modes[0].ID
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	ended, err := i.WithoutMode("m1", clock(13, 0))
	must(t, err)
	if n := len(incident.Acceptable([]incident.Incident{ended}, clock(12, 50), seoul, register)); n != 2 {
		t.Errorf("%d modes were in force before the end", n)
	}
	if n := len(incident.Acceptable([]incident.Incident{ended}, clock(13, 0), seoul, register)); n != 1 {
		t.Errorf("%d modes are in force after it", n)
	}
	bad := mode
	bad.ID, bad.Accept = "m3", []incident.Means{"a wink"}
	if _, err := i.WithMode(bad, langs); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("a means that is none: %v", err)
	}
	if _, err := i.WithMode(mode, langs); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("the same mode twice: %v", err)
	}
}

// Nobody can call working what a probe sees failing.
func TestTheWorseOfProbeAndPeople(t *testing.T) {
	t.Parallel()
	red := incident.Probe{Channel: issuing, At: clock(12, 0), Degree: incident.Down}
	green := incident.Probe{Channel: issuing, At: clock(12, 1), Degree: incident.Working}
	over, err := noon(t).With(update(clock(12, 20), incident.Working), clock(12, 10), langs)
	must(t, err)
	for name, c := range map[string]struct {
		all    []incident.Incident
		probes []incident.Probe
		at     time.Time
		want   incident.Degree
		known  bool
	}{
		"nobody looked":              {nil, nil, clock(12, 0), incident.Working, false},
		"a probe sees red":           {nil, []incident.Probe{red}, clock(12, 0), incident.Down, true},
		"and then green":             {nil, []incident.Probe{red, green}, clock(12, 1), incident.Working, true},
		"it is said to be over":      {[]incident.Incident{over}, []incident.Probe{{Channel: issuing, At: clock(12, 25), Degree: incident.Down}}, clock(12, 25), incident.Down, true},
		"it is said to be down":      {[]incident.Incident{noon(t)}, []incident.Probe{green}, clock(12, 2), incident.Down, true},
		"a probe of long ago":        {nil, []incident.Probe{red}, clock(12, 3), incident.Working, false},
		"one place sees red":         {nil, []incident.Probe{green, {Channel: issuing, Region: busan, At: clock(12, 1), Degree: incident.Degraded}}, clock(12, 1), incident.Degraded, true},
		"a probe of another channel": {nil, []incident.Probe{{Channel: register, At: clock(12, 0), Degree: incident.Down}}, clock(12, 0), incident.Working, false},
	} {
		got := incident.StatusAt(issuing, c.all, c.probes, c.at)
		if got.Degree != c.want || got.Known != c.known {
			t.Errorf("%s: %s (known %v), want %s", name, got.Degree, got.Known, c.want)
		}
	}
}

func TestWasItFailingThereAtThatTime(t *testing.T) {
	t.Parallel()
	local, err := incident.Declare("i2", []incident.Channel{register}, incident.Area{busan}, clock(14, 0), update(clock(14, 5), incident.Degraded), langs)
	must(t, err)
	all := []incident.Incident{noon(t), local}
	probes := []incident.Probe{
		{Channel: issuing, At: clock(11, 0), Degree: incident.Working},
		{Channel: issuing, At: clock(11, 38), Degree: incident.Down},
		{Channel: register, At: clock(15, 0), Degree: incident.Working},
	}
	for name, c := range map[string]struct {
		on     incident.Channel
		region string
		at     time.Time
		want   incident.Answer
	}{
		"a probe saw it working":                {issuing, seoul, clock(11, 1), incident.NotFailing},
		"a probe saw it before it was declared": {issuing, seoul, clock(11, 37), incident.Failing},
		"declared":                              {issuing, busan, clock(12, 0), incident.Failing},
		"nobody looked":                         {issuing, seoul, clock(9, 0), incident.Unknown},
		"declared for Busan":                    {register, busan, clock(15, 0), incident.Failing},
		"and not for Seoul":                     {register, seoul, clock(15, 0), incident.NotFailing},
	} {
		if e := incident.Was(c.on, c.region, c.at, all, probes); e.Answer != c.want {
			t.Errorf("%s: %s, want %s", name, e.Answer, c.want)
		}
	}
}
