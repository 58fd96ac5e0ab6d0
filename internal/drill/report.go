package drill

import (
	_ "embed" // for the page
	"fmt"
	"html/template"
	"io"
	"strings"
)

//go:embed report.html
var reportHTML string

var reportPage = template.Must(template.New("report").Parse(reportHTML))

// The drawing's size, in the units of its own grid.
const (
	plotWidth  = 720
	plotHeight = 240
)

// curve is one line of the drawing.
type curve struct {
	Name, Class, Points string
	Total               int
}

// reportView is what the page shows.
type reportView struct {
	*Result
	Curves             []curve
	Width, Height      int
	From, To, Top      int
	OpeningX           string
	Safety, Work, Pace []fact
}

type fact struct {
	Name  string
	Value string
	Bad   bool
}

// Page writes the result as one page that needs nothing from anywhere.
func (r *Result) Page(w io.Writer) error {
	v := reportView{Result: r, Width: plotWidth, Height: plotHeight}
	v.draw()
	number := func(name string, n int) fact { return fact{Name: name, Value: fmt.Sprint(n)} }
	safety := func(name string, n int) fact { return fact{name, fmt.Sprint(n), n != 0} }
	v.Safety = []fact{
		safety("oversold slots", r.Oversold), safety("people booked twice", r.DoubleBooked), safety("acknowledged bookings lost", r.LostAcks),
		safety("places in line lost", r.LostPlaces), safety("jumped the line", r.Jumped), safety("got in by a back door", r.Bypasses),
		safety("numbers ahead that grew", r.Grew), safety("answers of 500 and above that no fault explains", r.HTTP5xx-r.Fault5xx), safety("blank pages", r.BlankPages),
		safety("eligible people refused", r.WronglyRefused), safety("others booked", r.WronglyBooked), safety("connections broken", r.Broken),
	}
	v.Work = []fact{
		number("citizens (devices)", r.Citizens), number("arrived", r.Arrived), number("tickets", r.Joined), number("joined again from nowhere", r.Rejoined),
		number("admitted", r.Admitted), number("booked", r.Booked), number("refused, with the reason", r.Refused), number("still under way at the end", r.Unfinished),
		number("back doors tried", r.Probes), number("kill -9 of a server", r.Kills), number("servers that stood still", r.Pauses), number("crashes of the database", r.DBKills),
		number("connections broken by these faults", r.RefusedConns), number("answers of 500 and above by these faults", r.Fault5xx), number("pressed again because of them", r.Hurt),
	}
	v.Pace = []fact{
		{Name: "requests", Value: fmt.Sprintf("%d in %.0f s, %.0f a second", r.Requests, r.Seconds, r.OfferedPerS)},
		{Name: "latency (" + r.LatencyOf + ")", Value: fmt.Sprintf("p50 %.1f ms, p99 %.1f ms, longest %.0f ms", r.P50MS, r.P99MS, r.MaxMS)},
		{Name: "generator", Value: fmt.Sprintf("lag at most %.1f ms, %.0f %% of all cores", r.GeneratorLagMS, 100*r.GeneratorCPU)},
		{Name: "server", Value: fmt.Sprintf("%.0f %% of all cores, %d MB at most; database %.0f %%, proxy %.0f %%", 100*r.ServerCPU, r.RSSMB, 100*r.DatabaseCPU, 100*r.ProxyCPU)},
		{Name: "the wait that was told", Value: r.Waited.String()},
		{Name: "machine", Value: fmt.Sprintf("%s, %d cores, %s, %s", r.Machine.CPU, r.Machine.Cores, r.Machine.Go, r.Machine.System)},
	}
	return reportPage.Execute(w, v)
}

// draw makes the curves: how many had arrived, been admitted, and booked.
func (v *reportView) draw() {
	if len(v.Series) == 0 {
		return
	}
	v.From, v.To = min(0, v.Series[0].At), v.Series[len(v.Series)-1].At+1
	curves := []curve{{Name: "arrived", Class: "a"}, {Name: "admitted", Class: "b"}, {Name: "booked", Class: "c"}}
	of := []func(Second) int{
		func(s Second) int { return s.Arrived }, func(s Second) int { return s.Admitted }, func(s Second) int { return s.Booked },
	}
	for i := range curves {
		for _, s := range v.Series {
			curves[i].Total += of[i](s)
		}
		v.Top = max(v.Top, curves[i].Total)
	}
	for i := range curves {
		curves[i].Points = v.points(of[i])
	}
	v.Curves, v.OpeningX = curves, fmt.Sprintf("%.1f", v.x(0))
}

func (v *reportView) x(second int) float64 {
	return float64(second-v.From) * plotWidth / float64(v.To-v.From)
}

func (v *reportView) points(of func(Second) int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "0,%d", plotHeight)
	sum := 0
	for _, s := range v.Series {
		sum += of(s)
		fmt.Fprintf(&b, " %.1f,%.1f", v.x(s.At+1), plotHeight-float64(sum)*plotHeight/float64(max(v.Top, 1)))
	}
	return b.String()
}
