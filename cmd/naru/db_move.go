package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"naru/internal/db"
	"naru/internal/store"
)

// DBMoveCmd is "naru db move".
type DBMoveCmd struct {
	Data       string `default:"naru-data" placeholder:"DIR" help:"Data folder to move. No server may run on it."`
	DB         string `name:"db" env:"NARU_DB" placeholder:"URL" help:"PostgreSQL to move to: an empty database, or one where this move was interrupted."`
	KeepSource bool   `help:"Leave the folder usable: a rehearsal."`
	JSON       bool   `help:"Print one JSON object."`
}

// Run moves and says what to do next.
func (cmd *DBMoveCmd) Run(env *Env) error {
	if err := db.CheckURL(cmd.DB); err != nil {
		return usage(fmt.Errorf("--db: %w", err))
	}
	if _, err := os.Stat(cmd.Data); err != nil { // locking would make the folder
		return fmt.Errorf("%w; give the data folder of a server with --data", err)
	}
	release, err := lockFolder(cmd.Data)
	if err != nil {
		return err
	}
	defer release()
	began := env.Now()
	bar := newBar(env.Stderr)
	moved, err := store.Mover{From: cmd.Data, To: cmd.DB, KeepSource: cmd.KeepSource, Progress: bar.show}.Move(context.Background())
	bar.end()
	if err != nil {
		return err
	}
	seconds := env.Now().Sub(began).Seconds()
	if cmd.JSON {
		return json.NewEncoder(env.Stdout).Encode(struct {
			store.Moved
			Seconds float64 `json:"seconds"`
		}{moved, seconds})
	}
	_, err = fmt.Fprint(env.Stdout, movedText(moved, cmd.Data, seconds))
	return err
}

func movedText(m store.Moved, dir string, seconds float64) string {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	switch {
	case m.Already:
		p("the move to %s was finished before: nothing was copied", m.Target)
	default:
		for _, t := range m.Tables {
			p("%-24s %12d rows  %s", t.Table, t.Rows, t.Checksum)
		}
		p("moved %d rows and %d files of regions and clinics to %s in %.1f s; counts and checksums are equal on both sides", m.Rows, m.Files, m.Target, seconds)
	}
	p("the database is sound: joined %d, admitted %d, booked %d, pending %d", m.Check.Joined, m.Check.Admitted, m.Check.Booked, m.Check.Pending)
	p("the keys stay in %s: every node needs a copy of that folder, and nothing can be read without it", m.Keys)
	if m.Kept {
		p("the folder stays usable: what is booked there from now on is not in the database")
	} else {
		p("from now on: naru serve --db URL --data %s; without --db the folder is refused", dir)
	}
	return b.String()
}

// bar shows how far a move is: one line that moves on a terminal, else a line at
// every tenth of a table.
type bar struct {
	w        io.Writer
	terminal bool
	table    string
	tenth    int64
}

func newBar(w io.Writer) *bar {
	b := &bar{w: w}
	if f, ok := w.(*os.File); ok {
		info, err := f.Stat()
		b.terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return b
}

const barWidth = 30

func (b *bar) show(at store.Moving) {
	tenth := int64(10)
	if at.Of > 0 {
		tenth = 10 * at.Rows / at.Of
	}
	if b.terminal {
		if b.table != "" && b.table != at.Table {
			b.end()
		}
		full := int(tenth) * barWidth / 10
		_, _ = fmt.Fprintf(b.w, "\r%-24s [%s%s] %d of %d", at.Table, strings.Repeat("#", full), strings.Repeat(".", barWidth-full), at.Rows, at.Of) // nobody is left to tell
	} else if at.Table != b.table || tenth != b.tenth {
		_, _ = fmt.Fprintf(b.w, "%s: %d of %d rows\n", at.Table, at.Rows, at.Of)
	}
	b.table, b.tenth = at.Table, tenth
}

// end leaves the line.
func (b *bar) end() {
	if b.terminal && b.table != "" {
		_, _ = fmt.Fprintln(b.w)
	}
}
