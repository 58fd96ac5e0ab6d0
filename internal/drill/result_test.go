package drill

import (
	"bytes"
	"encoding/json"
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
	late := held()
	late.GeneratorLagMS = 1500
	if late.judge(); !strings.Contains(late.Void, "generator lag") || !strings.Contains(late.Why, "void") {
		t.Errorf("void %q, why %q", late.Void, late.Why)
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
	s := stage{campaign: mustCampaign(t)}
	r := s.result(c, time.Second, 0)
	if r.Unfinished != 2 || r.OfferedRatio != 0.333 || len(r.Series) == 0 || r.Series[0].At >= 0 {
		t.Errorf("%+v", r)
	}
}

func TestReportPage(t *testing.T) {
	t.Parallel()
	r := held()
	r.Jumped, r.Series = 3, []Second{{-2, 5, 0, 0}, {0, 7, 4, 0}, {9, 0, 1, 3}}
	r.judge()
	var b bytes.Buffer
	must(t, r.Page(&b))
	page := b.String()
	for _, want := range []string{"did not hold", "3 jumped", `class="bad"><td>jumped the line</td><td class="n">3`, "<polyline", "12 July 2021", "opening"} {
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
