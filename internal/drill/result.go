package drill

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"strings"
	"time"
)

// Result is what a drill measured and counted. The JSON names are a contract; a
// field that does not apply is null. Safety counters are computed from the
// database after the server has ended, or are sightings of the crowd.
type Result struct {
	Drill           string   `json:"drill"`
	Seed            uint64   `json:"seed"`
	Citizens        int      `json:"citizens"`
	Seconds         float64  `json:"seconds"`
	OfferedPerS     float64  `json:"offered_per_s"` // requests
	GeneratorLagMS  float64  `json:"generator_lag_ms"`
	Arrived         int      `json:"arrived"`
	Admitted        int      `json:"admitted"` // tickets with a session, from the database
	Booked          int      `json:"booked"`   // people, from the database
	Refused         int      `json:"refused"`  // citizens told no: not eligible, closed, no place left
	HTTP5xx         int      `json:"http_5xx"` // that naru or the proxy gave, also those a fault explains
	BlankPages      int      `json:"blank_pages"`
	Oversold        int      `json:"oversold"`
	DoubleBooked    int      `json:"double_booked"`
	LostAcks        int      `json:"lost_acks"`
	LostPlaces      int      `json:"lost_places"`
	Jumped          int      `json:"jumped"`
	Bypasses        int      `json:"bypasses"`
	WrongVerdicts   *int     `json:"wrong_verdicts"`
	CentralCalls    *int     `json:"central_calls_per_scan"`
	P50MS           float64  `json:"p50_ms"`
	P99MS           float64  `json:"p99_ms"`
	RSSMB           int      `json:"rss_mb"` // peaks of the nodes, added up
	Held            bool     `json:"held"`
	Why             string   `json:"why_not"` // "" when it held
	Void            string   `json:"void"`    // why the run does not count; "" when it does
	LatencyOf       string   `json:"latency_of"`
	MaxMS           float64  `json:"max_ms"`
	LagP99MS        float64  `json:"lag_p99_ms"`
	OfferedRatio    float64  `json:"offered_ratio"` // arrivals begun in time, of those planned
	GeneratorCPU    float64  `json:"generator_cpu"` // share of all cores
	ServerCPU       float64  `json:"server_cpu"`    // of all nodes
	DatabaseCPU     float64  `json:"database_cpu"`  // of a throw-away PostgreSQL, where it is known
	ProxyCPU        float64  `json:"proxy_cpu"`
	OtherCPU        float64  `json:"other_cpu"` // of other work on the machine, where it is known
	Requests        int      `json:"requests"`
	Joined          int      `json:"joined"` // tickets, from the database
	Rejoined        int      `json:"rejoined"`
	BypassesBy      any      `json:"bypasses_by"` // those that the crowd saw
	Probes          int      `json:"probes"`      // tries to get in by a back door
	TimesGone       int      `json:"times_gone"`
	Unfinished      int      `json:"unfinished"` // citizens still under way at the end
	Miscounted      int      `json:"miscounted"`
	Unbacked        int      `json:"unbacked"`
	Orphaned        int      `json:"orphaned"`
	Grew            int      `json:"place_grew"`
	OlderBoards     int      `json:"older_boards"` // than the one before: of another node, which was behind
	WronglyRefused  int      `json:"wrongly_refused"`
	WronglyBooked   int      `json:"wrongly_booked"`
	Broken          int      `json:"broken_connections"` // while the server was up
	BrokenBy        any      `json:"broken_by"`
	RefusedConns    int      `json:"refused_connections"` // during a fault
	Cut             int      `json:"cut_connections"`     // by the citizens themselves
	Kills           int      `json:"kills"`               // of nodes
	Pauses          int      `json:"pauses"`
	DBKills         int      `json:"db_kills"`
	Faults          []Fault  `json:"faults"`
	Fault5xx        int      `json:"fault_5xx"` // of http_5xx: given for a node, or a database, that the drill had hurt
	Proxy5xx        int      `json:"proxy_5xx"` // of http_5xx: given by the proxy
	FailedBy        any      `json:"http_5xx_by"`
	Hurt            int      `json:"hurt"` // times somebody met a fault and had to press again
	HurtP50MS       float64  `json:"hurt_p50_ms"`
	HurtMaxMS       float64  `json:"hurt_max_ms"` // until the answer came
	LeaderChanges   int      `json:"leader_changes"`
	ProxyDowns      int      `json:"proxy_downs"` // times the proxy took a node out of service
	Acknowledged    int      `json:"acknowledged"`
	RefusedByStatus any      `json:"refused_by_status"`
	Outcomes        any      `json:"outcomes"`
	Campaign        string   `json:"campaign"`
	Clinics         string   `json:"clinics"`
	Database        string   `json:"database"`
	Nodes           int      `json:"nodes"`
	NodeUse         []Node   `json:"node_use"`
	Proxy           string   `json:"proxy"` // "" without one
	Duration        float64  `json:"duration"`
	Machine         Machine  `json:"machine"`
	Tricks          []*Trick `json:"tricks"` // of back-doors; null: another drill
	Order           *Order   `json:"order"`
	Bots            *Bots    `json:"bots"` // null: not compared

	Waited
	Series  []Second  `json:"-"` // for the page
	Started time.Time `json:"started"`
	Folder  string    `json:"-"`

	machineCPU float64 // share of all cores, by everybody
}

// Node is what one server process used.
type Node struct {
	Name  string  `json:"node"`
	CPU   float64 `json:"cpu"` // share of all cores
	RSSMB int     `json:"rss_mb"`
}

// Second is what happened in one second, from the opening.
type Second struct{ At, Arrived, Admitted, Booked int }

const maxLag = time.Second

func (s *stage) result(t *tally, took, cpu time.Duration) *Result {
	ms := func(d time.Duration) float64 { return math.Round(float64(d)/float64(time.Millisecond)*10) / 10 }
	m := thisMachine()
	r := &Result{
		Drill: cmp.Or(s.o.Drill, OpeningRush), Seed: s.o.Seed, Citizens: s.o.Citizens, Seconds: round(took.Seconds()),
		OfferedPerS: round(float64(t.requests.Load()) / took.Seconds()), Requests: int(t.requests.Load()),
		GeneratorLagMS: ms(t.lag.max()), LagP99MS: ms(t.lag.percentile(0.99)), GeneratorCPU: share(cpu, took, m.Cores),
		Arrived: int(t.arrived.Load()), OfferedRatio: round(float64(t.onTime.Load()) / float64(t.planned)),
		HTTP5xx: int(t.http5xx.Load()), BlankPages: int(t.blank.Load()), Bypasses: int(t.bypasses.Load()), LostPlaces: int(t.lostPlaces.Load()),
		P50MS: ms(t.latency.percentile(0.5)), P99MS: ms(t.latency.percentile(0.99)), MaxMS: ms(t.latency.max()), LatencyOf: "all requests, from the intended instant",
		Rejoined: int(t.rejoined.Load()), Probes: int(t.probes.Load()), TimesGone: int(t.full.Load()), Grew: int(t.grew.Load() + t.unreadBoards.Load()),
		OlderBoards:    int(t.olderBoards.Load()),
		WronglyRefused: int(t.wronglyRefused.Load()), WronglyBooked: int(t.wronglyBooked.Load()),
		Broken: int(t.broken.Load()), RefusedConns: int(t.refusedConnections.Load()), Cut: int(t.cuts.Load()),
		Fault5xx: int(t.fault5xx.Load()), Proxy5xx: int(t.proxy5xx.Load()),
		Hurt: int(t.hurt.total.Load()), HurtP50MS: ms(t.hurt.percentile(0.5)), HurtMaxMS: ms(t.hurt.max()),
		Campaign: string(s.campaign.ID), Clinics: s.clinics, Database: s.db.what, Nodes: s.o.nodes(), Duration: s.o.Duration.Seconds(),
		Machine: m, Started: s.opens.UTC(), Folder: s.dir,
	}
	r.Waited = t.waits.result()
	r.ends(t)
	return r
}

// resources adds what the servers used, once they have ended, and what was done
// to them.
func (s *stage) resources(r *Result) {
	took := time.Duration(r.Seconds * float64(time.Second))
	of := func(cpu time.Duration) float64 { return share(cpu, took, r.Machine.Cores) }
	for _, n := range s.nodes {
		r.NodeUse = append(r.NodeUse, Node{n.name, of(n.cpu), n.rssMB})
		r.RSSMB, r.ServerCPU = r.RSSMB+n.rssMB, r.ServerCPU+of(n.cpu)
	}
	r.DatabaseCPU = of(s.dbCPU)
	if s.proxy != nil {
		r.Proxy, r.ProxyCPU, r.ProxyDowns = s.proxy.version, of(s.proxy.cpu), s.proxy.downs
	}
	if s.nodes != nil {
		r.OtherCPU = round(max(0, r.machineCPU-r.ServerCPU-r.DatabaseCPU-r.ProxyCPU-r.GeneratorCPU))
	}
	r.ServerCPU = round(r.ServerCPU)
	if s.endErr != nil {
		r.Void = "a server did not end well: " + s.endErr.Error()
	}
	s.tellFaults(r)
}

func (s *stage) tellFaults(r *Result) {
	count := map[string]*int{killNode: &r.Kills, pauseNode: &r.Pauses, killDatabase: &r.DBKills}
	r.Faults = []Fault{}
	for _, f := range s.faults {
		*count[f.Kind]++
		r.Faults = append(r.Faults, *f)
	}
	if missed := len(s.o.faults()) - len(s.faults); missed > 0 {
		r.Void = fmt.Sprintf("everybody was done before %d of the faults asked for; ", missed) + r.Void
	}
}

func (r *Result) ends(t *tally) {
	ends := t.ends()
	r.Outcomes, r.Refused = ends, ends[endNotEligible]+ends[endClosed]+ends[endNothing]
	r.Unfinished = t.planned
	for _, n := range ends {
		r.Unfinished -= n
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	statuses := map[string]int{}
	for code, n := range t.statuses {
		statuses[fmt.Sprint(code)] = n
	}
	r.RefusedByStatus = statuses
	r.Acknowledged, r.BrokenBy, r.FailedBy = len(t.acks), maps.Clone(t.broke), maps.Clone(t.failed)
	r.BypassesBy = maps.Clone(t.slipped)
	r.Series = t.bySecond()
}

func round(f float64) float64 { return math.Round(f*1000) / 1000 }

func share(cpu, took time.Duration, cores int) float64 {
	return round(cpu.Seconds() / took.Seconds() / float64(cores))
}

// count reads the databases, with no regard to what the server said.
func (r *Result) count(ctx context.Context, dir, url string, t *tally) error {
	c, err := count(ctx, dir, url, t.acknowledged())
	if err != nil {
		return fmt.Errorf("count from the database: %w", err)
	}
	fence, err := leaseFence(ctx, dir, url)
	if err != nil {
		return fmt.Errorf("count the leaders: %w", err)
	}
	r.LeaderChanges = int(max(0, fence-1))
	r.Admitted, r.Booked, r.Joined = c.Admitted, c.Booked, c.Joined
	r.Oversold, r.DoubleBooked, r.LostAcks, r.Jumped = c.Oversold, c.DoubleBooked, c.LostAcks, c.Jumped
	r.Miscounted, r.Unbacked, r.Orphaned = c.Miscounted, c.Unbacked, c.Orphaned
	r.LostPlaces += c.LostPlaces
	r.Bypasses += c.Bypasses
	return nil
}

// olderAlone are boards that went back although there was no other node to be
// behind.
func (r *Result) olderAlone() int {
	if r.Nodes > 1 {
		return 0
	}
	return r.OlderBoards
}

// judge says whether it held, and if not, everything that speaks against it.
func (r *Result) judge() {
	var against []string
	for _, c := range []struct {
		n    int
		what string
	}{
		{r.Oversold, "oversold"},
		{r.DoubleBooked, "double booked"},
		{r.LostAcks, "lost acknowledgements"},
		{r.LostPlaces, "lost places"},
		{r.Jumped, "jumped"},
		{r.Bypasses, "bypasses"},
		{r.HTTP5xx - r.Fault5xx, "answers of 500 and above"},
		{r.BlankPages, "blank pages"},
		{r.Miscounted, "slots miscounted"},
		{r.Unbacked, "bookings without a place"},
		{r.Orphaned, "places nobody holds"},
		{r.Grew, "numbers ahead that grew"},
		{r.olderAlone(), "boards older than the one before, of one node"},
		{r.WronglyRefused, "wrongly refused"},
		{r.WronglyBooked, "wrongly booked"},
		{r.Broken, "broken connections"},
	} {
		if c.n != 0 {
			against = append(against, fmt.Sprintf("%d %s", c.n, c.what))
		}
	}
	against = append(against, r.againstDoors()...)
	if r.Booked == 0 {
		against = append(against, "nobody booked")
	}
	if r.OfferedRatio < 0.95 {
		against = append(against, fmt.Sprintf("only %.1f %% of the arrivals were offered in time", 100*r.OfferedRatio))
	}
	if r.Void == "" && r.GeneratorLagMS > float64(maxLag.Milliseconds()) {
		r.Void = fmt.Sprintf("generator lag %.0f ms is over %v", r.GeneratorLagMS, maxLag)
	}
	if r.Void != "" {
		against = append(against, "void: "+r.Void)
	}
	r.Why, r.Held = strings.Join(against, "; "), len(against) == 0
}

// JSON is the result as one object on one line.
func (r *Result) JSON(w io.Writer) error { return json.NewEncoder(w).Encode(r) }
