package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"

	"naru/internal/store"
	"naru/internal/web"
)

// FHIRCmd is "naru fhir".
type FHIRCmd struct {
	Export FHIRExportCmd `cmd:"" help:"Write Location, HealthcareService, Schedule, Slot and Appointment into a folder, one resource a line. Nobody is named."`
}

// FHIRExportCmd is "naru fhir export". No server may be running on the same data
// folder; beside a PostgreSQL servers may run.
type FHIRExportCmd struct {
	Dir    string `arg:"" help:"Where to; made when it is not there."`
	Data   string `default:"naru-data" placeholder:"DIR" help:"Data folder."`
	DB     string `name:"db" env:"NARU_DB" placeholder:"URL" help:"PostgreSQL; the data folder holds the keys of its servers."`
	Agency string `placeholder:"FILE" help:"Agency file (default: Korea)."`
	Public string `default:"https://booking.example" placeholder:"URL" help:"Address under which people reach the service."`
}

// Run writes the files and says how many resources are in each.
func (cmd *FHIRExportCmd) Run(env *Env) error {
	a, err := loadAgency(cmd.Agency)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(cmd.Dir, 0o750); err != nil {
		return err
	}
	var counts web.FHIRCounts
	err = inStore(env, cmd.Data, cmd.DB, a, func(ctx context.Context, s *store.Store) error {
		counts, err = web.NewResources(s, a, cmd.Public).Export(ctx, cmd.Dir)
		return err
	})
	if err != nil {
		return err
	}
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		if _, err := fmt.Fprintf(env.Stdout, "%s: %d\n", kind, counts[kind]); err != nil {
			return err
		}
	}
	return nil
}
