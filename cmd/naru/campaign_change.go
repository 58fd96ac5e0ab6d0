package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"naru/internal/agency"
	"naru/internal/fault"
	"naru/internal/rulefile"
	"naru/internal/store"
)

// ChangeFlags say where a campaign is in force. No server may be running on a data
// folder; servers of a PostgreSQL take a change up within a second.
type ChangeFlags struct {
	Agency string `name:"agency" placeholder:"FILE" help:"Agency file (default: Korea)."`
	Data   string `default:"naru-data" placeholder:"DIR" help:"Data folder."`
	DB     string `name:"db" env:"NARU_DB" placeholder:"URL" help:"PostgreSQL; the data folder holds the keys of its servers."`
}

func (f ChangeFlags) inStore(env *Env, work func(context.Context, *agency.Agency, *store.Store) error) error {
	a, err := loadAgency(f.Agency)
	if err != nil {
		return err
	}
	return inStore(env, f.Data, f.DB, a, func(ctx context.Context, s *store.Store) error { return work(ctx, a, s) })
}

// CampaignPostponeCmd is "naru campaign postpone".
type CampaignPostponeCmd struct {
	ID     string `arg:"" help:"The campaign's id."`
	To     string `name:"to" required:"" placeholder:"TIME" help:"The new opening, as \"2021-07-12 22:00\" in the agency's zone or with an offset."`
	Reason string `name:"reason" default:"postponed" enum:"postponed,postponed_supply,postponed_system,postponed_weather" help:"What the pages say (${enum})."`
	ChangeFlags
}

// Run moves the opening later; the lobby, the draw and every place are kept.
func (cmd *CampaignPostponeCmd) Run(env *Env) error {
	return cmd.inStore(env, func(ctx context.Context, a *agency.Agency, s *store.Store) error {
		to, err := parseInstant("--to", cmd.To, a.Zone)
		if err != nil {
			return usage(err)
		}
		p, err := s.Postpone(ctx, cmd.ID, to, cmd.Reason)
		if fault.CodeOf(err) == fault.Invalid {
			return usage(fmt.Errorf("postpone %s: %w; an opening moves to a time that is later than it was and later than now", cmd.ID, err))
		}
		if err != nil {
			return fmt.Errorf("postpone %s: %w", cmd.ID, err)
		}
		_, err = fmt.Fprintf(env.Stdout, "%s opens at %s; lobby, draw and places are kept\n", cmd.ID, p.Campaign.OpeningAt().In(a.Zone).Format("2006-01-02 15:04:05 -07:00"))
		return err
	})
}

// CampaignAmendCmd is "naru campaign amend".
type CampaignAmendCmd struct {
	File string `arg:"" help:"Campaign file (YAML), with the id of a campaign in force."`
	ChangeFlags
}

// Run puts the file in the place of the one in force, or prints what may not change.
func (cmd *CampaignAmendCmd) Run(env *Env) error {
	text, err := readRuleFile(cmd.File)
	if err != nil {
		return err
	}
	return cmd.inStore(env, func(ctx context.Context, _ *agency.Agency, s *store.Store) error {
		p, err := s.Amend(ctx, text)
		var faults rulefile.Faults
		if errors.As(err, &faults) {
			l := &loadedCampaign{file: cmd.File, checked: cmd.File, faults: faults}
			return l.refuse(env, false)
		}
		if err != nil {
			return fmt.Errorf("amend by %s: %w", cmd.File, err)
		}
		_, err = fmt.Fprintf(env.Stdout, "amended %s: open until %s\n", p.Campaign.ID, p.Campaign.ClosesAt().Format(time.RFC3339))
		return err
	})
}
