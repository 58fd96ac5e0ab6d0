package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"naru/internal/agency"
	"naru/internal/caldate"
	"naru/internal/custodian"
	"naru/internal/store"
	"naru/internal/visit"
)

// CustodianCmd is "naru custodian": one of the two who open visits together, on a machine
// of its own. It needs no server and no database.
type CustodianCmd struct {
	Keys CustodianKeysCmd `cmd:"" help:"Make the keys of the days ahead, destroy those that are over, print the public ones. Run it every day."`
	Open CustodianOpenCmd `cmd:"" help:"Open the visits of a case as far as this custodian can: outer first, then inner. The result goes to standard output."`
}

// CustodianFlags are what both of them share.
type CustodianFlags struct {
	As     string   `required:"" enum:"outer,inner" help:"Which custodian: outer, inner."`
	Keys   string   `required:"" placeholder:"DIR" help:"Folder of this custodian's private keys. Nobody else may read it."`
	Backup []string `placeholder:"DIR" help:"Folder with a copy of it, where keys are destroyed as well. May be repeated."`
	Agency string   `placeholder:"FILE" help:"Agency file (default: Korea); its zone says when a day begins."`
}

func (f *CustodianFlags) folder() custodian.Folder {
	return custodian.Folder{Dir: f.Keys, As: visit.Custodian(f.As), Backups: f.Backup}
}

// today is the day of the register in the agency's zone.
func (f *CustodianFlags) today(now time.Time) (visit.Day, error) {
	a, err := loadAgency(f.Agency)
	if err != nil {
		return 0, err
	}
	return dayIn(a, now)
}

func dayIn(a *agency.Agency, now time.Time) (visit.Day, error) {
	day, found := visit.DayOf(caldate.Of(now, a.Zone))
	if !found {
		return 0, errors.New("the clock of this machine is before 2020")
	}
	return day, nil
}

// CustodianKeysCmd is "naru custodian keys".
type CustodianKeysCmd struct{ CustodianFlags }

// Run keeps the folder and prints the public keys, which the register takes from its own
// folder custodian-outer/public.json or custodian-inner/public.json.
func (cmd *CustodianKeysCmd) Run(env *Env) error {
	today, err := cmd.today(env.Now())
	if err != nil {
		return err
	}
	keys, err := cmd.folder().Keep(today)
	if err != nil {
		return err
	}
	text, err := visit.MarshalDayKeys(keys)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.Stdout, "%s\n", text)
	return err
}

// CustodianOpenCmd is "naru custodian open".
type CustodianOpenCmd struct {
	CustodianFlags
	File string `arg:"" help:"Case file: from naru investigate ask (outer), or from the outer custodian (inner)."`
}

// Run says on standard error what is opened and why, writes that down, and opens.
func (cmd *CustodianOpenCmd) Run(env *Env) error {
	want := map[string]visit.Stage{"outer": visit.Closed, "inner": visit.Halved}[cmd.As]
	f, err := readCaseFile(cmd.File, want)
	if err != nil {
		return err
	}
	today, err := cmd.today(env.Now())
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(env.Stderr, "case %s: facility %s, %s to %s, %d visits; %s\n",
		f.Number, f.Facility, f.From.Format(time.RFC3339), f.To.Format(time.RFC3339), len(f.Items), f.Reason); err != nil {
		return err
	}
	open, err := cmd.folder().Open(f, env.Now(), today)
	if err != nil {
		return err
	}
	return json.NewEncoder(env.Stdout).Encode(open)
}

func readCaseFile(name string, want visit.Stage) (visit.CaseFile, error) {
	f, err := os.Open(name) //nolint:gosec // the operator's own file
	if err != nil {
		return visit.CaseFile{}, err
	}
	defer func() { _ = f.Close() }() // it was only read
	text, err := io.ReadAll(io.LimitReader(f, visit.MaxCaseFile+1))
	if err != nil {
		return visit.CaseFile{}, err
	}
	return visit.ParseCaseFile(text, want)
}

// keepDayKeys keeps both custodians' folders in the data folder, for a trial on one
// machine: at once, and every hour.
func (h *host) keepDayKeys(ctx context.Context, s *store.Store) {
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for {
		if err := h.keepDayKeysOnce(ctx, s); err != nil && ctx.Err() == nil {
			h.log.Error("the keys of days are not kept", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (h *host) keepDayKeysOnce(ctx context.Context, s *store.Store) error {
	today, err := dayIn(h.agency, h.env.Now())
	if err != nil {
		return err
	}
	for _, c := range []visit.Custodian{visit.Outer, visit.Inner} {
		f := custodian.Folder{Dir: store.CustodianFolder(h.data, c), As: c}
		if _, err := f.Keep(today); err != nil {
			return err
		}
	}
	return s.KeepVisits(ctx)
}
