package drill

import (
	"cmp"
	"errors"
	"io"
	"slices"
	"time"

	"naru/internal/agency"
	"naru/internal/campaign"
)

// Options say what is played and where. Executable or Target is needed; the
// others have the defaults of the command line.
type Options struct {
	Executable string             // naru itself; started with "serve"
	Target     string             // a running server instead; a loopback address
	Data       string             // folder with static/; with Target the server's own folder
	ClinicsCSV io.Reader          // other clinics; nil: those of Data, or made-up ones
	Text       []byte             // campaign file, byte for byte
	Campaign   *campaign.Campaign // what it says
	Agency     *agency.Agency
	AgencyFile string // passed on to the server; "" is the built-in one
	ShiftToNow bool
	Citizens   int
	Duration   time.Duration // arrivals after the opening are spread over it
	Seed       uint64
	ServedFor  time.Duration // after the last planned arrival; 0: servedFor
	CrossIn    int           // back-doors: seconds in which the honest crowd could be let in; 0: crossesIn

	DB    string // SQLite (also ""), Postgres, or the URL of a server on this machine; with Target the URL of its database
	Nodes int    // 0: one
	Proxy bool   // in front of a single node too

	KillAt       []float64     // fractions of Duration after the opening at which a node is killed
	PauseAt      []float64     // and at which one stands still
	KillDBAt     []float64     // and at which the throw-away database is killed
	PauseFor     time.Duration // 0: pauseFor
	RestartAfter time.Duration // a killed node stays away; 0: among several restartAfter, alone not at all

	Drill  string   // OpeningRush (also ""), or BackDoors
	Routes []string // the server's addresses, as http.ServeMux patterns; back-doors only
	NoBots bool     // back-doors: leave out the two runs that compare waiting with and without bots

	CPUProfile string    // of the nodes, FILE.node1 and so on; "" none
	Progress   io.Writer // a line every five seconds; nil: none
}

// mostNodes is as many as one machine could carry in any sense.
const mostNodes = 16

// Lengths of faults.
const (
	pauseFor     = 30 * time.Second
	restartAfter = 5 * time.Second
)

// onPostgres says that the nodes share a database.
func (o *Options) onPostgres() bool { return o.DB != "" && o.DB != SQLite }

func (o *Options) nodes() int { return max(o.Nodes, 1) }

// proxied says that people reach the nodes through a proxy.
func (o *Options) proxied() bool { return o.Proxy || o.nodes() > 1 }

func (o *Options) restartsAfter() time.Duration {
	if o.RestartAfter == 0 && o.proxied() {
		return restartAfter
	}
	return o.RestartAfter
}

// check refuses what cannot be played. It starts and touches nothing.
func (o *Options) check() error {
	switch {
	case o.Citizens < 1 || o.Citizens > 1_000_000:
		return usage("citizens: %d is not within 1 to 1,000,000", o.Citizens)
	case o.Duration < time.Second || o.Duration > time.Hour:
		return usage("duration: %v is not within 1s to 1h", o.Duration)
	case o.Nodes < 0 || o.Nodes > mostNodes:
		return usage("nodes: %d is not within 1 to %d", o.Nodes, mostNodes)
	case o.nodes() > 1 && !o.onPostgres():
		return usage("nodes: SQLite has one node; several share a PostgreSQL: add --db postgres")
	case o.PauseFor < 0 || o.PauseFor > 10*time.Minute:
		return usage("pause-for: %v is not within 0 to 10m", o.PauseFor)
	case len(o.KillDBAt) > 0 && o.DB != Postgres:
		return usage("kill-db-at: only the throw-away database of --db postgres is killed")
	}
	if o.onPostgres() && o.DB != Postgres {
		if err := checkDatabase(o.DB); err != nil {
			return usage("db: %w", err)
		}
	}
	if err := errors.Join(o.checkTarget(), o.checkDoors()); err != nil {
		return err
	}
	for _, f := range o.faults() {
		if f.at <= 0 || f.at >= 1 {
			return usage("%s-at: %v is not a fraction between 0 and 1", f.kind, f.at)
		}
	}
	return nil
}

// checkTarget refuses what would touch a server that was running before.
func (o *Options) checkTarget() error {
	switch faults := o.faults(); {
	case o.Target == "":
		return nil
	case len(faults) > 0:
		return usage("%s-at: only what the drill started itself is killed or paused; leave out the target", faults[0].kind)
	case o.nodes() > 1 || o.Proxy || o.DB == Postgres:
		return usage("target: its nodes, proxy and database run already; say the database's URL with --db, if it is a PostgreSQL")
	case o.ShiftToNow:
		return usage("shift-to-now: the campaign of a running server is not moved; publish it there, open in the near future")
	}
	return nil
}

// The kinds of faults.
const (
	killNode     = "kill"
	pauseNode    = "pause"
	killDatabase = "kill-db"
)

// plannedFault is what is to happen at a fraction of the duration.
type plannedFault struct {
	at   float64
	kind string
}

// faults are all that were asked for, in order.
func (o *Options) faults() []plannedFault {
	var all []plannedFault
	for _, of := range []struct {
		kind string
		at   []float64
	}{{killNode, o.KillAt}, {pauseNode, o.PauseAt}, {killDatabase, o.KillDBAt}} {
		for _, at := range of.at {
			all = append(all, plannedFault{at, of.kind})
		}
	}
	slices.SortStableFunc(all, func(a, b plannedFault) int { return cmp.Compare(a.at, b.at) })
	return all
}
