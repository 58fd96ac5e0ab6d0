package drill

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"
)

// reportEvery is how often a running drill says how it stands.
const reportEvery = 5 * time.Second

// report prints a table while the drill runs.
func report(ctx context.Context, w io.Writer, t *tally, opens time.Time) {
	if w == nil {
		<-ctx.Done()
		return
	}
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
	p("  seen by the crowd: 5xx %d, blank pages %d, wrongly refused %d, wrongly booked %d, broken connections %d (%d while killed, %d cut by citizens)", r.HTTP5xx, r.BlankPages, r.WronglyRefused, r.WronglyBooked, r.Broken, r.RefusedConns, r.Cut)
	p("  %d requests in %.0f s, %.0f/s; p50 %.1f ms, p99 %.1f ms, max %.0f ms (%s)", r.Requests, r.Seconds, r.OfferedPerS, r.P50MS, r.P99MS, r.MaxMS, r.LatencyOf)
	p("  generator: lag max %.1f ms, p99 %.1f ms, %.0f %% of all cores; server: %.0f %% of all cores, %d MB; other work: %.0f %%", r.GeneratorLagMS, r.LagP99MS, 100*r.GeneratorCPU, 100*r.ServerCPU, r.RSSMB, 100*r.OtherCPU)
	p("  %s, %d cores, %s, %s; %d kills; SQLite, one node", r.Machine.CPU, r.Machine.Cores, r.Machine.Go, r.Machine.System, r.Kills)
	p("  folder %s", r.Folder)
}
