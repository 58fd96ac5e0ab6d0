package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"naru/examples"
	"naru/internal/agency"
)

// whole are options that can be measured with; each case spoils one.
func whole() Options {
	return Options{Bench: "book", Runs: 1, Length: time.Second, Callers: 1024, Rows: fewestRows, Connections: 100, Waiters: 1000}
}

func TestCheckRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(*Options)
		want  string
	}{
		"nothing wrong":           {func(*Options) {}, ""},
		"one measure":             {func(o *Options) { o.Measure = "http" }, ""},
		"a bench of a later day":  {func(o *Options) { o.Bench = "tea" }, "not in this version; there are [book gate join record verify issue visit]"},
		"nobody connected":        {func(o *Options) { o.Connections = 0 }, "connections"},
		"nobody waiting":          {func(o *Options) { o.Waiters = 0 }, "waiters"},
		"a bench nobody plans":    {func(o *Options) { o.Bench = "x" }, "not in this version"},
		"a measure of another":    {func(o *Options) { o.Measure = "join_sqlite" }, "engine_sqlite"},
		"no runs":                 {func(o *Options) { o.Runs = 0 }, "runs"},
		"a thousand runs":         {func(o *Options) { o.Runs = 1000 }, "runs"},
		"runs of no length":       {func(o *Options) { o.Length = 0 }, "seconds"},
		"runs of an hour":         {func(o *Options) { o.Length = time.Hour }, "seconds"},
		"nobody who calls":        {func(o *Options) { o.Callers = 0 }, "callers"},
		"more than the queue":     {func(o *Options) { o.Callers = 5000 }, "callers"},
		"less than the smallest":  {func(o *Options) { o.Rows = 9_999 }, "rows"},
		"more than anybody waits": {func(o *Options) { o.Rows = 1_000_000_000 }, "rows"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := whole()
			c.spoil(&o)
			err := o.Check()
			if c.want == "" && err == nil {
				return
			}
			var wrong UsageError
			if c.want == "" || !errors.As(err, &wrong) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("said %v, want %q", err, c.want)
			}
		})
	}
}

// The contract of the command line names these measures (DESIGN §9).
func TestMeasuresOfTheContract(t *testing.T) {
	t.Parallel()
	for bench, names := range map[string][]string{
		"book":   {"engine_sqlite", "engine_postgres_copy", "engine_postgres_naive", "http"},
		"gate":   {"board_c64", "board_c512", "connections", "waiters"},
		"join":   {"join_sqlite", "join_postgres"},
		"visit":  {"ingest_sqlite", "ingest_postgres", "days_sqlite"},
		"record": {"record_sqlite"},

		"verify": {"hc1", "shc"},
		"issue":  {"hc1_issue"},
	} {
		for _, name := range names {
			o := whole()
			o.Bench, o.Measure = bench, name
			if err := o.Check(); err != nil {
				t.Error(err)
			}
		}
	}
}

// fake are sides whose figures are given; calls notes who ran when.
type fake struct {
	figures map[string][]float64
	calls   []string
	fail    error
}

func (f *fake) next(side string) (float64, error) {
	f.calls = append(f.calls, side)
	if f.fail != nil {
		return 0, f.fail
	}
	figure := f.figures[side][0]
	f.figures[side] = f.figures[side][1:]
	return figure, nil
}

func (f *fake) ours(context.Context) (float64, error)      { return f.next("ours") }
func (f *fake) yardstick(context.Context) (float64, error) { return f.next("yardstick") }
func (f *fake) close() error                               { f.calls = append(f.calls, "close"); return nil }

func take(t *testing.T, f *fake, runs int) (Result, error) {
	t.Helper()
	b := &bench{Options: Options{Bench: "book", Runs: runs, Log: io.Discard}}
	return b.take(t.Context(), measure{name: "m", unit: "u", yardstickIs: "y", open: func(context.Context, *bench) (sides, error) { return f, nil }})
}

func TestSidesTakeTurns(t *testing.T) {
	t.Parallel()
	f := &fake{figures: map[string][]float64{"ours": {30, 10, 20}, "yardstick": {40, 50, 30}}}
	r, err := take(t, f, 3)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"ours", "yardstick", "yardstick", "ours", "ours", "yardstick", "close"}; !slices.Equal(f.calls, want) {
		t.Errorf("the order was %v, want %v", f.calls, want)
	}
	if r.Ours != 20 || r.Yardstick != 40 || r.Ratio != 0.5 || r.Runs != 3 {
		t.Errorf("medians %g and %g, ratio %g of %d runs", r.Ours, r.Yardstick, r.Ratio, r.Runs)
	}
}

func TestWorkThatFailedIsNoFigure(t *testing.T) {
	t.Parallel()
	f := &fake{fail: errors.New("refused")}
	if r, err := take(t, f, 3); err == nil || r.Ours != 0 || !slices.Equal(f.calls, []string{"ours", "close"}) {
		t.Errorf("%+v, %v after %v", r, err, f.calls)
	}
}

func TestMedian(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		values []float64
		want   float64
	}{{[]float64{5}, 5}, {[]float64{9, 1, 5}, 5}, {[]float64{1, 2, 3, 100}, 2.5}} {
		if got := median(c.values); got != c.want {
			t.Errorf("median of %v is %g, want %g", c.values, got, c.want)
		}
	}
}

func TestResultIsOneLineOfTheContract(t *testing.T) {
	t.Parallel()
	r := Result{Bench: "book", Measure: "m", Unit: "u", YardstickIs: "y", Runs: 1, OursRuns: []float64{12345.6}, YardstickRuns: []float64{50000}}
	r.settle()
	var out bytes.Buffer
	if err := r.JSON(&out); err != nil || strings.Count(out.String(), "\n") != 1 {
		t.Fatalf("%v: %q", err, out.String())
	}
	var fields map[string]any
	if err := json.Unmarshal(out.Bytes(), &fields); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]any{
		"bench": "book", "measure": "m", "ours": 12350.0, "yardstick": 50000.0, "unit": "u", "ratio": 0.2469, "yardstick_is": "y", "runs": 1.0,
	} {
		if fields[name] != want {
			t.Errorf("%s is %v, want %v", name, fields[name], want)
		}
	}
}

func TestHistogram(t *testing.T) {
	t.Parallel()
	var values []time.Duration
	for n := range 1000 {
		values = append(values, time.Duration(1000-n)*10*time.Microsecond) // 0.01 to 10 ms
	}
	h := newHistogram(values)
	if h.Count != 1000 || h.P50MS != 5 || h.P99MS != 9.9 || h.MaxMS != 10 {
		t.Errorf("%+v", h)
	}
	sum, before := 0, 0.0
	for _, s := range h.Buckets {
		if s.UpToMS <= before {
			t.Errorf("step %g after %g", s.UpToMS, before)
		}
		sum, before = sum+s.Count, s.UpToMS
	}
	if sum != h.Count || before < h.MaxMS || h.Buckets[0].Count == 0 {
		t.Errorf("%d of %d are in the steps up to %g", sum, h.Count, before)
	}
	if empty := newHistogram(nil); empty.Count != 0 || empty.Buckets != nil {
		t.Errorf("%+v", empty)
	}
}

// korea is the agency of the tests.
func korea(t testing.TB) *agency.Agency {
	t.Helper()
	a, err := agency.Load(examples.AgencyYAML)
	if err != nil {
		t.Fatal(err)
	}
	return a
}
