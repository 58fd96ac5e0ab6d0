package main

import (
	"context"
	"fmt"
	"time"

	"naru/internal/agency"
	"naru/internal/campaign"
	"naru/internal/fault"
	"naru/internal/store"
)

// CampaignPublishCmd is "naru campaign publish". No server may be running on the
// same folder; servers of a PostgreSQL see the campaign at once.
type CampaignPublishCmd struct {
	File       string        `arg:"" help:"Campaign file (YAML)."`
	Agency     string        `name:"agency" placeholder:"FILE" help:"Agency file (default: Korea)."`
	Data       string        `default:"naru-data" placeholder:"DIR" help:"Data folder."`
	DB         string        `name:"db" env:"NARU_DB" placeholder:"URL" help:"PostgreSQL; the data folder holds the keys of its servers."`
	ShiftToNow bool          `name:"shift-to-now" help:"Move the opening to --opens-in from now (drills and demonstrations)."`
	OpensIn    time.Duration `name:"opens-in" default:"2m" help:"With --shift-to-now: how long until the opening."`
}

// Run puts the campaign in force. The same file again changes nothing.
func (cmd *CampaignPublishCmd) Run(env *Env) error {
	a, err := loadAgency(cmd.Agency)
	if err != nil {
		return err
	}
	c, err := readCampaign(a, cmd.File)
	if err != nil {
		return err
	}
	if cmd.ShiftToNow {
		c.shift(env.Now().Add(cmd.OpensIn))
	}
	if err := inStore(env, cmd.Data, cmd.DB, a, c.publish); err != nil {
		return err
	}
	_, err = fmt.Fprintln(env.Stdout, "published", cmd.File)
	return err
}

// campaignFile is a campaign file as read, before anything is made for it.
type campaignFile struct {
	name     string
	text     []byte
	campaign *campaign.Campaign
}

func readCampaign(a *agency.Agency, name string) (*campaignFile, error) {
	text, err := readRuleFile(name)
	if err != nil {
		return nil, err
	}
	c, err := campaign.Parse(text, a)
	if err != nil {
		return nil, fmt.Errorf("%s: %w (naru campaign check %s lists the faults)", name, err, name)
	}
	return &campaignFile{name, text, c}, nil
}

// shift moves the campaign to open at an instant.
func (f *campaignFile) shift(opens time.Time) {
	f.campaign = f.campaign.Shift(opens.Truncate(time.Second))
}

// publish puts the campaign in force; published already, it changes nothing.
func (f *campaignFile) publish(ctx context.Context, s *store.Store) error {
	_, err := s.Publish(ctx, f.text, f.campaign)
	if fault.CodeOf(err) == fault.Conflict {
		return fmt.Errorf("%s: %w; %s is published from another file: a campaign in force is not replaced, so give the new one an id of its own",
			f.name, err, f.campaign.ID)
	}
	return err
}
