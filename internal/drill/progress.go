package drill

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"
)

// reportEvery is how often a running drill says how it stands.
const reportEvery = 5 * time.Second

// turns lets several people write, a line at a time.
type turns struct {
	mu sync.Mutex
	w  io.Writer
}

func (t *turns) Write(line []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.w.Write(line)
}

func inTurn(w io.Writer) io.Writer {
	if w == nil {
		w = io.Discard
	}
	return &turns{w: w}
}

// report prints a table while the drill runs.
func report(ctx context.Context, w io.Writer, t *tally, opens time.Time) {
	_, _ = fmt.Fprintf(w, "%6s %9s %9s %9s %9s %9s %9s %9s\n", "second", "arrived", "joined", "serving", "admitted", "booked", "requests", "errors")
	tick := time.NewTicker(reportEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			t.print(w, opens)
			return
		case <-tick.C:
			t.print(w, opens)
		}
	}
}

func (t *tally) print(w io.Writer, opens time.Time) {
	errs := t.http5xx.Load() + t.blank.Load() + t.broken.Load() + t.refusedConnections.Load()
	_, _ = fmt.Fprintf(w, "%6.0f %9d %9d %9d %9d %9d %9d %9d\n", time.Since(opens).Seconds(),
		t.arrived.Load(), t.joined.Load(), t.serving.Load(), t.admitted.Load(), t.booked(), t.requests.Load(), errs)
}

// bySecond is the series in order. The caller holds the lock.
func (t *tally) bySecond() []Second {
	all := make([]Second, 0, len(t.series))
	for at, s := range t.series {
		all = append(all, Second{at, s.Arrived, s.Admitted, s.Booked})
	}
	slices.SortFunc(all, func(a, b Second) int { return a.At - b.At })
	return all
}

// Print writes the summary for people.
func (r *Result) Print(w io.Writer) {
	p := func(format string, args ...any) { _, _ = fmt.Fprintf(w, format+"\n", args...) }
	verdict := "HELD"
	if !r.Held {
		verdict = "DID NOT HOLD: " + r.Why
	}
	p("\n%s %s, seed %d, %d citizens, clinics: %s", r.Drill, r.Campaign, r.Seed, r.Citizens, r.Clinics)
	p("  %s", verdict)
	p("  arrived %d, joined %d (again %d), admitted %d, booked %d, refused %d, still under way %d", r.Arrived, r.Joined, r.Rejoined, r.Admitted, r.Booked, r.Refused, r.Unfinished)
	p("  from the database: oversold %d, double booked %d, lost acknowledgements %d, lost places %d, jumped %d, bypasses %d", r.Oversold, r.DoubleBooked, r.LostAcks, r.LostPlaces, r.Jumped, r.Bypasses)
	p("  seen by the crowd: 5xx %d (%d by faults, %d given by the proxy), blank pages %d, wrongly refused %d, wrongly booked %d, broken connections %d (%d more during faults, %d cut by citizens)",
		r.HTTP5xx, r.Fault5xx, r.Proxy5xx, r.BlankPages, r.WronglyRefused, r.WronglyBooked, r.Broken, r.RefusedConns, r.Cut)
	p("  %d requests in %.0f s, %.0f/s; p50 %.1f ms, p99 %.1f ms, max %.0f ms (%s)", r.Requests, r.Seconds, r.OfferedPerS, r.P50MS, r.P99MS, r.MaxMS, r.LatencyOf)
	p("  generator: lag max %.1f ms, p99 %.1f ms, %.0f %% of all cores; other work: %.0f %%", r.GeneratorLagMS, r.LagP99MS, 100*r.GeneratorCPU, 100*r.OtherCPU)
	p("  servers: %.0f %% of all cores, %d MB; database %.0f %%, proxy %.0f %%", 100*r.ServerCPU, r.RSSMB, 100*r.DatabaseCPU, 100*r.ProxyCPU)
	if r.Nodes > 1 {
		p("  nodes were behind one another %d times in what a browser saw; numbers ahead that grew: %d", r.OlderBoards, r.Grew)
	}
	r.printDoors(p)
	r.printFaults(p)
	p("  %s, %d cores, %s, %s; %s", r.Machine.CPU, r.Machine.Cores, r.Machine.Go, r.Machine.System, r.Setup())
	p("  folder %s", r.Folder)
}

func (r *Result) printFaults(p func(string, ...any)) {
	for _, f := range r.Faults {
		p("  %s", f)
	}
	for _, what := range slices.Sorted(maps.Keys(r.failures())) {
		p("  answered %s: %d times", what, r.failures()[what])
	}
	if len(r.Faults) > 0 {
		p("  pressed again because of a fault %d times; answered after %.1f s in the median, %.1f s at most; %d changes of the leader; the proxy took a node out of service %d times",
			r.Hurt, r.HurtP50MS/1000, r.HurtMaxMS/1000, r.LeaderChanges, r.ProxyDowns)
	}
}

func (r *Result) printDoors(p func(string, ...any)) {
	for _, t := range r.Tricks {
		p("  %s", t)
	}
	if o := r.Order; o != nil {
		p("  order: %d honest tickets (%d in the draw), %d admitted; from the public draw: %d moved, %d out of turn, %d not in the roll; serving numbers that went back: %d",
			o.Honest, o.Lobby, o.Admitted, o.Moved, o.OutOfTurn, o.NotInRoll, o.Back)
	}
	if r.Bots != nil {
		p("  %s", r.Bots)
	}
}

func (r *Result) failures() map[string]int {
	all, _ := r.FailedBy.(map[string]int)
	return all
}

// Setup says in a few words what the drill was played on.
func (r *Result) Setup() string {
	nodes := "one node"
	if r.Nodes > 1 {
		nodes = fmt.Sprintf("%d nodes", r.Nodes)
	}
	if r.Proxy != "" {
		nodes += " behind " + r.Proxy
	}
	return r.Database + ", " + nodes
}

// String tells a fault in a line.
func (f Fault) String() string {
	text := fmt.Sprintf("at %.1f s %s %s", f.At, f.Kind, f.Node)
	if f.Leader {
		text += " (the leader)"
	}
	if f.NoticedS != nil {
		text += fmt.Sprintf(", out of service after %.1f s", *f.NoticedS)
	}
	if f.BackS == nil {
		return text + ", not back before the end"
	}
	return text + fmt.Sprintf(", back after %.1f s", *f.BackS)
}
