package main

import (
	"context"
	"fmt"
	"time"

	"naru/internal/agency"
	"naru/internal/campaign"
	"naru/internal/store"
)

// CampaignPublishCmd is "naru campaign publish". The server must not be running
// on the same folder: it reads the campaigns when it starts.
type CampaignPublishCmd struct {
	File       string        `arg:"" help:"Campaign file (YAML)."`
	Agency     string        `name:"agency" placeholder:"FILE" help:"Agency file (default: Korea)."`
	Data       string        `default:"naru-data" placeholder:"DIR" help:"Data folder."`
	ShiftToNow bool          `name:"shift-to-now" help:"Move the opening to --opens-in from now (drills and demonstrations)."`
	OpensIn    time.Duration `name:"opens-in" default:"2m" help:"With --shift-to-now: how long until the opening."`
}

// Run puts the campaign in force. The same file again changes nothing.
func (cmd *CampaignPublishCmd) Run(env *Env) error {
	ctx := context.Background()
	a, err := loadAgency(cmd.Agency)
	if err != nil {
		return err
	}
	s, err := store.Open(ctx, store.Options{Dir: cmd.Data, Now: env.Now, Agency: a, Fatal: func(err error) { panic(err) }})
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	var opens time.Time
	if cmd.ShiftToNow {
		opens = env.Now().Add(cmd.OpensIn)
	}
	if err := publishFile(ctx, s, a, cmd.File, opens); err != nil {
		return err
	}
	_, err = fmt.Fprintln(env.Stdout, "published", cmd.File)
	return err
}

// publishFile publishes a campaign file, moved to open at opens unless that is zero.
func publishFile(ctx context.Context, s *store.Store, a *agency.Agency, file string, opens time.Time) error {
	text, err := readRuleFile(file)
	if err != nil {
		return err
	}
	c, err := campaign.Parse(text, a)
	if err != nil {
		return fmt.Errorf("%s: %w (naru campaign check %s lists the faults)", file, err, file)
	}
	if !opens.IsZero() {
		c = c.Shift(opens.Truncate(time.Second))
	}
	_, err = s.Publish(ctx, text, c)
	return err
}
