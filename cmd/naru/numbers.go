package main

import (
	"context"
	"encoding/json"
	"fmt"

	"naru/internal/agency"
	"naru/internal/fault"
	"naru/internal/sip"
	"naru/internal/staff"
	"naru/internal/store"
	"naru/internal/visit"
)

var _ sip.Register = (*store.Store)(nil)

// NumbersCmd is "naru numbers": the telephone numbers of facilities (안심콜). No server
// may be running on the same folder; beside a PostgreSQL servers may run.
type NumbersCmd struct {
	Assign  NumbersAssignCmd  `cmd:"" help:"Give a facility a telephone number, which callers dial to register a visit."`
	Release NumbersReleaseCmd `cmd:"" help:"Take a number away; calls to it are answered no more."`
	List    NumbersListCmd    `cmd:"" help:"List the numbers, as one JSON object a line."`
}

// NumbersFlags are what all of them share.
type NumbersFlags struct {
	Data   string `default:"naru-data" placeholder:"DIR" help:"Data folder."`
	DB     string `name:"db" env:"NARU_DB" placeholder:"URL" help:"PostgreSQL; the data folder holds the keys of its servers."`
	Agency string `placeholder:"FILE" help:"Agency file (default: Korea)."`
}

// act runs work with a number in the form of the register, as an act of the console.
func (f *NumbersFlags) act(env *Env, did, dialled string, work func(ctx context.Context, s *store.Store, number string) error) error {
	a, err := loadAgency(f.Agency)
	if err != nil {
		return err
	}
	number, err := readNumber(a, dialled)
	if err != nil {
		return usage(err)
	}
	return inStore(env, f.Data, f.DB, a, func(ctx context.Context, s *store.Store) error {
		return s.ByConsole(ctx, staff.KeepNumbers, map[string]string{"did": did, "number": number}, func(ctx context.Context) error { return work(ctx, s, number) })
	})
}

// readNumber is a number as the register keeps it; "" stays "".
func readNumber(a *agency.Agency, dialled string) (string, error) {
	if dialled == "" {
		return "", nil
	}
	number, ok := sip.Number(dialled, a.Phone.CountryCode, a.Phone.Trunk)
	if !ok {
		return "", fault.New(fault.Invalid, "visit.no_number")
	}
	return number, nil
}

// NumbersAssignCmd is "naru numbers assign".
type NumbersAssignCmd struct {
	NumbersFlags
	Number   string `arg:"" help:"As it is dialled: 080-123-4567, or +82 80 123 4567."`
	Facility string `arg:"" help:"The facility's id."`
}

// Run assigns it.
func (cmd *NumbersAssignCmd) Run(env *Env) error {
	id, err := visit.ParseFacilityID(cmd.Facility)
	if err != nil {
		return usage(err)
	}
	return cmd.act(env, "assign", cmd.Number, func(ctx context.Context, s *store.Store, number string) error {
		return s.AssignNumber(ctx, store.FacilityNumber{Number: number, Facility: id})
	})
}

// NumbersReleaseCmd is "naru numbers release".
type NumbersReleaseCmd struct {
	NumbersFlags
	Number string `arg:"" help:"As it is dialled."`
}

// Run releases it.
func (cmd *NumbersReleaseCmd) Run(env *Env) error {
	return cmd.act(env, "release", cmd.Number, func(ctx context.Context, s *store.Store, number string) error {
		return s.ReleaseNumber(ctx, number)
	})
}

// NumbersListCmd is "naru numbers list".
type NumbersListCmd struct{ NumbersFlags }

// Run lists them.
func (cmd *NumbersListCmd) Run(env *Env) error {
	return cmd.act(env, "list", "", func(ctx context.Context, s *store.Store, _ string) error {
		all, err := s.Numbers(ctx)
		for _, n := range all {
			if err == nil {
				err = json.NewEncoder(env.Stdout).Encode(n)
			}
		}
		if err != nil {
			return fmt.Errorf("list numbers: %w", err)
		}
		return nil
	})
}
