package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"naru/internal/caldate"
	"naru/internal/fault"
	"naru/internal/record"
	"naru/internal/staff"
	"naru/internal/store"
)

// ImportRecordCmd is "naru import record": doses, tests, recoveries and exemptions of
// another register. Stopped anywhere, also by kill -9, the same command goes on where it
// was. No server may be running on the same folder; beside a PostgreSQL servers may run.
type ImportRecordCmd struct {
	File      string `arg:"" help:"The file: NDJSON (one object a line), or CSV with a header if its name ends in .csv; UTF-8."`
	Data      string `default:"naru-data" placeholder:"DIR" help:"Data folder."`
	DB        string `name:"db" env:"NARU_DB" placeholder:"URL" help:"PostgreSQL; the data folder holds the keys of its servers."`
	Agency    string `placeholder:"FILE" help:"Agency file (default: Korea)."`
	KeepGoing bool   `name:"keep-going" help:"Load the good lines although others cannot be read."`
	JSON      bool   `name:"json" help:"Print the report as one JSON object."`
}

// recordReport is what the load of a file came to.
type recordReport struct {
	File     string `json:"file"`
	SHA256   string `json:"sha256"`
	Resumed  bool   `json:"resumed"` // an earlier load of the same content went on, or was done
	Lines    int64  `json:"lines"`
	Added    int64  `json:"added"`
	Known    int64  `json:"known"` // were there already, word for word
	Rejected int64  `json:"rejected"`
	Aside    string `json:"aside,omitzero"` // file of the rejected lines, with reasons
}

// Run reads the file once to know its digest and its lines, and once to load it.
func (cmd *ImportRecordCmd) Run(env *Env) error {
	a, err := loadAgency(cmd.Agency)
	if err != nil {
		return err
	}
	r := recordReport{File: cmd.File}
	err = inStore(env, cmd.Data, cmd.DB, a, func(ctx context.Context, s *store.Store) error {
		l := &recordLoad{cmd: cmd, env: env, store: s, report: &r, today: caldate.Of(env.Now(), a.Zone)}
		return l.run(ctx)
	})
	if err != nil {
		return fmt.Errorf("import %s: %w", cmd.File, err)
	}
	if cmd.JSON {
		return json.NewEncoder(env.Stdout).Encode(r)
	}
	_, err = fmt.Fprintf(env.Stdout, "%s: %d lines, %d added, %d there already, %d rejected\n", r.File, r.Lines, r.Added, r.Known, r.Rejected)
	if err == nil && r.Rejected > 0 {
		_, err = fmt.Fprintf(env.Stdout, "the rejected lines and why are in %s\n", r.Aside)
	}
	return err
}

// recordLoad is one run of the command.
type recordLoad struct {
	cmd    *ImportRecordCmd
	env    *Env
	store  *store.Store
	report *recordReport
	today  caldate.Date
	state  store.LoadState
	aside  *os.File
	bar    *bar
}

func (l *recordLoad) run(ctx context.Context) error {
	bad, err := l.survey()
	if err != nil {
		return err
	}
	if l.state, err = l.store.LoadState(ctx, l.report.SHA256); err != nil {
		return err
	}
	if bad > 0 && !l.cmd.KeepGoing {
		return fmt.Errorf("%d of %d lines cannot be loaded (the first are above); nothing was loaded; correct them, or load the others with --keep-going", bad, l.report.Lines)
	}
	l.report.Resumed = l.state.Lines > 0
	if err := l.openAside(); err != nil {
		return err
	}
	l.bar = newBar(l.env.Stderr)
	detail := map[string]string{"did": "import", "sha256": l.report.SHA256}
	err = l.store.ByConsole(ctx, staff.CorrectRecord, detail, l.load)
	l.bar.end()
	l.report.Added, l.report.Known, l.report.Rejected, l.report.Aside = l.state.Added, l.state.Known, l.state.Rejected, l.aside.Name()
	err = errors.Join(err, l.aside.Close())
	if err == nil && l.state.Rejected == 0 {
		l.report.Aside = ""
		err = os.Remove(l.aside.Name())
	}
	return err
}

// told is how many bad lines are shown while the file is looked through.
const told = 20

// survey reads the file without loading it: its digest, its lines, and how many are bad.
func (l *recordLoad) survey() (bad int64, err error) {
	sum := sha256.New()
	f, lines, err := l.open(sum)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	for {
		line, err := lines.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return 0, err
		}
		l.report.Lines++
		if why := l.store.CheckRow(&line, l.today); why != nil {
			if bad++; bad <= told {
				_, _ = fmt.Fprintf(l.env.Stderr, "%s:%d: %s\n", l.cmd.File, line.No, reasonOf(why))
			}
		}
	}
	if _, err := io.Copy(sum, f); err != nil { // what the reader has left
		return 0, err
	}
	l.report.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return bad, nil
}

func (l *recordLoad) open(also io.Writer) (*os.File, *record.Reader, error) {
	f, err := os.Open(l.cmd.File)
	if err != nil {
		return nil, nil, err
	}
	lines, err := record.NewReader(io.TeeReader(f, also), strings.HasSuffix(strings.ToLower(l.cmd.File), ".csv"))
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return f, lines, nil
}

// openAside opens FILE.rejected where the load before has left it: what it wrote and did
// not note is written again.
func (l *recordLoad) openAside() error {
	var err error
	if l.aside, err = os.OpenFile(l.cmd.File+".rejected", os.O_CREATE|os.O_RDWR, 0o600); err != nil {
		return err
	}
	size, err := l.aside.Seek(0, io.SeekEnd)
	if err == nil && size < l.state.Aside {
		err = fmt.Errorf("%s was changed or removed since this file was begun; load a copy under another name with one line added to begin anew", l.aside.Name())
	}
	if err == nil {
		err = l.aside.Truncate(l.state.Aside)
	}
	if err == nil {
		_, err = l.aside.Seek(l.state.Aside, io.SeekStart)
	}
	return err
}

func (l *recordLoad) load(ctx context.Context) error {
	f, lines, err := l.open(io.Discard)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // only read
	for range l.state.Lines {
		if _, err := lines.Next(); err != nil {
			return fmt.Errorf("go on after %d lines: %w", l.state.Lines, err)
		}
	}
	next := func() ([]record.FileLine, error) {
		var round []record.FileLine
		for len(round) < store.LoadRound {
			line, err := lines.Next()
			if errors.Is(err, io.EOF) && len(round) > 0 {
				break
			}
			if err != nil {
				return nil, err
			}
			round = append(round, line)
		}
		return round, nil
	}
	return l.store.LoadLines(ctx, "import:"+l.report.SHA256[:16], next, func(round []record.FileLine, done store.Loaded) error {
		return l.done(ctx, round, done)
	})
}

// done puts the rejected lines of a round aside and then notes the round.
func (l *recordLoad) done(ctx context.Context, round []record.FileLine, done store.Loaded) error {
	was := l.state.Aside
	for i, why := range done.Faults {
		if why == nil {
			continue
		}
		text, err := json.Marshal(map[string]any{"line": round[i].No, "reason": reasonOf(why), "text": round[i].Raw})
		if err != nil {
			return err
		}
		n, err := l.aside.Write(append(text, '\n'))
		if err != nil {
			return err
		}
		l.state.Aside += int64(n)
		l.state.Rejected++
	}
	if l.state.Aside != was {
		if err := l.aside.Sync(); err != nil {
			return err
		}
	}
	l.state.Lines += int64(len(round))
	l.state.Added += int64(done.Added)
	l.state.Known += int64(done.Known)
	if err := l.store.SaveLoad(ctx, l.report.SHA256, l.state); err != nil {
		return err
	}
	l.bar.show(store.Moving{Table: "lines", Rows: l.state.Lines, Of: l.report.Lines})
	return nil
}

// reasonOf is why a line is rejected, without anything that stands in it.
func reasonOf(err error) string {
	f := fault.Of(err)
	if field, ok := f.Args["Field"].(string); ok {
		return f.Message + ": " + field
	}
	return f.Message
}
