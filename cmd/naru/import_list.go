package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"naru/internal/caldate"
	"naru/internal/person"
	"naru/internal/store"
)

// ImportListCmd is "naru import list": people who belong to an occupation that
// campaigns name. Only keyed lookups of the rows are kept, nobody can be read
// out of them. No server may be running on the same folder; beside a PostgreSQL
// servers may run.
type ImportListCmd struct {
	File      string `arg:"" help:"The list (CSV in UTF-8 with the columns name,birth_date,mobile)."`
	Name      string `required:"" placeholder:"OCCUPATION" help:"Occupation as campaigns write it."`
	Data      string `default:"naru-data" placeholder:"DIR" help:"Data folder."`
	DB        string `name:"db" env:"NARU_DB" placeholder:"URL" help:"PostgreSQL; the data folder holds the keys of its servers."`
	Agency    string `placeholder:"FILE" help:"Agency file (default: Korea)."`
	KeepGoing bool   `name:"keep-going" help:"Import the good rows although others are refused."`
}

// Run adds the rows to the occupation's list; those that are on it stay.
func (cmd *ImportListCmd) Run(env *Env) error {
	a, err := loadAgency(cmd.Agency)
	if err != nil {
		return err
	}
	in, err := openList(env, cmd.File)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }() // only read
	claims, faults, err := person.ParseList(in, a, caldate.Of(env.Now(), a.Zone))
	if err != nil {
		return fmt.Errorf("import %s: %w", cmd.File, err)
	}
	for _, f := range faults {
		if _, err := fmt.Fprintf(env.Stderr, "%s:%d: %s\n", cmd.File, f.Line, f); err != nil {
			return err
		}
	}
	if len(faults) > 0 && !cmd.KeepGoing {
		return errors.New("nothing was imported; correct the rows, or import the others with --keep-going")
	}
	err = inStore(env, cmd.Data, cmd.DB, a, func(ctx context.Context, s *store.Store) error {
		return s.AddToList(ctx, cmd.Name, claims)
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.Stdout, "%s: %d on the list %q, %d refused\n", cmd.File, len(claims), cmd.Name, len(faults))
	return err
}

// openList opens a file, or standard input for "-".
func openList(env *Env, file string) (io.ReadCloser, error) {
	if file == "-" {
		return io.NopCloser(env.Stdin), nil
	}
	return os.Open(file) //nolint:gosec // the operator's own file
}
