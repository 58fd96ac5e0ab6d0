package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"naru/examples"
	"naru/internal/campaign"
	"naru/internal/drill"
	"naru/internal/web"
)

// DrillCmd is "naru drill".
type DrillCmd struct {
	Name       string        `arg:"" enum:"opening-rush,back-doors" help:"Which incident: opening-rush (12 July 2021); back-doors (14 to 21 July 2021: every trick by which somebody got or may try to get past the queue, beside an honest crowd, one line each)."`
	Citizens   *int          `placeholder:"N" help:"Devices that come (default: 2000; back-doors: 300)."`
	Duration   time.Duration `help:"Arrivals after the opening are spread over it (default: 3 s for every thousand citizens, 30 s at least; back-doors: 15 s)."`
	Data       string        `default:"naru-data" placeholder:"DIR" help:"Folder with imported regions and clinics (made-up ones if there are none); the drill works in DIR/drills."`
	Campaign   string        `placeholder:"FILE" help:"Campaign file (default: 12 July 2021, moved to now)."`
	ShiftToNow bool          `name:"shift-to-now" help:"Move the campaign's opening to a few seconds from now."`
	Clinics    string        `placeholder:"FILE" help:"Other clinics for this run (CSV)."`
	Agency     string        `placeholder:"FILE" help:"Agency file (default: Korea)."`
	Target     string        `placeholder:"URL" help:"A server that runs already, on a loopback address, with its folder in --data, or its database in --db."`
	DB         string        `name:"db" env:"-" default:"sqlite" placeholder:"sqlite|postgres|URL" help:"sqlite; postgres: a throw-away server that the drill starts and removes; or the URL of a server on this machine, in which the drill makes a database of its own."`
	Nodes      int           `default:"1" placeholder:"N" help:"Servers (1 to 16) behind HAProxy; more than one share a PostgreSQL."`
	Proxy      bool          `help:"Put HAProxy in front of a single server too."`
	Seed       uint64        `default:"1" help:"The same seed gives the same people, arrivals and victims."`
	KillAt     []float64     `name:"kill-at" placeholder:"FRACTION" help:"Kill a server with SIGKILL at this fraction of the duration and start it again, among several after 5s. May be repeated, like the two below."`
	PauseAt    []float64     `name:"pause-at" placeholder:"FRACTION" help:"Let a server, the one that leads, stand still with SIGSTOP."`
	PauseFor   time.Duration `name:"pause-for" default:"30s" help:"How long it stands still."`
	KillDBAt   []float64     `name:"kill-db-at" placeholder:"FRACTION" help:"Kill the throw-away database as a crash of its machine would, and start it again after 2s."`
	JSON       bool          `name:"json" help:"Print the result as one JSON object on the last line."`
	Report     string        `placeholder:"FILE.html" help:"Write the result as a page."`
	CPUProfile string        `name:"cpuprofile" placeholder:"FILE" help:"Write a CPU profile of the crowd; the servers' go to FILE.server.node1 and so on."`
}

// Run plays the drill: status 0 if it held, 1 if not.
func (cmd *DrillCmd) Run(env *Env) error {
	if cmd.Nodes < 1 {
		return usage(fmt.Errorf("--nodes %d: choose 1 to 16", cmd.Nodes))
	}
	o, err := cmd.options(env)
	if err != nil {
		return err
	}
	stop, err := profile(cmd.CPUProfile)
	if err != nil {
		return err
	}
	defer stop()
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	r, err := drill.Run(ctx, o)
	var wrong *drill.UsageError
	switch {
	case errors.As(err, &wrong):
		return usage(fmt.Errorf("drill %s: %w", cmd.Name, err))
	case err != nil:
		return fmt.Errorf("drill %s: %w", cmd.Name, err)
	}
	return cmd.tell(env, r)
}

func (cmd *DrillCmd) options(env *Env) (drill.Options, error) {
	o := drill.Options{
		Target: cmd.Target, Data: cmd.Data, AgencyFile: cmd.Agency, ShiftToNow: cmd.ShiftToNow, Citizens: cmd.citizens(),
		Drill: cmd.Name, Routes: web.Routes(),
		Duration: cmd.duration(), Seed: cmd.Seed, Progress: env.Stderr, DB: cmd.DB, Nodes: cmd.Nodes, Proxy: cmd.Proxy,
		KillAt: cmd.KillAt, PauseAt: cmd.PauseAt, PauseFor: cmd.PauseFor, KillDBAt: cmd.KillDBAt,
	}
	if cmd.CPUProfile != "" {
		o.CPUProfile = cmd.CPUProfile + ".server"
	}
	var err error
	if o.Executable, err = os.Executable(); err != nil {
		return o, fmt.Errorf("find the program itself: %w", err)
	}
	if o.Agency, err = loadAgency(cmd.Agency); err != nil {
		return o, usage(err)
	}
	if cmd.Clinics != "" {
		f, err := os.Open(cmd.Clinics)
		if err != nil {
			return o, usage(err)
		}
		o.ClinicsCSV = f // read once; the process ends soon
	}
	if err := cmd.readCampaign(&o); err != nil {
		return o, err
	}
	return o, nil
}

func (cmd *DrillCmd) readCampaign(o *drill.Options) (err error) {
	if cmd.Campaign == "" {
		o.ShiftToNow = cmd.Target == "" // it opened in 2021
		o.Text, err = examples.Campaigns.ReadFile("campaigns/2021-07-12.yaml")
	} else {
		o.Text, err = readRuleFile(cmd.Campaign)
	}
	if err != nil {
		return err
	}
	if o.Campaign, err = campaign.Parse(o.Text, o.Agency); err != nil {
		return usage(fmt.Errorf("campaign %s: %w (naru campaign check lists the faults)", cmd.Campaign, err))
	}
	return nil
}

// tell prints the summary, writes the page, and ends with the JSON object.
func (cmd *DrillCmd) tell(env *Env, r *drill.Result) error {
	summary := env.Stdout
	if cmd.JSON {
		summary = env.Stderr
	}
	r.Print(summary)
	if cmd.Report != "" {
		if err := writePage(cmd.Report, r.Page); err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
	}
	if cmd.JSON {
		if err := r.JSON(env.Stdout); err != nil {
			return err
		}
	}
	if !r.Held {
		return said()
	}
	return nil
}

func writePage(name string, page func(io.Writer) error) (err error) {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return page(f)
}

// duration is the one asked for, or long enough that one machine can be both
// crowd and server.
func (cmd *DrillCmd) duration() time.Duration {
	switch {
	case cmd.Duration != 0:
		return cmd.Duration
	case cmd.Name == drill.BackDoors:
		return 15 * time.Second
	}
	return max(30*time.Second, time.Duration(cmd.citizens())*3*time.Millisecond)
}

// citizens is how many come: those asked for, or what suits the drill.
func (cmd *DrillCmd) citizens() int {
	switch {
	case cmd.Citizens != nil:
		return *cmd.Citizens
	case cmd.Name == drill.BackDoors:
		return 300 // attackers do most of the work
	}
	return 2000
}
