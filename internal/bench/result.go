package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Result is one measure. The first eight fields are a contract (DESIGN §9);
// Ours and Yardstick are medians, Ratio is Ours over Yardstick.
type Result struct {
	Bench       string  `json:"bench"`
	Measure     string  `json:"measure"`
	Ours        float64 `json:"ours"`
	Yardstick   float64 `json:"yardstick"`
	Unit        string  `json:"unit"`
	Ratio       float64 `json:"ratio"`
	YardstickIs string  `json:"yardstick_is"`
	Runs        int     `json:"runs"`

	OursRuns      []float64  `json:"ours_runs"`
	YardstickRuns []float64  `json:"yardstick_runs"`
	Histogram     *Histogram `json:"histogram,omitempty"` // of the confirm measures
	Sizes         []Size     `json:"sizes,omitempty"`     // of the flat measures
	Clients       []Loaded   `json:"clients,omitempty"`   // of the measure connections: naru's, then the yardstick's
	Stages        []Stage    `json:"stages,omitempty"`    // of the measure waiters
}

// Size is what one booking cost in a table of so many reservations.
type Size struct {
	Reservations int     `json:"reservations"`
	Cost         float64 `json:"cost"`
}

// Stage is what a line of so many waiters has in memory.
type Stage struct {
	Name    string `json:"name"`
	Waiters int    `json:"waiters"`
	HeapMB  int    `json:"heap_mb"` // live, after a collection
	RSSMB   int    `json:"rss_mb"`  // of the process, the bench's own part included
	PeakMB  int    `json:"peak_mb"` // of the resident memory since the stage before
}

// settle works the medians and their ratio out.
func (r *Result) settle() {
	r.Ours, r.Yardstick = median(r.OursRuns), median(r.YardstickRuns)
	r.Ratio = r.Ours / r.Yardstick
	for _, f := range []*float64{&r.Ours, &r.Yardstick, &r.Ratio} {
		*f = signs(*f)
	}
	for _, runs := range [][]float64{r.OursRuns, r.YardstickRuns} {
		for i := range runs {
			runs[i] = signs(runs[i])
		}
	}
}

// median of at least one value; of an even number the mean of the two middle ones.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	half := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[half]
	}
	return (sorted[half-1] + sorted[half]) / 2
}

// signs keeps four significant digits: more would pretend.
func signs(f float64) float64 {
	var short float64
	_, _ = fmt.Sscan(fmt.Sprintf("%.4g", f), &short) // what was printed can be read
	return short
}

// JSON prints the result as one line.
func (r Result) JSON(w io.Writer) error { return json.NewEncoder(w).Encode(r) }

// Head prints the columns of Row.
func Head(w io.Writer) error {
	_, err := fmt.Fprintf(w, "%-5s %-22s %12s %12s %-11s %7s  %s\n", "bench", "measure", "ours", "yardstick", "unit", "ratio", "spread of ours")
	return err
}

// Row prints the result as a line of a table, and below it what it was compared with.
func (r Result) Row(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%-5s %-22s %12.6g %12.6g %-11s %6.2fx  %.6g to %.6g in %d runs\n",
		r.Bench, r.Measure, r.Ours, r.Yardstick, r.Unit, r.Ratio, slices.Min(r.OursRuns), slices.Max(r.OursRuns), r.Runs)
	fmt.Fprintf(&b, "%s\n", folded("yardstick: "+r.YardstickIs, "      "))
	for _, s := range r.Sizes {
		fmt.Fprintf(&b, "      %10d reservations: %g %s\n", s.Reservations, s.Cost, r.Unit)
	}
	for i, c := range r.Clients {
		fmt.Fprintf(&b, "      %s: %d connections, %d answers in %.0f s, %d errors, p50 %g ms, p99 %g ms\n",
			[]string{"ours", "yardstick"}[i%2], c.Connections, c.Answers, c.Seconds, c.Errors, c.P50, c.P99)
	}
	for _, s := range r.Stages {
		fmt.Fprintf(&b, "      %-24s %9d waiters: heap %d MB, resident %d MB, at most %d MB\n", s.Name, s.Waiters, s.HeapMB, s.RSSMB, s.PeakMB)
	}
	if r.Histogram != nil {
		r.Histogram.print(&b)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// folded breaks a text into lines of about a hundred signs that begin with indent.
func folded(text, indent string) string {
	const width = 100
	out, length := indent, 0
	for i, word := range strings.Fields(text) {
		if length+len(word) > width {
			out, length = out+"\n"+indent, 0
		} else if i > 0 {
			out += " "
		}
		out, length = out+word, length+len(word)+1
	}
	return out
}
