package drill

import (
	"bytes"
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"
)

func held() *Result { return &Result{Booked: 1, OfferedRatio: 1, GeneratorLagMS: 999} }

func TestJudge(t *testing.T) {
	t.Parallel()
	good := held()
	if good.judge(); !good.Held || good.Why != "" || good.Void != "" {
		t.Fatalf("did not hold: %s", good.Why)
	}
	for what, spoil := range map[string]func(*Result){
		"oversold":        func(r *Result) { r.Oversold = 1 },
		"double booked":   func(r *Result) { r.DoubleBooked = 1 },
		"lost ack":        func(r *Result) { r.LostAcks = 1 },
		"lost place":      func(r *Result) { r.LostPlaces = 1 },
		"jumped":          func(r *Result) { r.Jumped = 1 },
		"bypass":          func(r *Result) { r.Bypasses = 1 },
		"5xx":             func(r *Result) { r.HTTP5xx = 1 },
		"blank page":      func(r *Result) { r.BlankPages = 1 },
		"miscounted":      func(r *Result) { r.Miscounted = 1 },
		"unbacked":        func(r *Result) { r.Unbacked = 1 },
		"orphaned":        func(r *Result) { r.Orphaned = 1 },
		"ahead grew":      func(r *Result) { r.Grew = 1 },
		"older boards":    func(r *Result) { r.OlderBoards, r.Nodes = 1, 1 },
		"wrongly refused": func(r *Result) { r.WronglyRefused = 1 },
		"wrongly booked":  func(r *Result) { r.WronglyBooked = 1 },
		"broken":          func(r *Result) { r.Broken = 1 },
		"nobody booked":   func(r *Result) { r.Booked = 0 },
		"offered too few": func(r *Result) { r.OfferedRatio = 0.949 },
		"generator late":  func(r *Result) { r.GeneratorLagMS = 1001 },
		"server failed":   func(r *Result) { r.Void = "the server did not end well" },
	} {
		r := held()
		spoil(r)
		if r.judge(); r.Held || r.Why == "" {
			t.Errorf("%s: it held", what)
		}
	}
	behind := held()
	behind.OlderBoards, behind.Nodes = 1, 2
	if behind.judge(); !behind.Held {
		t.Errorf("a node may be behind another: %s", behind.Why)
	}
	hurt := held()
	hurt.HTTP5xx, hurt.Fault5xx, hurt.RefusedConns = 5, 5, 7
	if hurt.judge(); !hurt.Held {
		t.Errorf("what the drill's own faults did speaks against it: %s", hurt.Why)
	}
	if hurt.HTTP5xx++; hurt.HTTP5xx == 6 {
		hurt.judge()
	}
	if hurt.Held || !strings.HasPrefix(hurt.Why, "1 answers of 500") {
		t.Errorf("an answer no fault explains: %q", hurt.Why)
	}
	late := held()
	late.GeneratorLagMS = 1500
	if late.judge(); !strings.Contains(late.Void, "generator lag") || !strings.Contains(late.Why, "void") {
		t.Errorf("void %q, why %q", late.Void, late.Why)
	}
}

// Whose an answer of 500 or above was is told apart, and that a fault explains it.
func TestTallyOfFailures(t *testing.T) {
	t.Parallel()
	c := newTally(1)
	c.fails(reply{status: 503, node: "node1"}, false)
	c.fails(reply{status: 500}, false)
	c.fails(reply{status: 502, proxyFor: "node2"}, true)
	want := map[string]int{"503 by naru node1": 1, "500 by naru": 1, "502 by proxy for node2, by a fault": 1}
	if !maps.Equal(c.failed, want) || c.http5xx.Load() != 3 || c.fault5xx.Load() != 1 || c.proxy5xx.Load() != 1 {
		t.Errorf("%v, %d, %d, %d", c.failed, c.http5xx.Load(), c.fault5xx.Load(), c.proxy5xx.Load())
	}
}

// A drill whose faults did not all come proves less than was asked for.
func TestMissedFaults(t *testing.T) {
	t.Parallel()
	s := &stage{o: Options{KillAt: []float64{0.5, 0.9}, PauseAt: []float64{0.2}}, faults: []*Fault{{Kind: pauseNode}, {Kind: killNode}}, db: &database{}}
	r := held()
	s.resources(r)
	if r.judge(); r.Held || r.Kills != 1 || r.Pauses != 1 || !strings.Contains(r.Void, "1 of the faults") {
		t.Errorf("%+v", r)
	}
}

// The names of the contract (DESIGN §9), on one line, null where they do not apply.
func TestResultJSON(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	must(t, held().JSON(&b))
	if strings.Count(b.String(), "\n") != 1 || !strings.HasSuffix(b.String(), "}\n") {
		t.Errorf("not one line: %q", b.String())
	}
	var fields map[string]any
	must(t, json.Unmarshal(b.Bytes(), &fields))
	for _, name := range strings.Fields(`drill seed citizens seconds offered_per_s generator_lag_ms arrived admitted booked refused http_5xx
		blank_pages oversold double_booked lost_acks lost_places jumped bypasses wrong_verdicts central_calls_per_scan p50_ms p99_ms rss_mb held`) {
		value, there := fields[name]
		isNull := name == "wrong_verdicts" || name == "central_calls_per_scan"
		if !there || (value == nil) != isNull {
			t.Errorf("%s: %v, there: %v", name, value, there)
		}
	}
}

func TestTallyOfArrivals(t *testing.T) {
	t.Parallel()
	c := newTally(3)
	c.begin(time.Now().Add(time.Minute))
	c.arrive(time.Now())
	c.arrive(time.Now().Add(-2 * onTimeWithin)) // the generator was late
	if c.arrived.Load() != 2 || c.onTime.Load() != 1 {
		t.Errorf("%d arrived, %d in time", c.arrived.Load(), c.onTime.Load())
	}
	c.acknowledge("A")
	c.acknowledge("A")
	if c.booked() != 1 {
		t.Errorf("one number counts as %d bookings", c.booked())
	}
	c.outcome(endBooked)
	s := stage{campaign: mustCampaign(t), db: &database{}}
	r := s.result(c, time.Second, 0)
	if r.Unfinished != 2 || r.OfferedRatio != 0.333 || len(r.Series) == 0 || r.Series[0].At >= 0 {
		t.Errorf("%+v", r)
	}
}

func TestReportPage(t *testing.T) {
	t.Parallel()
	r := held()
	r.Faults = []Fault{{At: 2.5, Kind: pauseNode, Node: "node2", Leader: true, BackS: new(30.5)}, {Kind: killNode, Node: "node1"}}
	r.Jumped, r.Series = 3, []Second{{-2, 5, 0, 0}, {0, 7, 4, 0}, {9, 0, 1, 3}}
	r.judge()
	var b bytes.Buffer
	must(t, r.Page(&b))
	page := b.String()
	for _, want := range []string{
		"did not hold", "3 jumped", `class="bad"><td>jumped the line</td><td class="n">3`, "<polyline", "12 July 2021", "opening",
		"at 2.5 s pause node2 (the leader), back after 30.5 s", "kill node1, not back before the end",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is not in the page", want)
		}
	}
	for _, outside := range []string{"http://", "https://", "src=", "@import", "url("} {
		if strings.Contains(page, outside) {
			t.Errorf("the page reaches outside: %s", outside)
		}
	}
	if strings.Contains(page, "NaN") || strings.Contains(page, "Inf") {
		t.Error("the drawing has no numbers")
	}
}
