package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"naru/examples"
	"naru/internal/campaign"
	"naru/internal/clinic"
	"naru/internal/fault"
	"naru/internal/limit"
	"naru/internal/store"
	"naru/internal/web"
)

// DemoCmd is "naru demo".
type DemoCmd struct {
	Listen  string        `default:"127.0.0.1:8080" help:"Loopback address to listen on."`
	Data    string        `default:"naru-data-demo" placeholder:"DIR" help:"Data folder; the next start goes on where this one ended."`
	OpensIn time.Duration `name:"opens-in" default:"2m" help:"How long until the campaign opens (first start)."`
	Crowd   int           `placeholder:"N" help:"Let N simulated people come as well."`
	Log     bool          `help:"Log every request to standard error."`
}

// The demo's clinics: as many as there were in July 2021 [DOMAIN §2.7], the same each time.
const (
	demoClinics  = 13_000
	demoSeed     = 20210712
	demoCampaign = "campaigns/demo.yaml"
)

// demoPeople are the three people to try with; nobody has these numbers.
var demoPeople = []web.TestPerson{
	{Name: "가상하나", Born: "1965-03-09", Mobile: "010-0000-0001", Note: "demo.eligible"},
	{Name: "가상두리", Born: "1990-07-21", Mobile: "010-0000-0002", Note: "demo.not_eligible"},
	{Name: "가상세나", Born: "1969-11-30", Mobile: "010-0000-0003", Note: "demo.later"},
}

// Run makes what is missing, serves, and ends cleanly on Ctrl-C.
func (cmd *DemoCmd) Run(env *Env) error {
	if cmd.OpensIn < time.Second || cmd.Crowd < 0 {
		return usage(errors.New("--opens-in takes a second or more (2m), --crowd a number from 0"))
	}
	h := &host{
		env: env, data: cmd.Data, listen: cmd.Listen, development: true, mock: true, people: demoPeople,
		log: slog.New(slog.DiscardHandler), limit: limit.New(limit.Options{Now: time.Now}), custodians: true,
	}
	if cmd.Log {
		h.log = nil
	}
	crowd := &crowd{people: cmd.Crowd}
	var workers []demoStaff
	h.ready = func(url string) {
		cmd.print(env, strings.Replace(url, "127.0.0.1", "localhost", 1), crowd.campaign.OpeningAt(), workers)
		crowd.start(env, url)
	}
	h.ending = crowd.stop
	err := h.run(func(ctx context.Context, s *store.Store) error {
		if err := cmd.prepare(ctx, env, h, s); err != nil {
			return err
		}
		crowd.campaign = s.Campaigns()[0].Campaign
		var err error
		workers, err = inviteStaff(ctx, s)
		return err
	})
	if err == nil {
		_, err = fmt.Fprintf(env.Stdout, "ended; the next start with --data %s goes on from here\n", cmd.Data)
	}
	return err
}

// prepare makes clinics and campaign on the first start.
func (cmd *DemoCmd) prepare(ctx context.Context, env *Env, h *host, s *store.Store) error {
	if s.Directory() == nil {
		if _, err := fmt.Fprintf(env.Stdout, "making %d made-up clinics ...\n", demoClinics); err != nil {
			return err
		}
		if err := makeClinics(cmd.Data); err != nil {
			return err
		}
		if err := s.ReloadDirectory(); err != nil {
			return err
		}
	}
	if len(s.Campaigns()) > 0 {
		return nil
	}
	text, err := examples.Campaigns.ReadFile(demoCampaign)
	if err != nil {
		return err
	}
	c, err := campaign.Parse(text, h.agency)
	if err != nil {
		return err
	}
	_, err = s.Publish(ctx, text, demoTimes(c, env.Now(), cmd.OpensIn))
	return err
}

// demoTimes lets the lobby open at once, and close shortly before the opening.
func demoTimes(c *campaign.Campaign, now time.Time, opensIn time.Duration) *campaign.Campaign {
	c = c.Shift(now.Add(opensIn).Truncate(time.Second))
	c.Gate.LobbyOpens = opensIn + time.Minute
	c.Gate.LobbyCloses = min(c.Gate.LobbyCloses, opensIn/4).Truncate(time.Second)
	return c
}

func makeClinics(dir string) error {
	regions, faults, err := clinic.ParseRegions(bytes.NewReader(examples.RegionsCSV), 3)
	if err != nil {
		return err
	}
	if len(faults) > 0 {
		return fault.New(fault.Internal, "error.internal")
	}
	files, err := clinic.Build(regions, clinic.Generate(regions, demoClinics, demoSeed), nil)
	if err != nil {
		return err
	}
	return store.SaveStatic(dir, files)
}

func (cmd *DemoCmd) print(env *Env, url string, opens time.Time, workers []demoStaff) {
	var b strings.Builder
	fmt.Fprintf(&b, "\n  모의 시스템 — a demonstration; nothing here is real and nothing leaves this machine\n\n")
	fmt.Fprintf(&b, "  예약       %s/\n  English    %s/en/\n", url, url)
	fmt.Fprintf(&b, "  시연       %s/demo      test people, and a button that opens at once\n", url)
	fmt.Fprintf(&b, "  문자함     %s/inbox     the messages that phones would get\n\n", url)
	for i, p := range demoPeople {
		what := []string{"may book", "may not book", "may book later"}[i]
		fmt.Fprintf(&b, "  %-15s %s  %s  %s\n", what, p.Name, p.Born, p.Mobile)
	}
	printStaff(&b, url, workers)
	fmt.Fprintf(&b, "\n  %s\n", cmd.when(env.Now(), opens))
	fmt.Fprintf(&b, "  data in %s; Ctrl-C ends, the next start goes on from here (delete the folder to begin anew)\n\n", cmd.Data)
	fmt.Fprintln(&b, "listening on", url)
	_, _ = fmt.Fprint(env.Stdout, b.String()) // nobody is left to tell
}

// when says how the campaign stands, so that nobody waits for a lobby that is over.
func (cmd *DemoCmd) when(now, opens time.Time) string {
	if left := opens.Sub(now); left > 0 {
		return fmt.Sprintf("the lobby takes people now; the campaign opens in %s", left.Round(time.Second))
	}
	return "the campaign is open: its lobby and draw are over, people join behind the line"
}
