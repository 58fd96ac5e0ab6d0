package main

import (
	"context"
	"encoding/json"
	"fmt"

	"naru/internal/store"
)

// DBCmd is "naru db".
type DBCmd struct {
	Check DBCheckCmd `cmd:"" help:"Check every invariant of the databases, running or not."`
}

// DBCheckCmd is "naru db check".
type DBCheckCmd struct {
	Data string `default:"naru-data" placeholder:"DIR" help:"Data folder."`
	DB   string `name:"db" env:"NARU_DB" placeholder:"URL" help:"PostgreSQL instead of the data folder."`
	JSON bool   `help:"Print one JSON object."`
}

// Run prints the counters; it fails when one that must be 0 is not.
func (cmd *DBCheckCmd) Run(env *Env) error {
	r, err := store.Check(context.Background(), cmd.Data, cmd.DB)
	if err != nil {
		return err
	}
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if cmd.JSON {
		_, err = fmt.Fprintln(env.Stdout, string(text))
	} else {
		_, err = fmt.Fprintf(env.Stdout, "joined %d, admitted %d, booked %d, pending %d\n"+
			"oversold %d, miscounted %d, double booked %d, unbacked %d, orphaned %d, jumped %d, lost places %d, bypasses %d\n",
			r.Joined, r.Admitted, r.Booked, r.Pending, r.Oversold, r.Miscounted, r.DoubleBooked, r.Unbacked,
			r.Orphaned, r.Jumped, r.LostPlaces, r.Bypasses)
	}
	if err == nil && !r.Sound() {
		return said()
	}
	return err
}
