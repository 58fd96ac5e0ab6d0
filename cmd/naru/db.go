package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"naru/internal/db"
	"naru/internal/store"
)

// DBCmd is "naru db".
type DBCmd struct {
	Check DBCheckCmd `cmd:"" help:"Check every invariant of the databases, running or not."`
	Move  DBMoveCmd  `cmd:"" help:"Move the databases of a data folder to PostgreSQL. No server may run on the folder. A move that was interrupted goes on when it is started again."`
}

// DBCheckCmd is "naru db check".
type DBCheckCmd struct {
	Data string `default:"naru-data" placeholder:"DIR" help:"Data folder."`
	DB   string `name:"db" env:"NARU_DB" placeholder:"URL" help:"PostgreSQL instead of the data folder."`
	JSON bool   `help:"Print one JSON object."`
}

// checked is what "naru db check" prints.
type checked struct {
	store.Report
	Fine    bool    `json:"sound"`
	Seconds float64 `json:"seconds"`
}

// Run prints the counters; it fails when one that must be 0 is not.
func (cmd *DBCheckCmd) Run(env *Env) error {
	if cmd.DB != "" {
		if err := db.CheckURL(cmd.DB); err != nil {
			return usage(fmt.Errorf("--db: %w", err))
		}
	}
	began := env.Now()
	r, err := store.Check(context.Background(), cmd.Data, cmd.DB)
	if err != nil {
		return err
	}
	c := checked{r, r.Sound(), env.Now().Sub(began).Seconds()}
	if cmd.JSON {
		err = json.NewEncoder(env.Stdout).Encode(c)
	} else {
		_, err = fmt.Fprint(env.Stdout, c.text())
	}
	if err == nil && !c.Fine {
		return said()
	}
	return err
}

// text is the report for people: what is there, and what must not be.
func (c checked) text() string {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	p("joined %d, admitted %d, booked %d, pending %d, late numbers nobody has %d", c.Joined, c.Admitted, c.Booked, c.Pending, c.LateGaps)
	p("oversold %d, miscounted %d, double booked %d, unbacked %d, orphaned %d, jumped %d, lost places %d, bypasses %d",
		c.Oversold, c.Miscounted, c.DoubleBooked, c.Unbacked, c.Orphaned, c.Jumped, c.LostPlaces, c.Bypasses)
	p("torn %d, misspaced %d, freed live %d, lost answers %d, lost people %d, untold %d",
		c.Torn, c.Misspaced, c.FreedLive, c.LostAnswers, c.LostPeople, c.Untold)
	p("bad slots %d, misplaced %d, ahead %d, extra leases %d, over quota %d, misfiled %d",
		c.BadSlots, c.Misplaced, c.Ahead, c.ExtraLeases, c.OverQuota, c.Misfiled)
	p("record of admissions: rewritten %d, forged %d, unrecorded %d", c.Rewritten, c.Forged, c.Unrecorded)
	if c.Fine {
		p("sound; read in %.1f s", c.Seconds)
	} else {
		p("NOT SOUND: every counter below the first line must be 0; read in %.1f s", c.Seconds)
	}
	return b.String()
}
