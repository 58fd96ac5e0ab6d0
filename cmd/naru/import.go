package main

import (
	"bytes"
	"context"
	"fmt"

	"naru/internal/clinic"
	"naru/internal/fault"
)

// ImportCmd is "naru import regions|clinics|list|record FILE". No server may be running
// on the same folder; servers of a PostgreSQL follow by themselves.
type ImportCmd struct {
	Regions ImportRegionsCmd `cmd:"" help:"Import the regions of a country. The clinics imported before are checked against them again."`
	Clinics ImportClinicsCmd `cmd:"" help:"Import clinics, hospitals and centres in place of those imported before."`
	List    ImportListCmd    `cmd:"" help:"Add people to the list of an occupation that campaigns name."`
	Record  ImportRecordCmd  `cmd:"" help:"Load doses, tests, recoveries and exemptions of another register."`
}

// ImportFlags are what both imports share.
type ImportFlags struct {
	File      string `arg:"" help:"The list (CSV in UTF-8); - reads it from standard input."`
	Data      string `name:"data" default:"naru-data" placeholder:"DIR" help:"Data folder; the files are published in DIR/static."`
	DB        string `name:"db" env:"NARU_DB" placeholder:"URL" help:"PostgreSQL instead of a data folder; its servers see the import within seconds."`
	Agency    string `name:"agency" placeholder:"FILE" help:"Agency file that says how many levels of regions there are (default: Korea, three)."`
	KeepGoing bool   `name:"keep-going" help:"Import the good rows although others are refused."`
	JSON      bool   `name:"json" help:"Print the report as one JSON object."`
}

// ImportRegionsCmd is "naru import regions".
type ImportRegionsCmd struct {
	ImportFlags
}

// ImportClinicsCmd is "naru import clinics".
type ImportClinicsCmd struct {
	ImportFlags
	Append bool `name:"append" help:"Keep the clinics imported before; their ids stay taken."`
}

// Run imports the regions and publishes them with the clinics already there
// (rules K17 and K19).
func (cmd *ImportRegionsCmd) Run(env *Env) error {
	levels, err := cmd.levels()
	if err != nil {
		return err
	}
	list, err := cmd.read(env, "regions")
	if err != nil {
		return err
	}
	regions, faults, err := clinic.ParseRegions(bytes.NewReader(list.content), levels)
	if err != nil {
		return fmt.Errorf("import %s: %w", cmd.File, err)
	}
	list.Rows = regions.Len() + len(faults)
	report := newImportReport(cmd.File, list.SourceDigest, regions.Len(), faults)
	return cmd.alone(func() error {
		old, err := loadOrNone(cmd.place())
		if err != nil {
			return err
		}
		kept := report.keepPlaced(old, regions)
		return cmd.publish(env, report, regions, kept, append(sourcesOf(old, "clinics"), list.SourceDigest))
	})
}

// Run imports the clinics in place of those imported before, or beside them
// (rules K17 and K18).
func (cmd *ImportClinicsCmd) Run(env *Env) error {
	list, err := cmd.read(env, "clinics")
	if err != nil {
		return err
	}
	return cmd.alone(func() error { return cmd.replace(env, list) })
}

// replace checks the list against the regions already there and publishes it.
func (cmd *ImportClinicsCmd) replace(env *Env, list listFile) error {
	old, err := cmd.directory()
	if err != nil {
		return err
	}
	var earlier []clinic.Clinic
	sources := sourcesOf(old, "regions")
	if cmd.Append {
		earlier, sources = old.Clinics(), old.Manifest().Sources
	}
	read, faults, err := clinic.Parse(bytes.NewReader(list.content), old.Regions(), earlier)
	if err != nil {
		return fmt.Errorf("import %s: %w", cmd.File, err)
	}
	list.Rows = read.Rows
	report := newImportReport(cmd.File, list.SourceDigest, len(read.Clinics), faults)
	report.LeftOut, report.Kept = read.LeftOut, len(earlier)
	return cmd.publish(env, report, old.Regions(), append(earlier, read.Clinics...), append(sources, list.SourceDigest))
}

// directory is what was imported before; an agency file named on the command
// line must have as many levels of regions.
func (cmd *ImportClinicsCmd) directory() (*clinic.Directory, error) {
	old, err := cmd.place().LoadDirectory(context.Background())
	if err != nil {
		return nil, fmt.Errorf("import %s: %w", cmd.File, err)
	}
	if cmd.Agency == "" {
		return old, nil
	}
	levels, err := cmd.levels()
	if err != nil {
		return nil, err
	}
	if has := old.Regions().Levels(); levels != has {
		cause := fmt.Errorf("%s has %d levels of regions, those imported in %s have %d", cmd.Agency, levels, cmd.Data, has)
		return nil, fault.Wrap(fault.Conflict, "clinic.levels_differ", cause)
	}
	return old, nil
}
