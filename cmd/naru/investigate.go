package main

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"naru/internal/agency"
	"naru/internal/store"
	"naru/internal/visit"
)

// InvestigateCmd is "naru investigate": who was at a facility, where both custodians
// open. No server may be running on the same folder; beside a PostgreSQL servers may run.
type InvestigateCmd struct {
	Ask    InvestigateAskCmd    `cmd:"" help:"Begin a case: the sealed visits go to standard output, for the outer custodian."`
	Finish InvestigateFinishCmd `cmd:"" help:"Take what both custodians have opened, and print who was there."`
}

// InvestigateFlags are what both of them share.
type InvestigateFlags struct {
	Data   string `default:"naru-data" placeholder:"DIR" help:"Data folder."`
	DB     string `name:"db" env:"NARU_DB" placeholder:"URL" help:"PostgreSQL; the data folder holds the keys of its servers."`
	Agency string `placeholder:"FILE" help:"Agency file (default: Korea)."`
}

func (f *InvestigateFlags) with(env *Env, work func(context.Context, *store.Store, *agency.Agency) error) error {
	a, err := loadAgency(f.Agency)
	if err != nil {
		return err
	}
	return inStore(env, f.Data, f.DB, a, func(ctx context.Context, s *store.Store) error { return work(ctx, s, a) })
}

// InvestigateAskCmd is "naru investigate ask".
type InvestigateAskCmd struct {
	InvestigateFlags
	Facility string `required:"" placeholder:"ID" help:"The facility."`
	From     string `required:"" placeholder:"TIME" help:"First minute (2021-12-13T18:00)."`
	To       string `required:"" placeholder:"TIME" help:"Minute after the last one, at most 24 hours later."`
	Case     string `required:"" placeholder:"NUMBER" help:"Number of the agency's case file; the people who are named read it."`
	Reason   string `required:"" help:"What for. The custodians read it."`
}

// Run asks as the machine's own console.
func (cmd *InvestigateAskCmd) Run(env *Env) error {
	return cmd.with(env, func(ctx context.Context, s *store.Store, a *agency.Agency) error {
		of, err := visit.ParseFacilityID(cmd.Facility)
		if err != nil {
			return err
		}
		from, err1 := time.ParseInLocation("2006-01-02T15:04", cmd.From, a.Zone)
		to, err2 := time.ParseInLocation("2006-01-02T15:04", cmd.To, a.Zone)
		if err := errors.Join(err1, err2); err != nil {
			return usage(err)
		}
		c, faults := visit.NewCase(cmd.Case, cmd.Reason, of, from, to, env.Now())
		if len(faults) > 0 {
			return usage(errors.Join(faults...))
		}
		f, err := s.AskCase(ctx, store.Console(), c)
		if err != nil {
			return err
		}
		return json.NewEncoder(env.Stdout).Encode(f)
	})
}

// InvestigateFinishCmd is "naru investigate finish".
type InvestigateFinishCmd struct {
	InvestigateFlags
	File string `arg:"" help:"Case file that the inner custodian has opened."`
}

// Run prints the result as JSON.
func (cmd *InvestigateFinishCmd) Run(env *Env) error {
	f, err := readCaseFile(cmd.File, visit.Opened)
	if err != nil {
		return err
	}
	return cmd.with(env, func(ctx context.Context, s *store.Store, _ *agency.Agency) error {
		result, err := s.FinishCase(ctx, store.Console(), f)
		if err != nil {
			return err
		}
		return json.NewEncoder(env.Stdout).Encode(result)
	})
}
